//! `where`: rows for which something holds.

use value::Value;

use super::condition::{Condition, Operand};
use super::select::missing;
use crate::data::Data;
use crate::fault::FilterFault;
use crate::filter::{Spec, Stage};
use crate::flow::{Flow, Running};
use crate::options::Given;
use crate::rows::{self, Rows};

pub(super) const SPEC: Spec = Spec {
    name: "where",
    usage: "<column> <operator> <value> [and|or …]",
    summary: "keeps rows for which a condition holds: = != < <= > >= ~ (pattern) !~, and, or, not",
    options: &[],
    refused: &[],
    number: None,
    plain: true,
    examples: &[
        "ec2 describe-instances | where State=running and InstanceType~'^t3'",
        "… | select Name,CPU | where CPU>50",
        "… | where 'Name = \"my server\" or not tag:env = prod'",
    ],
    read,
};

#[derive(Debug)]
struct Where {
    condition: Condition,
}

fn read(given: &Given) -> Result<Box<dyn Stage>, FilterFault> {
    Ok(Box::new(Where { condition: super::condition::read(given)? }))
}

impl Stage for Where {
    fn apply<'a>(&'a self, flow: Flow<'a>, running: &'a Running<'a>) -> Result<Flow<'a>, FilterFault> {
        let budget = &running.budget;
        let mut wanted = Vec::new();
        self.condition.columns(&mut wanted);
        let mut rows = Rows::of(SPEC.name, flow.into_whole(budget)?, &wanted, budget)?;
        let known = |name: &String| match &rows {
            Rows::Table(table) => rows::column(&table.columns, name).is_some(),
            Rows::Values(values) => {
                values.is_empty() || values.iter().any(|row| rows::find(row, name).is_some())
            }
        };
        if let Some(name) = wanted.iter().find(|name| !known(name)) {
            return Err(missing(SPEC.name, &rows, name));
        }
        let mut fault = None;
        let mut keep = |cell: &dyn Fn(&str) -> Option<Value>| {
            let holds = self.condition.holds(&mut |operand: &Operand| operand.value(cell), budget);
            holds.unwrap_or_else(|error| {
                fault.get_or_insert(error);
                false
            })
        };
        match &mut rows {
            Rows::Table(table) => {
                let columns = table.columns.clone();
                table.rows.retain(|row| {
                    keep(&|name: &str| rows::column(&columns, name).map(|place| row[place].clone()))
                });
            }
            Rows::Values(values) => {
                values.retain(|row| keep(&|name: &str| rows::find(row, name).map(rows::shown).cloned()))
            }
        }
        if let Some(fault) = fault {
            return Err(fault);
        }
        Ok(Flow::Whole(match rows {
            Rows::Table(table) => Data::Table(table),
            Rows::Values(values) => Data::Value(Value::List(values)),
        }))
    }
}
