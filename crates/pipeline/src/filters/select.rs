//! `select` and `table`: some columns of rows.

use value::Value;

use crate::data::{Data, Table};
use crate::fault::FilterFault;
use crate::filter::{Spec, Stage};
use crate::flow::{Flow, Running};
use crate::limits::MAX_COLUMNS;
use crate::options::Given;
use crate::rows::{self, Rows};

pub(super) const SELECT: Spec = Spec {
    name: "select",
    usage: "<column> [as <name>], …",
    summary: "keeps these columns of rows",
    options: &[],
    refused: &[],
    number: None,
    plain: true,
    examples: &[
        "ec2 describe-instances | select InstanceId, State.Name as state, tag:Name",
        "… --output text | select 1,3",
    ],
    read: |given| read(given, &SELECT, true),
};

pub(super) const TABLE: Spec = Spec {
    name: "table",
    usage: "[<column> [as <name>], …]",
    summary: "makes a table, of all columns or of these",
    options: &[],
    refused: &[],
    number: None,
    plain: true,
    examples: &["ec2 describe-vpcs | table VpcId,CidrBlock", "iam list-users | table"],
    read: |given| read(given, &TABLE, false),
};

#[derive(Debug)]
struct Select {
    filter: &'static str,
    /// Columns and what they are called then.
    columns: Vec<(String, String)>,
}

fn read(given: &Given, spec: &Spec, needs_columns: bool) -> Result<Box<dyn Stage>, FilterFault> {
    let text = given.operands.join(" ");
    let mut columns = Vec::new();
    for column in text.split(',').map(str::trim) {
        match column.split_whitespace().collect::<Vec<_>>().as_slice() {
            [] if text.trim().is_empty() && !needs_columns => {}
            [] => return Err(given.usage("the name of a column is missing")),
            [name] => columns.push(((*name).to_owned(), (*name).to_owned())),
            [name, middle, shown @ ..] if middle.eq_ignore_ascii_case("as") && !shown.is_empty() => {
                columns.push(((*name).to_owned(), shown.join(" ")));
            }
            _ => return Err(given.usage(format!("`{column}` is no column: columns stand between commas"))),
        }
    }
    if columns.len() > MAX_COLUMNS {
        return Err(given.usage(format!("there are more than {MAX_COLUMNS} columns")));
    }
    Ok(Box::new(Select { filter: spec.name, columns }))
}

impl Stage for Select {
    fn apply<'a>(&'a self, flow: Flow<'a>, running: &'a Running<'a>) -> Result<Flow<'a>, FilterFault> {
        let budget = &running.budget;
        let wanted: Vec<String> = self.columns.iter().map(|(name, _)| name.clone()).collect();
        let rows = Rows::of(self.filter, flow.into_whole(budget)?, &wanted, budget)?;
        if self.columns.is_empty() {
            return Ok(Flow::Whole(Data::Table(rows.into_table(budget)?)));
        }
        let columns = self.columns.iter().map(|(_, shown)| shown.clone()).collect();
        let mut table = Table { columns, rows: Vec::new() };
        match &rows {
            Rows::Table(from) => {
                let places: Result<Vec<usize>, FilterFault> =
                    wanted.iter().map(|name| self.place(&rows, &from.columns, name)).collect();
                let places = places?;
                for row in &from.rows {
                    budget.step(1 + places.len() as u64)?;
                    let cells: Vec<Value> = places.iter().map(|place| row[*place].clone()).collect();
                    table.push(cells, running)?;
                }
            }
            Rows::Values(values) => {
                let known: Vec<bool> = wanted
                    .iter()
                    .map(|name| values.iter().any(|row| rows::find(row, name).is_some()))
                    .collect();
                if let Some(index) = known.iter().position(|known| !known) {
                    return Err(self.missing(&rows, &wanted[index]));
                }
                for row in values {
                    budget.step(1 + wanted.len() as u64)?;
                    let cell =
                        |name: &String| rows::find(row, name).map(rows::shown).cloned().unwrap_or_default();
                    table.push(wanted.iter().map(cell).collect(), running)?;
                }
            }
        }
        Ok(Flow::Whole(Data::Table(table)))
    }
}

impl Select {
    fn place(&self, rows: &Rows, columns: &[String], name: &str) -> Result<usize, FilterFault> {
        rows::column(columns, name).ok_or_else(|| self.missing(rows, name))
    }

    fn missing(&self, rows: &Rows, name: &str) -> FilterFault {
        missing(self.filter, rows, name)
    }
}

/// No row has that column; these there are.
pub(super) fn missing(filter: &'static str, rows: &Rows, name: &str) -> FilterFault {
    let mut names = rows.names();
    names.truncate(12);
    FilterFault::NoTable {
        filter,
        reason: format!("no row has a column `{name}`; there are {}", names.join(", ")),
    }
}

impl Table {
    fn push(&mut self, row: Vec<Value>, running: &Running<'_>) -> Result<(), FilterFault> {
        let text: usize = row.iter().map(|cell| size_of::<Value>() + weight(cell)).sum();
        running.budget.hold(text)?;
        running.budget.count(self.rows.len() + 1)?;
        self.rows.push(row);
        Ok(())
    }
}

/// About how many bytes a value takes beside itself.
pub(crate) fn weight(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len(),
        Value::Blob(bytes) => bytes.len(),
        Value::List(items) => items.iter().map(|item| size_of::<Value>() + weight(item)).sum(),
        Value::Map(map) => map.values().map(|item| 2 * size_of::<Value>() + weight(item)).sum(),
        _ => 0,
    }
}
