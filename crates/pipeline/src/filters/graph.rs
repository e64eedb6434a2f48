//! `graph`: bars of numbers.

use value::Value;

use crate::chart::Chart;
use crate::data::{Data, cell_text};
use crate::fault::FilterFault;
use crate::filter::{Spec, Stage};
use crate::flow::{Flow, Running};
use crate::options::{Given, with};
use crate::rows::Rows;

pub(super) const SPEC: Spec = Spec {
    name: "graph",
    usage: "[-t <title>] [-w <columns>]",
    summary: "draws bars of numbers: of `uniq -c`, of rows with a number and a label, of a list of numbers",
    options: &[
        with('t', "title", "text", "what stands above"),
        with('w', "width", "columns", "how long the longest bar is, 40 if nothing is said"),
    ],
    refused: &[],
    number: None,
    plain: false,
    examples: &[
        "ec2 describe-instances | count by InstanceType | graph",
        "… | sort | uniq -c | graph -t Types",
    ],
    read,
};

/// More bars show nothing.
const MAX_BARS: usize = 200;
const WIDTH: usize = 40;
const MAX_WIDTH: usize = 200;

#[derive(Debug)]
struct Graph {
    title: Option<String>,
    width: usize,
}

fn read(given: &Given) -> Result<Box<dyn Stage>, FilterFault> {
    given.at_most(0)?;
    let width = given.number("width")?.unwrap_or(WIDTH).clamp(1, MAX_WIDTH);
    Ok(Box::new(Graph { title: given.value("title").map(str::to_owned), width }))
}

impl Stage for Graph {
    fn apply<'a>(&'a self, flow: Flow<'a>, running: &'a Running<'a>) -> Result<Flow<'a>, FilterFault> {
        let budget = &running.budget;
        let table = match flow.into_whole(budget)? {
            Data::Values { items, .. } if items.iter().all(|item| item.as_map().is_none()) => {
                Rows::Values(items.into_iter().flat_map(flat).collect()).into_table(budget)?
            }
            other => Rows::of(SPEC.name, other, &[], budget)?.into_table(budget)?,
        };
        let mut bars = Vec::new();
        for (index, row) in table.rows.iter().enumerate() {
            budget.step(1 + row.len() as u64)?;
            if bars.len() == MAX_BARS {
                let reason = format!("there are more than {MAX_BARS} bars: `head -{MAX_BARS}` before");
                return Err(FilterFault::NoTable { filter: SPEC.name, reason });
            }
            bars.extend(bar(row, index));
        }
        if bars.is_empty() {
            let reason = "no row has a number".to_owned();
            return Err(FilterFault::NoTable { filter: SPEC.name, reason });
        }
        let chart = Chart { title: self.title.clone(), bars };
        let text = chart.to_text(self.width);
        running.chart.replace(Some(chart));
        Ok(Flow::Whole(Data::Text(text)))
    }
}

fn flat(value: Value) -> Vec<Value> {
    match value {
        Value::List(items) => items,
        other => vec![other],
    }
}

/// The first cell that is a number, and the others as its label.
fn bar(row: &[Value], index: usize) -> Option<(String, f64)> {
    let number = |cell: &Value| match cell {
        Value::Number(number) => Some(number.as_f64()),
        other => cell_text(other).trim().parse().ok(),
    };
    let (place, number) = row.iter().enumerate().find_map(|(place, cell)| Some((place, number(cell)?)))?;
    let others = row.iter().enumerate().filter(|(other, cell)| *other != place && !cell.is_null());
    let label: Vec<_> = others.map(|(_, cell)| cell_text(cell).into_owned()).collect();
    let label = if label.is_empty() { (index + 1).to_string() } else { label.join(" ") };
    number.is_finite().then(|| (label.replace('\n', " "), number))
}
