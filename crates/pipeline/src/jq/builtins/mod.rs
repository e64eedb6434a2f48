//! The functions that are not written in jq itself: a table of their names, and what each does.
//!
//! Absent on purpose: everything that would reach outside (`env`, `halt`, `debug`, `input_filename`, `now`), and what only a
//! terminal needs.

mod general;
mod generators;
mod lists;
mod numbers;
mod patterns;
mod texts;
mod times;

use std::fmt;

use super::ast::Node;
use super::machine::{Done, Emit, Item, Machine};
use super::scope::Scope;
use super::stop::Stop;
use super::val::Val;

pub(super) use texts::split;

type Compute = fn(&Machine<'_>, Val, &[Val]) -> Result<Val, Stop>;

/// What a function does.
#[derive(Clone, Copy)]
enum Kind {
    /// One result of the input and of each combination of its arguments' results.
    Value(Compute),
    /// Anything else.
    Special(Special),
}

/// Functions that take filters, give several results, or follow paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Special {
    Empty,
    Error,
    Not,
    Path,
    GetPath,
    Range,
    Limit,
    Skip,
    First,
    Until,
    While,
    Repeat,
    Recurse,
    Any,
    All,
    IsEmpty,
    Input,
    Inputs,
    SortBy,
    GroupBy,
    UniqueBy,
    MinBy,
    MaxBy,
    Walk,
    Match,
    Sub,
}

struct Entry {
    name: &'static str,
    arguments: usize,
    kind: Kind,
}

const fn value(name: &'static str, arguments: usize, compute: Compute) -> Entry {
    Entry { name, arguments, kind: Kind::Value(compute) }
}

const fn special(name: &'static str, arguments: usize, special: Special) -> Entry {
    Entry { name, arguments, kind: Kind::Special(special) }
}

/// A function of the table.
#[derive(Clone, Copy)]
pub(super) struct Native(&'static Entry);

impl fmt::Debug for Native {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0.name, self.0.arguments)
    }
}

impl Native {
    pub(super) fn named(name: &str, arguments: usize) -> Option<Native> {
        tables().flatten().find(|entry| entry.name == name && entry.arguments == arguments).map(Native)
    }

    pub(super) fn call<'p>(
        self,
        machine: &Machine<'_>,
        arguments: &'p [Node],
        scope: &Scope<'p>,
        input: Item,
        emit: Emit<'_>,
    ) -> Done {
        match self.0.kind {
            Kind::Special(special) => special.call(machine, arguments, scope, input, emit),
            Kind::Value(compute) => {
                if input.trail.is_some() {
                    let message = format!("Invalid path expression with a result of {}", self.0.name);
                    return Err(Stop::error(message));
                }
                let mut values = vec![Val::Null; arguments.len()];
                combine(machine, arguments, &mut values, scope, &input, &mut |values| {
                    emit(Item::plain(compute(machine, input.value.clone(), values)?))
                })
            }
        }
    }
}

/// Every combination of the arguments' results, the last argument varying slowest.
fn combine<'p>(
    machine: &Machine<'_>,
    arguments: &'p [Node],
    values: &mut Vec<Val>,
    scope: &Scope<'p>,
    input: &Item,
    then: &mut dyn FnMut(&[Val]) -> Done,
) -> Done {
    let Some((last, before)) = arguments.split_last() else { return then(values) };
    machine.eval(last, scope, input.clone(), &mut |item| {
        values[before.len()] = item.value;
        combine(machine, before, values, scope, input, then)
    })
}

fn tables() -> impl Iterator<Item = &'static [Entry]> {
    [
        general::ENTRIES,
        generators::ENTRIES,
        lists::ENTRIES,
        numbers::ENTRIES,
        patterns::ENTRIES,
        texts::ENTRIES,
        times::ENTRIES,
    ]
    .into_iter()
}

/// The names of all functions of the table.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    tables().flatten().map(|entry| entry.name)
}

/// Why a function that jq has is not there.
pub(super) fn refused(name: &str) -> Option<&'static str> {
    const OUTSIDE: &str = "a program reads what flows to it, and nothing else";
    Some(match name {
        "env" | "input_filename" | "input_line_number" | "get_search_list" => OUTSIDE,
        "halt" | "halt_error" => "use `error`, or `empty`",
        "debug" | "stderr" => "there is no terminal; make it part of the result",
        "now" | "localtime" | "mktime" | "gmtime" | "strftime" | "strptime" | "strflocaltime" => {
            "of times there are `fromdate` and `todate`"
        }
        "getpath_or_null" | "modulemeta" | "builtins" => {
            "there are no modules; `jq --help` names the page with all functions"
        }
        "fromstream" | "truncate_stream" | "limit_stream" => "answers are read whole; use paths",
        "splits_at" | "ltrimstr_at" => "use slices",
        _ => return None,
    })
}
