//! `jobs` and `cancel`: what waits and runs, and the end of one of those.

use std::collections::BTreeSet;

use aws_call::BoxFuture;
use render::{Body, Problem, Reply, Status};
use store::StoreError;

use super::{Access, Asked, BuiltIn, Run};
use crate::history::Stop;
use crate::journal::{Entry, Filter, search};
use crate::members;
use crate::worker;

/// The entry of `jobs`.
pub(super) const JOBS: BuiltIn = BuiltIn {
    name: "jobs",
    summary: "Shows which of your commands wait or run; to admins, those of everybody.",
    usage: "jobs\n\
        What waits for somebody's word is no job yet.",
    access: Access::Open,
    also: None,
    run: Run::Later(|asked| -> BoxFuture<'_, Reply> { Box::pin(listed(asked)) }),
};

/// The entry of `cancel`.
pub(super) const CANCEL: BuiltIn = BuiltIn {
    name: "cancel",
    summary: "Ends one of your commands that waits, or that runs and only reads.",
    usage: "cancel <id>\n\
        `jobs` shows the ids; the beginning of one is enough.\n\
        What changes things and has begun goes on: what was sent stays sent.",
    access: Access::Open,
    also: None,
    run: Run::Later(|asked| -> BoxFuture<'_, Reply> { Box::pin(cancel(asked)) }),
};

/// How many rows of the record are looked at.
const LOOKED_AT: u64 = 20_000;
/// How many of them are read.
const ROWS: usize = 5_000;
/// How far back, in milliseconds: no job takes longer.
const BACK: i64 = 86_400_000;
/// How many jobs are shown.
const SHOWN: usize = 50;
/// The longest line that is shown, in characters.
const LINE: usize = 160;

async fn listed(asked: &Asked<'_>) -> Reply {
    let (inner, caller, facts) = (asked.inner, &asked.request.caller, asked.facts.clone());
    let known = members::known(inner, &caller.tenant, &caller.user).await;
    let all = members::is_administrator(inner, &known, &caller.tenant, &caller.user);
    let Some(open) = inner.note(open(asked, all).await) else { return unread(asked) };
    if open.is_empty() {
        let text = if all { "Nothing waits, and nothing runs." } else { "Nothing of yours waits or runs." };
        return Reply::done(facts, Body::Text(text.to_owned()));
    }
    let row = |entry: &Entry| {
        let state = if inner.running.has(&entry.row.job) { "runs" } else { "waits" };
        vec![
            entry.row.job.clone(),
            state.to_owned(),
            entry.time(false),
            entry.fact("user"),
            super::shortened(&entry.fact("line"), LINE),
            entry.fact("account"),
        ]
    };
    let rows = open.iter().take(SHOWN).map(row).collect();
    let columns = ["id", "state", "since (UTC)", "who", "line", "account"].map(str::to_owned).into();
    let reply = Reply::done(facts, Body::Table { columns, rows });
    match open.len().saturating_sub(SHOWN) {
        0 => reply,
        more => reply.note(format!("And {more} more.")),
    }
}

/// The rows of jobs that were accepted and have not ended, newest first.
async fn open(asked: &Asked<'_>, all: bool) -> Result<Vec<Entry>, StoreError> {
    let caller = &asked.request.caller;
    let filter = Filter {
        workspace: Some(caller.tenant.clone()),
        since: Some(asked.request.at.plus(-BACK)),
        steps: true,
        ..Filter::default()
    };
    let found = search(&*asked.inner.store, &filter, None, ROWS, LOOKED_AT).await?;
    let mut ended = BTreeSet::new();
    let mut open = Vec::new();
    for entry in found.entries {
        match entry.row.kind.as_str() {
            "outcome" => {
                ended.insert(entry.row.job.clone());
            }
            "accepted" if !ended.contains(&entry.row.job) && (all || entry.fact("user") == caller.user) => {
                open.push(entry);
            }
            _ => {}
        }
    }
    Ok(open)
}

async fn cancel(asked: &Asked<'_>) -> Reply {
    let failed = |problem: Problem| Reply::problem(asked.facts.clone(), Status::Failed, problem);
    let [id] = asked.words else {
        return failed(
            Problem::new("`cancel` needs the id of a job.").next("`jobs` shows those that there are."),
        );
    };
    let Some(open) = asked.inner.note(open(asked, false).await) else { return unread(asked) };
    let mut meant = open.iter().filter(|entry| entry.row.job.starts_with(id.as_str()));
    let (Some(job), None) = (meant.next(), meant.next()) else {
        let what = format!("No job of yours that waits or runs, or more than one, begins with \"{id}\".");
        return failed(Problem::new(what).next("`jobs` shows those that there are."));
    };
    match asked.inner.running.stop(&job.row.job) {
        Stop::Stopping => {
            said(asked, "It is stopped. It only read; its own answer says that it was cancelled.")
        }
        Stop::GoesOn => failed(goes_on()),
        Stop::NotHere => close(asked, job).await,
    }
}

/// Closes a job that no worker has taken yet.
async fn close(asked: &Asked<'_>, job: &Entry) -> Reply {
    let (inner, id) = (asked.inner, &job.row.job);
    match (worker::cancel(inner, id).await, inner.running.stop(id)) {
        (Ok(true), _) => said(asked, "It had not begun, and will not run."),
        (Ok(false), Stop::Stopping) => said(asked, "It is stopped. It only read."),
        (Ok(false), Stop::GoesOn) => Reply::problem(asked.facts.clone(), Status::Failed, goes_on()),
        (Ok(false), Stop::NotHere) => {
            let problem = Problem::new("It is past running here, or runs elsewhere, so it was not stopped.")
                .next("`jobs` and `history` show where it stands.");
            Reply::problem(asked.facts.clone(), Status::Failed, problem)
        }
        (Err(error), _) => {
            inner.note::<()>(Err(error));
            let problem = Problem::new("It could not be written down, so nothing was stopped.");
            Reply::problem(asked.facts.clone(), Status::Failed, problem.next("Try again in a moment."))
        }
    }
}

fn goes_on() -> Problem {
    Problem::new("It changes things and has begun, so it goes on.")
        .why("What was sent stays sent; nobody could say what half of it would have done.")
        .next("Its answer follows, and says what was done.")
}

fn said(asked: &Asked<'_>, text: &str) -> Reply {
    Reply::done(asked.facts.clone(), Body::Text(text.to_owned()))
}

fn unread(asked: &Asked<'_>) -> Reply {
    let problem = Problem::new("The record could not be read.").next("Try again in a moment.");
    Reply::problem(asked.facts.clone(), Status::Failed, problem)
}
