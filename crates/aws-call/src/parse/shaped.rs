//! Decoded CBOR put into the model's names and order.

use aws_model::ShapeKind;
use value::{Map, Value};

use super::{ParseError, UNION_RULE, cbor, malformed, unknown_union_member};
use crate::message::ParseOptions;
use crate::view::View;

/// Reads a body. An empty one is an empty map.
pub(super) fn cbor_body(view: View<'_>, body: &[u8], options: &ParseOptions) -> Result<Value, ParseError> {
    if body.is_empty() {
        return Ok(Value::Map(Map::new()));
    }
    shape(view, cbor::decode(body, options)?)
}

/// Puts a tree into the order of its shape. What does not fit is left as it is, but structures must be maps.
fn shape(view: View<'_>, value: Value) -> Result<Value, ParseError> {
    match (view.kind(), value) {
        (_, Value::Null) => Ok(Value::Null),
        (ShapeKind::Structure(_), Value::Map(map)) if !view.document() => structure(view, map),
        (ShapeKind::List(item), Value::List(items)) => {
            let item = view.at(item);
            items
                .into_iter()
                .map(|value| shape(item, value))
                .collect::<Result<Vec<Value>, ParseError>>()
                .map(Value::List)
        }
        (ShapeKind::Map { value: part, .. }, Value::Map(map)) => {
            let part = view.at(part);
            let entries = map.into_iter().map(|(key, value)| Ok((key, shape(part, value)?)));
            entries
                .collect::<Result<Vec<_>, ParseError>>()
                .map(|entries| Value::Map(Map::from_unique(entries)))
        }
        (ShapeKind::Structure(_) | ShapeKind::List(_) | ShapeKind::Map { .. }, _) if !view.document() => {
            Err(malformed("CBOR", format!("{} has another type", view.shape.name)))
        }
        (_, value) => Ok(value),
    }
}

fn structure(view: View<'_>, mut map: Map) -> Result<Value, ParseError> {
    if view.union() {
        map.remove("__type");
        // The names are known to differ; `collect` would look for each among all the others.
        map = Map::from_unique(map.into_iter().filter(|(_, value)| !value.is_null()).collect());
        if map.len() != 1 {
            return Err(malformed("CBOR", format!("{}{UNION_RULE}", view.shape.name)));
        }
    }
    let mut entries = Vec::new();
    for member in view.shape.members() {
        let part = view.at(member);
        let found = part.wire_name().and_then(|name| map.remove(name)).or_else(|| map.remove(&member.name));
        if let Some(value) = found.filter(|value| !value.is_null()) {
            entries.push((member.name.clone(), shape(part, value)?));
        }
    }
    match map.keys().next() {
        Some(tag) if view.union() => Ok(unknown_union_member(tag)),
        _ => Ok(Value::Map(Map::from_unique(entries))),
    }
}
