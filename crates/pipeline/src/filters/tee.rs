//! `tee`: keeps a copy of what flows by.

use crate::data::Data;
use crate::fault::FilterFault;
use crate::filter::{Spec, Stage};
use crate::filters::select::weight;
use crate::flow::{Flow, Running};
use crate::options::Given;
use crate::run::Copied;

pub(super) const SPEC: Spec = Spec {
    name: "tee",
    usage: "<name>",
    summary: "keeps a copy under a name: uploaded if it ends as a file does, else for `last <name>`",
    options: &[],
    refused: &[("-a", "a copy replaces the last of its name")],
    number: None,
    plain: false,
    examples: &["ec2 describe-instances | tee all.json | count", "iam list-users | tee users | wc -l"],
    read,
};

/// The longest name, in bytes.
const MAX_NAME: usize = 100;

#[derive(Debug)]
struct Tee {
    name: String,
}

fn read(given: &Given) -> Result<Box<dyn Stage>, FilterFault> {
    given.at_most(1)?;
    let name = given.operands.first().ok_or_else(|| given.usage("a name is missing"))?;
    let plain = name.chars().all(|c| c.is_alphanumeric() || "._-".contains(c));
    if !plain || name.starts_with(['.', '-']) || name.is_empty() || name.len() > MAX_NAME {
        return Err(given.usage(format!("`{name}` is no plain name: letters, digits, `.`, `_` and `-`")));
    }
    Ok(Box::new(Tee { name: name.clone() }))
}

impl Stage for Tee {
    fn apply<'a>(&'a self, flow: Flow<'a>, running: &'a Running<'a>) -> Result<Flow<'a>, FilterFault> {
        let data = flow.into_whole(&running.budget)?;
        running.budget.hold(bytes_of(&data))?;
        running.copies.borrow_mut().push(Copied { name: self.name.clone(), data: data.clone() });
        Ok(Flow::Whole(data))
    }
}

/// About how many bytes data takes.
fn bytes_of(data: &Data) -> usize {
    match data {
        Data::Text(text) => text.len(),
        Data::Value(value) => weight(value),
        Data::Values { items, .. } => items.iter().map(weight).sum(),
        Data::Table(table) => table.rows.iter().flatten().map(|cell| size_of_val(cell) + weight(cell)).sum(),
    }
}
