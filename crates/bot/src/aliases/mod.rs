//! Aliases: lines under names, of a person, of a channel or of a workspace, with parameters.
//!
//! An alias stands where a command begins. Before a line is understood, each alias in it is replaced by its own line, with
//! its parameters filled in; what comes of it is taken in as if its caller had typed it: shown, authorised, asked about.
//! Invariants: a parameter's value is never more than one word and never a sign; a name that means something already is
//! nobody's alias; how deep aliases use others, how many and how much text they make is bounded.
//! Absent on purpose: rights. An alias runs with those of whoever types it.

mod expand;
mod fill;
mod kept;
mod name;
mod parameters;
mod portable;
mod typed;

use std::collections::BTreeMap;

use pipeline::{Script, quote};
use store::StoreError;

use crate::bot::Inner;
use crate::command::NotUnderstood;
use crate::repair::repair;
use crate::request::{Caller, MAX_LINE, Request};
use crate::spoken::near;

pub(crate) use kept::{Alias, MOST, key, removed, stored};
pub(crate) use name::check;
pub(crate) use parameters::usage;
pub(crate) use portable::{read as read_toml, written as as_toml};
pub(crate) use typed::typed;

/// How many names one line looks up.
const MAX_LOOKUPS: usize = 32;

/// How many names are suggested for one that there is not.
const MAX_SUGGESTED: usize = 3;

/// Whose an alias is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The caller's.
    Me,
    /// The channel's in which it is typed.
    Channel,
    /// The workspace's.
    Workspace,
}

impl Scope {
    /// All, in the order in which a name is looked up.
    pub(crate) const ALL: [Scope; 3] = [Scope::Me, Scope::Channel, Scope::Workspace];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Scope::Me => "me",
            Scope::Channel => "channel",
            Scope::Workspace => "workspace",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Scope> {
        Scope::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

/// The request with its aliases replaced; `None` where there is none in it.
///
/// # Errors
/// What keeps an alias in it from being replaced.
pub(crate) async fn spoken(inner: &Inner, request: &Request) -> Result<Option<Request>, NotUnderstood> {
    if request.line.len() > MAX_LINE {
        return Ok(None);
    }
    let line = repair(&request.line);
    if typed::is_about_aliases(&line) {
        return Ok(None);
    }
    let Ok(script) = pipeline::parse(&line) else { return Ok(None) };
    let line = replaced(inner, &request.caller, &script).await?;
    Ok(line.map(|line| Request { line, ..request.clone() }))
}

/// The line that an alias comes to with those arguments, each one word: for buttons.
///
/// # Errors
/// There is no such alias, or why it cannot be replaced.
pub(crate) async fn line_of(
    inner: &Inner,
    caller: &Caller,
    name: &str,
    arguments: &[String],
) -> Result<String, NotUnderstood> {
    let words = std::iter::once(name).chain(arguments.iter().map(String::as_str)).map(quote);
    let line = words.collect::<Vec<_>>().join(" ");
    let script = pipeline::parse(&line).map_err(|fault| NotUnderstood::saying(&fault.to_string()))?;
    let replaced = replaced(inner, caller, &script).await?;
    replaced.ok_or_else(|| NotUnderstood::saying(&format!("there is no alias `{name}` here")))
}

/// The same fault, with those names of aliases that may have been meant.
pub(crate) async fn suggested(inner: &Inner, request: &Request, fault: NotUnderstood) -> NotUnderstood {
    let Ok(script) = pipeline::parse(&repair(&request.line)) else { return fault };
    let mut typed = expand::first_words(&script);
    typed.retain(|word| name::shape(word).is_ok() && name::taken(word, &inner.catalog).is_none());
    typed.truncate(MAX_LOOKUPS);
    if typed.is_empty() {
        return fault;
    }
    let mut names = Vec::new();
    for scope in Scope::ALL {
        let of_scope = inner.note(Alias::all(inner, &request.caller, scope).await).unwrap_or_default();
        names.extend(of_scope.into_iter().map(|alias| alias.name));
    }
    let near = typed.iter().flat_map(|word| near(word, names.iter().map(String::as_str), MAX_SUGGESTED));
    let mut suggestions: Vec<String> = near.collect();
    suggestions.truncate(MAX_SUGGESTED);
    suggestions.extend(fault.suggestions);
    NotUnderstood { suggestions, ..fault }
}

async fn replaced(inner: &Inner, caller: &Caller, script: &Script) -> Result<Option<String>, NotUnderstood> {
    let table = match table(inner, caller, script).await {
        Ok(table) => table,
        Err(error) => {
            inner.note::<()>(Err(error));
            return Err(NotUnderstood::saying("the aliases could not be read: try again in a moment"));
        }
    };
    if table.is_empty() {
        return Ok(None);
    }
    let expanded = expand::all(script, &table).map_err(|fault| NotUnderstood::saying(&fault.to_string()))?;
    Ok(Some(expanded))
}

/// The aliases that a script uses, and those that they use.
async fn table(
    inner: &Inner,
    caller: &Caller,
    script: &Script,
) -> Result<BTreeMap<String, Alias>, StoreError> {
    let mut table = BTreeMap::new();
    let mut seen: Vec<String> = Vec::new();
    let mut open = expand::first_words(script);
    while let Some(name) = open.pop() {
        if seen.len() >= MAX_LOOKUPS {
            break;
        }
        if seen.contains(&name) || name::shape(&name).is_err() || name::taken(&name, &inner.catalog).is_some()
        {
            continue;
        }
        seen.push(name.clone());
        if let Some(alias) = kept::find(inner, caller, &name).await? {
            open.extend(pipeline::parse(&alias.line).iter().flat_map(expand::first_words));
            table.insert(name, alias);
        }
    }
    Ok(table)
}
