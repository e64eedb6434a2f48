//! JSON in and out. Reading keeps key order and every digit of an integer; writing follows Python's `json.dumps`,
//! which is what the AWS CLI prints through.

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};

use crate::{Key, MAX_DEPTH, Map, Number, Value};

/// Why a text is not JSON that can be used.
#[derive(Debug, thiserror::Error)]
#[error("invalid JSON: {0}")]
pub struct JsonError(#[from] serde_json::Error);

/// How JSON is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonStyle {
    /// On one line, `": "` and `", "` between parts, as Python does by default.
    Line,
    /// On one line without any space.
    Compact,
    /// Indented by four spaces.
    Pretty,
}

impl Value {
    /// Reads one JSON document. A name that comes twice keeps its last value; nesting beyond [`MAX_DEPTH`] is refused.
    pub fn from_json(text: &[u8]) -> Result<Value, JsonError> {
        let mut reader = serde_json::Deserializer::from_slice(text);
        let value = Reader { depth: 0 }.deserialize(&mut reader)?;
        reader.end()?;
        Ok(value)
    }

    /// The value as JSON text.
    pub fn to_json(&self, style: JsonStyle) -> String {
        let mut out = Vec::new();
        // Writing to memory cannot fail, and what is written is UTF-8 by construction.
        let _ = self.write_json(&mut out, style);
        String::from_utf8(out).unwrap_or_default()
    }

    /// Writes the value as JSON. Text outside ASCII stays as it is; blobs are base64.
    pub fn write_json(&self, out: &mut dyn Write, style: JsonStyle) -> io::Result<()> {
        write_value(self, out, style, 0)
    }
}

fn write_value(value: &Value, out: &mut dyn Write, style: JsonStyle, depth: usize) -> io::Result<()> {
    match value {
        Value::Null => out.write_all(b"null"),
        Value::Bool(true) => out.write_all(b"true"),
        Value::Bool(false) => out.write_all(b"false"),
        Value::Number(Number::Int(number)) => write!(out, "{number}"),
        Value::Number(number) => write!(out, "{number}"),
        Value::Text(text) => write_text(text, out),
        Value::Blob(bytes) => write!(out, "\"{}\"", STANDARD.encode(bytes)),
        Value::List(items) => write_list(items, out, style, depth),
        Value::Map(map) => write_map(map, out, style, depth),
    }
}

fn write_list(items: &[Value], out: &mut dyn Write, style: JsonStyle, depth: usize) -> io::Result<()> {
    if items.is_empty() {
        return out.write_all(b"[]");
    }
    out.write_all(b"[")?;
    for (index, item) in items.iter().enumerate() {
        write_separator(out, style, depth + 1, index == 0)?;
        write_value(item, out, style, depth + 1)?;
    }
    write_end(out, style, depth)?;
    out.write_all(b"]")
}

fn write_map(map: &Map, out: &mut dyn Write, style: JsonStyle, depth: usize) -> io::Result<()> {
    if map.is_empty() {
        return out.write_all(b"{}");
    }
    out.write_all(b"{")?;
    for (index, (key, value)) in map.iter().enumerate() {
        write_separator(out, style, depth + 1, index == 0)?;
        write_text(key, out)?;
        out.write_all(if style == JsonStyle::Compact { b":" } else { b": " })?;
        write_value(value, out, style, depth + 1)?;
    }
    write_end(out, style, depth)?;
    out.write_all(b"}")
}

fn write_separator(out: &mut dyn Write, style: JsonStyle, depth: usize, first: bool) -> io::Result<()> {
    match (style, first) {
        (JsonStyle::Pretty, _) => {
            out.write_all(if first { b"\n" } else { b",\n" })?;
            write_indent(out, depth)
        }
        (_, true) => Ok(()),
        (JsonStyle::Line, false) => out.write_all(b", "),
        (JsonStyle::Compact, false) => out.write_all(b","),
    }
}

fn write_end(out: &mut dyn Write, style: JsonStyle, depth: usize) -> io::Result<()> {
    if style == JsonStyle::Pretty {
        out.write_all(b"\n")?;
        write_indent(out, depth)?;
    }
    Ok(())
}

fn write_indent(out: &mut dyn Write, depth: usize) -> io::Result<()> {
    const SPACES: &[u8] = &[b' '; 64];
    let mut left = depth * 4;
    while left > 0 {
        let now = left.min(SPACES.len());
        out.write_all(&SPACES[..now])?;
        left -= now;
    }
    Ok(())
}

/// Writes a JSON string with Python's escapes: `\n \r \t \b \f`, other control characters as `\u00xx`.
fn write_text(text: &str, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"\"")?;
    let bytes = text.as_bytes();
    let mut start = 0;
    for (index, &byte) in bytes.iter().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.write_all(&bytes[start..index])?;
        match byte {
            b'"' => out.write_all(b"\\\"")?,
            b'\\' => out.write_all(b"\\\\")?,
            b'\n' => out.write_all(b"\\n")?,
            b'\r' => out.write_all(b"\\r")?,
            b'\t' => out.write_all(b"\\t")?,
            0x08 => out.write_all(b"\\b")?,
            0x0c => out.write_all(b"\\f")?,
            _ => write!(out, "\\u{byte:04x}")?,
        }
        start = index + 1;
    }
    out.write_all(&bytes[start..])?;
    out.write_all(b"\"")
}

struct Reader {
    depth: usize,
}

impl Reader {
    fn deeper<E: de::Error>(&self) -> Result<usize, E> {
        if self.depth >= MAX_DEPTH { Err(E::custom("nested too deeply")) } else { Ok(self.depth + 1) }
    }
}

impl<'de> DeserializeSeed<'de> for Reader {
    type Value = Value;

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader {
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
        Ok(Value::Number(match i64::try_from(number) {
            Ok(number) => Number::Int(number),
            Err(_) => Number::Big(number.to_string().into()),
        }))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let depth = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Reader { depth })? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let depth = self.deeper()?;
        let mut names = std::collections::HashMap::<Key, usize>::new();
        let mut list: Vec<(Key, Value)> = Vec::new();
        while let Some(name) = entries.next_key::<std::borrow::Cow<'_, str>>()? {
            let value = entries.next_value_seed(Reader { depth })?;
            let key = Key::new(&name);
            match names.get(&key) {
                Some(&index) => list[index].1 = value,
                None => {
                    names.insert(key.clone(), list.len());
                    list.push((key, value));
                }
            }
        }
        let mut map = Map::new();
        for (key, value) in list {
            map.push(key, value);
        }
        Ok(Value::Map(map))
    }
}
