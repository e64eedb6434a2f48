//! `emr add-tags` with `key=value` words, `emr list-clusters` with groups of states.

use value::{Map, Value};

use super::Customization;
use crate::UsageError;
use crate::arguments::{Custom, Fill, Given};
use crate::grammar::Arity;

pub(super) const ALL: &[Customization] = &[
    Customization::of("emr", &["add-tags"]).table(|table, _| table.add(&TAGS)),
    Customization::of("emr", &["list-clusters"]).table(|table, _| table.add(&STATES)),
];

static TAGS: [Custom; 1] = [Custom {
    name: "tags",
    arity: Arity::Some,
    choices: &[],
    required: true,
    help: "The tags, as `key=value` words.",
    apply: tags,
}];

const fn custom(
    name: &'static str,
    arity: Arity,
    help: &'static str,
    apply: fn(&mut Fill<'_>, Given<'_>) -> Result<(), UsageError>,
) -> Custom {
    Custom { name, arity, choices: &[], required: false, help, apply }
}

static STATES: [Custom; 6] = [
    custom("cluster-states", Arity::Some, "The states that clusters must be in.", |fill, given| {
        let words: Vec<&str> = match given {
            Given::Many(words) => words.iter().map(String::as_str).collect(),
            _ => vec![given.text()],
        };
        states(fill, &words)
    }),
    custom("active", Arity::Switch, "Clusters that start, run, wait or terminate.", |fill, _| {
        states(fill, &["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING", "TERMINATING"])
    }),
    custom("terminated", Arity::Switch, "Clusters that ended well.", |fill, _| states(fill, &["TERMINATED"])),
    custom("failed", Arity::Switch, "Clusters that ended with errors.", |fill, _| {
        states(fill, &["TERMINATED_WITH_ERRORS"])
    }),
    custom("created-before", Arity::One, "Clusters made before this time.", |fill, given| {
        fill.params.insert("CreatedBefore", Value::text(given.text()));
        Ok(())
    }),
    custom("created-after", Arity::One, "Clusters made after this time.", |fill, given| {
        fill.params.insert("CreatedAfter", Value::text(given.text()));
        Ok(())
    }),
];

fn tags(fill: &mut Fill<'_>, given: Given<'_>) -> Result<(), UsageError> {
    let one = [given.text().to_owned()];
    let words = if let Given::Many(words) = given { words } else { &one };
    let tag = |word: &String| {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        let tag: Map = [("Key", Value::text(key)), ("Value", Value::text(value))].into_iter().collect();
        Value::Map(tag)
    };
    fill.params.insert("Tags", Value::List(words.iter().map(tag).collect()));
    Ok(())
}

fn states(fill: &mut Fill<'_>, states: &[&str]) -> Result<(), UsageError> {
    if fill.params.get("ClusterStates").and_then(Value::as_list).is_some_and(|list| !list.is_empty()) {
        return Err(UsageError::validation(
            "You can specify only one of the cluster state filters: --cluster-states, --active, --terminated, --failed.",
        ));
    }
    fill.params.insert("ClusterStates", Value::List(states.iter().map(Value::text).collect()));
    Ok(())
}
