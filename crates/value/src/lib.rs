//! The one ordered tree that AWS answers, parameters, pipelines and replies share.
//!
//! Invariants: a [`Map`] keeps the order in which its entries came; every reader that builds a [`Value`] bounds
//! its depth at [`MAX_DEPTH`], so walking one recursively is safe.
//! Absent on purpose: timestamps (text by the time they are here) and anything that knows AWS.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

mod json;
mod json_reader;
mod key;
mod map;
mod number;
mod python;

pub use json::JsonStyle;
pub use json_reader::JsonError;
pub use key::Key;
pub use map::Map;
pub use number::Number;

/// Text with 24 bytes stored inline.
pub type Text = compact_str::CompactString;

/// How deeply lists and maps may nest in a tree that came from outside.
pub const MAX_DEPTH: usize = 100;

/// A tree of data, in the order in which it came.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// JSON's `null`; also what a query yields for something absent.
    #[default]
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer or a float, told apart as the source told them apart.
    Number(Number),
    /// Unicode text.
    Text(Text),
    /// Bytes; printed as base64.
    Blob(Box<[u8]>),
    /// Values in order.
    List(Vec<Value>),
    /// Named values in order.
    Map(Map),
}

impl Value {
    /// Text from anything that reads as a string.
    pub fn text(text: impl AsRef<str>) -> Value {
        Value::Text(Text::new(text))
    }

    /// The text, if this is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What prints as text: text itself, and a blob as base64.
    pub fn printed_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Value::Text(text) => Some(Cow::Borrowed(text)),
            Value::Blob(bytes) => Some(Cow::Owned(STANDARD.encode(bytes))),
            _ => None,
        }
    }

    /// The truth value, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(flag) => Some(*flag),
            _ => None,
        }
    }

    /// The number, if this is one.
    pub fn as_number(&self) -> Option<&Number> {
        match self {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The integer, if this is a number without a fraction that fits.
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number().and_then(Number::as_i64)
    }

    /// The items, if this is a list.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// The entries, if this is a map.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The entry of that name, if this is a map that has one.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.as_map().and_then(|map| map.get(name))
    }

    /// Whether Python would take the value for true: all but null, `false`, zero and what is empty.
    pub fn is_truthy(&self) -> bool {
        match self {
            Value::Null => false,
            Value::Bool(flag) => *flag,
            Value::Number(number) => number.as_f64() != 0.0,
            Value::Text(text) => !text.is_empty(),
            Value::Blob(bytes) => !bytes.is_empty(),
            Value::List(items) => !items.is_empty(),
            Value::Map(map) => !map.is_empty(),
        }
    }

    /// Whether this is [`Value::Null`].
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::text(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text.into())
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Value {
        Value::Bool(flag)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Number(Number::Int(number))
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Value {
        Value::Number(Number::Float(number))
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Value {
        Value::Map(map)
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Value {
        Value::List(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_answer_stays_small() {
        assert_eq!(size_of::<Value>(), 32);
        assert_eq!(size_of::<(Key, Value)>(), 40);
    }

    #[test]
    fn what_is_empty_or_zero_is_not_true() {
        for (json, expected) in [
            ("null", false),
            ("false", false),
            ("true", true),
            ("0", false),
            ("-0.0", false),
            ("0.5", true),
            (r#""""#, false),
            (r#""false""#, true),
            ("[]", false),
            ("[null]", true),
            ("{}", false),
            (r#"{"a": null}"#, true),
        ] {
            let value = Value::from_json(json.as_bytes()).expect("JSON");
            assert_eq!(value.is_truthy(), expected, "{json}");
        }
    }
}
