//! Functions of numbers.

use value::Number;

use super::{Entry, value};
use crate::jq::formats::shown;
use crate::jq::stop::Stop;
use crate::jq::val::Val;

pub(super) const ENTRIES: &[Entry] = &[
    value("floor", 0, |_, input, _| one(&input, f64::floor)),
    value("ceil", 0, |_, input, _| one(&input, f64::ceil)),
    value("round", 0, |_, input, _| one(&input, f64::round)),
    value("trunc", 0, |_, input, _| one(&input, f64::trunc)),
    value("sqrt", 0, |_, input, _| one(&input, f64::sqrt)),
    value("cbrt", 0, |_, input, _| one(&input, f64::cbrt)),
    value("fabs", 0, |_, input, _| one(&input, f64::abs)),
    value("exp", 0, |_, input, _| one(&input, f64::exp)),
    value("exp2", 0, |_, input, _| one(&input, f64::exp2)),
    value("exp10", 0, |_, input, _| one(&input, |x| 10_f64.powf(x))),
    value("log", 0, |_, input, _| one(&input, f64::ln)),
    value("log2", 0, |_, input, _| one(&input, f64::log2)),
    value("log10", 0, |_, input, _| one(&input, f64::log10)),
    value("abs", 0, |_, input, _| match &input {
        Val::Number(Number::Int(number)) if *number != i64::MIN => Ok(Val::int(number.abs())),
        Val::Number(_) => one(&input, f64::abs),
        other => Err(Stop::error(format!("{} has no absolute value", shown(other)))),
    }),
    value("pow", 2, |_, _, arguments| two(&arguments[0], &arguments[1], f64::powf)),
    value("fmin", 2, |_, _, arguments| two(&arguments[0], &arguments[1], f64::min)),
    value("fmax", 2, |_, _, arguments| two(&arguments[0], &arguments[1], f64::max)),
    value("infinite", 0, |_, _, _| Ok(Val::Number(Number::Float(f64::INFINITY)))),
    value("nan", 0, |_, _, _| Ok(Val::Number(Number::Float(f64::NAN)))),
    value("isinfinite", 0, |_, input, _| number(&input).map(|number| Val::Bool(number.is_infinite()))),
    value("isnan", 0, |_, input, _| number(&input).map(|number| Val::Bool(number.is_nan()))),
    value("isnormal", 0, |_, input, _| number(&input).map(|number| Val::Bool(number.is_normal()))),
];

fn number(value: &Val) -> Result<f64, Stop> {
    value.as_f64().ok_or_else(|| Stop::error(format!("{} number required", shown(value))))
}

fn one(value: &Val, compute: fn(f64) -> f64) -> Result<Val, Stop> {
    number(value).map(|number| Val::float(compute(number)))
}

fn two(a: &Val, b: &Val, compute: fn(f64, f64) -> f64) -> Result<Val, Stop> {
    Ok(Val::float(compute(number(a)?, number(b)?)))
}
