//! Which rules cover an action: their patterns, looked up by service, name and beginning instead of tried in turn.
//!
//! Only patterns with a wildcard before the colon, or other than one at the end, are tried one by one; each once,
//! however many rules have it.

use crate::hash::{ById, hashes_of_beginnings};
use crate::pattern::{Action, Kind, Pattern};
use crate::set::{Bits, Set};

/// Rules by their patterns.
#[derive(Debug, Default)]
pub(crate) struct Actions {
    everything: Set,
    services: ById<Service>,
    /// Patterns of more than one service.
    across: Tried,
}

/// Patterns of one service, all in small letters.
#[derive(Debug, Default)]
struct Service {
    names: ById<Set>,
    beginnings: ById<Set>,
    /// Which lengths the beginnings have, a bit each; a pattern has at most 128 characters.
    lengths: u128,
    wild: Tried,
}

/// Patterns that are tried, by their text.
#[derive(Debug, Default)]
struct Tried {
    rules: ById<Set>,
    patterns: Vec<Pattern>,
}

impl Actions {
    /// Enters one pattern of a rule. Rules come in ascending order.
    pub(crate) fn add(&mut self, rule: u32, pattern: &Pattern) {
        let service = |name: &str, actions: &mut Actions| actions.services.number(&name.to_ascii_lowercase());
        match pattern.kind() {
            Kind::Everything => self.everything.push(rule),
            Kind::Name(of, name) => {
                let number = service(of, self);
                push(&mut self.services.at_mut(number).names, &name.to_ascii_lowercase(), rule);
            }
            Kind::Beginning(of, start) => {
                let number = service(of, self);
                let service = self.services.at_mut(number);
                service.lengths |= 1 << start.len();
                push(&mut service.beginnings, &start.to_ascii_lowercase(), rule);
            }
            Kind::Wild(Some(of)) => {
                let number = service(of, self);
                self.services.at_mut(number).wild.add(rule, pattern);
            }
            Kind::Wild(None) => self.across.add(rule, pattern),
        }
    }

    /// Leaves the rules of which a pattern covers the action.
    pub(crate) fn keep_covering(&self, left: &mut Bits, action: &str) {
        let mut covering = Vec::with_capacity(8);
        covering.push(&self.everything);
        let folded = action.to_ascii_lowercase();
        let tried = Action::new(action);
        if let Some((of, name)) = folded.split_once(':') {
            if let Some(number) = self.services.find(of) {
                self.services.at(number).covering(name, &tried, &mut covering);
            }
            self.across.covering(&tried, &mut covering);
        }
        left.keep_any(covering);
    }
}

impl Service {
    fn covering<'a>(&'a self, name: &str, action: &Action<'_>, found: &mut Vec<&'a Set>) {
        found.extend(self.names.find(name).map(|number| self.names.at(number)));
        for (length, hash) in hashes_of_beginnings(name).take(128) {
            if self.lengths & (1 << length) == 0 {
                continue;
            }
            let start = name.get(..length).and_then(|start| self.beginnings.find_hashed(start, hash));
            found.extend(start.map(|number| self.beginnings.at(number)));
        }
        self.wild.covering(action, found);
    }
}

impl Tried {
    fn add(&mut self, rule: u32, pattern: &Pattern) {
        let number = self.rules.number(&pattern.as_str().to_ascii_lowercase());
        if number as usize == self.patterns.len() {
            self.patterns.push(pattern.clone());
        }
        self.rules.at_mut(number).push(rule);
    }

    fn covering<'a>(&'a self, action: &Action<'_>, found: &mut Vec<&'a Set>) {
        let fitting = self.patterns.iter().enumerate().filter(|(_, pattern)| pattern.covers(action));
        found.extend(fitting.map(|(number, _)| self.rules.at(number as u32)));
    }
}

fn push(table: &mut ById<Set>, id: &str, rule: u32) {
    let number = table.number(id);
    table.at_mut(number).push(rule);
}
