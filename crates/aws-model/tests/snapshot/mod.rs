//! The levels of all operations in a form that can be reviewed: a count of each level, then a section a service with
//! its IAM prefix, in it a line a level and verb with what follows the verb in the names (`.` where nothing does).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use aws_model::{Catalog, Level, iam_prefix, level};

/// By service and operation.
type Levels = BTreeMap<(String, String), String>;

/// The state of now.
pub(crate) fn snapshot(catalog: &Catalog) -> String {
    let levels = levels_of(catalog);
    let mut out = format!("botocore {}\nall", catalog.version());
    for level in Level::ALL {
        let _ = write!(
            out,
            " {}={}",
            level.name(),
            levels.values().filter(|found| *found == level.name()).count()
        );
    }
    out.push('\n');
    let mut sections: BTreeMap<&str, BTreeMap<(&str, &str), Vec<&str>>> = BTreeMap::new();
    for ((service, operation), level) in &levels {
        let (verb, rest) = operation.split_at(end_of_verb(operation));
        let rest = if rest.is_empty() { "." } else { rest };
        sections.entry(service).or_default().entry((level, verb)).or_default().push(rest);
    }
    for (service, lines) in sections {
        let prefix = catalog.open(service).map(|service| iam_prefix(&service).to_owned()).unwrap_or_default();
        let _ = writeln!(out, "{service} {prefix}");
        for ((level, verb), names) in lines {
            let _ = writeln!(out, " {level} {verb} {}", names.join(" "));
        }
    }
    out
}

/// What differs between two snapshots, a line an operation.
pub(crate) fn changes(before: &str, now: &str) -> Vec<String> {
    let (before, now) = (read(before), read(now));
    let keys: BTreeSet<&(String, String)> = before.keys().chain(now.keys()).collect();
    let shown = |key: &&(String, String)| {
        let (service, operation) = (&key.0, &key.1);
        match (before.get(*key), now.get(*key)) {
            (None, Some(now)) => Some(format!("{service} {operation}: new, {now}")),
            (Some(before), None) => Some(format!("{service} {operation}: {before}, now gone")),
            (Some(before), Some(now)) if before != now => {
                Some(format!("{service} {operation}: {before}, now {now}"))
            }
            _ => None,
        }
    };
    keys.iter().filter_map(shown).collect()
}

fn levels_of(catalog: &Catalog) -> Levels {
    let mut levels = Levels::new();
    for name in catalog.names() {
        let Ok(service) = catalog.open(&name) else { continue };
        for operation in service.operation_names().iter().filter_map(|name| service.operation(name)) {
            let key = (name.clone(), operation.name.to_string());
            levels.insert(key, level(&service, operation).name().to_owned());
        }
    }
    levels
}

fn read(text: &str) -> Levels {
    let mut levels = Levels::new();
    let mut service = "";
    for line in text.lines().skip(2) {
        let mut words = line.split(' ');
        match words.next() {
            Some("") => {
                let (level, verb) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
                let name = |rest: &str| format!("{verb}{}", if rest == "." { "" } else { rest });
                levels.extend(words.map(|rest| ((service.to_owned(), name(rest)), level.to_owned())));
            }
            name => service = name.unwrap_or_default(),
        }
    }
    levels
}

/// Where a name's second word begins.
fn end_of_verb(name: &str) -> usize {
    let capital = |at: &usize| name.as_bytes()[*at].is_ascii_uppercase();
    (1..name.len()).find(capital).unwrap_or(name.len())
}
