//! `count`: how many lines, rows or values there are, perhaps for each value of a column.

use std::collections::HashMap;

use value::Value;

use super::select::missing;
use crate::data::{Data, Table, cell_text};
use crate::fault::FilterFault;
use crate::filter::{Spec, Stage};
use crate::flow::{Flow, Running};
use crate::options::Given;
use crate::rows::{self, Rows};

pub(super) const SPEC: Spec = Spec {
    name: "count",
    usage: "[by <column>]",
    summary: "counts rows or lines, or rows for each value of a column",
    options: &[],
    refused: &[],
    number: None,
    plain: true,
    examples: &["ec2 describe-instances | count", "ec2 describe-instances | count by InstanceType"],
    read,
};

#[derive(Debug)]
struct Count {
    by: Option<String>,
}

fn read(given: &Given) -> Result<Box<dyn Stage>, FilterFault> {
    match given.operands.as_slice() {
        [] => Ok(Box::new(Count { by: None })),
        [by, column] if by == "by" => Ok(Box::new(Count { by: Some(column.clone()) })),
        _ => Err(given.usage("it is `count` or `count by <column>`")),
    }
}

impl Stage for Count {
    fn apply<'a>(&'a self, flow: Flow<'a>, running: &'a Running<'a>) -> Result<Flow<'a>, FilterFault> {
        let budget = &running.budget;
        let Some(column) = &self.by else {
            let count = count(flow, running)?;
            return Ok(Flow::Whole(Data::Text(format!("{count}\n"))));
        };
        let rows = Rows::of(SPEC.name, flow.into_whole(budget)?, std::slice::from_ref(column), budget)?;
        let mut counts: HashMap<String, i64> = HashMap::new();
        let mut add = |cell: &Value| -> Result<(), FilterFault> {
            let text = cell_text(cell);
            budget.text(text.len())?;
            match counts.get_mut(&*text) {
                Some(count) => *count += 1,
                None => {
                    budget.hold(text.len() + size_of::<(String, i64)>())?;
                    counts.insert(text.into_owned(), 1);
                }
            }
            Ok(())
        };
        match &rows {
            Rows::Table(table) => {
                let place =
                    rows::column(&table.columns, column).ok_or_else(|| missing(SPEC.name, &rows, column))?;
                table.rows.iter().try_for_each(|row| add(&row[place]))?;
            }
            Rows::Values(values) => {
                if !values.iter().any(|row| rows::find(row, column).is_some()) {
                    return Err(missing(SPEC.name, &rows, column));
                }
                values
                    .iter()
                    .try_for_each(|row| add(rows::find(row, column).map_or(&Value::Null, rows::shown)))?;
            }
        }
        let mut counts: Vec<(String, i64)> = counts.into_iter().collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let rows =
            counts.into_iter().map(|(text, count)| vec![Value::from(text), Value::from(count)]).collect();
        Ok(Flow::Whole(Data::Table(Table { columns: vec![column.clone(), "count".to_owned()], rows })))
    }
}

/// Rows of a value, rows of a table, values, or lines.
fn count(flow: Flow<'_>, running: &Running<'_>) -> Result<usize, FilterFault> {
    let budget = &running.budget;
    match flow {
        Flow::Whole(Data::Value(value)) => {
            let rows = Rows::of(SPEC.name, Data::Value(value), &[], budget);
            match rows {
                Ok(Rows::Values(rows)) => Ok(rows.len()),
                // What has no rows counts none: an empty answer.
                Ok(Rows::Table(_)) | Err(FilterFault::NoTable { .. }) => Ok(0),
                Err(fault) => Err(fault),
            }
        }
        Flow::Whole(Data::Values { items, .. }) => match items.as_slice() {
            [Value::List(items)] => Ok(items.len()),
            items => Ok(items.len()),
        },
        Flow::Whole(Data::Table(table)) => Ok(table.rows.len()),
        lines => {
            let mut lines = lines.into_plain_lines(budget)?;
            let mut count = 0;
            while lines.next_line(budget)?.is_some() {
                count += 1;
            }
            Ok(count)
        }
    }
}
