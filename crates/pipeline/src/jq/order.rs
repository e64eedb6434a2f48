//! jq's order of all values: null, false, true, numbers, texts, lists, objects.
//!
//! Invariants: comparing counts its steps, so that sorting by large shared values ends.

use std::cmp::Ordering;
use std::rc::Rc;

use value::Number;

use super::stop::Stop;
use super::val::Val;
use crate::budget::Budget;

fn rank(value: &Val) -> u8 {
    match value {
        Val::Null => 0,
        Val::Bool(false) => 1,
        Val::Bool(true) => 2,
        Val::Number(_) => 3,
        Val::Text(_) => 4,
        Val::List(_) => 5,
        Val::Object(_) => 6,
    }
}

/// Which of two values comes first.
pub(super) fn compare(a: &Val, b: &Val, budget: &Budget<'_>) -> Result<Ordering, Stop> {
    budget.step(1)?;
    match (a, b) {
        (Val::Number(a), Val::Number(b)) => Ok(numbers(a, b)),
        (Val::Text(a), Val::Text(b)) => {
            budget.text(a.len().min(b.len()))?;
            Ok(a.cmp(b))
        }
        (Val::List(a), Val::List(b)) => {
            if Rc::ptr_eq(a, b) {
                return Ok(Ordering::Equal);
            }
            for (one, other) in a.items().iter().zip(b.items()) {
                let ordering = compare(one, other, budget)?;
                if ordering.is_ne() {
                    return Ok(ordering);
                }
            }
            Ok(a.items().len().cmp(&b.items().len()))
        }
        (Val::Object(a), Val::Object(b)) => {
            if Rc::ptr_eq(a, b) {
                return Ok(Ordering::Equal);
            }
            let (a, b) = (a.sorted(), b.sorted());
            budget.step((a.len() + b.len()) as u64)?;
            let names = a.iter().map(|(key, _)| key).cmp(b.iter().map(|(key, _)| key));
            if names.is_ne() {
                return Ok(names);
            }
            for ((_, one), (_, other)) in a.into_iter().zip(b) {
                let ordering = compare(one, other, budget)?;
                if ordering.is_ne() {
                    return Ok(ordering);
                }
            }
            Ok(Ordering::Equal)
        }
        (a, b) => Ok(rank(a).cmp(&rank(b))),
    }
}

/// What is no number comes before all numbers, and is less than itself.
fn numbers(a: &Number, b: &Number) -> Ordering {
    if let (Number::Int(a), Number::Int(b)) = (a, b) {
        return a.cmp(b);
    }
    let (a, b) = (a.as_f64(), b.as_f64());
    a.partial_cmp(&b).unwrap_or(if a.is_nan() { Ordering::Less } else { Ordering::Greater })
}

pub(super) fn equal(a: &Val, b: &Val, budget: &Budget<'_>) -> Result<bool, Stop> {
    compare(a, b, budget).map(Ordering::is_eq)
}

/// Sorts, keeping the order of equal items, with an order that may fail.
pub(super) fn sort<T>(
    items: Vec<T>,
    order: &mut dyn FnMut(&T, &T) -> Result<Ordering, Stop>,
) -> Result<Vec<T>, Stop> {
    let mut runs: Vec<Vec<T>> = items.into_iter().map(|item| vec![item]).collect();
    while runs.len() > 1 {
        let mut merged = Vec::with_capacity(runs.len().div_ceil(2));
        let mut pairs = runs.into_iter();
        while let Some(left) = pairs.next() {
            merged.push(match pairs.next() {
                Some(right) => merge(left, right, order)?,
                None => left,
            });
        }
        runs = merged;
    }
    Ok(runs.pop().unwrap_or_default())
}

fn merge<T>(
    left: Vec<T>,
    right: Vec<T>,
    order: &mut dyn FnMut(&T, &T) -> Result<Ordering, Stop>,
) -> Result<Vec<T>, Stop> {
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter(), right.into_iter());
    let (mut a, mut b) = (left.next(), right.next());
    loop {
        match (a, b) {
            (Some(one), Some(other)) => {
                if order(&one, &other)?.is_gt() {
                    merged.push(other);
                    (a, b) = (Some(one), right.next());
                } else {
                    merged.push(one);
                    (a, b) = (left.next(), Some(other));
                }
            }
            (one, other) => {
                merged.extend(one.into_iter().chain(left));
                merged.extend(other.into_iter().chain(right));
                return Ok(merged);
            }
        }
    }
}
