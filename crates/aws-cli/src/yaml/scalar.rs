//! What a scalar without quotes means: nothing, a truth value, a number, or text.

use base64::Engine as _;
use value::{Number, Value};

/// By YAML 1.2's rules. A time stays text, which parameters take as well.
pub(super) fn resolve(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(text).map_or_else(|| Value::text(text), Value::Number),
    }
}

fn number(text: &str) -> Option<Number> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    let infinite = matches!(digits, ".inf" | ".Inf" | ".INF");
    if infinite {
        return Some(Number::Float(f64::INFINITY * f64::from(sign)));
    }
    if matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(Number::Float(f64::NAN));
    }
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        || !digits.contains(|c: char| c.is_ascii_digit())
    {
        return None;
    }
    let plain: String = digits.chars().filter(|c| *c != '_').collect();
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(rest) = plain.strip_prefix(prefix) {
            let number = i64::from_str_radix(rest, radix).ok().filter(|_| !rest.starts_with(['+', '-']))?;
            return Some(Number::Int(number * i64::from(sign)));
        }
    }
    decimal(&plain, sign)
}

/// Digits, perhaps with a fraction and an exponent. JSON's reader knows numbers of any size.
fn decimal(plain: &str, sign: i32) -> Option<Number> {
    let (mantissa, exponent) = match plain.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (plain, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let signed = |text: &str| text.strip_prefix(['+', '-']).unwrap_or(text).to_owned();
    if !digits(whole) || !fraction.is_none_or(digits) {
        return None;
    }
    if exponent.is_some_and(|text| signed(text).is_empty() || !digits(&signed(text))) {
        return None;
    }
    let minus = if sign < 0 { "-" } else { "" };
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        rest => rest,
    };
    let mut json = format!("{minus}{whole}");
    if let Some(fraction) = fraction {
        json.push('.');
        json.push_str(if fraction.is_empty() { "0" } else { fraction });
    }
    if let Some(exponent) = exponent {
        json.push('e');
        json.push_str(exponent);
    }
    match Value::from_json(json.as_bytes()) {
        Ok(Value::Number(number)) => Some(number),
        _ => None,
    }
}

/// Base64 that may be spread over lines.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    base64::engine::general_purpose::STANDARD.decode(compact).ok()
}
