//! Text: values separated by tabs, one row a line. Names are sorted; a nested row begins with its name in upper case.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::Write;

use value::{Map, Value};

use super::OutputError;
use super::cells::Cells;

pub(super) fn write(value: &Value, out: &mut dyn Write) -> Result<(), OutputError> {
    write_value(value, None, None, &mut Page { out, cells: Cells::default() })
}

/// Where rows are written, and how much there is of them.
struct Page<'a> {
    out: &'a mut dyn Write,
    cells: Cells,
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
        scalar => Ok(writeln!(page.out, "{}", scalar.python_text())?),
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
    let mut columns = BTreeSet::new();
    for item in items {
        let Value::Map(map) = item else {
            return Err(OutputError::Unprintable(format!(
                "'{}' object has no attribute 'items'",
                type_name(item)
            )));
        };
        columns.extend(map.iter().filter(|(_, value)| is_scalar(value)).map(|(key, _)| key.as_str()));
    }
    Ok(columns.into_iter().collect())
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
    if let Some(name) = name {
        let name = name.to_uppercase();
        for scalar in scalars {
            writeln!(page.out, "{name}\t{}", scalar.python_text())?;
        }
        return Ok(());
    }
    let cells: Vec<Cow<'_, str>> = scalars.iter().map(|scalar| scalar.python_text()).collect();
    Ok(writeln!(page.out, "{}", cells.join("\t"))?)
}

fn write_map(
    map: &Map,
    name: Option<&str>,
    columns: Option<&[&str]>,
    page: &mut Page<'_>,
) -> Result<(), OutputError> {
    let mut entries: Vec<(&str, &Value)> = map.iter().map(|(key, value)| (key.as_str(), value)).collect();
    entries.sort_unstable_by_key(|(key, _)| *key);
    let (cells, nested): (Vec<Cow<'_, str>>, Vec<(&str, &Value)>) = match columns {
        None => {
            let (scalars, nested): (Vec<_>, Vec<_>) =
                entries.into_iter().partition(|(_, value)| is_scalar(value));
            (scalars.into_iter().map(|(_, value)| value.python_text()).collect(), nested)
        }
        Some(columns) => {
            let find =
                |column: &&str| entries.binary_search_by_key(column, |(key, _)| key).map(|at| entries[at].1);
            let cells =
                columns.iter().map(|column| find(column).map_or(Cow::Borrowed(""), Value::python_text));
            let cells = cells.collect();
            entries.retain(|(key, _)| columns.binary_search(key).is_err());
            (cells, entries)
        }
    };
    if !cells.is_empty() {
        if let Some(name) = name {
            write!(page.out, "{}\t", name.to_uppercase())?;
        }
        writeln!(page.out, "{}", cells.join("\t"))?;
    }
    nested.into_iter().try_for_each(|(key, value)| write_value(value, Some(key), None, page))
}
