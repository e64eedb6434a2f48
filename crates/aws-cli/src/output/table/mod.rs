//! Tables: a value is first cut into sections (a title, column heads, rows), one for each nested list or map; then all
//! sections are drawn to one width.

mod draw;
mod section;
mod wide;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::io::Write;

use value::{Map, Value};

use super::cells::{Cells, check_drawn};
use super::in_order::{InOrder, distinct};
use super::text::type_name;
use super::{Layout, OutputError};
use section::{Cell, Heads, Sheet};

pub(super) fn write(
    value: &Value,
    title: &str,
    layout: &Layout,
    out: &mut dyn Write,
) -> Result<(), OutputError> {
    let mut builder = Builder { sheet: Sheet::default(), cells: Cells::default(), known: VecDeque::new() };
    if !builder.add(Some(title), value, 0)? {
        return Ok(());
    }
    let mut sheet = builder.sheet;
    if sheet.widest() > layout.width {
        sheet.turn();
    }
    check_drawn(sheet.lines(), sheet.widest())?;
    Ok(draw::draw(&sheet, layout, out)?)
}

fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::List(_) | Value::Map(_))
}

fn unprintable<T>(text: impl Into<String>) -> Result<T, OutputError> {
    Err(OutputError::Unprintable(text.into()))
}

/// How many heads are remembered, to be shared.
const KNOWN_HEADS: usize = 16;

struct Builder<'a> {
    sheet: Sheet<'a>,
    cells: Cells,
    /// The heads of late: thousands of sections have the same.
    known: VecDeque<Heads<'a>>,
}

impl<'a> Builder<'a> {
    /// Adds a value in sections of its own, or, without a title, to the current one. Nothing comes of an empty value.
    fn add(&mut self, title: Option<&'a str>, value: &'a Value, indent: usize) -> Result<bool, OutputError> {
        if !value.is_truthy() {
            return Ok(false);
        }
        if let Some(title) = title {
            self.sheet.begin(Some(title), indent);
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

    /// Heads as they are remembered, or from now on are.
    fn shared(&mut self, heads: &[&'a str]) -> Heads<'a> {
        if let Some(known) = self.known.iter().find(|known| ***known == *heads) {
            return Heads::clone(known);
        }
        self.known.truncate(KNOWN_HEADS - 1);
        self.known.push_front(heads.into());
        Heads::clone(&self.known[0])
    }

    fn add_item(&mut self, item: &'a Value) -> Result<(), OutputError> {
        match item {
            Value::List(cells) if cells.iter().all(is_scalar) => {
                self.row(cells.iter().map(Value::python_text))
            }
            // Python walks over a map's names here.
            Value::Map(map) => self.row(map.keys().map(|key| Cow::Borrowed(key.as_str()))),
            Value::List(_) => self.add(None, item, 0).map(|_| ()),
            scalar => self.row([scalar.python_text()].into_iter()),
        }
    }

    fn row(&mut self, cells: impl Iterator<Item = Cell<'a>>) -> Result<(), OutputError> {
        self.sheet.add_row(cells).or_else(unprintable)
    }

    /// One row with the names as heads; a single scalar makes a row of its name and itself.
    fn add_map(&mut self, map: &'a Map, indent: usize) -> Result<(), OutputError> {
        let (heads, nested): (Vec<Entry<'a>>, Vec<Entry<'a>>) =
            sorted(map).into_iter().partition(|(_, value)| is_scalar(value));
        match heads.as_slice() {
            [] => {}
            [(name, value)] => self.row([Cow::Borrowed(*name), value.python_text()].into_iter())?,
            entries => {
                let heads: Vec<&str> = entries.iter().map(|(name, _)| *name).collect();
                let heads = self.shared(&heads);
                self.sheet.add_heads(&heads).or_else(unprintable)?;
                self.row(entries.iter().map(|(_, value)| value.python_text()))?;
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
        let heads = self.shared(&heads);
        self.sheet.add_heads(&heads).or_else(unprintable)?;
        for (index, map) in maps.into_iter().enumerate() {
            if index > 0 && !nested.is_empty() {
                self.sheet.begin(title, indent);
                self.sheet.add_heads(&heads).or_else(unprintable)?;
            }
            let entries = sorted(map);
            let mut cells = InOrder(&entries);
            self.row(
                heads.iter().map(|head| cells.find(head).map_or(Cow::Borrowed(""), Value::python_text)),
            )?;
            let mut below = InOrder(&entries);
            for name in &nested {
                if let Some(value) = below.find(name) {
                    self.add(Some(name), value, indent + 1)?;
                }
            }
        }
        Ok(())
    }
}

type Entry<'a> = (&'a str, &'a Value);

/// A map's entries by name.
fn sorted(map: &Map) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry<'_>> = map.iter().map(|(key, value)| (key.as_str(), value)).collect();
    entries.sort_unstable_by_key(|(name, _)| *name);
    entries
}

/// The names of scalars and of everything else, each sorted. A name may be both in different maps.
fn split_names<'a>(maps: &[&'a Map]) -> (Vec<&'a str>, Vec<&'a str>) {
    let names = |scalars: bool| {
        let entries = maps.iter().copied().flat_map(Map::iter);
        distinct(entries.filter(|(_, value)| is_scalar(value) == scalars).map(|(key, _)| key.as_str()))
    };
    (names(true), names(false))
}
