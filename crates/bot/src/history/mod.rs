//! What people did a moment ago: their last lines, their last results, and which of their jobs run.
//!
//! Invariants: lines and results are kept for their caller alone, sealed, bounded in number and size, and for a while; what
//! is shown of a line is what the record shows, with secrets masked. A line that is run again goes the way of a typed one.
//! Absent on purpose: a history of its own. What came of a line is told by the record.

mod lines;
pub(crate) mod results;
mod running;

use pipeline::{Action, Word};

use crate::bot::Inner;
use crate::command::NotUnderstood;
use crate::line::names_bellhop;
use crate::repair::repair;
use crate::request::{MAX_LINE, Request};

pub(crate) use lines::{MOST, keep, numbers};
pub(crate) use running::{Running, Stop};

/// The request with the line that `rerun <number>` stands for; `None` for other lines.
///
/// # Errors
/// No such line is kept.
pub(crate) async fn spoken(inner: &Inner, request: &Request) -> Result<Option<Request>, NotUnderstood> {
    if request.line.len() > MAX_LINE {
        return Ok(None);
    }
    let repaired = repair(&request.line);
    let mut words: Vec<&str> = repaired.split_whitespace().collect();
    if words.first().is_some_and(|word| names_bellhop(word)) {
        words.remove(0);
    }
    let [first, number, flags @ ..] = words.as_slice() else { return Ok(None) };
    let (true, Ok(number)) = (first.eq_ignore_ascii_case("rerun"), number.parse::<u64>()) else {
        return Ok(None);
    };
    if let Some(other) = flags.iter().find(|flag| !matches!(**flag, "--again" | "--yes")) {
        let what = format!("`rerun` takes a number of `history`, --again and --yes, and not `{other}`");
        return Err(NotUnderstood::saying(&what));
    }
    let line = match lines::find(inner, &request.caller, number).await {
        Ok(Some(line)) => line,
        Ok(None) => {
            let what = format!("line {number} is not kept (any more): `history` shows those that are");
            return Err(NotUnderstood::saying(&what));
        }
        Err(error) => {
            inner.note::<()>(Err(error));
            return Err(NotUnderstood::saying("your last lines could not be read: try again in a moment"));
        }
    };
    Ok(Some(Request { line: with(line, flags), ..request.clone() }))
}

/// The line with these flags at its first command.
fn with(line: String, flags: &[&str]) -> String {
    let Ok(mut script) = pipeline::parse(&repair(&line)) else { return line };
    let mut actions = script.statements.iter_mut().map(|statement| &mut statement.action);
    let first = actions.find_map(|action| match action {
        Action::Run(pipeline) => Some(pipeline),
        Action::Set { .. } => None,
    });
    match first {
        Some(pipeline) if !flags.is_empty() => {
            pipeline.source.0.extend(flags.iter().map(|flag| Word::plain(*flag)));
            script.to_string()
        }
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_go_to_the_first_command() {
        let cases = [
            ("ec2 list | wc", "ec2 list --again | wc"),
            ("x=1; ec2 list $x; ec2 list", "x=1; ec2 list ${x} --again; ec2 list"),
            ("ec2 list 'a", "ec2 list 'a"),
        ];
        for (line, expected) in cases {
            assert_eq!(with(line.to_owned(), &["--again"]), expected);
        }
        assert_eq!(with("ec2 'list'".to_owned(), &[]), "ec2 'list'");
    }
}
