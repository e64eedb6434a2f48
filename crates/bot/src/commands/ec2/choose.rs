//! Which instance is meant: by its id, or by a Name that one alone bears. What is not clear is asked, never guessed.

use render::{Problem, Status};

use super::instances::{Instance, Wanted, find, is_id};
use crate::commands::Working;
use crate::offer;
use crate::output::Output;
use crate::reach::scope::{Regions, Selection};

/// How many instances of one name are offered.
const OFFERED: usize = 10;
/// How long a choice is offered, in milliseconds.
const OFFERED_MS: i64 = 10 * 60_000;
/// How many names are suggested.
const SUGGESTED: usize = 3;

/// What a word stands for.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::commands) enum Meant<'a> {
    Nothing,
    One(&'a Instance),
    Several(Vec<&'a Instance>),
}

/// What a word stands for among those that were found. Ids of terminated instances count, their names do not.
pub(in crate::commands) fn meant<'a>(word: &str, found: &'a [Instance]) -> Meant<'a> {
    let is_meant = |instance: &&Instance| {
        instance.id == word || (instance.name == word && instance.state != "terminated")
    };
    let meant: Vec<&Instance> = found.iter().filter(is_meant).collect();
    match meant.as_slice() {
        [] => Meant::Nothing,
        [one] => Meant::One(one),
        _ => Meant::Several(meant),
    }
}

/// The instances of those ids and names, wherever the selection has them.
///
/// # Errors
/// Not every place could be looked at: a name that could stand for more elsewhere is not unique.
pub(in crate::commands) async fn look(
    working: &Working<'_>,
    named: &[String],
) -> Result<Vec<Instance>, Box<Output>> {
    let selection = where_to_look(working.selection);
    let (ids, names): (Vec<String>, Vec<String>) = named.iter().cloned().partition(|word| is_id(word));
    let mut found: Vec<Instance> = Vec::new();
    for words in [ids, names] {
        if words.is_empty() {
            continue;
        }
        let wanted = Wanted::exactly(&words);
        match find(&working.reach, &selection, &wanted).await {
            Err(fault) => return Err(failed(fault.to_string())),
            Ok((_, survey)) if survey.answered == 0 => return Err(Box::new(survey.as_problem())),
            Ok((_, survey)) if !survey.is_whole() => {
                let why = survey.sentences().join(" ");
                return Err(failed(format!("Nothing was done: not every place could be looked at. {why}")));
            }
            Ok((instances, _)) => found.extend(instances),
        }
    }
    Ok(found)
}

/// The one instance that a word stands for; `line` is what to type for one of several.
///
/// # Errors
/// There is none, or more than one.
pub(in crate::commands) async fn one(
    working: &Working<'_>,
    word: &str,
    line: impl Fn(&Instance) -> String,
) -> Result<Instance, Box<Output>> {
    let found = look(working, &[word.to_owned()]).await?;
    match meant(word, &found) {
        Meant::One(instance) => Ok(instance.clone()),
        Meant::Nothing => Err(Box::new(not_there(working, word).await)),
        Meant::Several(several) => Err(Box::new(ambiguous(working, word, &several, line))),
    }
}

/// Without a place, everywhere in the account that the rules give first; a name may be in any of its regions.
fn where_to_look(selection: &Selection) -> Selection {
    let regions = if selection.regions == Regions::First { Regions::All } else { selection.regions.clone() };
    Selection { accounts: selection.accounts.clone(), regions }
}

/// Nothing is called so; what is called almost so is named.
pub(in crate::commands) async fn not_there(working: &Working<'_>, word: &str) -> Output {
    let near = if is_id(word) { Vec::new() } else { near(working, word).await };
    let next = if near.is_empty() {
        "`ec2 list` shows what there is; --account and --region say where to look.".to_owned()
    } else {
        format!("Did you mean {}?", near.join(", "))
    };
    let problem = Problem::new(format!("There is no instance {word}; nothing was done.")).next(next);
    Output::problem(Status::Failed, problem)
}

async fn near(working: &Working<'_>, word: &str) -> Vec<String> {
    let found = find(&working.reach, &where_to_look(working.selection), &Wanted::default()).await;
    let names = found.map(|(found, _)| found).unwrap_or_default();
    let names: Vec<String> =
        names.into_iter().filter(|one| one.state != "terminated").map(|one| one.name).collect();
    crate::spoken::near(word, names.iter().map(String::as_str), SUGGESTED)
}

/// Several are called so: which one is meant is asked, with a button for each.
pub(in crate::commands) fn ambiguous(
    working: &Working<'_>,
    word: &str,
    several: &[&Instance],
    line: impl Fn(&Instance) -> String,
) -> Output {
    let inner = working.reach.inner;
    let until = inner.clock.millis().plus(OFFERED_MS);
    let mut output = asks(word, several);
    for instance in several.iter().take(OFFERED) {
        let line = format!("{}{}", line(instance), instance.scope.options());
        let label = format!("{} ({}, {})", instance.id, instance.state, instance.scope);
        let tenant = &working.reach.request.caller.tenant;
        output.buttons.extend(offer::button(inner, tenant, &label, &line, until));
    }
    output
}

fn asks(word: &str, several: &[&Instance]) -> Output {
    let which: Vec<String> = several
        .iter()
        .take(OFFERED)
        .map(|instance| format!("{} in {} ({})", instance.id, instance.scope, instance.state))
        .collect();
    let more = several.len().saturating_sub(OFFERED);
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    let problem = Problem::new(format!("{} instances are called {word}; nothing was done.", several.len()))
        .why(format!("{}{more}", which.join(", ")))
        .next("Which one? Name it by its id.");
    Output::problem(Status::Asking, problem)
}

fn failed(what: String) -> Box<Output> {
    Box::new(Output::problem(Status::Failed, Problem::new(what)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::ec2::instances::staged;

    #[test]
    fn a_word_stands_for_one_instance_or_is_asked_about() {
        let found = [
            staged("i-1", "web", "running", "eu"),
            staged("i-3", "twin", "running", "eu"),
            staged("i-4", "twin", "stopped", "us"),
            staged("i-5", "gone", "terminated", "eu"),
        ];
        let ids = |word: &str| match meant(word, &found) {
            Meant::Nothing => String::new(),
            Meant::One(one) => one.id.clone(),
            Meant::Several(several) => {
                several.iter().map(|one| one.id.as_str()).collect::<Vec<_>>().join(" ")
            }
        };
        for (word, expected) in
            [("web", "i-1"), ("i-1", "i-1"), ("twin", "i-3 i-4"), ("gone", ""), ("i-5", "i-5"), ("x", "")]
        {
            assert_eq!(ids(word), expected, "{word}");
        }
        let render::Body::Problem(problem) = asks("twin", &[&found[1], &found[2]]).body else {
            panic!("a question")
        };
        assert_eq!(problem.why.as_deref(), Some("i-3 in dev/eu (running), i-4 in dev/us (stopped)"));
    }
}
