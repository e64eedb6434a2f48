//! Functions of numbers. Integers stay integers, as in Python.

use value::Number;

use super::{Argument, Outcome, value_of};
use crate::JmespathError;
use crate::evaluate::Search;
use crate::found::{Found, Type};
use crate::python;

pub(super) fn abs<'a>(_: &Search<'a>, arguments: &[Argument<'a>]) -> Outcome<'a> {
    let found = value_of(arguments, 0)?;
    Ok(match found.as_number() {
        Some(Number::Int(number)) => match number.checked_abs() {
            Some(number) => Found::scalar(number),
            None => integer(&number.unsigned_abs().to_string()),
        },
        Some(Number::Float(number)) => Found::scalar(number.abs()),
        Some(Number::Big(digits)) => integer(digits.trim_start_matches('-')),
        None => Found::null(),
    })
}

fn integer<'a>(digits: &str) -> Found<'a> {
    Number::parse_integer(digits).map_or_else(Found::null, Found::number)
}

pub(super) fn ceil<'a>(_: &Search<'a>, arguments: &[Argument<'a>]) -> Outcome<'a> {
    rounded(arguments, f64::ceil)
}

pub(super) fn floor<'a>(_: &Search<'a>, arguments: &[Argument<'a>]) -> Outcome<'a> {
    rounded(arguments, f64::floor)
}

fn rounded<'a>(arguments: &[Argument<'a>], round: fn(f64) -> f64) -> Outcome<'a> {
    let found = value_of(arguments, 0)?;
    match found.as_number() {
        Some(Number::Float(number)) if number.is_nan() => {
            Err(JmespathError::Refused("cannot convert float NaN to integer".to_owned()))
        }
        Some(Number::Float(number)) if number.is_infinite() => {
            Err(JmespathError::Refused("cannot convert float infinity to integer".to_owned()))
        }
        Some(Number::Float(number)) => Ok(integer(&format!("{:.0}", round(*number) + 0.0))),
        _ => Ok(found),
    }
}

pub(super) fn sum<'a>(_: &Search<'a>, arguments: &[Argument<'a>]) -> Outcome<'a> {
    Ok(Found::number(total(&value_of(arguments, 0)?)))
}

pub(super) fn avg<'a>(_: &Search<'a>, arguments: &[Argument<'a>]) -> Outcome<'a> {
    let found = value_of(arguments, 0)?;
    match found.items().map_or(0, |items| items.len()) {
        0 => Ok(Found::null()),
        count => Ok(Found::scalar(total(&found).as_f64() / count as f64)),
    }
}

/// An integer if all items are; floats are added with compensation, as Python does since 3.12.
fn total(found: &Found<'_>) -> Number {
    let Some(items) = found.items() else { return Number::Int(0) };
    let mut whole: Option<i128> = Some(0);
    let (mut sum, mut lost) = (0.0_f64, 0.0_f64);
    for item in items.iter() {
        let Some(number) = item.as_number() else { continue };
        whole = whole.and_then(|whole| whole.checked_add(as_i128(number)?));
        let next = number.as_f64();
        let new = sum + next;
        lost += if sum.abs() >= next.abs() { (sum - new) + next } else { (next - new) + sum };
        sum = new;
    }
    match whole {
        Some(whole) => Number::parse_integer(&whole.to_string()).unwrap_or(Number::Int(0)),
        None if lost.is_finite() => Number::Float(sum + lost),
        None => Number::Float(sum),
    }
}

fn as_i128(number: &Number) -> Option<i128> {
    match number {
        Number::Int(number) => Some(i128::from(*number)),
        Number::Big(digits) => digits.parse().ok(),
        Number::Float(_) => None,
    }
}

pub(super) fn to_number<'a>(_: &Search<'a>, arguments: &[Argument<'a>]) -> Outcome<'a> {
    let found = value_of(arguments, 0)?;
    Ok(match found.kind() {
        Type::Integer | Type::Float => found,
        Type::String => found
            .as_text()
            .and_then(|text| python::parse_number(&text))
            .map_or_else(Found::null, Found::number),
        _ => Found::null(),
    })
}
