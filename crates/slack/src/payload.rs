//! Slack's JSON, read leniently: what is not asked for is tolerated, and so is a field of another shape where the
//! message can do without it. Ids are the exception: one that is there and is none is an error, because rights hang on it.
//!
//! Invariants: a body over its limit is not looked at; depth is bounded by `serde_json` (128); no error repeats a value.

use serde_json::{Map, Value};

use crate::{FormError, Secret};

/// Longest id, in bytes.
const MAX_ID: usize = 64;
/// Longest name, trigger or timestamp that is believed, in bytes.
const MAX_SHORT: usize = 256;

/// Why a body is no payload that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// The body is no form.
    #[error("the body is no form")]
    Form(#[source] FormError),
    /// Over the limit of bytes.
    #[error("the payload has more than {0} bytes")]
    TooLarge(usize),
    /// The payload is no JSON object, or one that is too deep.
    #[error("the payload is no JSON object")]
    NoObject,
    /// A field is missing or empty.
    #[error("the field \"{0}\" is missing")]
    Missing(&'static str),
    /// A field holds what it cannot hold.
    #[error("the field \"{0}\" is malformed")]
    Malformed(&'static str),
}

/// Letters, digits, `_` and `-`, not too many: what any of Slack's ids is made of.
pub(crate) fn is_id(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    !text.is_empty() && text.len() <= MAX_ID && text.bytes().all(plain)
}

/// A JSON object from bytes.
pub(crate) fn object(bytes: &[u8], limit: usize) -> Result<Map<String, Value>, PayloadError> {
    if bytes.len() > limit {
        return Err(PayloadError::TooLarge(limit));
    }
    serde_json::from_slice(bytes).map_err(|_| PayloadError::NoObject)
}

/// An object that is read field by field.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Object<'a>(pub(crate) &'a Map<String, Value>);

impl<'a> Object<'a> {
    fn given(self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A text, however long; empty counts as missing.
    pub(crate) fn text(self, name: &str) -> Option<&'a str> {
        self.given(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// A short text without control characters; anything else counts as missing.
    pub(crate) fn short(self, name: &str) -> Option<String> {
        let plain = |text: &&str| text.len() <= MAX_SHORT && !text.contains(char::is_control);
        self.text(name).filter(plain).map(str::to_owned)
    }

    /// An id.
    pub(crate) fn id(self, name: &'static str) -> Result<Option<String>, PayloadError> {
        match self.given(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) if is_id(text) => Ok(Some(text.clone())),
            Some(_) => Err(PayloadError::Malformed(name)),
        }
    }

    /// An id that must be there.
    pub(crate) fn needed_id(self, name: &'static str) -> Result<String, PayloadError> {
        self.id(name)?.ok_or(PayloadError::Missing(name))
    }

    /// A truth value; Slack sends some as text.
    pub(crate) fn flag(self, name: &str) -> bool {
        match self.given(name) {
            Some(Value::Bool(flag)) => *flag,
            Some(Value::String(text)) => text == "true",
            _ => false,
        }
    }

    /// A number; Slack sends some as text.
    pub(crate) fn number(self, name: &str) -> Option<u64> {
        match self.given(name)? {
            Value::String(text) => text.parse().ok(),
            other => other.as_u64(),
        }
    }

    /// An object within.
    pub(crate) fn object(self, name: &str) -> Option<Object<'a>> {
        self.given(name)?.as_object().map(Object)
    }

    /// The objects of a list within.
    pub(crate) fn objects(self, name: &str) -> impl Iterator<Item = Object<'a>> + use<'a> {
        self.list(name).iter().filter_map(Value::as_object).map(Object)
    }

    /// Ids of a list within. One that is none makes the whole list malformed: a part of it would look whole.
    pub(crate) fn ids(self, name: &'static str) -> Result<Vec<String>, PayloadError> {
        let id = |value: &Value| value.as_str().filter(|text| is_id(text)).map(str::to_owned);
        self.list(name).iter().map(|value| id(value).ok_or(PayloadError::Malformed(name))).collect()
    }

    /// A list within; anything else counts as empty.
    pub(crate) fn list(self, name: &str) -> &'a [Value] {
        self.given(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// A text that must not be printed.
    pub(crate) fn secret(self, name: &str) -> Option<Secret> {
        self.text(name).map(Secret::new)
    }
}
