//! Whether two found values are equal, counting what is looked at.
//!
//! Absent on purpose: order, which only numbers and texts have.

use std::collections::HashMap;

use value::Key;

use crate::JmespathError;
use crate::budget::{Budget, weight};
use crate::found::{Entries, Found};
use crate::python;

/// Up to this many names, walking them is faster than hashing them.
const FEW_NAMES: usize = 32;

/// Python's equality, except that 0 and 1 are no truth values.
pub(crate) fn equal(budget: &Budget<'_>, left: &Found<'_>, right: &Found<'_>) -> Result<bool, JmespathError> {
    if left.kind().is_number() && right.as_bool().is_some()
        || right.kind().is_number() && left.as_bool().is_some()
    {
        return Ok(false);
    }
    python_equal(budget, left, right)
}

/// Python's `==`, for which `True` is `1`.
pub(crate) fn python_equal(
    budget: &Budget<'_>,
    left: &Found<'_>,
    right: &Found<'_>,
) -> Result<bool, JmespathError> {
    if let (Some(a), Some(b)) = (left.items(), right.items()) {
        budget.walk(1)?;
        if a.len() != b.len() {
            return Ok(false);
        }
        return all(a.iter().zip(b.iter()), |(a, b)| python_equal(budget, &a, &b));
    }
    if let (Some(a), Some(b)) = (left.entries(), right.entries()) {
        return maps_equal(budget, &a, &b);
    }
    budget.walk(weight(left).min(weight(right)))?;
    Ok(match (left.plain(), right.plain()) {
        (Some(a), Some(b)) => python::scalars_equal(a, b),
        _ => false,
    })
}

fn maps_equal(budget: &Budget<'_>, a: &Entries<'_>, b: &Entries<'_>) -> Result<bool, JmespathError> {
    budget.walk(1)?;
    if a.len() != b.len() {
        return Ok(false);
    }
    let same = |one: Found<'_>, other: Option<Found<'_>>| match other {
        Some(other) => python_equal(budget, &one, &other),
        None => Ok(false),
    };
    if a.len() <= FEW_NAMES {
        return all(a.iter(), |(key, one)| same(one, b.get(key)));
    }
    // Hashing all the names is work too.
    budget.walk(a.len())?;
    let by_name: HashMap<&Key, Found<'_>> = b.iter().collect();
    all(a.iter(), |(key, one)| same(one, by_name.get(key).cloned()))
}

/// Whether a test holds for each; the first that fails ends it.
fn all<T>(
    mut parts: impl Iterator<Item = T>,
    mut test: impl FnMut(T) -> Result<bool, JmespathError>,
) -> Result<bool, JmespathError> {
    loop {
        let Some(part) = parts.next() else { return Ok(true) };
        if !test(part)? {
            return Ok(false);
        }
    }
}
