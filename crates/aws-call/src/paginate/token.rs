//! The token that lets a later command go on: the service's own tokens and how much of the page was shown, as JSON in
//! base64. Bytes in it (a DynamoDB key may hold some) are base64 once more, and listed under `boto_encoded_keys`.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use value::{JsonStyle, Key, Map, Number, Value};

use super::PagingError;
use crate::validate::python::{self, Maps};

const TRUNCATION: &str = "boto_truncate_amount";
const ENCODED_KEYS: &str = "boto_encoded_keys";
/// No token of a service comes near this; a longer one is not decoded.
const MAX_TOKEN: usize = 256 * 1024;

/// Input members and what they are to be on the next request; null where a member is to be absent.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Token(pub(super) Map);

impl Token {
    pub(super) fn empty(names: &[Key]) -> Token {
        Token(names.iter().map(|name| (name.clone(), Value::Null)).collect())
    }

    pub(super) fn push(&mut self, name: Key, value: Value) {
        self.0.push(name, value);
    }

    /// Whether nothing in it leads to another page.
    pub(super) fn is_empty(&self) -> bool {
        self.0.values().all(Value::is_null)
    }

    pub(super) fn set_truncation(&mut self, shown: usize) {
        self.0.insert(TRUNCATION, i64::try_from(shown).unwrap_or(i64::MAX));
    }

    /// Writes the tokens into a request's input.
    pub(super) fn inject(&self, params: &mut Map) {
        for (name, token) in self.0.iter() {
            if token.is_null() || token.as_text() == Some("None") {
                params.remove(name);
            } else {
                params.insert(name.clone(), token.clone());
            }
        }
    }

    pub(super) fn encode(&self) -> String {
        let mut paths = Vec::new();
        let Value::Map(mut map) = encode_blobs(&Value::Map(self.0.clone()), &mut Vec::new(), &mut paths)
        else {
            return String::new();
        };
        if !paths.is_empty() {
            map.push(ENCODED_KEYS, Value::List(paths));
        }
        STANDARD.encode(escape_non_ascii(&Value::Map(map).to_json(JsonStyle::Line)))
    }

    fn decode(text: &str) -> Option<Token> {
        let bytes = STANDARD.decode(text).ok()?;
        let Value::Map(mut map) = Value::from_json(&bytes).ok()? else { return None };
        let encoded = map.remove(ENCODED_KEYS);
        let mut root = Value::Map(map);
        for path in encoded.as_ref().and_then(Value::as_list).unwrap_or_default() {
            let target = path.as_list()?.iter().try_fold(&mut root, step_into)?;
            *target = Value::Blob(STANDARD.decode(target.as_text()?).ok()?.into());
        }
        match root {
            Value::Map(map) => Some(Token(map)),
            _ => None,
        }
    }
}

/// As the AWS CLI's error shows it, which is how Python shows a map.
impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&python::shown(&Value::Map(self.0.clone()), Maps::Plain))
    }
}

/// Reads `--starting-token`: our own format, or the older `token___3`, or a service's bare token.
pub(super) fn parse_starting(text: &str, names: &[Key]) -> Result<(Token, usize), PagingError> {
    let bad = || PagingError::BadStartingToken(text.to_owned());
    if text.len() > MAX_TOKEN {
        return Err(PagingError::BadStartingToken(format!("{} bytes long", text.len())));
    }
    if let Some(mut token) = Token::decode(text) {
        let shown = token.0.remove(TRUNCATION);
        let shown = shown.as_ref().and_then(Value::as_i64).unwrap_or(0);
        return Ok((token, usize::try_from(shown).map_err(|_| bad())?));
    }
    let mut parts: Vec<&str> = text.split("___").collect();
    let mut shown = 0;
    if parts.len() == names.len() + 1 {
        match parts.last().and_then(|last| last.parse().ok()) {
            Some(count) => {
                shown = count;
                parts.pop();
            }
            None => parts = vec![text],
        }
    }
    if parts.len() > names.len() {
        return Err(bad());
    }
    let values = parts.into_iter().map(|part| if part == "None" { Value::Null } else { Value::text(part) });
    let values = values.chain(std::iter::repeat(Value::Null));
    Ok((Token(names.iter().cloned().zip(values).collect()), shown))
}

fn step_into<'v>(value: &'v mut Value, step: &Value) -> Option<&'v mut Value> {
    match (value, step) {
        (Value::Map(map), Value::Text(name)) => map.get_mut(name),
        (Value::List(items), Value::Number(Number::Int(index))) => {
            items.get_mut(usize::try_from(*index).ok()?)
        }
        _ => None,
    }
}

/// A copy with bytes as base64 text, and the paths at which they stood.
fn encode_blobs(value: &Value, here: &mut Vec<Value>, paths: &mut Vec<Value>) -> Value {
    let mut inner = |step: Value, value: &Value| {
        here.push(step);
        let copy = encode_blobs(value, here, paths);
        here.pop();
        copy
    };
    match value {
        Value::Map(map) => {
            let mut copy = Map::new();
            for (name, value) in map.iter() {
                copy.push(name.clone(), inner(Value::text(name), value));
            }
            Value::Map(copy)
        }
        Value::List(items) => {
            let copies = items.iter().zip(0_i64..).map(|(item, index)| inner(Value::from(index), item));
            Value::List(copies.collect())
        }
        Value::Blob(bytes) => {
            paths.push(Value::List(here.clone()));
            Value::from(STANDARD.encode(bytes))
        }
        other => other.clone(),
    }
}

/// JSON as Python writes it by default: ASCII alone.
fn escape_non_ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_ascii() {
            out.push(character);
        } else {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}
