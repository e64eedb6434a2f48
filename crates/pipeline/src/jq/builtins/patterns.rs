//! Functions of text patterns.

use std::rc::Rc;
use std::sync::Arc;

use regex::Captures;
use value::Key;

use super::generators::Called;
use super::{Entry, Special, combine, special, value};
use crate::jq::formats::shown;
use crate::jq::machine::{Done, Emit, Item, Machine};
use crate::jq::stop::Stop;
use crate::jq::val::Val;
use crate::pattern::Pattern;

pub(super) const ENTRIES: &[Entry] = &[
    value("test", 2, |machine, input, arguments| {
        let search = Search::new(machine, &input, &arguments[0], &arguments[1])?;
        let found = search.pattern.is_match(&search.text, machine.budget)?;
        Ok(Val::Bool(found))
    }),
    special("match", 2, Special::Match),
    special("sub", 3, Special::Sub),
];

/// The most patterns that a program keeps compiled.
const MAX_KEPT: usize = 64;

/// A text, what is searched in it, and how.
struct Search {
    text: Arc<str>,
    pattern: Rc<Pattern>,
    global: bool,
    skips_empty: bool,
}

/// One match: where it stands in bytes, and what its groups matched.
struct Found<'t> {
    captures: Captures<'t>,
    start: usize,
    end: usize,
}

impl Search {
    /// The pattern may be a list of pattern and flags.
    fn new(machine: &Machine<'_>, input: &Val, pattern: &Val, flags: &Val) -> Result<Search, Stop> {
        let Val::Text(text) = input else {
            return Err(Stop::error(format!("{} cannot be matched, as it is not a string", shown(input))));
        };
        let (pattern, flags) = match pattern.as_list() {
            Some([pattern]) => (pattern, &Val::Null),
            Some([pattern, flags]) => (pattern, flags),
            _ => (pattern, flags),
        };
        let Val::Text(pattern) = pattern else {
            return Err(Stop::error(format!("{} cannot be matched, as it is not a string", shown(pattern))));
        };
        let flags: Arc<str> = match flags {
            Val::Null => Arc::from(""),
            Val::Text(flags) => flags.clone(),
            other => return Err(Stop::error(format!("{} is not a string", shown(other)))),
        };
        if let Some(unknown) = flags.chars().find(|flag| !"gimnpslx".contains(*flag)) {
            return Err(Stop::error(format!("{flags} is not a valid modifier string: {unknown}")));
        }
        Ok(Search {
            text: text.clone(),
            pattern: compiled(machine, pattern, &flags)?,
            global: flags.contains('g'),
            skips_empty: flags.contains('n'),
        })
    }

    /// Calls `take` with each match.
    fn each(&self, machine: &Machine<'_>, take: &mut dyn FnMut(&Found<'_>) -> Done) -> Done {
        let mut at = 0;
        while at <= self.text.len() {
            let Some(captures) = self.pattern.captures_at(&self.text, at, machine.budget)? else { break };
            let Some(whole) = captures.get(0) else { break };
            let (start, end) = (whole.start(), whole.end());
            let next = self.text[end..].chars().next().map_or(1, char::len_utf8);
            at = if start == end { end + next } else { end };
            if !(self.skips_empty && start == end) {
                take(&Found { captures, start, end })?;
                if !self.global {
                    break;
                }
            }
        }
        Ok(())
    }
}

fn compiled(machine: &Machine<'_>, pattern: &Arc<str>, flags: &Arc<str>) -> Result<Rc<Pattern>, Stop> {
    let key = (pattern.clone(), flags.clone());
    if let Some(known) = machine.patterns.borrow().get(&key) {
        return Ok(known.clone());
    }
    // Compiling takes about as long as so many steps.
    machine.budget.step(20_000)?;
    let translated = Pattern::translated("jq", pattern, crate::pattern::Flavor::Modern)?;
    let compiled = Pattern::compiled("jq", &translated, |builder| {
        builder.case_insensitive(flags.contains('i'));
        builder.ignore_whitespace(flags.contains('x'));
        builder.dot_matches_new_line(flags.contains(['s', 'p']));
    });
    // A pattern that is none is an error that a program may catch.
    let compiled = Rc::new(compiled.map_err(|fault| Stop::error(fault.to_string()))?);
    let mut kept = machine.patterns.borrow_mut();
    if kept.len() == MAX_KEPT {
        kept.clear();
    }
    kept.insert(key, compiled.clone());
    Ok(compiled)
}

/// Counts characters up to places that only grow.
struct Characters<'t> {
    text: &'t str,
    byte: usize,
    count: i64,
}

impl Characters<'_> {
    fn before(&mut self, byte: usize) -> i64 {
        self.count += self.text[self.byte..byte].chars().count() as i64;
        self.byte = byte;
        self.count
    }
}

fn count(text: &str) -> i64 {
    text.chars().count() as i64
}

impl Called<'_, '_, '_> {
    pub(super) fn matches(&self, input: &Item, emit: Emit<'_>) -> Done {
        let machine = self.machine;
        let mut values = vec![Val::Null; 2];
        combine(machine, self.arguments, &mut values, self.scope, input, &mut |arguments| {
            let search = Search::new(machine, &input.value, &arguments[0], &arguments[1])?;
            let mut characters = Characters { text: &search.text, byte: 0, count: 0 };
            search.each(machine, &mut |found| {
                emit(Item::plain(match_object(machine, &search, found, &mut characters)?))
            })
        })
    }

    /// `sub(pattern; with; flags)`: each result of `with` is a result of its own, for all matches alike.
    pub(super) fn substitute(&self, input: &Item, emit: Emit<'_>) -> Done {
        let machine = self.machine;
        let flags = &self.arguments[2];
        self.eval(flags, input.clone(), &mut |flags| {
            self.eval(&self.arguments[0], input.clone(), &mut |pattern| {
                let search = Search::new(machine, &input.value, &pattern.value, &flags.value)?;
                let mut results: Vec<String> = Vec::new();
                let mut copied = 0;
                let mut any = false;
                search.each(machine, &mut |found| {
                    any = true;
                    let named = Item::plain(named_groups(machine, &search, found)?);
                    let before = &search.text[copied..found.start];
                    copied = found.end;
                    let mut at = 0;
                    self.eval(&self.arguments[1], named, &mut |with| {
                        let Val::Text(with) = &with.value else {
                            return Err(Stop::error(format!(
                                "{} cannot be added to a string",
                                shown(&with.value)
                            )));
                        };
                        machine.budget.hold(before.len() + with.len())?;
                        if results.len() == at {
                            results.push(String::new());
                        }
                        results[at].push_str(before);
                        results[at].push_str(with);
                        at += 1;
                        Ok(())
                    })
                })?;
                if !any {
                    return emit(Item::plain(input.value.clone()));
                }
                for mut result in std::mem::take(&mut results) {
                    machine.budget.hold(search.text.len() - copied)?;
                    result.push_str(&search.text[copied..]);
                    emit(Item::plain(Val::text(result)))?;
                }
                Ok(())
            })
        })
    }
}

fn names(search: &Search) -> impl Iterator<Item = Option<&str>> {
    search.pattern.regex().capture_names()
}

/// `{"name": "what it matched", …}`
fn named_groups(machine: &Machine<'_>, search: &Search, found: &Found<'_>) -> Result<Val, Stop> {
    let mut entries = Vec::new();
    for (at, name) in names(search).enumerate() {
        if let Some(name) = name {
            let matched = found.captures.get(at);
            machine.budget.hold(matched.map_or(0, |matched| matched.len()))?;
            entries.push((Key::new(name), matched.map_or(Val::Null, |matched| Val::text(matched.as_str()))));
        }
    }
    Val::object(entries, machine.budget)
}

fn match_object(
    machine: &Machine<'_>,
    search: &Search,
    found: &Found<'_>,
    characters: &mut Characters<'_>,
) -> Result<Val, Stop> {
    let budget = machine.budget;
    let offset = characters.before(found.start);
    let whole = &search.text[found.start..found.end];
    let mut groups = Vec::new();
    for (at, name) in names(search).enumerate().skip(1) {
        let name = name.map_or(Val::Null, Val::text);
        let group = match found.captures.get(at) {
            Some(group) => {
                budget.hold(group.len())?;
                let offset = offset + count(&search.text[found.start..group.start()]);
                (offset, count(group.as_str()), Val::text(group.as_str()))
            }
            None => (-1, 0, Val::Null),
        };
        groups.push(described(group, ("name", name), budget)?);
    }
    budget.hold(whole.len())?;
    let groups = Val::list(groups, budget)?;
    described((offset, count(whole), Val::text(whole)), ("captures", groups), budget)
}

fn described(
    (offset, length, string): (i64, i64, Val),
    (name, last): (&str, Val),
    budget: &crate::budget::Budget<'_>,
) -> Result<Val, Stop> {
    let mut entries = [
        (Key::new("offset"), Val::int(offset)),
        (Key::new("length"), Val::int(length)),
        (Key::new("string"), string),
        (Key::new(name), last),
    ];
    // jq describes a group that took no part in this order.
    if offset < 0 {
        entries.swap(1, 2);
    }
    Val::object(entries, budget)
}
