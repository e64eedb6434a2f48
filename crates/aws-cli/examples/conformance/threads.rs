//! What the AWS CLI's threads decide: where a command transfers several objects, the order of its requests and of its
//! lines, and what its line of progress happens to show. Such recordings are compared as sets, without the progress.

use crate::compare::{self, Difference};
use crate::recording::{Exchange, Message, Recording};

/// The commands that transfer side by side.
const VERBS: &[&str] = &["cp", "mv", "rb", "rm", "sync"];

/// Whether a recording tells of several transfers that ran side by side.
pub(crate) fn decide(recording: &Recording) -> bool {
    let mut words = recording.words.iter().map(String::as_str);
    words.next() == Some("s3")
        && words.next().is_some_and(|verb| VERBS.contains(&verb))
        && lines(&recording.stdout).len() + lines(&recording.stderr).len() > 1
}

/// Whether the same requests were made, in any order.
pub(crate) fn requests(expected: &[Exchange], found: &[Message]) -> Result<(), Difference> {
    let mut left: Vec<&Message> = found.iter().collect();
    for exchange in expected {
        let same = left.iter().position(|asked| compare::request(&exchange.request, asked).is_ok());
        let Some(at) = same else {
            let mut difference = Difference::of("a request is missing, in any order");
            difference.detail = format!("{} {}", exchange.request.method, exchange.request.url);
            return Err(difference);
        };
        left.remove(at);
    }
    match left.first() {
        None => Ok(()),
        Some(asked) => {
            let mut difference = Difference::of("a request is too much, in any order");
            difference.detail = format!("{} {}", asked.method, asked.url);
            Err(difference)
        }
    }
}

/// Whether the same lines were printed, in any order.
pub(crate) fn text(name: &str, expected: &str, found: &str) -> Result<(), Difference> {
    compare::text(name, &lines(expected).join("\n"), &lines(found).join("\n"))
}

/// The lines of a text as a terminal shows them in the end, in order of their letters, without progress.
fn lines(text: &str) -> Vec<&str> {
    let shown = text.lines().map(|line| line.rsplit('\r').next().unwrap_or(line).trim_end());
    let mut lines: Vec<&str> =
        shown.filter(|line| !line.is_empty() && !line.starts_with("Completed ")).collect();
    lines.sort_unstable();
    lines
}
