//! JSON as Python's `json.dumps` writes it by default: `", "` and `": "` between parts, everything outside ASCII
//! escaped, `NaN` and `Infinity` bare.

use std::io::Write as _;

use base64::Engine as _;
use value::{Map, Value};

/// The marks between parts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Separators {
    pub(crate) item: &'static str,
    pub(crate) key: &'static str,
}

/// `json.dumps(value)`
pub(crate) const SPACED: Separators = Separators { item: ", ", key: ": " };

/// `json.dumps(value, separators=(',', ':'))`
pub(crate) const COMPACT: Separators = Separators { item: ",", key: ":" };

/// Writes any tree. Its depth is bounded by whoever made it ([`value::MAX_DEPTH`]).
pub(crate) fn write_value(out: &mut Vec<u8>, value: &Value, separators: Separators) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        // Writing to memory cannot fail.
        Value::Number(number) => drop(write!(out, "{number}")),
        Value::Text(text) => write_text(out, text),
        Value::Blob(bytes) => write_text(out, &base64::engine::general_purpose::STANDARD.encode(bytes)),
        Value::List(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                separate(out, index, separators);
                write_value(out, item, separators);
            }
            out.push(b']');
        }
        Value::Map(map) => write_map(out, map, separators),
    }
}

fn write_map(out: &mut Vec<u8>, map: &Map, separators: Separators) {
    out.push(b'{');
    for (index, (key, value)) in map.iter().enumerate() {
        separate(out, index, separators);
        write_key(out, key, separators);
        write_value(out, value, separators);
    }
    out.push(b'}');
}

/// Writes what stands before the `index`th part.
pub(crate) fn separate(out: &mut Vec<u8>, index: usize, separators: Separators) {
    if index > 0 {
        out.extend_from_slice(separators.item.as_bytes());
    }
}

/// Writes a name and the mark after it.
pub(crate) fn write_key(out: &mut Vec<u8>, key: &str, separators: Separators) {
    write_text(out, key);
    out.extend_from_slice(separators.key.as_bytes());
}

/// Writes a string in quotes.
pub(crate) fn write_text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    for character in text.chars() {
        match character {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            '\t' => out.extend_from_slice(b"\\t"),
            '\u{8}' => out.extend_from_slice(b"\\b"),
            '\u{c}' => out.extend_from_slice(b"\\f"),
            ' '..='~' => out.push(character as u8),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_as_python_does() {
        let value = Value::from_json(
            "{\"a\\\"\": [1, 1.0, \"\u{e4}\u{1f600}\\u007f\\n\", null, true, {}]}".as_bytes(),
        )
        .expect("JSON");
        let mut out = Vec::new();
        write_value(&mut out, &value, SPACED);
        let expected = r#"{"a\"": [1, 1.0, "\u00e4\ud83d\ude00\u007f\n", null, true, {}]}"#;
        assert_eq!(String::from_utf8(out).expect("ASCII"), expected);
    }
}
