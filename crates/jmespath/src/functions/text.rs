//! Functions of text.

use super::{Argument, Outcome, value_of};
use crate::evaluate::Search;
use crate::found::{Found, Type};
use crate::python;

pub(super) fn starts_with<'a>(_: &Search<'a>, arguments: &[Argument<'a>]) -> Outcome<'a> {
    tested(arguments, |text, part| text.starts_with(part))
}

pub(super) fn ends_with<'a>(_: &Search<'a>, arguments: &[Argument<'a>]) -> Outcome<'a> {
    tested(arguments, |text, part| text.ends_with(part))
}

fn tested<'a>(arguments: &[Argument<'a>], test: fn(&str, &str) -> bool) -> Outcome<'a> {
    let (subject, part) = (value_of(arguments, 0)?, value_of(arguments, 1)?);
    Ok(match (subject.as_text(), part.as_text()) {
        (Some(subject), Some(part)) => Found::boolean(test(&subject, &part)),
        _ => Found::null(),
    })
}

pub(super) fn join<'a>(search: &Search<'a>, arguments: &[Argument<'a>]) -> Outcome<'a> {
    let (separator, parts) = (value_of(arguments, 0)?, value_of(arguments, 1)?);
    let separator = separator.as_text().unwrap_or_default();
    let mut joined = String::new();
    for (index, part) in parts.items().iter().flat_map(|items| items.iter()).enumerate() {
        let part = part.as_text().unwrap_or_default();
        let separator = if index == 0 { "" } else { &separator };
        search.spend((separator.len() + part.len()) / 64)?;
        joined.push_str(separator);
        joined.push_str(&part);
    }
    search.spend(joined.len() / 64)?;
    Ok(Found::scalar(joined))
}

pub(super) fn to_string<'a>(search: &Search<'a>, arguments: &[Argument<'a>]) -> Outcome<'a> {
    let found = value_of(arguments, 0)?;
    if found.kind() == Type::String {
        return Ok(found);
    }
    Ok(Found::scalar(python::ascii_json(&search.take_out(&found)?)))
}
