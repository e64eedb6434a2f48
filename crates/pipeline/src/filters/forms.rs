//! `json` and `csv`: what flows by in another form.

use value::Value;

use crate::data::{Data, Table, cell_text};
use crate::fault::FilterFault;
use crate::filter::{Spec, Stage};
use crate::flow::{Flow, Running};
use crate::options::{Given, flag, long};
use crate::rows::Rows;

pub(super) const JSON: Spec = Spec {
    name: "json",
    usage: "",
    summary: "makes JSON: of text that is JSON, of a table's rows, of lines",
    options: &[],
    refused: &[],
    number: None,
    plain: false,
    examples: &["ec2 describe-vpcs | select VpcId,CidrBlock | json"],
    read: |given| given.at_most(0).map(|()| Box::new(Json) as Box<dyn Stage>),
};

pub(super) const CSV: Spec = Spec {
    name: "csv",
    usage: "[--tsv] [--no-header]",
    summary: "makes comma separated values of rows",
    options: &[
        flag('t', "tsv", "separates by tabs"),
        flag('n', "no-header", "leaves the columns' names out"),
        long("header", "as without it"),
    ],
    refused: &[],
    number: None,
    plain: false,
    examples: &["iam list-users | select UserName,CreateDate | csv > users.csv"],
    read: read_csv,
};

#[derive(Debug)]
struct Json;

impl Stage for Json {
    fn apply<'a>(&'a self, flow: Flow<'a>, running: &'a Running<'a>) -> Result<Flow<'a>, FilterFault> {
        let budget = &running.budget;
        let value = match flow.into_whole(budget)? {
            Data::Value(value) => value,
            Data::Values { mut items, .. } if items.len() == 1 => items.pop().unwrap_or_default(),
            Data::Values { items, .. } => Value::List(items),
            Data::Table(table) => Value::List(table.into_maps()),
            Data::Text(text) => match Data::Text(text.clone()).into_values(JSON.name, budget) {
                Ok(mut items) if items.len() == 1 => items.pop().unwrap_or_default(),
                Ok(items) if !items.is_empty() => Value::List(items),
                Ok(_) | Err(FilterFault::NoJson { .. }) => {
                    let mut lines = Vec::new();
                    for line in text.lines() {
                        budget.hold(size_of::<Value>() + line.len())?;
                        budget.count(lines.len() + 1)?;
                        lines.push(Value::from(line));
                    }
                    Value::List(lines)
                }
                Err(fault) => return Err(fault),
            },
        };
        Ok(Flow::Whole(Data::Value(value)))
    }
}

#[derive(Debug)]
struct Csv {
    separator: char,
    header: bool,
}

fn read_csv(given: &Given) -> Result<Box<dyn Stage>, FilterFault> {
    given.at_most(0)?;
    let separator = if given.has("tsv") { '\t' } else { ',' };
    Ok(Box::new(Csv { separator, header: !given.has("no-header") }))
}

impl Stage for Csv {
    fn apply<'a>(&'a self, flow: Flow<'a>, running: &'a Running<'a>) -> Result<Flow<'a>, FilterFault> {
        let budget = &running.budget;
        let whole = flow.into_whole(budget)?;
        // The columns of split text are numbers that nobody gave.
        let named = !matches!(whole, Data::Text(_));
        let table = Rows::of(CSV.name, whole, &[], budget)?.into_table(budget)?;
        let text = written(&table, self.separator, self.header && named, budget)?;
        Ok(Flow::Whole(Data::Text(text)))
    }
}

fn written(
    table: &Table,
    separator: char,
    header: bool,
    budget: &crate::budget::Budget<'_>,
) -> Result<String, FilterFault> {
    let mut text = String::new();
    if header {
        record(&mut text, separator, table.columns.iter().map(|name| name.as_str().into()));
    }
    for row in &table.rows {
        record(&mut text, separator, row.iter().map(cell_text));
        budget.step(1 + row.len() as u64)?;
        budget.within(text.len())?;
    }
    Ok(text)
}

/// One record by RFC 4180, its line end a line feed. What a spreadsheet would run as a formula is made text.
fn record<'c>(text: &mut String, separator: char, cells: impl Iterator<Item = std::borrow::Cow<'c, str>>) {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            text.push(separator);
        }
        let formula = cell.starts_with(['=', '+', '-', '@']) && cell.parse::<f64>().is_err();
        let mark = if formula { "'" } else { "" };
        if formula || cell.contains([separator, '"', '\n', '\r']) {
            text.push_str(&format!("\"{mark}{}\"", cell.replace('"', "\"\"")));
        } else {
            text.push_str(&cell);
        }
    }
    text.push('\n');
}

impl Table {
    /// The table as comma (or otherwise) separated values with its columns' names. What a spreadsheet would run as a
    /// formula gets a quote before it.
    pub fn separated(&self, separator: char) -> String {
        let mut text = String::new();
        record(&mut text, separator, self.columns.iter().map(|name| name.as_str().into()));
        for row in &self.rows {
            record(&mut text, separator, row.iter().map(cell_text));
        }
        text
    }
}
