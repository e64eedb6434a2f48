//! Reading answers: what stands at a place of a tree, or nothing.

use value::{Map, Value};

/// What stands at the end of that path of names.
pub(super) fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, name| value.get(name))
}

/// The text there; empty if there is none.
pub(super) fn text<'a>(value: &'a Value, path: &[&str]) -> &'a str {
    at(value, path).and_then(Value::as_text).unwrap_or_default()
}

/// The list there; empty if there is none.
pub(super) fn list<'a>(value: &'a Value, path: &[&str]) -> &'a [Value] {
    at(value, path).and_then(Value::as_list).unwrap_or_default()
}

/// Texts by name.
pub(super) fn params(pairs: &[(&'static str, &str)]) -> Map {
    pairs.iter().map(|(name, text)| (*name, *text)).collect()
}
