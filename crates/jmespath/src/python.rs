//! Where JMESPath's results depend on Python's own ways: equality, ordering, reading numbers.

use std::cmp::Ordering;
use std::fmt::Write as _;

use value::{JsonStyle, Number, Value};

/// More digits than this, and Python reads no integer.
const MAX_DIGITS: usize = 4300;

/// Python's `json.dumps` without spaces, everything outside ASCII escaped.
pub(crate) fn ascii_json(value: &Value) -> String {
    let text = value.to_json(JsonStyle::Compact);
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if (' '..='~').contains(&character) {
            out.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

/// Python's `==` for anything but lists and maps.
pub(crate) fn scalars_equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Number(a), Value::Number(b)) => compare_numbers(a, b) == Some(Ordering::Equal),
        (Value::Bool(flag), Value::Number(number)) | (Value::Number(number), Value::Bool(flag)) => {
            compare_numbers(number, &Number::Int(i64::from(*flag))) == Some(Ordering::Equal)
        }
        _ => match (a.printed_text(), b.printed_text()) {
            (Some(a), Some(b)) => a == b,
            _ => false,
        },
    }
}

/// Numerically; `None` if one is not a number.
pub(crate) fn compare_numbers(a: &Number, b: &Number) -> Option<Ordering> {
    match (a, b) {
        (Number::Int(a), Number::Int(b)) => Some(a.cmp(b)),
        (Number::Float(a), Number::Float(b)) => a.partial_cmp(b),
        (Number::Int(a), Number::Float(b)) => compare_with_float(*a, *b),
        (Number::Float(a), Number::Int(b)) => compare_with_float(*b, *a).map(Ordering::reverse),
        (Number::Big(a), Number::Big(b)) => Some(compare_digits(a, b)),
        (Number::Big(a), Number::Int(_)) => Some(big_sign(a)),
        (Number::Int(_), Number::Big(b)) => Some(big_sign(b).reverse()),
        _ => a.as_f64().partial_cmp(&b.as_f64()),
    }
}

/// Exactly, where a conversion to float would round.
fn compare_with_float(int: i64, float: f64) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    if !(-9.3e18..9.3e18).contains(&float) {
        return Some(if float > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    let whole = float.trunc();
    Some(i128::from(int).cmp(&(whole as i128)).then_with(|| 0.0_f64.total_cmp(&(float - whole + 0.0))))
}

fn big_sign(digits: &str) -> Ordering {
    if digits.starts_with('-') { Ordering::Less } else { Ordering::Greater }
}

fn compare_digits(a: &str, b: &str) -> Ordering {
    match (a.strip_prefix('-'), b.strip_prefix('-')) {
        (None, None) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
        (Some(a), Some(b)) => b.len().cmp(&a.len()).then_with(|| b.cmp(a)),
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
    }
}

/// Python's `int(text)`, else its `float(text)`.
pub(crate) fn parse_number(text: &str) -> Option<Number> {
    let trimmed = text.trim();
    let plain = without_underscores(trimmed)?;
    let digits = plain.strip_prefix(['+', '-']).unwrap_or(&plain);
    if digits.is_empty() {
        return None;
    }
    if digits.len() <= MAX_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Number::parse_integer(&plain);
    }
    let named = ["inf", "infinity", "nan"].iter().any(|name| digits.eq_ignore_ascii_case(name));
    if !named && !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    plain.parse().ok().map(Number::Float)
}

/// Python allows single underscores between digits.
fn without_underscores(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let is_digit = |index: Option<usize>| index.and_then(|i| bytes.get(i)).is_some_and(u8::is_ascii_digit);
    for (index, _) in text.match_indices('_') {
        if !is_digit(index.checked_sub(1)) || !is_digit(Some(index + 1)) {
            return None;
        }
    }
    Some(text.replace('_', ""))
}

/// The places that `[start:stop:step]` takes from a list of that length; `None` for a step of zero.
pub(crate) fn slice_places(
    length: usize,
    start: Option<i64>,
    stop: Option<i64>,
    step: Option<i64>,
) -> Option<Vec<usize>> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let step = step.unwrap_or(1);
    if step == 0 {
        return None;
    }
    let (lowest, highest) = if step < 0 { (-1, length - 1) } else { (0, length) };
    let clamp = |place: i64| {
        let place = if place < 0 { place.saturating_add(length) } else { place };
        place.clamp(lowest, highest)
    };
    let mut place = start.map_or(if step < 0 { highest } else { lowest }, clamp);
    let end = stop.map_or(if step < 0 { lowest } else { highest }, clamp);
    let mut places = Vec::new();
    while if step > 0 { place < end } else { place > end } {
        places.extend(usize::try_from(place));
        place = place.saturating_add(step);
    }
    Some(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_python_reads_them() {
        for (text, expected) in [
            ("1", Some("1")),
            (" +7 ", Some("7")),
            ("-0", Some("0")),
            ("1_000", Some("1000")),
            ("1__0", None),
            ("_1", None),
            ("1.0", Some("1.0")),
            ("1e3", Some("1000.0")),
            (".5", Some("0.5")),
            ("5.", Some("5.0")),
            ("nan", Some("NaN")),
            ("-Infinity", Some("-Infinity")),
            ("0x10", None),
            ("", None),
            ("e5", None),
            ("123456789012345678901234567890", Some("123456789012345678901234567890")),
        ] {
            assert_eq!(parse_number(text).map(|n| n.to_string()).as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn integers_and_floats_compare_exactly() {
        let less = |a, b| assert_eq!(compare_numbers(&a, &b), Some(Ordering::Less), "{a} {b}");
        less(Number::Int(1), Number::Float(1.5));
        less(Number::Float(-1.5), Number::Int(-1));
        less(Number::Float(9007199254740992.0), Number::Int(9007199254740993));
        less(Number::Int(i64::MAX), Number::Float(f64::INFINITY));
        less(Number::Int(i64::MAX), Number::parse_integer("9223372036854775808").expect("an integer"));
        less(Number::parse_integer("-99999999999999999999").expect("an integer"), Number::Int(i64::MIN));
        assert_eq!(compare_numbers(&Number::Int(1), &Number::Float(1.0)), Some(Ordering::Equal));
        assert_eq!(compare_numbers(&Number::Int(1), &Number::Float(f64::NAN)), None);
    }

    #[test]
    fn slices_take_the_places_that_python_takes() {
        for ((start, stop, step), expected) in [
            ((None, None, None), vec![0, 1, 2, 3, 4]),
            ((Some(1), Some(3), None), vec![1, 2]),
            ((Some(-2), None, None), vec![3, 4]),
            ((None, None, Some(-1)), vec![4, 3, 2, 1, 0]),
            ((None, None, Some(2)), vec![0, 2, 4]),
            ((Some(10), None, Some(-2)), vec![4, 2, 0]),
            ((Some(i64::MIN), Some(i64::MAX), Some(i64::MAX)), vec![0]),
            ((Some(3), Some(1), None), vec![]),
        ] {
            assert_eq!(slice_places(5, start, stop, step), Some(expected));
        }
        assert_eq!(slice_places(5, None, None, Some(0)), None);
    }
}
