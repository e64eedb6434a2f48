//! `last` and `save`: results as the source of another line, without asking AWS again.

use aws_call::BoxFuture;
use render::{Body, Problem, Reply, Status};
use value::{JsonStyle, Value};

use super::{Access, Asked, BuiltIn, Run, Worked, Working};
use crate::asking::lasting::moment;
use crate::command::NotUnderstood;
use crate::history::results::{self, Content, Kept, MAX_BYTES, ResultFault};
use crate::output::Output;

/// The entry of `last`.
pub(super) const LAST: BuiltIn = BuiltIn {
    name: "last",
    summary: "Gives your last result once more, or one that you named, without asking AWS.",
    usage: "last [<name>]\n\
        \u{20}   last | jq '.Reservations[].Instances[].InstanceId'\n\
        \u{20}   ec2 describe-instances | tee all | wc -l\n\
        \u{20}   last all | grep t3\n\
        Results are kept for you alone, for a day, up to 250 KB each.",
    access: Access::Open,
    also: None,
    run: Run::Work(|working| -> BoxFuture<'_, Worked> { Box::pin(last(working)) }),
};

/// The entry of `save`.
pub(super) const SAVE: BuiltIn = BuiltIn {
    name: "save",
    summary: "Keeps your last result under a name, for `last <name>`.",
    usage: "save <name>\n\
        \u{20}   save                 the names that there are\n\
        Within a line, `| tee <name>` does the same with what flows there.",
    access: Access::Open,
    also: None,
    run: Run::Later(|asked| -> BoxFuture<'_, Reply> { Box::pin(save(asked)) }),
};

async fn last(working: &Working<'_>) -> Worked {
    let (inner, caller) = (working.reach.inner, &working.reach.request.caller);
    let failed = |problem: Problem| Worked::Shown(Output::problem(Status::Failed, problem));
    let name = match working.words {
        [] => None,
        [name] => Some(name.as_str()),
        _ => return failed(Problem::new("`last` takes one name at most.")),
    };
    match results::find(inner, caller, name).await {
        Ok(Some(kept)) => Worked::Shown(shown(&kept)),
        Ok(None) => failed(match name {
            None => Problem::new("No result of yours is kept (any more)."),
            Some(name) => Problem::new(format!("No result of yours is kept as \"{name}\" (any more)."))
                .next("`save` shows the names that there are."),
        }),
        Err(error) => {
            inner.note::<()>(Err(error));
            failed(Problem::new("The result could not be read.").next("Try again in a moment."))
        }
    }
}

fn shown(kept: &Kept) -> Output {
    let note = format!("Of {}: {}", moment(kept.at()), kept.line);
    let output = match &kept.content {
        Content::Json(json) => match Value::from_json(json.as_bytes()) {
            Ok(value) => {
                let body = Body::Preformatted(value.to_json(JsonStyle::Pretty));
                Output::value(value, body)
            }
            Err(_) => Output::lines(json.clone()),
        },
        Content::Text(text) => Output::lines(text.clone()),
        Content::Table { columns, rows } => {
            let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
            Output::table(&columns, rows.clone())
        }
        Content::TooLarge => {
            let what = format!("Your last result was larger than {} KB, and was not kept.", MAX_BYTES / 1024);
            let next = "Ask for less, by --query or a filter, or run the line again.";
            Output::problem(Status::Failed, Problem::new(what).next(next))
        }
    };
    output.noting([note])
}

async fn save(asked: &Asked<'_>) -> Reply {
    let (inner, caller, facts) = (asked.inner, &asked.request.caller, asked.facts.clone());
    let failed = |problem: Problem| Reply::problem(facts.clone(), Status::Failed, problem);
    let unread = || failed(Problem::new("Your results could not be read.").next("Try again in a moment."));
    let name = match asked.words {
        [] => {
            return match inner.note(results::names(inner, caller).await) {
                None => unread(),
                Some(names) if names.is_empty() => Reply::done(
                    facts.clone(),
                    Body::Text("No result has a name. `save <name>` gives the last one that.".to_owned()),
                ),
                Some(names) => Reply::done(facts.clone(), Body::Preformatted(names.join("\n"))),
            };
        }
        [name] => name,
        _ => return failed(Problem::new("`save` takes one name.")),
    };
    let Some(kept) = inner.note(results::find(inner, caller, None).await) else { return unread() };
    let Some(kept) = kept else {
        return failed(Problem::new("No result of yours is kept (any more)."));
    };
    match results::name_it(inner, caller, name, &kept).await {
        Ok(()) => {
            let text = format!("Kept as `{name}`: {}. `last {name}` gives it.", kept.line);
            Reply::done(facts.clone(), Body::Text(text))
        }
        Err(ResultFault::Store(error)) => {
            inner.note::<()>(Err(error));
            failed(Problem::new("It could not be written down.").next("Try again in a moment."))
        }
        Err(fault) => failed(Problem::new(NotUnderstood::saying(&fault.to_string()).what)),
    }
}
