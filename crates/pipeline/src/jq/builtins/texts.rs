//! Functions of texts.

use std::sync::Arc;

use super::{Entry, value};
use crate::budget::Budget;
use crate::jq::formats::shown;
use crate::jq::stop::Stop;
use crate::jq::val::Val;

pub(super) const ENTRIES: &[Entry] = &[
    value("ascii_downcase", 0, |machine, input, _| {
        let text = needed(&input, "ascii_downcase")?;
        made(text.to_ascii_lowercase(), machine.budget)
    }),
    value("ascii_upcase", 0, |machine, input, _| {
        let text = needed(&input, "ascii_upcase")?;
        made(text.to_ascii_uppercase(), machine.budget)
    }),
    value("startswith", 1, |_, input, arguments| {
        let (text, part) = both(&input, &arguments[0], "startswith")?;
        Ok(Val::Bool(text.starts_with(&**part)))
    }),
    value("endswith", 1, |_, input, arguments| {
        let (text, part) = both(&input, &arguments[0], "endswith")?;
        Ok(Val::Bool(text.ends_with(&**part)))
    }),
    value("ltrimstr", 1, |machine, input, arguments| match (&input, &arguments[0]) {
        (Val::Text(text), Val::Text(part)) => trimmed(&input, text.strip_prefix(&**part), machine.budget),
        _ => Ok(input),
    }),
    value("rtrimstr", 1, |machine, input, arguments| match (&input, &arguments[0]) {
        (Val::Text(text), Val::Text(part)) => trimmed(&input, text.strip_suffix(&**part), machine.budget),
        _ => Ok(input),
    }),
    value("trimstr", 1, |machine, input, arguments| match (&input, &arguments[0]) {
        (Val::Text(text), Val::Text(part)) => {
            let start = text.strip_prefix(&**part).unwrap_or(text);
            trimmed(&input, Some(start.strip_suffix(&**part).unwrap_or(start)), machine.budget)
        }
        _ => Ok(input),
    }),
    value("trim", 0, |machine, input, _| {
        trimmed(&input, Some(needed(&input, "trim")?.trim()), machine.budget)
    }),
    value("ltrim", 0, |machine, input, _| {
        trimmed(&input, Some(needed(&input, "ltrim")?.trim_start()), machine.budget)
    }),
    value("rtrim", 0, |machine, input, _| {
        trimmed(&input, Some(needed(&input, "rtrim")?.trim_end()), machine.budget)
    }),
    value("split", 1, |machine, input, arguments| {
        let (text, by) = both(&input, &arguments[0], "split")?;
        split(text, by, machine.budget)
    }),
    value("explode", 0, |machine, input, _| {
        let text = needed(&input, "explode")?;
        machine.budget.hold(text.len().saturating_mul(size_of::<Val>()))?;
        Val::list(text.chars().map(|c| Val::int(i64::from(u32::from(c)))).collect(), machine.budget)
    }),
    value("implode", 0, |machine, input, _| {
        let items = input.as_list().ok_or_else(|| Stop::error("implode input must be an array"))?;
        machine.budget.step(items.len() as u64)?;
        let character = |item: &Val| {
            let code = item.as_f64().ok_or_else(|| Stop::error("Unicode codepoint must be numeric"))?;
            // A number that is no character becomes U+FFFD.
            Ok::<char, Stop>(char::from_u32(code as u32).unwrap_or('\u{fffd}'))
        };
        let text: Result<String, Stop> = items.iter().map(character).collect();
        made(text?, machine.budget)
    }),
];

fn needed<'v>(value: &'v Val, function: &str) -> Result<&'v Arc<str>, Stop> {
    value.as_text().ok_or_else(|| Stop::error(format!("{function} input must be a string")))
}

fn both<'v>(input: &'v Val, argument: &'v Val, function: &str) -> Result<(&'v Arc<str>, &'v Arc<str>), Stop> {
    match (input, argument) {
        (Val::Text(text), Val::Text(part)) => Ok((text, part)),
        _ => Err(Stop::error(format!("{function}() requires string inputs, not {}", shown(input)))),
    }
}

fn made(text: String, budget: &Budget<'_>) -> Result<Val, Stop> {
    budget.hold(text.len())?;
    budget.text(text.len())?;
    Ok(Val::text(text))
}

fn trimmed(input: &Val, text: Option<&str>, budget: &Budget<'_>) -> Result<Val, Stop> {
    match text {
        Some(text) => made(text.to_owned(), budget),
        None => Ok(input.clone()),
    }
}

/// A text split by another one; by an empty one, into its characters.
pub(in crate::jq) fn split(text: &str, by: &str, budget: &Budget<'_>) -> Result<Val, Stop> {
    budget.text(text.len())?;
    let mut parts = Vec::new();
    let mut push = |part: &str| {
        budget.hold(size_of::<Val>() + part.len() + 16)?;
        parts.push(Val::text(part));
        Ok::<(), Stop>(())
    };
    if text.is_empty() {
        return Val::list(parts, budget);
    }
    if by.is_empty() {
        let mut bytes = [0; 4];
        text.chars().try_for_each(|c| push(c.encode_utf8(&mut bytes)))?;
    } else {
        text.split(by).try_for_each(push)?;
    }
    Val::list(parts, budget)
}

/// Where a text stands in another, in characters; places may overlap.
pub(super) fn places(text: &str, wanted: &str, budget: &Budget<'_>) -> Result<Val, Stop> {
    if wanted.is_empty() {
        return Ok(Val::Null);
    }
    let mut found = Vec::new();
    for (number, (at, _)) in text.char_indices().enumerate() {
        if text.as_bytes()[at] == wanted.as_bytes()[0] {
            budget.text(wanted.len())?;
            if text[at..].starts_with(wanted) {
                budget.hold(size_of::<Val>())?;
                found.push(Val::int(number as i64));
            }
        }
    }
    budget.text(text.len())?;
    Val::list(found, budget)
}
