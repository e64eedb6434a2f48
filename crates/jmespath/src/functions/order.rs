//! Functions that put values in order. Sorting is stable; of equals, the first is smallest and largest.

use std::cmp::Ordering;

use super::{Argument, Outcome, is_orderable, printed, step_of, type_fault, value_of};
use crate::JmespathError;
use crate::budget::weight;
use crate::evaluate::{Search, unordered};
use crate::found::Found;
use crate::python;

/// The order of two numbers or two texts; `None` of a number and a text. What is not a number equals everything.
fn compare(a: &Found<'_>, b: &Found<'_>) -> Option<Ordering> {
    if let (Some(a), Some(b)) = (a.as_number(), b.as_number()) {
        return Some(python::compare_numbers(a, b).unwrap_or(Ordering::Equal));
    }
    Some(a.as_text()?.cmp(&b.as_text()?))
}

pub(super) fn max<'a>(_: &Search<'a>, arguments: &[Argument<'a>]) -> Outcome<'a> {
    extreme(arguments, Ordering::Greater)
}

pub(super) fn min<'a>(_: &Search<'a>, arguments: &[Argument<'a>]) -> Outcome<'a> {
    extreme(arguments, Ordering::Less)
}

fn extreme<'a>(arguments: &[Argument<'a>], wanted: Ordering) -> Outcome<'a> {
    let keyed = items_of(arguments)?.into_iter().map(|item| (item.clone(), item)).collect();
    first_most(keyed, wanted)
}

fn items_of<'a>(arguments: &[Argument<'a>]) -> Result<Vec<Found<'a>>, JmespathError> {
    Ok(value_of(arguments, 0)?.items().map_or_else(Vec::new, |items| items.iter().collect()))
}

/// The value of the first key beyond which no other is.
fn first_most<'a>(keyed: Vec<(Found<'a>, Found<'a>)>, wanted: Ordering) -> Outcome<'a> {
    let mut keyed = keyed.into_iter();
    let Some(mut best) = keyed.next() else { return Ok(Found::null()) };
    let symbol = if wanted == Ordering::Less { "<" } else { ">" };
    for next in keyed {
        if compare(&next.0, &best.0).ok_or_else(|| unordered(symbol, &next.0, &best.0))? == wanted {
            best = next;
        }
    }
    Ok(best.1)
}

pub(super) fn max_by<'a>(search: &Search<'a>, arguments: &[Argument<'a>]) -> Outcome<'a> {
    first_most(keyed(search, arguments, "max_by", &["number", "string"])?, Ordering::Greater)
}

pub(super) fn min_by<'a>(search: &Search<'a>, arguments: &[Argument<'a>]) -> Outcome<'a> {
    first_most(keyed(search, arguments, "min_by", &["number", "string"])?, Ordering::Less)
}

/// Every item with its key, which must be of one of the accepted types.
fn keyed<'a>(
    search: &Search<'a>,
    arguments: &[Argument<'a>],
    function: &'static str,
    accepted: &[&str],
) -> Result<Vec<(Found<'a>, Found<'a>)>, JmespathError> {
    let step = step_of(arguments, 1)?;
    let mut keyed = Vec::new();
    for item in items_of(arguments)? {
        let key = search.visit(step, &item)?;
        let kind = key.kind().name();
        if !accepted.contains(&kind) {
            return Err(type_fault(function, printed(search, &key)?, accepted, kind));
        }
        search.spend(1)?;
        search.walk(weight(&key))?;
        keyed.push((key, item));
    }
    Ok(keyed)
}

pub(super) fn sort<'a>(search: &Search<'a>, arguments: &[Argument<'a>]) -> Outcome<'a> {
    let mut items = items_of(arguments)?;
    search.spend(items.len())?;
    search.walk(comparisons(items.iter()))?;
    items.sort_by(|a, b| compare(a, b).unwrap_or(Ordering::Equal));
    Ok(Found::list(items))
}

/// How much sorting looks at: each key about as often as their number has binary digits.
fn comparisons<'a: 'k, 'k>(keys: impl ExactSizeIterator<Item = &'k Found<'a>>) -> usize {
    let rounds = usize::BITS - keys.len().leading_zeros();
    keys.map(weight).sum::<usize>().saturating_mul(rounds as usize)
}

pub(super) fn sort_by<'a>(search: &Search<'a>, arguments: &[Argument<'a>]) -> Outcome<'a> {
    let array = value_of(arguments, 0)?;
    let Some(first) = array.items().and_then(|items| items.get(0)) else { return Ok(array) };
    // The first key decides of which type all the others must be.
    let kind = search.visit(step_of(arguments, 1)?, &first)?.kind();
    if !is_orderable(kind) {
        return Err(type_fault("sort_by", printed(search, &first)?, &["string", "number"], kind.name()));
    }
    let mut keyed = keyed(search, arguments, "sort_by", &[kind.name()])?;
    search.walk(comparisons(keyed.iter().map(|(key, _)| key)))?;
    keyed.sort_by(|a, b| compare(&a.0, &b.0).unwrap_or(Ordering::Equal));
    Ok(Found::list(keyed.into_iter().map(|(_, item)| item).collect()))
}
