//! How Python reads and shows simple values, because the AWS CLI's texts and conversions are Python's.

use value::Number;

/// Text as Python's `repr` shows it: in single quotes unless it holds one and no double quote.
pub(crate) fn repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

/// The UTF-8 of a text as Python's `repr` shows bytes, without the `b` before it.
pub(crate) fn bytes_repr(text: &str) -> String {
    let mut ascii = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'\\' => ascii.push_str("\\\\"),
            b'\n' => ascii.push_str("\\n"),
            b'\r' => ascii.push_str("\\r"),
            b'\t' => ascii.push_str("\\t"),
            b' '..=b'~' => ascii.push(char::from(byte)),
            other => ascii.push_str(&format!("\\x{other:02x}")),
        }
    }
    match ascii.contains('\'') && !ascii.contains('"') {
        true => format!("\"{ascii}\""),
        false => format!("'{}'", ascii.replace('\'', "\\'")),
    }
}

/// `int(text)`: surrounding space and single underscores between digits are fine.
pub(crate) fn integer(text: &str) -> Option<Number> {
    let text = text.trim();
    if !text.contains('_') {
        return Number::parse_integer(text);
    }
    if text.starts_with('_') || text.ends_with('_') || text.contains("__") {
        return None;
    }
    Number::parse_integer(&text.replace('_', ""))
}

/// `float(text)`: also `inf`, `infinity` and `nan` in any case.
pub(crate) fn float(text: &str) -> Option<f64> {
    let text = text.trim();
    // Rust reads what Python reads, underscores apart.
    if text.contains('_') {
        if text.starts_with('_') || text.ends_with('_') || text.contains("__") {
            return None;
        }
        return text.replace('_', "").parse().ok();
    }
    text.parse().ok()
}

/// What `int(text)` says when it fails.
pub(crate) fn integer_fault(text: &str) -> String {
    format!("invalid literal for int() with base 10: {}", repr(text))
}

/// What `float(text)` says when it fails.
pub(crate) fn float_fault(text: &str) -> String {
    format!("could not convert string to float: {}", repr(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_text() {
        for (text, expected) in
            [("a", "'a'"), ("it's", "\"it's\""), ("'\"", "'\\'\"'"), ("a\nb", "'a\\nb'"), ("", "''")]
        {
            assert_eq!(repr(text), expected);
        }
    }

    #[test]
    fn shows_bytes() {
        for (text, expected) in
            [("a", "'a'"), ("it's", "\"it's\""), ("'\"", "'\\'\"'"), ("é\n\\", "'\\xc3\\xa9\\n\\\\'")]
        {
            assert_eq!(bytes_repr(text), expected);
        }
    }

    #[test]
    fn reads_numbers() {
        assert_eq!(integer(" 1_000 "), Some(Number::Int(1000)));
        assert_eq!(integer("1__0"), None);
        assert_eq!(integer("1.0"), None);
        assert_eq!(integer(""), None);
        assert_eq!(float("3"), Some(3.0));
        assert_eq!(float(" 1e3 "), Some(1000.0));
        assert_eq!(float("x"), None);
        assert!(float("NaN").is_some_and(f64::is_nan));
    }
}
