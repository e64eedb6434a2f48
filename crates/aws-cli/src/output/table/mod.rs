//! Tables: a value is first cut into sections (a title, column heads, rows), one for each nested list or map; then all
//! sections are drawn to one width.

mod draw;
mod section;
mod wide;

use std::collections::BTreeSet;
use std::io::Write;

use value::{Map, Value};

use super::text::type_name;
use super::{Layout, OutputError};
use section::Section;

pub(super) fn write(
    value: &Value,
    title: &str,
    layout: &Layout,
    out: &mut dyn Write,
) -> Result<(), OutputError> {
    let mut builder = Builder { sections: Vec::new() };
    if !builder.add(Some(title), value, 0)? {
        return Ok(());
    }
    Ok(draw::draw(builder.sections, layout, out)?)
}

/// Whether Python would take the value for true.
fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != 0.0,
        Value::Text(text) => !text.is_empty(),
        Value::Blob(bytes) => !bytes.is_empty(),
        Value::List(items) => !items.is_empty(),
        Value::Map(map) => !map.is_empty(),
    }
}

fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::List(_) | Value::Map(_))
}

fn unprintable<T>(text: impl Into<String>) -> Result<T, OutputError> {
    Err(OutputError::Unprintable(text.into()))
}

struct Builder {
    sections: Vec<Section>,
}

impl Builder {
    /// Adds a value in sections of its own, or, without a title, to the current one. Nothing comes of an empty value.
    fn add(&mut self, title: Option<&str>, value: &Value, indent: usize) -> Result<bool, OutputError> {
        if !is_truthy(value) {
            return Ok(false);
        }
        if let Some(title) = title {
            self.sections.push(Section::new(Some(title), indent));
        }
        match value {
            Value::List(items) if items.first().is_some_and(|item| item.as_map().is_some()) => {
                self.add_maps(items, title, indent)?;
            }
            Value::List(items) => items.iter().try_for_each(|item| self.add_item(item))?,
            Value::Map(map) => self.add_map(map, indent)?,
            _ => {}
        }
        Ok(true)
    }

    fn current(&mut self) -> &mut Section {
        if self.sections.is_empty() {
            self.sections.push(Section::new(None, 0));
        }
        let last = self.sections.len() - 1;
        &mut self.sections[last]
    }

    fn add_item(&mut self, item: &Value) -> Result<(), OutputError> {
        match item {
            Value::List(cells) if cells.iter().all(is_scalar) => self.row(cells),
            // Python walks over a map's names here.
            Value::Map(map) => {
                let names: Vec<Value> = map.keys().map(|key| Value::text(key.as_str())).collect();
                self.row(&names)
            }
            Value::List(_) => self.add(None, item, 0).map(|_| ()),
            scalar => self.row(std::slice::from_ref(scalar)),
        }
    }

    fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a Value>) -> Result<(), OutputError> {
        let cells = cells.into_iter().map(|cell| cell.python_text().into_owned()).collect();
        self.current().add_row(cells).or_else(unprintable)
    }

    /// One row with the names as heads; a single scalar makes a row of its name and itself.
    fn add_map(&mut self, map: &Map, indent: usize) -> Result<(), OutputError> {
        let (heads, nested) = split_names([map]);
        let value_of = |name: &str| map.get(name).unwrap_or(&Value::Null);
        match heads.as_slice() {
            [] => {}
            [only] => self.row([&Value::text(only), value_of(only)])?,
            heads => {
                self.current().add_heads(heads).or_else(unprintable)?;
                self.row(heads.iter().map(|head| value_of(head)))?;
            }
        }
        nested.iter().try_for_each(|name| self.add(Some(name), value_of(name), indent + 1).map(|_| ()))
    }

    /// Rows with shared heads; where there is something nested, each row stands in its own section, followed by it.
    fn add_maps(&mut self, items: &[Value], title: Option<&str>, indent: usize) -> Result<(), OutputError> {
        let mut maps = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Value::Map(map) => maps.push(map),
                Value::Text(_) => return unprintable("string indices must be integers, not 'str'"),
                other => return unprintable(format!("'{}' object is not iterable", type_name(other))),
            }
        }
        let (heads, nested) = split_names(maps.iter().copied());
        self.current().add_heads(&heads).or_else(unprintable)?;
        let empty = Value::text("");
        for (index, map) in maps.iter().enumerate() {
            if index > 0 && !nested.is_empty() {
                self.sections.push(Section::new(title, indent));
                self.current().add_heads(&heads).or_else(unprintable)?;
            }
            self.row(heads.iter().map(|head| map.get(head).unwrap_or(&empty)))?;
            for name in &nested {
                if let Some(value) = map.get(name) {
                    self.add(Some(name), value, indent + 1)?;
                }
            }
        }
        Ok(())
    }
}

/// The names of scalars and of everything else, each sorted. A name may be both in different maps.
fn split_names<'a>(maps: impl IntoIterator<Item = &'a Map>) -> (Vec<&'a str>, Vec<&'a str>) {
    let (mut heads, mut nested) = (BTreeSet::new(), BTreeSet::new());
    for (key, value) in maps.into_iter().flat_map(Map::iter) {
        let names = if is_scalar(value) { &mut heads } else { &mut nested };
        names.insert(key.as_str());
    }
    (heads.into_iter().collect(), nested.into_iter().collect())
}
