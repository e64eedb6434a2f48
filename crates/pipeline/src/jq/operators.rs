//! Arithmetic and comparison.

use value::Number;

use super::ast::Operator;
use super::formats::shown;
use super::order;
use super::stop::Stop;
use super::val::{List, Object, Val};
use crate::budget::Budget;

/// Applies an operator.
pub(super) fn apply(operator: Operator, left: Val, right: Val, budget: &Budget<'_>) -> Result<Val, Stop> {
    use std::cmp::Ordering::{Greater, Less};
    let compare = |left: &Val, right: &Val| order::compare(left, right, budget);
    Ok(match operator {
        Operator::Add => return add(left, right, budget),
        Operator::Subtract => return subtract(left, right, budget),
        Operator::Multiply => return multiply(left, right, budget),
        Operator::Divide => return divide(&left, &right, budget),
        Operator::Modulo => return modulo(&left, &right),
        Operator::Equal => Val::Bool(compare(&left, &right)?.is_eq()),
        Operator::Unequal => Val::Bool(compare(&left, &right)?.is_ne()),
        Operator::Less => Val::Bool(compare(&left, &right)? == Less),
        Operator::LessOrEqual => Val::Bool(compare(&left, &right)? != Greater),
        Operator::Greater => Val::Bool(compare(&left, &right)? == Greater),
        Operator::GreaterOrEqual => Val::Bool(compare(&left, &right)? != Less),
    })
}

fn cannot(left: &Val, right: &Val, done: &str) -> Stop {
    Stop::error(format!("{} and {} cannot be {done}", shown(left), shown(right)))
}

pub(super) fn add(left: Val, right: Val, budget: &Budget<'_>) -> Result<Val, Stop> {
    match (left, right) {
        (Val::Null, other) | (other, Val::Null) => Ok(other),
        (Val::Number(a), Val::Number(b)) => Ok(number(&a, &b, i64::checked_add, |a, b| a + b)),
        (Val::Text(a), Val::Text(b)) => {
            if a.is_empty() {
                return Ok(Val::Text(b));
            }
            budget.hold(a.len() + b.len())?;
            budget.text(a.len() + b.len())?;
            Ok(Val::text([&*a, &*b].concat()))
        }
        (Val::List(mut a), Val::List(b)) => {
            budget.step(b.items().len() as u64)?;
            let list = List::to_change(&mut a, budget)?;
            b.items().iter().try_for_each(|item| list.push(item.clone(), budget))?;
            Ok(Val::List(a))
        }
        (Val::Object(mut a), Val::Object(b)) => {
            budget.step(b.len() as u64)?;
            let object = Object::to_change(&mut a, budget)?;
            b.entries().iter().try_for_each(|(key, value)| object.set(key.clone(), value.clone(), budget))?;
            Ok(Val::Object(a))
        }
        (left, right) => Err(cannot(&left, &right, "added")),
    }
}

/// Exact for integers as long as they fit, else as floating-point numbers.
fn number(a: &Number, b: &Number, exact: fn(i64, i64) -> Option<i64>, rounded: fn(f64, f64) -> f64) -> Val {
    const WHOLE: i64 = 1 << 53;
    if let (Number::Int(a), Number::Int(b)) = (a, b) {
        let result = exact(*a, *b).filter(|result| (-WHOLE..=WHOLE).contains(result));
        if let Some(result) = result {
            return Val::int(result);
        }
    }
    Val::float(rounded(a.as_f64(), b.as_f64()))
}

fn subtract(left: Val, right: Val, budget: &Budget<'_>) -> Result<Val, Stop> {
    match (left, right) {
        (Val::Number(a), Val::Number(b)) => Ok(number(&a, &b, i64::checked_sub, |a, b| a - b)),
        (Val::List(a), Val::List(b)) => {
            let mut kept = Vec::new();
            'items: for item in a.items() {
                for gone in b.items() {
                    if order::equal(item, gone, budget)? {
                        continue 'items;
                    }
                }
                kept.push(item.clone());
            }
            Val::list(kept, budget)
        }
        (left, right) => Err(cannot(&left, &right, "subtracted")),
    }
}

fn multiply(left: Val, right: Val, budget: &Budget<'_>) -> Result<Val, Stop> {
    match (left, right) {
        (Val::Number(a), Val::Number(b)) => Ok(number(&a, &b, i64::checked_mul, |a, b| a * b)),
        (Val::Text(text), Val::Number(times)) | (Val::Number(times), Val::Text(text)) => {
            let times = times.as_f64();
            if times.is_nan() || times <= 0.0 {
                return Ok(Val::Null);
            }
            let times = if times < 1.0 { 1 } else { times as usize };
            budget.hold(text.len().saturating_mul(times))?;
            Ok(Val::text(text.repeat(times)))
        }
        (Val::Object(a), Val::Object(b)) => merge(Val::Object(a), &Val::Object(b), budget),
        (left, right) => Err(cannot(&left, &right, "multiplied")),
    }
}

/// Objects in both are merged, everything else is the right one's.
fn merge(left: Val, right: &Val, budget: &Budget<'_>) -> Result<Val, Stop> {
    let (Val::Object(mut a), Val::Object(b)) = (left, right) else { return Ok(right.clone()) };
    let object = Object::to_change(&mut a, budget)?;
    for (key, value) in b.entries() {
        budget.step(1)?;
        let both = matches!((object.get(key), value), (Some(Val::Object(_)), Val::Object(_)));
        let merged = if both { merge(object.take(key), value, budget)? } else { value.clone() };
        object.set(key.clone(), merged, budget)?;
    }
    Ok(Val::Object(a))
}

fn divide(left: &Val, right: &Val, budget: &Budget<'_>) -> Result<Val, Stop> {
    match (left, right) {
        (Val::Number(_), Val::Number(by)) if by.as_f64() == 0.0 => {
            Err(cannot(left, right, "divided because the divisor is zero"))
        }
        (Val::Number(a), Val::Number(b)) => Ok(Val::float(a.as_f64() / b.as_f64())),
        (Val::Text(text), Val::Text(by)) => super::builtins::split(text, by, budget),
        _ => Err(cannot(left, right, "divided")),
    }
}

fn modulo(left: &Val, right: &Val) -> Result<Val, Stop> {
    let (Some(a), Some(b)) = (left.as_f64(), right.as_f64()) else {
        return Err(cannot(left, right, "divided (remainder)"));
    };
    if a.is_nan() || b.is_nan() {
        return Ok(Val::Number(Number::Float(f64::NAN)));
    }
    // Both are cut to integers first.
    let (a, b) = (a as i64, b as i64);
    match a.checked_rem(b.checked_abs().unwrap_or(i64::MAX)) {
        Some(rest) => Ok(Val::int(rest)),
        None => Err(cannot(left, right, "divided (remainder) because the divisor is zero")),
    }
}
