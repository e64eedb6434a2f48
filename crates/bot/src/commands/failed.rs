//! `jobs failed` and `jobs redrive`: what did not come to its end, and another ring for what can still run.
//!
//! Invariant: a redrive only rings. Whether a job runs is decided by the store: what is closed does not, and a write whose
//! intent is on record is told of as doubt, never run again.

use std::sync::Arc;

use aws_call::BoxFuture;
use render::{Problem, Status};
use store::{StoreError, UnixMillis};

use super::{Access, BuiltIn, Run, Worked, Working};
use crate::bell::{Bell, BellFault, DeadLetter, DeadLetters, Ring};
use crate::journal::{self, Entry, Filter, search};
use crate::output::Output;

/// The entry of `jobs failed`.
pub(super) const FAILED: BuiltIn = BuiltIn {
    name: "jobs failed",
    summary: "Shows what may or may not have happened, what was given up, and what lies in the dead-letter queue.",
    usage: "jobs failed\n\
        What lies in the dead-letter queue has not run yet, or not to its end: `jobs redrive` rings for it again.",
    access: Access::Administrators,
    also: None,
    run: Run::Work(|working| -> BoxFuture<'_, Worked> { Box::pin(failed(working)) }),
};

/// The entry of `jobs redrive`.
pub(super) const REDRIVE: BuiltIn = BuiltIn {
    name: "jobs redrive",
    summary: "Rings again for jobs whose messages ended in the dead-letter queue.",
    usage: "jobs redrive <id|all>\n\
        \u{20}   jobs redrive all\n\
        What changes things and was begun is never run again: it is told of as what may have happened.",
    access: Access::Administrators,
    also: None,
    run: Run::Work(|working| -> BoxFuture<'_, Worked> { Box::pin(redrive(working)) }),
};

/// How far back the record is searched, in milliseconds.
const BACK: i64 = 7 * 86_400_000;
/// How many rows of it are looked at, and how many are shown.
const LOOKED_AT: u64 = 20_000;
const SHOWN: usize = 40;
/// How many dead letters are read.
const LETTERS: usize = 100;
/// The longest line that is shown, in characters.
const LINE: usize = 120;

async fn failed(working: &Working<'_>) -> Worked {
    Worked::Shown(listed(working).await.unwrap_or_else(|problem| *problem))
}

async fn listed(working: &Working<'_>) -> Result<Output, Box<Output>> {
    if !working.words.is_empty() {
        return Err(working.unusable("`jobs failed` takes nothing behind it."));
    }
    let inner = working.reach.inner;
    let now = inner.clock.millis();
    let Some(ended) = inner.note(ended(working, now).await) else {
        return Err(unread("The record could not be read."));
    };
    let mut rows: Vec<Vec<String>> = ended.iter().map(of_record).collect();
    let mut notes = Vec::new();
    match letters(inner.far.as_ref()).await {
        Ok(Some((_, letters))) => rows.extend(letters.iter().map(|letter| of_letter(letter, now))),
        Ok(None) => {}
        Err(fault) => {
            inner.counters.unrung.add();
            tracing::error!(fault = %fault, "the dead-letter queue could not be read");
            notes.push(
                "The dead-letter queue could not be read; whoever runs Bellhop finds the reason in its log."
                    .to_owned(),
            );
        }
    }
    let output = if rows.is_empty() {
        Output::text("Nothing failed, nothing is in doubt, and nothing lies in the dead-letter queue.")
    } else {
        Output::table(&["id", "what", "when (UTC)", "who", "line", "why"], rows)
    };
    let status = if notes.is_empty() { Status::Done } else { Status::Partly };
    Ok(output.noting(notes).with_status(status))
}

/// Rows of jobs of this workspace that ended in doubt or were given up, the newest first.
async fn ended(working: &Working<'_>, now: UnixMillis) -> Result<Vec<Entry>, StoreError> {
    let request = working.reach.request;
    let filter = Filter {
        workspace: Some(request.caller.tenant.clone()),
        since: Some(now.plus(-BACK)),
        kind: Some("outcome".to_owned()),
        ..Filter::default()
    };
    let found = search(&*working.reach.inner.store, &filter, None, LOOKED_AT as usize, LOOKED_AT).await?;
    let failed =
        |entry: &Entry| entry.fact("outcome") == "may have happened" || entry.fact("code") == "Abandoned";
    Ok(found.entries.into_iter().filter(failed).take(SHOWN).collect())
}

fn of_record(entry: &Entry) -> Vec<String> {
    let given_up = entry.fact("code") == "Abandoned";
    vec![
        entry.row.job.clone(),
        if given_up { "given up" } else { "in doubt" }.to_owned(),
        entry.time(false),
        entry.fact("user"),
        super::shortened(&entry.what(), LINE),
        entry.fact("code"),
    ]
}

fn of_letter(letter: &DeadLetter, now: UnixMillis) -> Vec<String> {
    let since = letter.since.map(|since| {
        let minutes = now.since(since).max(0) / 60_000;
        format!("{} ({minutes} min ago)", journal::shown(since, false))
    });
    vec![
        letter.job.clone().unwrap_or_else(|| "(names no job)".to_owned()),
        "dead letter".to_owned(),
        since.unwrap_or_default(),
        String::new(),
        String::new(),
        letter.reason.clone(),
    ]
}

/// What lies in the dead-letter queue, if there is one.
async fn letters(
    bell: Option<&Arc<dyn Bell>>,
) -> Result<Option<(Arc<dyn DeadLetters>, Vec<DeadLetter>)>, BellFault> {
    let Some(dead) = bell.and_then(|bell| bell.dead_letters()) else { return Ok(None) };
    let letters = dead.list(LETTERS).await?;
    Ok(Some((dead, letters)))
}

async fn redrive(working: &Working<'_>) -> Worked {
    Worked::Shown(rung(working).await.unwrap_or_else(|problem| *problem))
}

async fn rung(working: &Working<'_>) -> Result<Output, Box<Output>> {
    let [wanted] = working.words else {
        return Err(working.unusable("`jobs redrive` needs the id of a job, or `all`."));
    };
    let inner = working.reach.inner;
    let bell = inner.far.as_ref();
    let found = letters(bell).await.map_err(|fault| {
        tracing::error!(fault = %fault, "the dead-letter queue could not be read");
        unread("The dead-letter queue could not be read, so nothing was rung for.")
    })?;
    let (Some(bell), Some((dead, letters))) = (bell, found) else {
        let problem = Problem::new("There is no dead-letter queue here, so there is nothing to redrive.")
            .next("[queue] dead_letter_url names one; jobs of this process are taken up by themselves.");
        return Err(Box::new(Output::problem(Status::Failed, problem)));
    };
    let mut redriven = Redriven::default();
    for letter in &letters {
        let Some(job) = &letter.job else {
            redriven.others += 1;
            continue;
        };
        if wanted == "all" || job.starts_with(wanted.as_str()) {
            let ring =
                Ring { job: job.clone(), again: Some(inner.clock.millis()), group: "redrive".to_owned() };
            redriven.one(&**bell, &*dead, &ring, &letter.receipt).await;
        }
    }
    Ok(redriven.output(wanted))
}

/// What became of letters.
#[derive(Default)]
struct Redriven {
    jobs: Vec<String>,
    failed: usize,
    /// Letters that name no job.
    others: usize,
}

impl Redriven {
    /// Rings first and removes then: what fails in between is rung for twice, which does nothing.
    async fn one(&mut self, bell: &dyn Bell, dead: &dyn DeadLetters, ring: &Ring, receipt: &str) {
        let done = match bell.ring(ring).await {
            Ok(()) => dead.remove(receipt).await,
            Err(fault) => Err(fault),
        };
        match done {
            Ok(()) => self.jobs.push(ring.job.clone()),
            Err(fault) => {
                tracing::error!(request_id = ring.job, fault = %fault, "a job could not be rung for again");
                self.failed += 1;
            }
        }
    }

    fn output(self, wanted: &str) -> Output {
        let Redriven { jobs, failed, others } = self;
        let mut notes = Vec::new();
        if failed > 0 {
            notes.push(format!("{failed} could not be rung for, and stay where they are."));
        }
        if others > 0 {
            notes.push(format!("{others} messages there name no job of Bellhop's, and stay where they are."));
        }
        if jobs.is_empty() {
            let what = if wanted == "all" {
                "No job lies in the dead-letter queue.".to_owned()
            } else {
                format!("No job whose id begins with \"{wanted}\" lies in the dead-letter queue.")
            };
            let problem = Problem::new(what)
                .next("`jobs failed` shows what does. What was just looked at is hidden for ten seconds.");
            return Output::problem(Status::Failed, problem).noting(notes);
        }
        let text = format!(
            "Rang again for {}. Their answers follow by themselves; what was begun and changes things is told of, not run again.",
            jobs.join(", ")
        );
        let status = if failed > 0 { Status::Partly } else { Status::Done };
        Output::text(text).noting(notes).with_status(status)
    }
}

fn unread(what: &str) -> Box<Output> {
    Box::new(Output::problem(Status::Failed, Problem::new(what).next("Try again in a moment.")))
}
