//! Values as Python prints them, because the AWS CLI's messages hold them.

use value::{Map, Number, Value};

/// Which of Python's types a map is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Maps {
    /// `dict`
    Plain,
    /// `OrderedDict`
    Ordered,
}

/// `str(type(value))`
pub(super) fn type_of(value: &Value, maps: Maps) -> &'static str {
    match value {
        Value::Map(_) if maps == Maps::Ordered => "<class 'collections.OrderedDict'>",
        Value::Null => "<class 'NoneType'>",
        Value::Bool(_) => "<class 'bool'>",
        Value::Number(Number::Float(_)) => "<class 'float'>",
        Value::Number(_) => "<class 'int'>",
        Value::Text(_) => "<class 'str'>",
        Value::Blob(_) => "<class 'bytes'>",
        Value::List(_) => "<class 'list'>",
        Value::Map(_) => "<class 'dict'>",
    }
}

/// `str(value)`
pub(crate) fn shown(value: &Value, maps: Maps) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        other => {
            let mut out = String::new();
            represent(&mut out, other, maps);
            out
        }
    }
}

/// Whether there are bytes anywhere in it.
pub(super) fn holds_bytes(value: &Value) -> bool {
    match value {
        Value::Blob(_) => true,
        Value::List(items) => items.iter().any(holds_bytes),
        Value::Map(map) => map.values().any(holds_bytes),
        _ => false,
    }
}

/// `repr(value)`
fn represent(out: &mut String, value: &Value, maps: Maps) {
    match value {
        Value::Null => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Number(Number::Float(number)) if number.is_nan() => out.push_str("nan"),
        Value::Number(Number::Float(number)) if number.is_infinite() => {
            out.push_str(if *number > 0.0 { "inf" } else { "-inf" });
        }
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::Text(text) => quote(out, text.chars(), |character| character.is_control()),
        Value::Blob(bytes) => {
            out.push('b');
            quote(out, bytes.iter().map(|byte| char::from(*byte)), |character| {
                !(' '..='~').contains(&character)
            });
        }
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { ", " } else { "" });
                represent(out, item, maps);
            }
            out.push(']');
        }
        Value::Map(map) => represent_map(out, map, maps),
    }
}

/// `{'a': 1}`, or `OrderedDict({'a': 1})` (older Pythons show the latter as a list of pairs).
fn represent_map(out: &mut String, map: &Map, maps: Maps) {
    let (begin, end) = match (maps, map.is_empty()) {
        (Maps::Plain, _) => ("{", "}"),
        (Maps::Ordered, true) => ("OrderedDict(", ")"),
        (Maps::Ordered, false) => ("OrderedDict({", "})"),
    };
    out.push_str(begin);
    for (index, (name, value)) in map.iter().enumerate() {
        out.push_str(if index > 0 { ", " } else { "" });
        quote(out, name.chars(), |character| character.is_control());
        out.push_str(": ");
        represent(out, value, maps);
    }
    out.push_str(end);
}

fn quote(out: &mut String, text: impl Iterator<Item = char> + Clone, escaped: impl Fn(char) -> bool) {
    let mut marks = text.clone().filter(|character| matches!(character, '\'' | '"'));
    let mark = match marks.clone().any(|mark| mark == '\'') && !marks.any(|mark| mark == '"') {
        true => '"',
        false => '\'',
    };
    out.push(mark);
    for character in text {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if character == mark => {
                out.push('\\');
                out.push(character);
            }
            _ if escaped(character) => out.push_str(&format!("\\x{:02x}", character as u32)),
            _ => out.push(character),
        }
    }
    out.push(mark);
}
