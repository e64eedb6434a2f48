//! YAML in block style, as `ruamel.yaml` writes it: names sorted, lists not indented below their name, long texts
//! folded at 80 columns.
//!
//! Absent on purpose: anchors for what a query names twice.

mod emitter;
mod scalar;

use std::io::{self, Write};

use value::{JsonStyle, Map, Value};

use emitter::Emitter;
use scalar::Style;

use crate::yaml::PLAIN_NAME;

/// Names of more characters than this are written as `? name`.
const LONGEST_SIMPLE_NAME: usize = 122;

/// A document; a lone scalar is written as JSON.
pub(super) fn write(value: &Value, out: &mut dyn Write) -> io::Result<()> {
    if matches!(value, Value::List(_) | Value::Map(_)) {
        return Writer::new(out, Manner::Answer).document(value);
    }
    value.write_json(out, JsonStyle::Line)?;
    out.write_all(b"\n")
}

/// A document that is a list of this one item.
pub(super) fn write_item(value: &Value, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = Writer::new(out, Manner::Answer);
    writer.item(value, 0)?;
    writer.emitter.finish()
}

/// A text in one line, in quotes where it needs them.
pub(super) fn scalar_text(text: &str, is_name: bool) -> String {
    let mut out = Vec::new();
    let written = {
        let mut writer = Writer::new(&mut out, Manner::Answer);
        let written = writer.text(text, scalar::style(text, is_name), 0, false);
        written.and_then(|()| writer.emitter.flush())
    };
    match written {
        Ok(()) => String::from_utf8_lossy(&out).trim_start().to_owned(),
        Err(_) => String::new(),
    }
}

/// The name below which a set's elements stand; no attribute is called so.
const SET: &str = "\0set";

/// A set: what [`write_tagged`] writes as `!!set`.
pub(super) fn set(elements: Vec<Value>) -> Value {
    Value::Map([(SET, Value::List(elements))].into_iter().collect::<Map>())
}

fn elements(value: &Value) -> Option<&[Value]> {
    value.get(SET).and_then(Value::as_list)
}

/// A document in which blobs are `!!binary` and sets `!!set`.
pub(super) fn write_tagged(value: &Value, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = Writer::new(out, Manner::Tagged);
    if let Some(elements) = elements(value) {
        writer.emitter.indicator("!!set", true, false)?;
        writer.set(elements, 0)?;
        return writer.emitter.finish();
    }
    match value {
        Value::List(_) | Value::Map(_) => writer.document(value),
        Value::Blob(_) => {
            writer.value(value, 0, Place::Entry)?;
            writer.emitter.finish()
        }
        scalar => {
            scalar.write_json(out, JsonStyle::Line)?;
            out.write_all(b"\n")
        }
    }
}

/// A template of CloudFormation as `cloudformation package` writes it: names in their order, and in quotes what YAML 1.1
/// takes for a truth value.
pub(crate) fn write_template(value: &Value, out: &mut dyn Write) -> io::Result<()> {
    if matches!(value, Value::List(_) | Value::Map(_)) {
        return Writer::new(out, Manner::Template).document(value);
    }
    value.write_json(out, JsonStyle::Line)?;
    out.write_all(b"\n...\n")
}

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// An answer.
    Answer,
    /// An answer whose blobs and sets bear their tags.
    Tagged,
    /// A template.
    Template,
}

struct Writer<'a> {
    emitter: Emitter<'a>,
    manner: Manner,
}

/// Where a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Behind a dash, or at the top.
    Item,
    /// Behind a name.
    Entry,
}

impl<'a> Writer<'a> {
    fn new(out: &'a mut dyn Write, manner: Manner) -> Writer<'a> {
        let mut emitter = Emitter::new(out);
        emitter.always_backslash = manner == Manner::Template;
        Writer { emitter, manner }
    }

    fn document(mut self, value: &Value) -> io::Result<()> {
        match value {
            Value::List(items) if !items.is_empty() => {
                items.iter().try_for_each(|item| self.item(item, 0))?
            }
            Value::Map(map) if !map.is_empty() => self.map(map, 0)?,
            value => self.value(value, 0, Place::Item)?,
        }
        self.emitter.finish()
    }

    fn item(&mut self, item: &Value, indent: usize) -> io::Result<()> {
        self.emitter.indent(indent)?;
        self.emitter.indicator("-", true, true)?;
        self.value(item, indent, Place::Item)
    }

    /// A value whose list or map around it is indented so far.
    fn value(&mut self, value: &Value, indent: usize, place: Place) -> io::Result<()> {
        match value {
            Value::List(items) if items.is_empty() => self.emitter.indicator("[]", true, false),
            Value::Map(map) if map.is_empty() => self.emitter.indicator("{}", true, false),
            Value::List(items) => {
                // Behind `name:` a list is not indented; behind `- ` and `: ` it is.
                let compact = place == Place::Entry && !self.emitter.at_indent();
                let indent = if compact { indent } else { indent + 2 };
                items.iter().try_for_each(|item| self.item(item, indent))
            }
            Value::Map(map) => match elements(value).filter(|_| self.manner == Manner::Tagged) {
                Some(elements) => {
                    self.emitter.indicator("!!set", true, false)?;
                    self.set(elements, indent + 2)
                }
                None => self.map(map, indent + 2),
            },
            scalar => self.scalar(scalar, indent + 2, place),
        }
    }

    fn scalar(&mut self, value: &Value, indent: usize, place: Place) -> io::Result<()> {
        if place == Place::Item {
            self.emitter.indent(indent)?;
        }
        match value {
            Value::Null => self.emitter.plain("null", indent, true),
            Value::Bool(flag) => self.emitter.plain(if *flag { "true" } else { "false" }, indent, true),
            Value::Number(number) => self.emitter.plain(&scalar::number(number), indent, true),
            Value::Blob(_) if self.manner != Manner::Answer => {
                self.emitter.indicator("!!binary", true, false)?;
                let text = value.printed_text().unwrap_or_default();
                self.text(&text, Style::Double, indent, true)
            }
            other => {
                let text = other.printed_text().unwrap_or_default();
                let style = self.style(&text, false);
                self.text(&text, style, indent, true)
            }
        }
    }

    fn style(&self, text: &str, is_name: bool) -> Style {
        match self.manner {
            Manner::Answer => scalar::style(text, is_name),
            Manner::Tagged => scalar::plainest(text, is_name),
            Manner::Template if scalar::is_truth_word(text) => Style::Single,
            Manner::Template => scalar::style(text, is_name),
        }
    }

    fn name_style(&self, name: &str, is_simple: bool) -> Style {
        match self.manner {
            Manner::Template => self.style(name, is_simple),
            _ => scalar::style(name, is_simple),
        }
    }

    fn text(&mut self, text: &str, style: Style, indent: usize, fold: bool) -> io::Result<()> {
        match style {
            // A lone word stays behind its name, however long it is.
            Style::Plain if self.manner == Manner::Tagged && !text.contains(' ') => {
                self.emitter.indicator(text, true, false)
            }
            Style::Plain => self.emitter.plain(text, indent, fold),
            Style::Single => self.emitter.single_quoted(text, indent, fold),
            Style::Double => self.emitter.double_quoted(text, indent, fold),
        }
    }

    /// The elements of a set, sorted, each as a name of nothing.
    fn set(&mut self, elements: &[Value], indent: usize) -> io::Result<()> {
        let mut sorted: Vec<&Value> = elements.iter().collect();
        sorted.sort_by(|a, b| match (a, b) {
            (Value::Number(a), Value::Number(b)) => a.as_f64().total_cmp(&b.as_f64()),
            (Value::Text(a), Value::Text(b)) => a.cmp(b),
            _ => std::cmp::Ordering::Equal,
        });
        for element in sorted {
            self.emitter.indent(indent)?;
            match element {
                Value::Text(text) => self.text(text, self.style(text, true), indent + 2, false)?,
                other => self.scalar(other, indent + 2, Place::Entry)?,
            }
            self.emitter.indicator(":", false, false)?;
            self.emitter.plain("null", indent, true)?;
        }
        Ok(())
    }

    fn map(&mut self, map: &Map, indent: usize) -> io::Result<()> {
        let mut entries: Vec<_> = map.iter().map(|(key, value)| (key.as_str(), value)).collect();
        if self.manner != Manner::Template {
            entries.sort_unstable_by_key(|(key, _)| *key);
        }
        for (key, value) in entries {
            self.emitter.indent(indent)?;
            if let Some(name) = key.strip_prefix(PLAIN_NAME).filter(|_| self.manner == Manner::Template) {
                self.emitter.plain(name, indent + 2, false)?;
                self.emitter.indicator(":", false, false)?;
                self.value(value, indent, Place::Entry)?;
                continue;
            }
            let short = key.len() <= LONGEST_SIMPLE_NAME || key.chars().count() <= LONGEST_SIMPLE_NAME;
            if short && !scalar::is_multiline(key) {
                self.text(key, self.name_style(key, true), indent + 2, false)?;
                self.emitter.indicator(":", false, false)?;
            } else {
                self.emitter.indicator("?", true, true)?;
                self.text(key, self.name_style(key, false), indent + 2, true)?;
                self.emitter.indent(indent)?;
                self.emitter.indicator(":", true, true)?;
            }
            self.value(value, indent, Place::Entry)?;
        }
        Ok(())
    }
}
