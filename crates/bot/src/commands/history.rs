//! `history` and `rerun`: the caller's last lines, and one of them once more.

use std::collections::BTreeMap;

use aws_call::BoxFuture;
use render::{Body, Problem, Reply, Status};

use super::{Access, Asked, BuiltIn, Run};
use crate::history;
use crate::journal::{Filter, search};

/// The entry of `history`.
pub(super) const HISTORY: BuiltIn = BuiltIn {
    name: "history",
    summary: "Shows your last lines and what came of them.",
    usage: "history [<how many>]\n\
        The number before a line is for `rerun`. Lines that were refused have none.",
    access: Access::Open,
    also: None,
    run: Run::Later(|asked| -> BoxFuture<'_, Reply> { Box::pin(listed(asked)) }),
};

/// The entry of `rerun`. A line that names a number is replaced before it is understood.
pub(super) const RERUN: BuiltIn = BuiltIn {
    name: "rerun",
    summary: "Runs one of your last lines once more.",
    usage: "rerun <number> [--again] [--yes]\n\
        \u{20}   rerun 12          the line with that number in `history`, as if it had been typed again\n\
        What changes things is asked about as ever; within a minute of the first time it needs --again.",
    access: Access::Open,
    also: None,
    run: Run::Later(|asked| {
        Box::pin(async move {
            let problem = Problem::new("`rerun` needs the number of a line.")
                .next("`history` shows your last lines with their numbers.");
            Reply::problem(asked.facts.clone(), Status::Failed, problem)
        })
    }),
};

/// How many lines are shown unless another number is asked for.
const SHOWN: usize = 15;
/// How many rows of the record are looked at for them.
const LOOKED_AT: u64 = 20_000;
/// How many rows of one person are read for each line that is shown.
const ROWS: usize = 6;
/// The longest line that is shown, in characters.
const LINE: usize = 200;

async fn listed(asked: &Asked<'_>) -> Reply {
    let (inner, caller, facts) = (asked.inner, &asked.request.caller, asked.facts.clone());
    let wanted = match asked.words {
        [] => Some(SHOWN),
        [number] => number.parse().ok().filter(|number| (1..=history::MOST).contains(number)),
        _ => None,
    };
    let Some(wanted) = wanted else {
        let what = format!("`history` takes a number up to {}.", history::MOST);
        return Reply::problem(facts, Status::Failed, Problem::new(what));
    };
    let filter = Filter {
        who: Some(caller.user.clone()),
        workspace: Some(caller.tenant.clone()),
        ..Filter::default()
    };
    let numbers = inner.note(history::numbers(inner, caller).await);
    let found = inner.note(search(&*inner.store, &filter, None, wanted * ROWS, LOOKED_AT).await);
    let (Some(numbers), Some(found)) = (numbers, found) else {
        let problem = Problem::new("The record could not be read.").next("Try again in a moment.");
        return Reply::problem(facts, Status::Failed, problem);
    };
    let numbers: BTreeMap<String, u64> = numbers.into_iter().collect();
    let own = found.entries.iter().filter(|entry| {
        matches!(entry.row.kind.as_str(), "outcome" | "denied")
            && entry.fact("user") == caller.user
            && !entry.fact("line").is_empty()
    });
    let mut rows: Vec<Vec<String>> = own
        .take(wanted)
        .map(|entry| {
            let number = numbers.get(&entry.row.job).map(u64::to_string).unwrap_or_default();
            let came = if entry.row.kind == "denied" { "refused".to_owned() } else { entry.came_of_it() };
            vec![
                number,
                entry.time(false),
                super::shortened(&entry.fact("line"), LINE),
                entry.fact("account"),
                came,
            ]
        })
        .collect();
    rows.reverse();
    if rows.is_empty() {
        return Reply::done(facts, Body::Text("You have run nothing yet.".to_owned()));
    }
    let columns = ["number", "when (UTC)", "line", "account", "came of it"].map(str::to_owned).into();
    Reply::done(facts, Body::Table { columns, rows })
}
