//! The parameters of an alias: `$1`, `$name`, `${name:-default}`, `$*`, `$@`, and what a call gives for them.

use std::collections::BTreeMap;

use pipeline::{Action, Part, Script, Word};

use super::Alias;
use super::expand::AliasFault;

/// Flags of Bellhop's that go to the line that an alias comes to.
const FLAGS: [&str; 3] = ["again", "yes", "confirm"];
/// Options of Bellhop's that say where a command runs.
const PLACES: [&str; 2] = ["account", "region"];

/// What the line of an alias asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Parameters {
    /// By name, each with its default.
    pub(super) named: BTreeMap<String, Option<String>>,
    /// By number, each with its default.
    pub(super) numbered: BTreeMap<usize, Option<String>>,
    /// Whether it takes however many there are.
    pub(super) all: bool,
    /// A number that is none.
    pub(super) zero: Option<String>,
}

/// What a call gives.
#[derive(Debug, Default)]
pub(super) struct Given {
    pub(super) named: BTreeMap<String, Word>,
    pub(super) positional: Vec<Word>,
    /// Bellhop's own flags.
    pub(super) flags: Vec<Word>,
    /// Where it is to run.
    pub(super) places: Vec<Word>,
}

impl Parameters {
    /// Those of a line: variables that the line does not set itself.
    pub(super) fn of(script: &Script) -> Parameters {
        let mut parameters = Parameters::default();
        let mut set = Vec::new();
        own(script, &mut set);
        parameters.script(script, &set);
        parameters
    }

    pub(super) fn has(&self, name: &str) -> bool {
        match name.parse::<usize>() {
            Ok(number) => self.numbered.contains_key(&number),
            Err(_) => matches!(name, "*" | "@") || self.named.contains_key(name),
        }
    }

    fn script(&mut self, script: &Script, set: &[String]) {
        for statement in &script.statements {
            match &statement.action {
                Action::Set { value, .. } => self.word(value, set),
                Action::Run(pipeline) => {
                    let stages = std::iter::once(&pipeline.source).chain(&pipeline.filters);
                    stages.flat_map(|words| &words.0).for_each(|word| self.word(word, set));
                }
            }
        }
    }

    fn word(&mut self, word: &Word, set: &[String]) {
        for part in &word.parts {
            match part {
                Part::Literal(_) => {}
                Part::Substitution { script, .. } => self.script(script, set),
                Part::Variable { name, default, .. } if !set.contains(name) => self.variable(name, default),
                Part::Variable { .. } => {}
            }
        }
    }

    fn variable(&mut self, name: &str, default: &Option<String>) {
        // Of several mentions of one, the first that has a default tells it.
        let slot = match name.parse::<usize>() {
            Ok(0) => return self.zero = Some(name.to_owned()),
            Ok(number) => self.numbered.entry(number).or_default(),
            Err(_) if matches!(name, "*" | "@") => return self.all = true,
            Err(_) => self.named.entry(name.to_owned()).or_default(),
        };
        if slot.is_none() {
            slot.clone_from(default);
        }
    }

    /// Reads the words behind an alias.
    pub(super) fn read(&self, alias: &str, words: &[Word]) -> Result<Given, AliasFault> {
        let mut given = Given::default();
        let mut words = words.iter();
        let mut options = true;
        while let Some(word) = words.next() {
            let Some((name, value)) = option_of(word).filter(|_| options) else {
                given.positional.push(word.clone());
                continue;
            };
            if name.is_empty() {
                options = false;
            } else if self.named.contains_key(&name) {
                let value = value.or_else(|| words.next().cloned());
                let value = value.ok_or_else(|| AliasFault::NoValue(name.clone()))?;
                if given.named.insert(name.clone(), value).is_some() {
                    return Err(AliasFault::Twice(name));
                }
            } else if FLAGS.contains(&name.as_str()) {
                given.flags.push(word.clone());
            } else if PLACES.contains(&name.as_str()) {
                given.places.push(word.clone());
                if value.is_none() {
                    given.places.push(words.next().cloned().ok_or(AliasFault::NoValue(name))?);
                }
            } else if self.all {
                given.positional.push(word.clone());
            } else {
                return Err(AliasFault::Option { alias: alias.to_owned(), name, usage: self.usage(alias) });
            }
        }
        let most = self.numbered.keys().last().copied().unwrap_or(0);
        if !self.all && given.positional.len() > most {
            let usage = self.usage(alias);
            return Err(AliasFault::TooMany { alias: alias.to_owned(), most, usage });
        }
        Ok(given)
    }

    /// How an alias is typed.
    pub(super) fn usage(&self, alias: &str) -> String {
        let mut usage = alias.to_owned();
        for (number, default) in &self.numbered {
            match default {
                Some(default) => usage.push_str(&format!(" [<{number}>, else {default}]")),
                None => usage.push_str(&format!(" <{number}>")),
            }
        }
        for (name, default) in &self.named {
            match default {
                Some(default) => usage.push_str(&format!(" [--{name} <{name}>, else {default}]")),
                None => usage.push_str(&format!(" --{name} <{name}>")),
            }
        }
        if self.all { usage + " …" } else { usage }
    }
}

/// How an alias is typed.
pub(crate) fn usage(alias: &Alias) -> String {
    let script = pipeline::parse(&alias.line).unwrap_or_default();
    Parameters::of(&script).usage(&alias.name)
}

/// The variables that a line sets itself.
fn own(script: &Script, set: &mut Vec<String>) {
    for statement in &script.statements {
        let scripts: Vec<&Script> = match &statement.action {
            Action::Set { name, value } => {
                set.push(name.clone());
                value.substitutions().collect()
            }
            Action::Run(pipeline) => pipeline.substitutions().collect(),
        };
        scripts.into_iter().for_each(|script| own(script, set));
    }
}

/// `--name` and `--name=value`; the name is empty for `--` alone.
fn option_of(word: &Word) -> Option<(String, Option<Word>)> {
    if word.parts.is_empty() {
        return None;
    }
    let Some(Part::Literal(first)) = word.parts.first() else { return None };
    let text = first.strip_prefix("--")?;
    let Some((name, begin)) = text.split_once('=') else {
        return word.literal().map(|_| (text.to_owned(), None));
    };
    let mut value = Word { parts: Vec::new(), stands: true, span: 0..0 };
    if !begin.is_empty() {
        value.parts.push(Part::Literal(begin.to_owned()));
    }
    value.parts.extend(word.parts.iter().skip(1).cloned());
    Some((name.to_owned(), Some(value)))
}
