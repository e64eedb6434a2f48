use std::fmt;

/// A number as its source wrote it: `1` and `1.0` stay apart, and integers of any size keep every digit.
#[derive(Debug, Clone)]
pub enum Number {
    /// An integer that fits 64 bits.
    Int(i64),
    /// A floating-point number; may be infinite or not a number.
    Float(f64),
    /// An integer beyond 64 bits, as canonical decimal digits with an optional minus.
    Big(Box<str>),
}

impl Number {
    /// An integer from decimal digits with an optional sign; `None` if the text is anything else.
    pub fn parse_integer(text: &str) -> Option<Number> {
        if let Ok(number) = text.parse::<i64>() {
            return Some(Number::Int(number));
        }
        let (sign, digits) = match text.strip_prefix('-') {
            Some(rest) => ("-", rest),
            None => ("", text.strip_prefix('+').unwrap_or(text)),
        };
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        Some(Number::Big(format!("{sign}{}", digits.trim_start_matches('0')).into()))
    }

    /// The integer, if it has no fraction and fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Number::Int(number) => Some(*number),
            Number::Float(number) if number.fract() == 0.0 && number.abs() < 9e15 => Some(*number as i64),
            _ => None,
        }
    }

    /// The nearest floating-point number.
    pub fn as_f64(&self) -> f64 {
        match self {
            Number::Int(number) => *number as f64,
            Number::Float(number) => *number,
            Number::Big(digits) => digits.parse().unwrap_or(f64::NAN),
        }
    }
}

/// Numerically: `1` equals `1.0`.
impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        match (self, other) {
            (Number::Int(a), Number::Int(b)) => a == b,
            (Number::Big(a), Number::Big(b)) => a == b,
            _ => self.as_f64() == other.as_f64(),
        }
    }
}

/// As Python's `repr` writes it, which is what the AWS CLI prints: `1.0`, `1e-05`, `1e+16`, `NaN`, `Infinity`.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Number::Int(number) => number.fmt(f),
            Number::Big(digits) => f.write_str(digits),
            Number::Float(number) => write_float(*number, f),
        }
    }
}

fn write_float(number: f64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if number.is_nan() {
        return f.write_str("NaN");
    }
    if number.is_infinite() {
        return f.write_str(if number > 0.0 { "Infinity" } else { "-Infinity" });
    }
    let magnitude = number.abs();
    if magnitude == 0.0 || (1e-4..1e16).contains(&magnitude) {
        return write!(f, "{number:?}");
    }
    let text = format!("{number:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    write!(f, "{mantissa}e{sign}{digits:0>2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_python_does() {
        for (number, expected) in [
            (1.0, "1.0"),
            (-0.0, "-0.0"),
            (0.1, "0.1"),
            (1e-4, "0.0001"),
            (1e-5, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.25e100, "1.25e+100"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(Number::Float(number).to_string(), expected);
        }
    }

    #[test]
    fn integers_keep_every_digit() {
        for text in
            ["0", "-5", "9223372036854775807", "-9223372036854775809", "123456789012345678901234567890"]
        {
            assert_eq!(Number::parse_integer(text).expect("an integer").to_string(), text);
        }
        for text in ["", "-", "1.0", "1e3", "٣", "0x10"] {
            assert!(Number::parse_integer(text).is_none(), "{text}");
        }
    }
}
