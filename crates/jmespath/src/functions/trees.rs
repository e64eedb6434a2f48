//! Functions of lists and maps, and of anything.

use std::collections::HashMap;
use std::rc::Rc;

use value::Key;

use super::{Argument, Outcome, step_of, value_of};
use crate::JmespathError;
use crate::evaluate::Search;
use crate::found::{Found, Type};

pub(super) fn contains<'a>(search: &Search<'a>, arguments: &[Argument<'a>]) -> Outcome<'a> {
    let (subject, wanted) = (value_of(arguments, 0)?, value_of(arguments, 1)?);
    if let Some(items) = subject.items() {
        for item in items.iter() {
            if search.python_equal(&item, &wanted)? {
                return Ok(Found::boolean(true));
            }
        }
        return Ok(Found::boolean(false));
    }
    match (subject.as_text(), wanted.as_text()) {
        (Some(text), Some(part)) => Ok(Found::boolean(text.contains(&*part))),
        _ => Err(JmespathError::Refused(format!(
            "'in <string>' requires string as left operand, not {}",
            wanted.kind().python_name()
        ))),
    }
}

pub(super) fn length<'a>(_: &Search<'a>, arguments: &[Argument<'a>]) -> Outcome<'a> {
    let found = value_of(arguments, 0)?;
    let length = match (found.items(), found.entries()) {
        (Some(items), _) => items.len(),
        (_, Some(entries)) => entries.len(),
        _ => found.as_text().map_or(0, |text| text.chars().count()),
    };
    Ok(Found::scalar(i64::try_from(length).unwrap_or(i64::MAX)))
}

pub(super) fn reverse<'a>(search: &Search<'a>, arguments: &[Argument<'a>]) -> Outcome<'a> {
    let found = value_of(arguments, 0)?;
    if let Some(items) = found.items() {
        search.spend(items.len())?;
        return Ok(Found::list(items.iter().rev().collect()));
    }
    let text = found.as_text().unwrap_or_default();
    search.spend(text.len() / 64)?;
    Ok(Found::scalar(text.chars().rev().collect::<String>()))
}

pub(super) fn map<'a>(search: &Search<'a>, arguments: &[Argument<'a>]) -> Outcome<'a> {
    let (step, list) = (step_of(arguments, 0)?, value_of(arguments, 1)?);
    let mut mapped = Vec::new();
    for item in list.items().iter().flat_map(|items| items.iter()) {
        search.spend(1)?;
        mapped.push(search.visit(step, &item)?);
    }
    Ok(Found::list(mapped))
}

/// Later maps win; a name keeps the place where it first came.
pub(super) fn merge<'a>(search: &Search<'a>, arguments: &[Argument<'a>]) -> Outcome<'a> {
    let mut merged: Vec<(Key, Found<'a>)> = Vec::new();
    let mut places: HashMap<Key, usize> = HashMap::new();
    for index in 0..arguments.len() {
        let found = value_of(arguments, index)?;
        let Some(entries) = found.entries() else {
            // Python takes anything that yields nothing for a map without entries.
            if matches!(found.kind(), Type::Array | Type::String) && found.is_false() {
                continue;
            }
            let kind = found.kind().python_name();
            return Err(JmespathError::Refused(format!("'{kind}' object is not iterable")));
        };
        search.spend(entries.len())?;
        for (key, value) in entries.iter() {
            match places.get(key) {
                Some(&place) => merged[place].1 = value,
                None => {
                    places.insert(key.clone(), merged.len());
                    merged.push((key.clone(), value));
                }
            }
        }
    }
    Ok(Found::Map(Rc::new(merged)))
}

pub(super) fn keys<'a>(search: &Search<'a>, arguments: &[Argument<'a>]) -> Outcome<'a> {
    let found = value_of(arguments, 0)?;
    let Some(entries) = found.entries() else { return Ok(Found::null()) };
    entries.iter().try_for_each(|(key, _)| search.spend(1 + key.len() / 64))?;
    let names = entries.iter().map(|(key, _)| Found::scalar(key.as_str())).collect();
    Ok(Found::list(names))
}

pub(super) fn values<'a>(search: &Search<'a>, arguments: &[Argument<'a>]) -> Outcome<'a> {
    let found = value_of(arguments, 0)?;
    let Some(entries) = found.entries() else { return Ok(Found::null()) };
    search.spend(entries.len())?;
    let values = entries.iter().map(|(_, value)| value).collect();
    Ok(Found::list(values))
}

pub(super) fn not_null<'a>(_: &Search<'a>, arguments: &[Argument<'a>]) -> Outcome<'a> {
    for index in 0..arguments.len() {
        let found = value_of(arguments, index)?;
        if !found.is_null() {
            return Ok(found);
        }
    }
    Ok(Found::null())
}

pub(super) fn to_array<'a>(_: &Search<'a>, arguments: &[Argument<'a>]) -> Outcome<'a> {
    let found = value_of(arguments, 0)?;
    Ok(if found.items().is_some() { found } else { Found::list(vec![found]) })
}

pub(super) fn kind<'a>(_: &Search<'a>, arguments: &[Argument<'a>]) -> Outcome<'a> {
    Ok(match arguments.first() {
        Some(Argument::Value(found)) => Found::scalar(found.kind().name()),
        _ => Found::null(),
    })
}
