//! `ec2 list`: the instances, over all pages, in one place or many.

use aws_call::BoxFuture;
use aws_model::Catalog;
use render::{Problem, Status};

use super::instances::{Instance, Wanted, find};
use crate::commands::{Access, BuiltIn, Run, Worked, Working};
use crate::output::Output;
use crate::spoken::age;

/// The entry.
pub(crate) const LIST: BuiltIn = BuiltIn {
    name: "ec2 list",
    summary: "Lists instances: id, Name, state, type, addresses, zone, age.",
    usage: "ec2 [list] [<state>] [<name>] [tag:<key>=<value>] [--account …] [--region …]\n\
        \u{20}   ec2\n\
        \u{20}   ec2 list running 'web*'\n\
        \u{20}   ec2 list tag:team=web --account all --region all",
    access: Access::Open,
    also: Some(alone),
    run: Run::Work(|working| -> BoxFuture<'_, Worked> { Box::pin(list(working)) }),
};

/// `ec2` alone lists, and so does `ec2 --account dev`.
fn alone(words: &[String], _: &Catalog) -> Option<usize> {
    let first = words.first().is_some_and(|word| word == "ec2");
    let bare = words.get(1).is_none_or(|word| word.starts_with("--region"));
    (first && bare).then_some(1)
}

async fn list(working: &Working<'_>) -> Worked {
    let failed = |what: String| {
        let problem = Problem::new(what).next(format!("Usage: {}", working.entry.usage));
        Worked::Shown(Output::problem(Status::Failed, problem))
    };
    let wanted = match Wanted::read(working.words) {
        Ok(wanted) => wanted,
        Err(fault) => return failed(format!("{fault}.")),
    };
    let (found, survey) = match find(&working.reach, working.selection, &wanted).await {
        Ok(found) => found,
        Err(fault) => return failed(fault.to_string()),
    };
    if survey.answered == 0 {
        return Worked::Shown(survey.as_problem());
    }
    let several = !working.selection.is_single();
    let output = if found.is_empty() {
        Output::text("There are no such instances.")
    } else {
        table(&found, several, working.reach.inner.clock.0.now())
    };
    let output = if several { output.noting(survey.sentences()) } else { output };
    Worked::Shown(output.with_status(survey.status()))
}

fn table(found: &[Instance], several: bool, now: jiff::Timestamp) -> Output {
    let mut columns = vec!["Id", "Name", "State", "Type", "Private", "Public", "Zone", "Age"];
    if several {
        columns.splice(0..0, ["Account", "Region"]);
    }
    let row = |instance: &Instance| {
        let age = instance.launched.map_or_else(String::new, |launched| age(launched, now));
        let mut row = vec![
            instance.id.clone(),
            instance.name.clone(),
            instance.state.clone(),
            instance.kind.clone(),
            instance.private.clone(),
            instance.public.clone(),
            instance.zone.clone(),
            age,
        ];
        if several {
            row.splice(0..0, [instance.scope.account.clone(), instance.scope.region.clone()]);
        }
        row
    };
    Output::table(&columns, found.iter().map(row).collect())
}
