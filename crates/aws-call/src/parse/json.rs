//! JSON by the model, read straight into values.

use aws_model::ShapeKind;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use value::{Key, MAX_DEPTH, Map, Number, Value};

use super::count::Count;
use super::{ParseError, UNION_RULE, malformed, map_of, scalar, unknown_union_member};
use crate::message::ParseOptions;
use crate::view::View;

/// How numbers and truth values are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scalars {
    /// As the wire has them (`json`).
    AsIs,
    /// Turned into what the model says (`rest-json`).
    Converted,
}

/// Reads a body. An empty one is an empty map.
pub(super) fn body(
    view: View<'_>,
    body: &[u8],
    scalars: Scalars,
    options: &ParseOptions,
) -> Result<Value, ParseError> {
    let body = if body.is_empty() { b"{}" } else { body };
    let mut reader = serde_json::Deserializer::from_slice(body);
    let count = Count::of(options);
    let value = Seed { view, scalars, options, count: &count, depth: 0 }
        .deserialize(&mut reader)
        .map_err(|error| count.explain(|| malformed("JSON", error)))?;
    reader.end().map_err(|error| malformed("JSON", error))?;
    Ok(value)
}

#[derive(Clone, Copy)]
struct Seed<'a> {
    view: View<'a>,
    scalars: Scalars,
    options: &'a ParseOptions,
    count: &'a Count,
    depth: usize,
}

impl<'a> Seed<'a> {
    fn at<E: serde::de::Error>(self, view: View<'a>) -> Result<Seed<'a>, E> {
        if self.depth >= MAX_DEPTH {
            return Err(E::custom("nested too deeply"));
        }
        Ok(Seed { view, depth: self.depth + 1, ..self })
    }

    fn untyped(self) -> Untyped<'a> {
        Untyped { count: self.count, depth: self.depth }
    }

    fn scalar<E: serde::de::Error>(self, value: Value) -> Result<Value, E> {
        let convert = self.scalars == Scalars::Converted;
        match (self.view.kind(), value) {
            (ShapeKind::Timestamp, value) => scalar::timestamp(&value, self.options).map_err(E::custom),
            (ShapeKind::Blob, Value::Text(text)) => Ok(scalar::blob(&text)),
            (ShapeKind::Boolean, value) if convert => Ok(Value::Bool(match &value {
                Value::Bool(flag) => *flag,
                Value::Text(text) => text.eq_ignore_ascii_case("true"),
                _ => false,
            })),
            (ShapeKind::Integer | ShapeKind::Long, value) if convert => match value {
                Value::Text(text) => scalar::integer(&text).map(Value::Number).map_err(E::custom),
                Value::Number(Number::Float(number)) if number.abs() < 9e15 => {
                    Ok(Value::from(number.trunc() as i64))
                }
                value => Ok(value),
            },
            (ShapeKind::Float | ShapeKind::Double, value) => match value {
                Value::Text(text) if convert => {
                    scalar::float(&text).map(|number| Value::Number(Number::Float(number))).map_err(E::custom)
                }
                Value::Number(number) if convert => Ok(Value::Number(Number::Float(number.as_f64()))),
                value => Ok(value),
            },
            (ShapeKind::Structure(_) | ShapeKind::List(_) | ShapeKind::Map { .. }, _) => {
                Err(E::custom(format!("{} is a single value", self.view.shape.name)))
            }
            (_, value) => Ok(value),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.view.document() {
            return self.untyped().deserialize(deserializer);
        }
        self.count.one().map_err(D::Error::custom)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: serde::de::Error>(self, flag: bool) -> Result<Value, E> {
        self.scalar(Value::Bool(flag))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Value, E> {
        self.scalar(Value::from(number))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Value, E> {
        self.scalar(unsigned(number))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Value, E> {
        self.scalar(Value::from(number))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
        self.scalar(Value::text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let ShapeKind::List(item) = self.view.kind() else {
            return self.mismatch(items, "a list");
        };
        let seed = self.at(self.view.at(item))?;
        let mut list = Vec::new();
        while let Some(value) = items.next_element_seed(seed)? {
            list.push(value);
        }
        list.shrink_to_fit();
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Value, A::Error> {
        match self.view.kind() {
            ShapeKind::Structure(_) => self.structure(entries),
            ShapeKind::Map { value, .. } => self.map(self.view.at(value), entries),
            // The wire has more than the model knows: it is shown as it is.
            _ => self.untyped().visit_map(entries),
        }
    }
}

impl<'a> Seed<'a> {
    fn mismatch<'de, A: SeqAccess<'de>>(self, items: A, found: &str) -> Result<Value, A::Error> {
        match self.view.kind() {
            ShapeKind::Structure(_) | ShapeKind::Map { .. } => {
                Err(A::Error::custom(format!("{} is {found}", self.view.shape.name)))
            }
            _ => self.untyped().visit_seq(items),
        }
    }

    fn structure<'de, A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let members = self.view.shape.members();
        let mut found: Vec<(usize, Value)> = Vec::new();
        let mut others: Vec<String> = Vec::new();
        let mut hint = 0;
        while let Some(place) = entries.next_key_seed(Name { view: self.view, hint })? {
            match place {
                Ok(at) => {
                    hint = at;
                    let seed = self.at(self.view.at(&members[at]))?;
                    let value = entries.next_value_seed(seed)?;
                    found.retain(|(known, _)| *known != at);
                    if !value.is_null() {
                        found.push((at, value));
                    }
                }
                Err(name) if self.view.union() && name != "__type" => {
                    // A second one makes a union a fault, so further ones do not matter.
                    if !entries.next_value_seed(self.untyped())?.is_null()
                        && others.len() < 2
                        && !others.contains(&name)
                    {
                        others.push(name);
                    }
                }
                Err(_) => drop(entries.next_value::<IgnoredAny>()?),
            }
        }
        if self.view.union() {
            match (found.len(), others.as_slice()) {
                (1, []) => {}
                (0, [tag]) => return Ok(unknown_union_member(tag)),
                _ => {
                    let text = format!("{}{UNION_RULE}", self.view.shape.name);
                    return Err(A::Error::custom(text));
                }
            }
        }
        found.sort_by_key(|(at, _)| *at);
        let entries = found.into_iter().map(|(at, value)| (members[at].name.clone(), value)).collect();
        Ok(Value::Map(Map::from_unique(entries)))
    }

    fn map<'de, A: MapAccess<'de>>(self, value: View<'a>, mut entries: A) -> Result<Value, A::Error> {
        let seed = self.at(value)?;
        let mut found = Vec::new();
        while let Some(name) = entries.next_key_seed(Text)? {
            found.push((name, entries.next_value_seed(seed)?));
        }
        Ok(Value::Map(map_of(found)))
    }
}

fn unsigned(number: u64) -> Value {
    match i64::try_from(number) {
        Ok(number) => Value::from(number),
        Err(_) => Value::Number(Number::Big(number.to_string().into())),
    }
}

/// A member's name: its place, or the name if the structure has no such member.
struct Name<'a> {
    view: View<'a>,
    hint: usize,
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Result<usize, String>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Result<usize, String>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        let members = self.view.shape.members();
        let is = |at: usize| {
            let member = &members[at];
            self.view.at(member).wire_name().unwrap_or(&member.name).as_str() == name
        };
        let place =
            (self.hint..members.len()).find(|at| is(*at)).or_else(|| (0..self.hint).find(|at| is(*at)));
        Ok(place.ok_or_else(|| name.to_owned()))
    }
}

/// A map's key.
struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Key;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Text {
    type Value = Key;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Key, E> {
        Ok(Key::new(name))
    }
}

/// Any JSON, without a model.
#[derive(Clone, Copy)]
struct Untyped<'a> {
    count: &'a Count,
    depth: usize,
}

impl<'a> Untyped<'a> {
    fn deeper<E: serde::de::Error>(self) -> Result<Untyped<'a>, E> {
        if self.depth >= MAX_DEPTH {
            Err(E::custom("nested too deeply"))
        } else {
            Ok(Untyped { depth: self.depth + 1, ..self })
        }
    }
}

impl<'de> DeserializeSeed<'de> for Untyped<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.count.one().map_err(D::Error::custom)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Untyped<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(unsigned(number))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let seed = self.deeper()?;
        let mut list = Vec::new();
        while let Some(value) = items.next_element_seed(seed)? {
            list.push(value);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let seed = self.deeper()?;
        let mut found = Vec::new();
        while let Some(name) = entries.next_key_seed(Text)? {
            found.push((name, entries.next_value_seed(seed)?));
        }
        Ok(Value::Map(map_of(found)))
    }
}

/// Reads JSON without a model; text that is none becomes a map with that text as its `message`, as in botocore.
pub(super) fn lenient(body: &[u8]) -> Map {
    if body.is_empty() {
        return Map::new();
    }
    match Value::from_json(body) {
        Ok(Value::Map(map)) => map,
        _ => [("message", Value::text(String::from_utf8_lossy(body)))].into_iter().collect(),
    }
}
