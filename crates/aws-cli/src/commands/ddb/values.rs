//! DynamoDB's typed values, and values as YAML has them.

use value::{Map, Number, Value};

use super::decimal::canonical;
use super::lexer::typed;
use crate::UsageError;
use crate::output::yaml_set;

/// A value of YAML with its type; numbers come as exact text.
pub(super) fn to_typed(value: &Value) -> Result<Value, UsageError> {
    Ok(match value {
        Value::Null => typed("NULL", Value::Bool(true)),
        Value::Bool(flag) => typed("BOOL", Value::Bool(*flag)),
        Value::Number(number) => {
            let text = number.to_string();
            let number = canonical(&text)
                .ok_or_else(|| UsageError::general(format!("{text} is no number that DynamoDB can hold")))?;
            typed("N", Value::from(number))
        }
        Value::Text(text) => typed("S", Value::text(text)),
        Value::Blob(bytes) => typed("B", Value::Blob(bytes.clone())),
        Value::List(items) => typed("L", Value::List(items.iter().map(to_typed).collect::<Result<_, _>>()?)),
        Value::Map(map) => typed("M", Value::Map(all_typed(map)?)),
    })
}

/// Each member with its type.
pub(super) fn all_typed(map: &Map) -> Result<Map, UsageError> {
    map.iter().map(|(name, value)| Ok((name.clone(), to_typed(value)?))).collect()
}

/// A typed value as YAML has it. Numbers keep their digits.
pub(super) fn from_typed(value: &Value) -> Value {
    let Some((kind, inner)) = value.as_map().and_then(|map| map.iter().next()) else { return Value::Null };
    match (kind.as_str(), inner) {
        ("NULL", _) => Value::Null,
        ("N", Value::Text(text)) => number(text),
        ("NS", Value::List(items)) => yaml_set(items.iter().filter_map(Value::as_text).map(number).collect()),
        ("SS" | "BS", Value::List(items)) => yaml_set(items.clone()),
        ("L", Value::List(items)) => Value::List(items.iter().map(from_typed).collect()),
        ("M", Value::Map(map)) => Value::Map(all_from_typed(map)),
        (_, inner) => inner.clone(),
    }
}

/// Each member without its type.
pub(super) fn all_from_typed(map: &Map) -> Map {
    map.iter().map(|(name, value)| (name.clone(), from_typed(value))).collect()
}

fn number(text: &str) -> Value {
    let shown = canonical(text).unwrap_or_else(|| text.to_owned());
    Value::Number(match shown.parse::<i64>() {
        Ok(whole) => Number::Int(whole),
        Err(_) => Number::Big(shown.into()),
    })
}
