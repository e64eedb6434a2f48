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
        let mut writer = Writer { out, page: Vec::new(), style };
        writer.value(self, 0)?;
        writer.out.write_all(&writer.page)
    }
}

/// How many bytes are gathered before they are handed on.
const PAGE: usize = 32 * 1024;

/// What most lines begin with some of.
const SPACES: &[u8] = &[b' '; 64];

struct Writer<'a> {
    out: &'a mut dyn Write,
    page: Vec<u8>,
    style: JsonStyle,
}

impl Writer<'_> {
    fn put(&mut self, bytes: &[u8]) {
        self.page.extend_from_slice(bytes);
    }

    fn value(&mut self, value: &Value, depth: usize) -> io::Result<()> {
        if self.page.len() >= PAGE {
            self.out.write_all(&self.page)?;
            self.page.clear();
        }
        match value {
            Value::Null => self.put(b"null"),
            Value::Bool(true) => self.put(b"true"),
            Value::Bool(false) => self.put(b"false"),
            Value::Number(Number::Int(number)) => write!(self.page, "{number}")?,
            Value::Number(number) => write!(self.page, "{number}")?,
            Value::Text(text) => self.text(text),
            Value::Blob(bytes) => write!(self.page, "\"{}\"", STANDARD.encode(bytes))?,
            Value::List(items) => self.list(items, depth)?,
            Value::Map(map) => self.map(map, depth)?,
        }
        Ok(())
    }

    fn list(&mut self, items: &[Value], depth: usize) -> io::Result<()> {
        if items.is_empty() {
            self.put(b"[]");
            return Ok(());
        }
        self.put(b"[");
        for (index, item) in items.iter().enumerate() {
            self.separator(depth + 1, index == 0);
            self.value(item, depth + 1)?;
        }
        self.end(depth);
        self.put(b"]");
        Ok(())
    }

    fn map(&mut self, map: &Map, depth: usize) -> io::Result<()> {
        if map.is_empty() {
            self.put(b"{}");
            return Ok(());
        }
        self.put(b"{");
        for (index, (key, value)) in map.iter().enumerate() {
            self.separator(depth + 1, index == 0);
            self.text(key);
            self.put(if self.style == JsonStyle::Compact { b":" } else { b": " });
            self.value(value, depth + 1)?;
        }
        self.end(depth);
        self.put(b"}");
        Ok(())
    }

    fn separator(&mut self, depth: usize, first: bool) {
        match (self.style, first) {
            (JsonStyle::Pretty, _) => self.line(depth, if first { b"\n" } else { b",\n" }),
            (_, true) => {}
            (JsonStyle::Line, false) => self.put(b", "),
            (JsonStyle::Compact, false) => self.put(b","),
        }
    }

    fn end(&mut self, depth: usize) {
        if self.style == JsonStyle::Pretty {
            self.line(depth, b"\n");
        }
    }

    /// Begins a line.
    fn line(&mut self, depth: usize, end: &[u8]) {
        self.put(end);
        match SPACES.get(..depth * 4) {
            Some(spaces) => self.put(spaces),
            None => self.page.resize(self.page.len() + depth * 4, b' '),
        }
    }

    /// A JSON string with Python's escapes: `\n \r \t \b \f`, other control characters as `\u00xx`.
    fn text(&mut self, text: &str) {
        let mut rest = text.as_bytes();
        self.put(b"\"");
        while let Some(at) = first_escape(rest) {
            self.put(&rest[..at]);
            match rest[at] {
                b'\n' => self.put(b"\\n"),
                b'\r' => self.put(b"\\r"),
                b'\t' => self.put(b"\\t"),
                0x08 => self.put(b"\\b"),
                0x0c => self.put(b"\\f"),
                control @ ..0x20 => {
                    self.put(&[b'\\', b'u', b'0', b'0', b'0' + control / 16, HEX[usize::from(control % 16)]])
                }
                itself => self.put(&[b'\\', itself]),
            }
            rest = &rest[at + 1..];
        }
        self.put(rest);
        self.put(b"\"");
    }
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Where the first byte is that needs an escape. Nearly no text has one, so sixteen bytes at a time are asked whether any of
/// them does, which the processor does at once.
fn first_escape(text: &[u8]) -> Option<usize> {
    let (blocks, _) = text.as_chunks::<16>();
    let clean =
        blocks.iter().take_while(|block| !block.iter().fold(false, |any, &byte| any | needs_escape(byte)));
    let from = 16 * clean.count();
    text[from..].iter().position(|&byte| needs_escape(byte)).map(|at| from + at)
}

fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
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
