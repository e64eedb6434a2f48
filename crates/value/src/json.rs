//! JSON out, as Python's `json.dumps` writes it, which is what the AWS CLI prints through.

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::{Map, Number, Value};

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

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Value {
        Value::from_json(
            r#"{"b": [1, 2.50, {"x": null}], "a": {}, "t": "é\n\u0001\u007f\"", "e": []}"#.as_bytes(),
        )
        .expect("JSON")
    }

    #[test]
    fn each_style_is_laid_out_as_python_does() {
        let text = "é\\n\\u0001\u{7f}\\\"";
        let line = format!(r#"{{"b": [1, 2.5, {{"x": null}}], "a": {{}}, "t": "{text}", "e": []}}"#);
        assert_eq!(tree().to_json(JsonStyle::Line), line);
        assert_eq!(tree().to_json(JsonStyle::Compact), line.replace(": ", ":").replace(", ", ","));
        let pretty = [
            "{",
            "    \"b\": [",
            "        1,",
            "        2.5,",
            "        {",
            "            \"x\": null",
            "        }",
            "    ],",
            "    \"a\": {},",
            &format!("    \"t\": \"{text}\","),
            "    \"e\": []",
            "}",
        ];
        assert_eq!(tree().to_json(JsonStyle::Pretty), pretty.join("\n"));
    }

    #[test]
    fn blobs_are_base64() {
        assert_eq!(Value::Blob(b"hi!".as_slice().into()).to_json(JsonStyle::Line), "\"aGkh\"");
    }
}
