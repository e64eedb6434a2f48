//! Running one recorded command line and holding what comes of it against the recording.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use aws_call::{Client, ClientParts};
use aws_cli::{Console, Parsed, Profile};
use aws_model::Catalog;

use crate::compare::{self, Difference};
use crate::files::Written;
use crate::recording::{Message, Recording};
use crate::threads;
use crate::world::{self, Counted, StandingClock, Tape};

/// What came of a recording.
pub(crate) enum Outcome {
    /// It cannot be replayed, for that reason.
    Skipped(&'static str),
    /// It was; each part agrees or does not.
    Compared(Vec<(Part, Result<(), Difference>)>),
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// All requests, as the network saw them.
    Requests,
    /// The first request, as `--print-request` prints it.
    Printed,
    /// Exit code, standard output, files.
    Answer,
    /// Standard error of a command that failed.
    Fault,
}

impl Part {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Part::Requests => "requests",
            Part::Printed => "print-request",
            Part::Answer => "answers",
            Part::Fault => "error texts",
        }
    }
}

/// What a command line left behind.
pub(crate) struct Ran {
    pub(crate) exit_code: u8,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
    pub(crate) asked: Vec<Message>,
    pub(crate) files: Vec<(String, Vec<u8>)>,
}

/// Why no replay repeats a recording.
pub(crate) fn unreplayable(recording: &Recording) -> Option<&'static str> {
    if recording.exit_code.is_none() {
        return Some("it waits for a person or for ever");
    }
    if recording.spawned {
        return Some("it starts other programs");
    }
    let profile = recording.words.iter().any(|word| word == "--profile" || word.starts_with("--profile="));
    profile.then_some("it names a profile, which the binary looks up before anything here")
}

pub(crate) fn replay(recording: &Recording, catalog: &Catalog) -> Outcome {
    if let Some(reason) = unreplayable(recording) {
        return Outcome::Skipped(reason);
    }
    let mut models = recording.exchanges.iter().filter_map(|exchange| exchange.service.as_ref());
    if models.any(|service| catalog.open(service).is_err()) {
        return Outcome::Skipped("its service's model is part of the AWS CLI's own package, not of botocore");
    }
    let ran = match caught(|| run(recording, &recording.words, catalog)) {
        Ok(ran) => ran,
        Err(difference) => return Outcome::Compared(vec![(Part::Requests, Err(difference))]),
    };
    let mut parts = Vec::new();
    if !recording.exchanges.is_empty() || !ran.asked.is_empty() {
        parts.push((Part::Requests, requests(recording, &ran)));
    }
    if let Some(first) = recording.exchanges.first() {
        let words: Vec<String> =
            recording.words.iter().cloned().chain(["--print-request".to_owned()]).collect();
        parts.push((Part::Printed, print_request(recording, &words, &first.request, catalog)));
    }
    parts.extend(told(recording, &ran));
    Outcome::Compared(parts)
}

/// What the user was told: exit code, output and files, and the error text.
pub(crate) fn told(recording: &Recording, ran: &Ran) -> Vec<(Part, Result<(), Difference>)> {
    let mut parts = vec![(Part::Answer, answer(recording, ran))];
    if recording.exit_code != Some(0) {
        let same = if threads::decide(recording) { threads::text } else { compare::text };
        let told = same("error text", &recording.stderr, &ran.stderr);
        parts.push((Part::Fault, told.map_err(|difference| fault_class(difference, recording))));
    }
    parts
}

/// Error texts differ alike where the same was expected.
fn fault_class(difference: Difference, recording: &Recording) -> Difference {
    let class = format!("{}: {}", difference.class, compare::gist(&recording.stderr));
    Difference { class, ..difference }
}

fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Difference> {
    panic::catch_unwind(AssertUnwindSafe(work)).map_err(|_| Difference::of("it panics"))
}

fn run(recording: &Recording, words: &[String], catalog: &Catalog) -> Ran {
    let files = Arc::new(Written::default());
    let tape = Arc::new(Tape::new(recording));
    let env = world::environment(recording, Arc::clone(&files));
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let exit_code = match aws_cli::parse(catalog, words, &env, Profile::Terminal) {
        Ok(Parsed::Call(invocation)) => {
            let client = Client::from_parts(ClientParts {
                transport: Arc::clone(&tape) as _,
                clock: Arc::new(StandingClock),
                random: Arc::new(Counted::default()),
                catalog: catalog.clone(),
            });
            let options = world::options(&invocation.globals, &env);
            let mut console = Console { out: &mut stdout, err: &mut stderr };
            block_on(aws_cli::run(&invocation, &client, &options, &env, &mut console))
        }
        Ok(Parsed::Help(page)) => {
            stdout.extend_from_slice(page.text.as_bytes());
            0
        }
        Ok(Parsed::Text(text)) => {
            stdout.extend_from_slice(text.as_bytes());
            0
        }
        Err(error) => {
            stderr.extend_from_slice(format!("{error}\n").as_bytes());
            error.exit_code
        }
    };
    let stderr = String::from_utf8_lossy(&stderr).into_owned();
    Ran { exit_code, stdout, stderr, asked: tape.asked(), files: files.all() }
}

fn block_on(work: impl Future<Output = u8>) -> u8 {
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(work),
        Err(_) => u8::MAX,
    }
}

fn requests(recording: &Recording, ran: &Ran) -> Result<(), Difference> {
    if threads::decide(recording) && !ran.asked.is_empty() {
        return threads::requests(&recording.exchanges, &ran.asked);
    }
    for (exchange, asked) in recording.exchanges.iter().zip(&ran.asked) {
        compare::request(&exchange.request, asked)?;
    }
    let (expected, found) = (recording.exchanges.len(), ran.asked.len());
    if expected == found {
        return Ok(());
    }
    let kind = match (expected, found) {
        (_, 0) => "nothing is sent".to_owned(),
        (0, _) => "something is sent".to_owned(),
        _ => "another number of requests".to_owned(),
    };
    let detail = format!("{expected} requests expected, {found} sent; stderr: {}", ran.stderr.trim());
    Err(Difference { class: format!("{kind}: {}", compare::gist(&ran.stderr)), detail })
}

/// What `--print-request` prints for those words, held against the expected request.
pub(crate) fn print_request(
    recording: &Recording,
    words: &[String],
    expected: &Message,
    catalog: &Catalog,
) -> Result<(), Difference> {
    caught(|| run(recording, words, catalog)).and_then(|ran| printed_request(expected, &ran))
}

fn printed_request(expected: &Message, ran: &Ran) -> Result<(), Difference> {
    if !ran.asked.is_empty() {
        return Err(Difference::of("--print-request sends the request"));
    }
    match Message::from_printed(&ran.stdout) {
        Ok(printed) => compare::request(expected, &printed),
        Err(_) => Err(Difference {
            class: format!("nothing is printed: {}", compare::gist(&ran.stderr)),
            detail: ran.stderr.clone(),
        }),
    }
}

fn answer(recording: &Recording, ran: &Ran) -> Result<(), Difference> {
    if recording.exit_code != Some(i64::from(ran.exit_code)) {
        let expected = recording.exit_code.unwrap_or_default();
        return Err(Difference {
            class: format!(
                "exit code {} instead of {expected}: {}",
                ran.exit_code,
                compare::gist(&ran.stderr)
            ),
            detail: format!("expected stderr: {}\nstderr: {}", recording.stderr.trim(), ran.stderr.trim()),
        });
    }
    let same = if threads::decide(recording) { threads::text } else { compare::text };
    same("stdout", &recording.stdout, &String::from_utf8_lossy(&ran.stdout))?;
    for (name, content) in &recording.files {
        match ran.files.iter().find(|(written, _)| written == name) {
            Some((_, written)) if written == content => {}
            Some(_) => return Err(Difference::of("a file has other content")),
            None => return Err(Difference::of("a file is not written")),
        }
    }
    Ok(())
}
