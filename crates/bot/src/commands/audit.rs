//! `audit`: who did what, from the record.

use aws_call::BoxFuture;
use render::{Body, Facts, Problem, Reply, Status};

use super::{Access, Asked, BuiltIn, Run};
use crate::journal::{Filter, FilterFault, Found, Position, search};

/// The entry.
pub(super) const AUDIT: BuiltIn = BuiltIn {
    name: "audit",
    summary: "Shows who did what, newest first. It needs a grant of bellhop:audit.",
    usage: "audit [who <user>] [what <text>] [account <name>] [channel <channel>] [since <2h | date>] \
            [until <2h | date>] [kind <kind | outcome | all>] [job <request id>] [before <row>]",
    access: Access::Granted,
    also: None,
    run: Run::Later(run),
};

/// How many rows an answer shows.
const SHOWN: usize = 20;
/// How many rows are looked at for it.
const LOOKED_AT: u64 = 20_000;
/// The longest line that is shown, in characters.
const LINE: usize = 120;

fn run<'a>(asked: &'a Asked<'a>) -> BoxFuture<'a, Reply> {
    Box::pin(async move {
        let facts = asked.facts.clone();
        let (filter, before) = match wanted(asked) {
            Ok(wanted) => wanted,
            Err(fault) => {
                let problem = Problem::new(format!("{fault}.")).next(format!("Usage: {}", AUDIT.usage));
                return Reply::problem(facts, Status::Failed, problem);
            }
        };
        match search(&*asked.inner.store, &filter, before.as_ref(), SHOWN, LOOKED_AT).await {
            Ok(found) => answer(facts, asked, &found),
            Err(error) => {
                asked.inner.note::<()>(Err(error));
                Reply::problem(
                    facts,
                    Status::Failed,
                    Problem::new("The record could not be read.").next("Try again in a moment."),
                )
            }
        }
    })
}

/// Whoever asks sees what was done in their own workspace.
fn wanted(asked: &Asked<'_>) -> Result<(Filter, Option<Position>), FilterFault> {
    let mut filter = Filter { workspace: Some(asked.request.caller.tenant.clone()), ..Filter::default() };
    let mut before = None;
    let mut words = asked.words.iter();
    while let Some(name) = words.next() {
        let name = name.trim_start_matches('-');
        let value = words.next().ok_or_else(|| FilterFault::Empty(name.to_owned()))?;
        match name {
            "before" => before = Some(value.parse().map_err(|_| FilterFault::Empty(name.to_owned()))?),
            "kind" if value == "all" => filter.steps = true,
            _ => filter.set(name, value, asked.request.at)?,
        }
    }
    Ok((filter, before))
}

fn answer(facts: Facts, asked: &Asked<'_>, found: &Found) -> Reply {
    let more = || {
        let kept: Vec<&str> = words_but_before(asked.words);
        let words = if kept.is_empty() { String::new() } else { format!(" {}", kept.join(" ")) };
        format!("More: audit{words} before {}", found.looked_to)
    };
    let reply = if found.entries.is_empty() {
        Reply::done(facts, Body::Text("Nothing of that stands in the record.".to_owned()))
    } else {
        let columns = ["row", "when (UTC)", "who", "what", "account", "came of it"];
        let rows = found.entries.iter().map(|entry| {
            let outcome = entry.came_of_it();
            let came = if outcome.is_empty() || entry.row.kind == "denied" {
                entry.row.kind.clone()
            } else {
                outcome
            };
            vec![
                entry.row.place().to_string(),
                entry.time(false),
                entry.fact("user"),
                super::shortened(&entry.what(), LINE),
                entry.fact("account"),
                super::shortened(&came, LINE),
            ]
        });
        Reply::done(facts, Body::Table { columns: columns.map(str::to_owned).into(), rows: rows.collect() })
    };
    if found.more { reply.note(more()) } else { reply }
}

fn words_but_before(words: &[String]) -> Vec<&str> {
    let pairs = words.chunks(2).filter(|pair| pair[0].trim_start_matches('-') != "before");
    pairs.flatten().map(String::as_str).collect()
}
