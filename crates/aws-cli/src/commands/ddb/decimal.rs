//! Decimal numbers as Python's `Decimal` shows them, within DynamoDB's precision.

/// The most digits of a number in DynamoDB.
const PRECISION: usize = 38;
/// The exponents that DynamoDB's numbers may have.
const EXPONENTS: std::ops::RangeInclusive<i64> = -128..=126;

/// The number's canonical text: `1.50`, `1E+3`; `None` if it is no number that DynamoDB can hold.
pub(super) fn canonical(text: &str) -> Option<String> {
    let (minus, unsigned) = match text.as_bytes().first()? {
        b'-' => ("-", &text[1..]),
        b'+' => ("", &text[1..]),
        _ => ("", text),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let digits = match digits.trim_start_matches('0') {
        "" => "0",
        rest => rest,
    };
    let count = i64::try_from(digits.len()).ok()?;
    let exponent = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?;
    let adjusted = exponent.checked_add(count - 1)?;
    if digits.len() > PRECISION || !EXPONENTS.contains(&adjusted) {
        return None;
    }
    if exponent <= 0 && adjusted >= -6 {
        let behind = usize::try_from(-exponent).ok()?;
        if behind == 0 {
            return Some(format!("{minus}{digits}"));
        }
        let padded = format!("{digits:0>width$}", width = behind + 1);
        let (whole, fraction) = padded.split_at(padded.len() - behind);
        return Some(format!("{minus}{whole}.{fraction}"));
    }
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    Some(format!("{minus}{first}{point}{rest}E{adjusted:+}"))
}

/// Whether a canonical number has no fraction.
pub(super) fn is_whole(canonical: &str) -> bool {
    let (mantissa, exponent) = canonical.split_once('E').unwrap_or((canonical, "0"));
    let behind = mantissa.split_once('.').map_or("", |(_, fraction)| fraction).trim_end_matches('0').len();
    exponent.parse::<i64>().is_ok_and(|exponent| i64::try_from(behind).is_ok_and(|behind| exponent >= behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_python_shows_them() {
        for (text, expected) in [
            ("5", Some("5")),
            ("-0.50", Some("-0.50")),
            ("007", Some("7")),
            ("1e3", Some("1E+3")),
            ("1.5E-7", Some("1.5E-7")),
            ("0.000001", Some("0.000001")),
            ("0.0000001", Some("1E-7")),
            ("12.3e1", Some("123")),
            ("00.0", Some("0.0")),
            ("1e999", None),
            ("123456789012345678901234567890123456789", None),
            ("", None),
            ("-", None),
            ("1x", None),
        ] {
            assert_eq!(canonical(text).as_deref(), expected, "{text}");
        }
        for (text, whole) in [("5", true), ("1.0", true), ("1.5", false), ("1.5E+1", true), ("1E-7", false)] {
            assert_eq!(is_whole(text), whole, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "[-+.eE0-9é]{0,12}") {
            if let Some(shown) = canonical(&text) {
                proptest::prop_assert_eq!(canonical(&shown), Some(shown.clone()));
                let _ = is_whole(&shown);
            }
        }
    }
}
