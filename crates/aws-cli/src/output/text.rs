//! Text: values separated by tabs, one row a line. Names are sorted; a nested row begins with its name in upper case.

use std::io::{self, Write};

use value::{Map, Value};

use super::OutputError;
use super::cells::Cells;
use super::in_order::distinct;

pub(super) fn write(value: &Value, out: &mut dyn Write) -> Result<(), OutputError> {
    let mut page = Page { out, text: String::new(), cells: Cells::default() };
    let written = write_value(value, None, None, &mut page);
    page.flush()?;
    written
}

/// How many bytes are gathered before they are handed on.
const PAGE: usize = 32 * 1024;

/// Where rows are written, and how much there is of them.
struct Page<'a> {
    out: &'a mut dyn Write,
    /// What is not yet handed on.
    text: String,
    cells: Cells,
}

impl Page<'_> {
    /// Begins a row below a name.
    fn name(&mut self, name: &str) {
        let start = self.text.len();
        if name.is_ascii() {
            self.text.push_str(name);
            self.text[start..].make_ascii_uppercase();
        } else {
            self.text.extend(name.chars().flat_map(char::to_uppercase));
        }
        self.text.push('\t');
    }

    /// Writes a row's next cell.
    fn cell(&mut self, cell: &str, first: bool) {
        if !first {
            self.text.push('\t');
        }
        self.text.push_str(cell);
    }

    fn end_line(&mut self) -> io::Result<()> {
        self.text.push('\n');
        if self.text.len() >= PAGE { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(self.text.as_bytes())?;
        self.text.clear();
        Ok(())
    }
}

/// A value below `name`; `columns` are the names that the rows of its list share.
fn write_value(
    value: &Value,
    name: Option<&str>,
    columns: Option<&[&str]>,
    page: &mut Page<'_>,
) -> Result<(), OutputError> {
    match value {
        Value::Map(map) => write_map(map, name, columns, page),
        Value::List(items) => write_list(items, name, page),
        scalar => {
            page.cell(&scalar.python_text(), true);
            Ok(page.end_line()?)
        }
    }
}

fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::List(_) | Value::Map(_))
}

fn write_list(items: &[Value], name: Option<&str>, page: &mut Page<'_>) -> Result<(), OutputError> {
    if items.is_empty() {
        return Ok(());
    }
    if items.iter().any(|item| item.as_map().is_some()) {
        let columns = shared_columns(items)?;
        page.cells.add(
            items.len(),
            columns.len(),
            items.iter().filter_map(Value::as_map).map(Map::len).sum(),
        )?;
        return items.iter().try_for_each(|item| write_value(item, name, Some(&columns), page));
    }
    let (scalars, lists): (Vec<&Value>, Vec<&Value>) = items.iter().partition(|item| is_scalar(item));
    if !scalars.is_empty() {
        write_scalars(&scalars, name, page)?;
    }
    lists.into_iter().try_for_each(|list| write_value(list, name, None, page))
}

/// The names of scalars in any of the maps, sorted.
fn shared_columns(items: &[Value]) -> Result<Vec<&str>, OutputError> {
    if let Some(other) = items.iter().find(|item| item.as_map().is_none()) {
        let kind = type_name(other);
        return Err(OutputError::Unprintable(format!("'{kind}' object has no attribute 'items'")));
    }
    let entries = items.iter().filter_map(Value::as_map).flat_map(Map::iter);
    Ok(distinct(entries.filter(|(_, value)| is_scalar(value)).map(|(key, _)| key.as_str())))
}

/// A value's type as Python names it.
pub(super) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(value::Number::Float(_)) => "float",
        Value::Number(_) => "int",
        Value::Text(_) | Value::Blob(_) => "str",
        Value::List(_) => "list",
        Value::Map(_) => "dict",
    }
}

/// Below a name each scalar has its line; otherwise they share one.
fn write_scalars(scalars: &[&Value], name: Option<&str>, page: &mut Page<'_>) -> Result<(), OutputError> {
    for (index, scalar) in scalars.iter().enumerate() {
        if let Some(name) = name {
            page.name(name);
        }
        page.cell(&scalar.python_text(), index == 0 || name.is_some());
        if name.is_some() || index + 1 == scalars.len() {
            page.end_line()?;
        }
    }
    Ok(())
}

fn write_map(
    map: &Map,
    name: Option<&str>,
    columns: Option<&[&str]>,
    page: &mut Page<'_>,
) -> Result<(), OutputError> {
    let mut entries: Vec<(&str, &Value)> = map.iter().map(|(key, value)| (key.as_str(), value)).collect();
    entries.sort_unstable_by_key(|(key, _)| *key);
    let (row, nested) = match columns {
        None => {
            let (scalars, nested): (Vec<_>, Vec<_>) =
                entries.into_iter().partition(|(_, value)| is_scalar(value));
            (scalars.into_iter().map(|(_, value)| Some(value)).collect(), nested)
        }
        Some(columns) => in_columns(&entries, columns),
    };
    if let Some(name) = name.filter(|_| !row.is_empty()) {
        page.name(name);
    }
    for (index, cell) in row.iter().enumerate() {
        match cell {
            Some(value) => page.cell(&value.python_text(), index == 0),
            None => page.cell("", index == 0),
        }
    }
    if !row.is_empty() {
        page.end_line()?;
    }
    nested.into_iter().try_for_each(|(key, value)| write_value(value, Some(key), None, page))
}

type Entry<'a> = (&'a str, &'a Value);

/// What stands in each column, and the entries that stand in none; names and columns are sorted.
fn in_columns<'a>(entries: &[Entry<'a>], columns: &[&str]) -> (Vec<Option<&'a Value>>, Vec<Entry<'a>>) {
    let (mut row, mut nested) = (Vec::with_capacity(columns.len()), Vec::new());
    let mut entries = entries.iter().copied().peekable();
    for column in columns {
        while let Some(entry) = entries.next_if(|(name, _)| name < column) {
            nested.push(entry);
        }
        row.push(entries.next_if(|(name, _)| name == column).map(|(_, value)| value));
    }
    nested.extend(entries);
    (row, nested)
}
