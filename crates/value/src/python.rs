//! Values as Python prints them: in the AWS CLI's text and table outputs, and in its error texts.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::{Number, Value};

impl Value {
    /// Python's `str()`: text as it is, everything else as a Python literal (`None`, `True`, `{'a': [1.0]}`).
    pub fn python_text(&self) -> Cow<'_, str> {
        match self {
            Value::Null => Cow::Borrowed("None"),
            Value::Bool(true) => Cow::Borrowed("True"),
            Value::Bool(false) => Cow::Borrowed("False"),
            _ => self.printed_text().unwrap_or_else(|| {
                let mut out = String::new();
                write_repr(self, &mut out);
                Cow::Owned(out)
            }),
        }
    }
}

/// Python's `repr()`.
fn write_repr(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Number(number) => write_number(number, out),
        Value::Text(_) | Value::Blob(_) => write_quoted(&value.printed_text().unwrap_or_default(), out),
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                write_repr(item, out);
            }
            out.push(']');
        }
        Value::Map(map) => {
            out.push('{');
            for (index, (key, item)) in map.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                write_quoted(key, out);
                out.push_str(": ");
                write_repr(item, out);
            }
            out.push('}');
        }
    }
}

/// Python's `str` spells what JSON calls `NaN` and `Infinity` in lower case.
fn write_number(number: &Number, out: &mut String) {
    match number {
        Number::Float(float) if float.is_nan() => out.push_str("nan"),
        Number::Float(float) if float.is_infinite() => {
            out.push_str(if *float > 0.0 { "inf" } else { "-inf" })
        }
        number => {
            let _ = write!(out, "{number}");
        }
    }
}

fn write_quoted(text: &str, out: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if is_hidden(c) => {
                let code = u32::from(c);
                let _ = match code {
                    0..=0xff => write!(out, "\\x{code:02x}"),
                    0x100..=0xffff => write!(out, "\\u{code:04x}"),
                    _ => write!(out, "\\U{code:08x}"),
                };
            }
            c => out.push(c),
        }
    }
    out.push(quote);
}

/// Whether `repr` escapes the character: controls, format marks, spaces other than the plain one, private use.
fn is_hidden(character: char) -> bool {
    matches!(character,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{a0}' | '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
        | '\u{1680}' | '\u{180e}' | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}'
        | '\u{3000}' | '\u{e000}'..='\u{f8ff}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
        | '\u{e0000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_print_as_python_prints_them() {
        for (json, expected) in [
            ("null", "None"),
            ("true", "True"),
            (r#""it's""#, "it's"),
            (r#"["it's", "a\"b'c", "x\ny\\"]"#, r#"["it's", 'a"b\'c', 'x\ny\\']"#),
            (r#"{"a": [1, 2.0, false], "b": {}}"#, "{'a': [1, 2.0, False], 'b': {}}"),
        ] {
            let value = Value::from_json(json.as_bytes()).expect("JSON");
            assert_eq!(value.python_text(), expected);
        }
    }
}
