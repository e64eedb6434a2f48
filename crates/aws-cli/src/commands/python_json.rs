//! JSON as Python's `json.dumps` writes it where what is signed or digested must be the same text.

use value::{JsonStyle, Value};

/// The spaces a level of [`JsonStyle::Pretty`].
const PRETTY: usize = 4;

/// JSON with everything outside printable ASCII escaped.
pub(super) fn ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            ' '..='~' | '\n' => out.push(c),
            _ => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}"))),
        }
    }
    out
}

/// JSON laid out with that many spaces a level, everything outside printable ASCII escaped.
pub(super) fn indented(value: &Value, width: usize) -> String {
    narrow(&ascii(&value.to_json(JsonStyle::Pretty)), width)
}

/// Laid out JSON with that many spaces a level.
pub(super) fn narrow(pretty: &str, width: usize) -> String {
    let narrow = |line: &str| {
        let text = line.trim_start_matches(' ');
        format!("{}{text}", " ".repeat((line.len() - text.len()) / PRETTY * width))
    };
    pretty.lines().map(narrow).collect::<Vec<String>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_as_wide_as_asked() {
        let value = Value::from_json(br#"{"a": ["  x", {"b": "\n    y"}], "c": {}}"#).expect("json");
        assert_eq!(
            indented(&value, 2),
            "{\n  \"a\": [\n    \"  x\",\n    {\n      \"b\": \"\\n    y\"\n    }\n  ],\n  \"c\": {}\n}"
        );
    }

    #[test]
    fn what_is_not_ascii_is_escaped() {
        for (text, expected) in
            [("\"a\"", "\"a\""), ("é", "\\u00e9"), ("😀", "\\ud83d\\ude00"), ("\u{7f}", "\\u007f")]
        {
            assert_eq!(ascii(text), expected);
        }
    }
}
