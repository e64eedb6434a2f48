//! `ec2 await`: watches instances until they are in a state, for a while.

use std::time::Duration;

use aws_call::BoxFuture;
use render::{Body, Problem, Status};

use super::instances::{Instance, Wanted, find, is_id};
use crate::commands::{Access, BuiltIn, Run, Worked, Working};
use crate::offer;
use crate::output::Output;
use pipeline::quote;

/// The entry.
pub(crate) const AWAIT: BuiltIn = BuiltIn {
    name: "ec2 await",
    summary: "Watches instances until they are in a state, for up to a minute.",
    usage: "ec2 await running|stopped|terminated <id> … [--account …] [--region …]\n\
        \u{20}   ec2 await running i-0123456789abcdef0",
    access: Access::Open,
    also: None,
    run: Run::Work(|working| -> BoxFuture<'_, Worked> { Box::pin(watch(working)) }),
};

/// How often it looks.
const EVERY: Duration = Duration::from_secs(3);
/// How long it watches.
const LONGEST: Duration = Duration::from_secs(60);
/// When it tells how far it has come.
const TOLD_AFTER: [Duration; 2] = [Duration::from_secs(6), Duration::from_secs(30)];
/// How long the way back is offered, in milliseconds.
const UNDO_MS: i64 = 10 * 60_000;

async fn watch(working: &Working<'_>) -> Worked {
    let usage = |what: &str| {
        let problem = Problem::new(what).next(format!("Usage: {}", working.entry.usage));
        Worked::Shown(Output::problem(Status::Failed, problem))
    };
    let Some((state, ids)) = working.words.split_first() else { return usage("It names no state.") };
    if !["running", "stopped", "terminated"].contains(&state.as_str()) {
        return usage("That is no state that instances come to rest in.");
    }
    if ids.is_empty() || !ids.iter().all(|id| is_id(id)) {
        return usage("It names no instances by their ids.");
    }
    let Ok(wanted) = Wanted::read(ids) else { return usage("It names no instances.") };
    let clock = &working.reach.inner.clock;
    let started = clock.0.instant();
    let (mut told, mut last) = (0, Vec::new());
    loop {
        let looked = find(&working.reach, working.selection, &wanted).await;
        let waited = clock.0.instant().saturating_duration_since(started);
        match looked {
            Err(fault) => return usage(&fault.to_string()),
            Ok((found, survey)) if survey.is_whole() => last = found,
            Ok((_, survey)) if last.is_empty() || !survey.may_pass() => {
                return Worked::Shown(survey.as_problem());
            }
            // One look that fails is not the end of it.
            Ok(_) => {}
        }
        let there = last.iter().filter(|instance| instance.state == *state).count();
        if there == ids.len() || waited >= LONGEST {
            return Worked::Shown(ended(working, state, ids, &last, waited));
        }
        if TOLD_AFTER.get(told).is_some_and(|after| waited >= *after) {
            working.news.say(Body::Text(states(&last))).await;
            told += 1;
        }
        clock.pause(EVERY).await;
    }
}

fn states(found: &[Instance]) -> String {
    let lines = found.iter().map(|instance| format!("{} is {}.", instance.called(), instance.state));
    lines.collect::<Vec<_>>().join("\n")
}

/// What came of it; honest where the state was not reached.
fn ended(working: &Working<'_>, state: &str, ids: &[String], found: &[Instance], waited: Duration) -> Output {
    let mut lines = Vec::new();
    let mut reached = true;
    for id in ids {
        lines.push(match found.iter().find(|instance| instance.id == *id) {
            Some(instance) if instance.state == state => format!("{} is {state}.", instance.called()),
            Some(instance) => {
                reached = false;
                format!("{} is still {} after {} s.", instance.called(), instance.state, waited.as_secs())
            }
            None => {
                reached = false;
                format!("{id} is not there.")
            }
        });
    }
    let mut output = Output::text(lines.join("\n"));
    output.buttons.extend(way_back(working, state, ids));
    if reached {
        return output;
    }
    let next = format!("It goes on by itself; `ec2 await {state} {}` watches further.", ids.join(" "));
    output.with_status(Status::Partly).noting([next])
}

/// The button that takes it back, where that can be.
fn way_back(working: &Working<'_>, state: &str, ids: &[String]) -> Option<render::Button> {
    let back = match state {
        "running" => "stop",
        "stopped" => "start",
        _ => return None,
    };
    let mut line = format!("ec2 {back} {}", ids.join(" "));
    if let Some(account) = working.selection.accounts.single() {
        line.push_str(&format!(" --account {}", quote(account)));
    }
    if let Some(region) = working.selection.regions.single() {
        line.push_str(&format!(" --region {}", quote(region)));
    }
    let inner = working.reach.inner;
    let until = inner.clock.millis().plus(UNDO_MS);
    offer::button(inner, &working.reach.request.caller.tenant, "Undo", &line, until)
}
