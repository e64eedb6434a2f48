//! Tables: a value is first cut into sections (a title, column heads, rows), one for each nested list or map; then all
//! sections are drawn to one width.

mod draw;
mod section;
mod wide;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::Write;

use value::{Map, Value};

use super::cells::{Cells, check_drawn};
use super::text::type_name;
use super::{Layout, OutputError};
use section::{Heads, Row, Section};

pub(super) fn write(
    value: &Value,
    title: &str,
    layout: &Layout,
    out: &mut dyn Write,
) -> Result<(), OutputError> {
    let mut builder = Builder { sections: Vec::new(), cells: Cells::default() };
    if !builder.add(Some(title), value, 0)? {
        return Ok(());
    }
    let sections = draw::fit(builder.sections, layout);
    check_drawn(sections.iter().map(Section::lines).sum(), draw::widest(&sections))?;
    Ok(draw::draw(&sections, layout, out)?)
}

fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::List(_) | Value::Map(_))
}

fn unprintable<T>(text: impl Into<String>) -> Result<T, OutputError> {
    Err(OutputError::Unprintable(text.into()))
}

struct Builder<'a> {
    sections: Vec<Section<'a>>,
    cells: Cells,
}

impl<'a> Builder<'a> {
    /// Adds a value in sections of its own, or, without a title, to the current one. Nothing comes of an empty value.
    fn add(&mut self, title: Option<&'a str>, value: &'a Value, indent: usize) -> Result<bool, OutputError> {
        if !value.is_truthy() {
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

    fn current(&mut self) -> &mut Section<'a> {
        if self.sections.is_empty() {
            self.sections.push(Section::new(None, 0));
        }
        let last = self.sections.len() - 1;
        &mut self.sections[last]
    }

    fn add_item(&mut self, item: &'a Value) -> Result<(), OutputError> {
        match item {
            Value::List(cells) if cells.iter().all(is_scalar) => {
                self.row(cells.iter().map(Value::python_text).collect())
            }
            // Python walks over a map's names here.
            Value::Map(map) => self.row(map.keys().map(|key| Cow::Borrowed(key.as_str())).collect()),
            Value::List(_) => self.add(None, item, 0).map(|_| ()),
            scalar => self.row(vec![scalar.python_text()]),
        }
    }

    fn row(&mut self, cells: Row<'a>) -> Result<(), OutputError> {
        self.current().add_row(cells).or_else(unprintable)
    }

    /// One row with the names as heads; a single scalar makes a row of its name and itself.
    fn add_map(&mut self, map: &'a Map, indent: usize) -> Result<(), OutputError> {
        let (heads, nested): (Vec<Entry<'a>>, Vec<Entry<'a>>) =
            sorted(map).into_iter().partition(|(_, value)| is_scalar(value));
        match heads.as_slice() {
            [] => {}
            [(name, value)] => self.row(vec![Cow::Borrowed(*name), value.python_text()])?,
            entries => {
                let heads: Heads<'a> = entries.iter().map(|(name, _)| *name).collect();
                self.current().add_heads(&heads).or_else(unprintable)?;
                self.row(entries.iter().map(|(_, value)| value.python_text()).collect())?;
            }
        }
        nested.into_iter().try_for_each(|(name, value)| self.add(Some(name), value, indent + 1).map(|_| ()))
    }

    /// Rows with shared heads; where there is something nested, each row stands in its own section, followed by it.
    fn add_maps(
        &mut self,
        items: &'a [Value],
        title: Option<&'a str>,
        indent: usize,
    ) -> Result<(), OutputError> {
        let mut maps = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Value::Map(map) => maps.push(map),
                Value::Text(_) => return unprintable("string indices must be integers, not 'str'"),
                other => return unprintable(format!("'{}' object is not iterable", type_name(other))),
            }
        }
        let (heads, nested) = split_names(&maps);
        self.cells.add(maps.len(), heads.len() + nested.len(), maps.iter().map(|map| map.len()).sum())?;
        self.current().add_heads(&heads).or_else(unprintable)?;
        for (index, map) in maps.into_iter().enumerate() {
            if index > 0 && !nested.is_empty() {
                self.sections.push(Section::new(title, indent));
                self.current().add_heads(&heads).or_else(unprintable)?;
            }
            let entries = sorted(map);
            let find = |name: &str| {
                entries.binary_search_by_key(&name, |(key, _)| *key).ok().map(|at| entries[at].1)
            };
            let cell = |head: &&'a str| find(head).map_or(Cow::Borrowed(""), Value::python_text);
            self.row(heads.iter().map(cell).collect())?;
            for name in &nested {
                if let Some(value) = find(name) {
                    self.add(Some(name), value, indent + 1)?;
                }
            }
        }
        Ok(())
    }
}

type Entry<'a> = (&'a str, &'a Value);

/// A map's entries by name, so that each is found without walking all.
fn sorted(map: &Map) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry<'_>> = map.iter().map(|(key, value)| (key.as_str(), value)).collect();
    entries.sort_unstable_by_key(|(name, _)| *name);
    entries
}

/// The names of scalars and of everything else, each sorted. A name may be both in different maps.
fn split_names<'a>(maps: &[&'a Map]) -> (Heads<'a>, Vec<&'a str>) {
    let (mut heads, mut nested) = (BTreeSet::new(), BTreeSet::new());
    for (key, value) in maps.iter().copied().flat_map(Map::iter) {
        let names = if is_scalar(value) { &mut heads } else { &mut nested };
        names.insert(key.as_str());
    }
    (heads.into_iter().collect(), nested.into_iter().collect())
}
