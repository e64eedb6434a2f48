//! Runs what is more than one call: a command of Bellhop's own that reads, a call in many places.
//!
//! Invariant: nothing here changes anything at AWS. What is to be changed becomes a line of its own, which is taken in as if
//! its caller had typed it: understood, authorised, asked about, written down, run.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use render::{Body, Reply, Status};
use store::{Class, Fence, Job, StoreError};
use value::Value;

use crate::ack::{self, Admission};
use crate::answer;
use crate::asking;
use crate::authorize;
use crate::bot::Inner;
use crate::command::{Command, Spread};
use crate::commands::{BuiltIn, Run, Work, Worked, Working, lambda};
use crate::execute::Ran;
use crate::find;
use crate::history::results;
use crate::job::Payload;
use crate::mask;
use crate::moment::Present;
use crate::news::News;
use crate::outcome::Outcome;
use crate::output::Output;
use crate::reach::merge::Merged;
use crate::reach::survey::Survey;
use crate::reach::{DEADLINE, Reach};
use crate::record;
use crate::request::{AnswerTo, Request};
use crate::script;
use crate::worker;

/// When whoever waits is told how far it has come.
const TELL_AFTER: Duration = Duration::from_millis(1_500);

/// How many times that long it waits for a first answer.
const TELLS: u32 = 4;
/// How many lines are shown while others are awaited.
const FIRST_LINES: usize = 15;

/// A job that a worker holds, and what it is for.
pub(crate) struct Held<'a> {
    pub(crate) inner: &'a Inner,
    pub(crate) job: &'a Job,
    pub(crate) fence: &'a Fence,
    pub(crate) payload: &'a Payload,
    pub(crate) request: &'a Request,
}

/// How a command is called in answers and records.
pub(crate) fn shown(command: &Command) -> String {
    match command {
        Command::BuiltIn { entry, words, selection, .. } => {
            let is_run = entry.name == lambda::INVOKE.name;
            let words = if is_run { lambda::shown(words) } else { find::shown(words) };
            let words: String = words.iter().map(|word| format!(" {}", mask::quoted(word))).collect();
            let line = format!("{}{words}{}", entry.name, selection.options());
            aws_cli::redact_text(&line).unwrap_or(line)
        }
        Command::Page(page) => page.title.clone(),
        Command::Aws(command) => command.shown.clone(),
        Command::Spread(spread) => spread.command.shown.clone(),
        Command::Script(script) => script.shown.clone(),
    }
}

/// Runs a job that is no single call.
///
/// # Errors
/// The store failed or the job is somebody else's by now.
pub(crate) async fn run(held: &Held<'_>, command: Command) -> Result<Ran, StoreError> {
    let Held { inner, job, fence, request, payload } = held;
    let shown = shown(&command);
    let is_new = !matches!(&command, Command::BuiltIn { entry, .. } if entry.name == "last");
    let facts = record::Facts::new(&job.id, &request.caller).line(&shown);
    if let Command::Script(script) = &command
        && let Some(why) = asking::stale(inner, job, payload, request, &script.meaning).await?
    {
        return Ok(Ran { outcome: Outcome::Refused(why), shown, facts, follows: None });
    }
    if job.class == Class::Write && !matches!(command, Command::Script(_)) {
        return Ok(Ran { outcome: unreadable(), shown, facts, follows: None });
    }
    if job.class == Class::Read {
        inner.store.begin((*fence).clone(), facts.begins(inner.clock.millis())).await?;
    }
    let present = Present::of(inner, &request.caller).await;
    let reach = Reach::new(inner, request, &present, &facts);
    let news = News::new(inner, payload, request, &shown);
    let working = async {
        Ok(match command {
            Command::BuiltIn { entry, words, selection, flags } => match may_still(&present, entry) {
                Err(refused) => refused,
                Ok(work) => {
                    let working = Working { entry, reach, words: &words, selection: &selection, flags, news };
                    worked(held, work(&working).await).await
                }
            },
            Command::Spread(spread) => shown_everywhere(&spread, everywhere(&reach, &spread, &news).await),
            Command::Script(script) => return script::run(held, &script, &reach).await,
            Command::Page(_) | Command::Aws(_) => unreadable(),
        })
    };
    let outcome = tokio::select! {
        outcome = working => outcome?,
        () = inner.clock.pause(inner.time_limit()) => Outcome::too_long(job.class == Class::Write),
    };
    if let (true, Outcome::Shown(output)) = (is_new, &outcome)
        && matches!(output.status, Status::Done | Status::Partly)
    {
        results::keep_output(inner, &request.caller, &shown, &output.data).await;
    }
    Ok(Ran { outcome, shown, facts, follows: None })
}

fn unreadable() -> Outcome {
    Outcome::Refused("The command cannot be read any more. Type it again.".to_owned())
}

/// How a built-in command works, if the rules of now still let its caller run it.
fn may_still(present: &Present<'_>, entry: &'static BuiltIn) -> Result<Work, Outcome> {
    match authorize::built_in(present.moment(), entry) {
        Err(reason) => Err(Outcome::Refused(format!("The rules changed since it was accepted. {reason}"))),
        Ok(allowed) => match allowed.what().run {
            Run::Work(work) => Ok(work),
            Run::Now(_) | Run::Later(_) => Err(unreadable()),
        },
    }
}

async fn worked(held: &Held<'_>, worked: Worked) -> Outcome {
    Outcome::Shown(Box::new(match worked {
        Worked::Shown(output) => output,
        Worked::Then { line, notes } => then(held, line).await.noting(notes),
    }))
}

/// Takes in the line that a command comes to. Its answer comes by itself; on a terminal it is awaited here.
pub(crate) async fn then(held: &Held<'_>, line: String) -> Output {
    let Held { inner, request, .. } = held;
    let waits = matches!(request.answer, AnswerTo::Waiting);
    let derived = derived(inner, request, &line, "then");
    let admitted: Admission = Box::pin(ack::admit(inner, &derived, waits)).await;
    match admitted {
        Admission::Answered(reply) => Output::of_reply(reply),
        Admission::Accepted { job, fence: Some(fence), .. } => {
            match Box::pin(worker::run_held(inner, &job, &fence)).await {
                Ok(reply) => Output::of_reply(reply),
                Err(fault) => {
                    tracing::error!(request_id = job.id, fault = %fault, "a command could not be finished");
                    Output::text("It was started, and its end could not be written down: the audit says how far it came.")
                        .with_status(Status::MayHaveHappened)
                }
            }
        }
        Admission::Accepted { reply, .. } => Output::lines(reply.facts.command).with_status(Status::Running),
        Admission::Duplicate => {
            Output::text("It is under way already; its answer follows.").with_status(Status::Running)
        }
    }
}

/// Has a line follow a job that is done, by a job of its own whose answer goes where this one's goes.
///
/// # Errors
/// The store failed.
pub(crate) async fn follow(held: &Held<'_>, line: &str) -> Result<(), StoreError> {
    let Held { inner, payload, request, .. } = held;
    if let AnswerTo::Waiting = request.answer {
        return Ok(());
    }
    let derived = derived(inner, request, line, "after");
    let payload = Payload::new(&derived, "", "")
        .answering_like(payload, request.at)
        .traced(inner.settings.telemetry.traceparent());
    if let Ok(job) = asking::later(inner, &derived.key, derived.at, &payload) {
        inner.store.enqueue_once(job, Vec::new()).await?;
    }
    Ok(())
}

/// Runs a line that follows, for whoever waits for it on a terminal.
pub(crate) async fn follow_here(inner: &Inner, request: &Request, line: String) -> Option<Reply> {
    let derived = derived(inner, request, &line, "after");
    match ack::admit(inner, &derived, true).await {
        Admission::Accepted { job, fence: Some(fence), .. } => {
            worker::run_held(inner, &job, &fence).await.ok()
        }
        Admission::Answered(reply) => Some(reply),
        Admission::Accepted { .. } | Admission::Duplicate => None,
    }
}

/// A request that follows from another one.
fn derived(inner: &Inner, request: &Request, line: &str, how: &str) -> Request {
    Request {
        key: format!("{}>{how}", request.key),
        line: line.to_owned(),
        at: inner.clock.millis(),
        ..request.clone()
    }
}

/// One call in many places, its answers as one.
///
/// # Errors
/// What to say instead, where no place answered.
pub(crate) async fn everywhere(
    reach: &Reach<'_>,
    spread: &Spread,
    news: &News<'_>,
) -> Result<(Value, Survey), Box<Output>> {
    let Spread { command, selection, .. } = spread;
    if !crate::reach::only_reads(command) {
        let problem = render::Problem::new(
            "A call that changes things runs in many places only as one confirmed list.",
        );
        return Err(Box::new(Output::problem(Status::Denied, problem)));
    }
    let places = reach.places(command, selection).await;
    let merged = Mutex::new(Merged::default());
    let count = AtomicUsize::new(0);
    let asking = reach.spread(
        &places,
        DEADLINE,
        |there, scope| async move { there.read(command, &scope).await },
        |scope, answer| {
            count.fetch_add(1, Ordering::Relaxed);
            merged.lock().unwrap_or_else(PoisonError::into_inner).add(scope, answer);
        },
    );
    let telling = async {
        for _ in 0..TELLS {
            reach.inner.clock.pause(TELL_AFTER).await;
            if count.load(Ordering::Relaxed) > 0 {
                break;
            }
        }
        let count = count.load(Ordering::Relaxed);
        let so_far = merged.lock().unwrap_or_else(PoisonError::into_inner).so_far();
        news.say(first_rows(spread, &so_far, count, places.open.len())).await;
        std::future::pending::<()>().await;
    };
    let mut survey = tokio::select! {
        survey = asking => survey,
        () = telling => Survey::default(),
    };
    let merged = merged.into_inner().unwrap_or_else(PoisonError::into_inner);
    for scope in &merged.left_out {
        let why = "answered more than fits: ask for less".to_owned();
        survey.failed.push((scope.clone(), crate::reach::fault::ScopeFault::Failed(why)));
        survey.answered = survey.answered.saturating_sub(1);
    }
    if survey.answered == 0 {
        return Err(Box::new(survey.as_problem()));
    }
    Ok((merged.into_value(), survey))
}

/// What is shown while places are awaited: how many answered, and the first lines of what they said.
fn first_rows(spread: &Spread, so_far: &Value, count: usize, of: usize) -> Body {
    let told = Body::Text(format!("{count} of {of} scopes answered so far; the rest is awaited."));
    match answer::print(so_far, &spread.command.invocation) {
        Ok(answer) if count > 0 => {
            let lines: Vec<&str> = answer.text.lines().take(FIRST_LINES).collect();
            Body::Parts(vec![told, Body::Preformatted(lines.join("\n"))])
        }
        _ => told,
    }
}

/// The merged answer as its line wants it shown.
fn shown_everywhere(spread: &Spread, answer: Result<(Value, Survey), Box<Output>>) -> Outcome {
    let (value, survey) = match answer {
        Ok(answer) => answer,
        Err(output) => return Outcome::Shown(output),
    };
    match answer::print(&value, &spread.command.invocation) {
        Ok(answer) => {
            let body = answer::body(&answer);
            let output =
                Output::value(value, body).noting(survey.sentences()).noting(answer::missing(&answer));
            Outcome::Shown(Box::new(output.with_status(survey.status())))
        }
        Err(error) => Outcome::Unshown(error.to_string()),
    }
}

/// News that nobody is told.
pub(crate) fn silent<'a>(held: &Held<'a>) -> News<'a> {
    News::silent(held.inner, held.payload, held.request)
}
