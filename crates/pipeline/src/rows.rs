//! Finding the table in a value or a text.
//!
//! An answer of AWS wraps its rows: `{"Vpcs": [{…}, {…}]}`, or `{"Reservations": [{"Instances": [{…}]}]}`. The rows are the
//! nearest list of maps of which one has a column that is asked for; without such, the nearest list of maps.

use value::{Map, Value};

use crate::budget::Budget;
use crate::data::{Data, Table};
use crate::fault::FilterFault;
use crate::limits::MAX_COLUMNS;

/// How many lists inside lists are looked into.
const MAX_WRAPS: usize = 4;

/// The rows of data, before columns are chosen.
pub(crate) enum Rows {
    /// Maps, or other values, each a row.
    Values(Vec<Value>),
    Table(Table),
}

impl Rows {
    /// The rows in data for a filter that wants these columns.
    pub(crate) fn of(
        filter: &'static str,
        data: Data,
        wanted: &[String],
        budget: &Budget<'_>,
    ) -> Result<Rows, FilterFault> {
        let values = match data {
            Data::Table(table) => return Ok(Rows::Table(table)),
            Data::Value(value) => vec![value],
            Data::Values { items, .. } => items,
            Data::Text(text) if text.trim_start().starts_with(['{', '[']) => {
                Data::Text(text).into_values(filter, budget)?
            }
            Data::Text(text) => return split_text(&text, budget).map(Rows::Table),
        };
        let mut level = flat(values);
        let mut nearest = None;
        for _ in 0..=MAX_WRAPS {
            budget.step(level.len() as u64)?;
            let maps = level.iter().filter(|value| value.as_map().is_some()).count();
            let is_rows = maps > 0 && (level.len() > 1 || wraps_nothing(&level));
            let has_wanted = level.iter().any(|row| wanted.iter().any(|column| find(row, column).is_some()));
            if has_wanted {
                return Ok(Rows::Values(level));
            }
            let inner = inside(&level);
            if is_rows && nearest.is_none() {
                nearest = Some(level);
            }
            match inner {
                Some(inner) => level = inner,
                None => break,
            }
        }
        let rows = nearest.ok_or_else(|| FilterFault::NoTable { filter, reason: NO_ROWS.to_owned() })?;
        Ok(Rows::Values(rows))
    }

    /// A table of these columns, or of all.
    pub(crate) fn into_table(self, budget: &Budget<'_>) -> Result<Table, FilterFault> {
        let rows = match self {
            Rows::Table(table) => return Ok(table),
            Rows::Values(rows) => rows,
        };
        let columns = columns_of(&rows, budget)?;
        let mut table = Table { columns, rows: Vec::with_capacity(rows.len()) };
        for row in rows {
            budget.step(1 + table.columns.len() as u64)?;
            budget.hold(table.columns.len() * size_of::<Value>())?;
            let cells = match row {
                Value::Map(mut map) => table
                    .columns
                    .iter()
                    .map(|name| map.get_mut(name).map(std::mem::take).unwrap_or_default())
                    .collect(),
                other => vec![other],
            };
            table.rows.push(cells);
        }
        table.rows.iter_mut().for_each(|row| row.resize(table.columns.len(), Value::Null));
        Ok(table)
    }

    /// The names of all columns, for a message.
    pub(crate) fn names(&self) -> Vec<String> {
        match self {
            Rows::Table(table) => table.columns.clone(),
            Rows::Values(rows) => rows
                .first()
                .and_then(Value::as_map)
                .map(|map| map.keys().map(|key| key.to_string()).collect())
                .unwrap_or_default(),
        }
    }
}

const NO_ROWS: &str = "there are no rows in this: a list of things is needed; `jq` can make one";

/// Lists become their items.
fn flat(values: Vec<Value>) -> Vec<Value> {
    let mut rows = Vec::new();
    for value in values {
        match value {
            Value::List(items) => rows.extend(items),
            other => rows.push(other),
        }
    }
    rows
}

/// Whether a single map has no list of maps, so that it is itself the one row.
fn wraps_nothing(level: &[Value]) -> bool {
    inside(level).is_none()
}

/// The items of the first list of maps in these maps, joined over all of them.
fn inside(level: &[Value]) -> Option<Vec<Value>> {
    let is_rows =
        |value: &Value| value.as_list().is_some_and(|items| items.iter().any(|item| item.as_map().is_some()));
    let maps = || level.iter().filter_map(Value::as_map);
    let name = maps().flat_map(Map::iter).find(|(key, value)| is_rows(value) && key.as_str() != TAGS)?.0;
    let lists = maps().filter_map(|map| map.get(name)).filter_map(Value::as_list);
    Some(lists.flatten().cloned().collect())
}

const TAGS: &str = "Tags";

/// The names of all maps' entries, in the order in which they first come. What is no map has one column.
fn columns_of(rows: &[Value], budget: &Budget<'_>) -> Result<Vec<String>, FilterFault> {
    let mut columns: Vec<String> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for map in rows.iter().filter_map(Value::as_map) {
        budget.step(1 + map.len() as u64)?;
        for key in map.keys() {
            if columns.len() < MAX_COLUMNS && seen.insert(key.clone()) {
                columns.push(key.to_string());
            }
        }
    }
    if columns.is_empty() {
        columns.push("value".to_owned());
    }
    Ok(columns)
}

/// A text as a table: cells between tabs if there are any, else between blanks; columns named by number.
fn split_text(text: &str, budget: &Budget<'_>) -> Result<Table, FilterFault> {
    let tabs = text.contains('\t');
    let mut table = Table::default();
    let mut columns = 0;
    for line in text.lines() {
        budget.text(line.len())?;
        let cells: Vec<Value> = if tabs {
            line.splitn(MAX_COLUMNS, '\t').map(Value::from).collect()
        } else {
            line.split_whitespace().take(MAX_COLUMNS).map(Value::from).collect()
        };
        budget.hold(cells.len() * size_of::<Value>() + line.len())?;
        columns = columns.max(cells.len());
        if !cells.is_empty() {
            table.rows.push(cells);
        }
    }
    budget.hold(table.rows.len().saturating_mul(columns).saturating_mul(size_of::<Value>()))?;
    table.rows.iter_mut().for_each(|row| row.resize(columns, Value::Null));
    table.columns = (1..=columns).map(|number| number.to_string()).collect();
    Ok(table)
}

/// The cell of a row under a name: an entry, a path `State.Name`, an entry in other letter case, a tag's value.
pub(crate) fn find<'v>(row: &'v Value, name: &str) -> Option<&'v Value> {
    let map = row.as_map()?;
    if let Some(value) = map.get(name) {
        return Some(value);
    }
    if let Some(tag) = name.strip_prefix("tag:") {
        return tag_of(map, tag);
    }
    if let Some(found) = name.split_once('.').and_then(|(first, rest)| find(find(row, first)?, rest)) {
        return Some(found);
    }
    let folded = map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    folded.map(|(_, value)| value).or_else(|| tag_of(map, name))
}

/// `{"Tags": [{"Key": …, "Value": …}]}`
fn tag_of<'v>(map: &'v Map, name: &str) -> Option<&'v Value> {
    let tags = map.get(TAGS)?.as_list()?;
    let tag = tags.iter().find(|tag| tag.get("Key").and_then(Value::as_text) == Some(name))?;
    tag.get("Value")
}

/// A state or a placement shows by its name: `{"Code": 16, "Name": "running"}`.
pub(crate) fn shown(value: &Value) -> &Value {
    match value.get("Name") {
        Some(name @ Value::Text(_)) if value.as_map().is_some_and(|map| map.len() <= 2) => name,
        _ => value,
    }
}

/// Where in a table's columns a name stands.
pub(crate) fn column(columns: &[String], name: &str) -> Option<usize> {
    let exact = columns.iter().position(|column| column == name);
    exact.or_else(|| columns.iter().position(|column| column.eq_ignore_ascii_case(name)))
}
