//! `jmespath`: the language of `--query`.

use jmespath::Expression;
use value::Value;

use crate::data::Data;
use crate::fault::FilterFault;
use crate::filter::{Spec, Stage};
use crate::flow::{Flow, Running};
use crate::options::Given;

pub(super) const SPEC: Spec = Spec {
    name: "jmespath",
    usage: "<expression>",
    summary: "applies a JMESPath expression, as --query does",
    options: &[],
    refused: &[],
    number: None,
    plain: false,
    examples: &["ec2 describe-vpcs | jmespath 'Vpcs[].VpcId'"],
    read,
};

#[derive(Debug)]
struct Jmespath {
    expression: Expression,
}

fn read(given: &Given) -> Result<Box<dyn Stage>, FilterFault> {
    given.at_most(1)?;
    let text = given.operands.first().ok_or_else(|| given.usage("an expression is missing"))?;
    let expression = Expression::parse(text).map_err(FilterFault::Jmespath)?;
    Ok(Box::new(Jmespath { expression }))
}

impl Stage for Jmespath {
    fn apply<'a>(&'a self, flow: Flow<'a>, running: &'a Running<'a>) -> Result<Flow<'a>, FilterFault> {
        let budget = &running.budget;
        let mut found = Vec::new();
        for value in flow.into_whole(budget)?.into_values(SPEC.name, budget)? {
            budget.step(1)?;
            found.push(self.expression.search(&value).map_err(FilterFault::Jmespath)?);
        }
        Ok(Flow::Whole(match found.len() {
            1 => Data::Value(found.pop().unwrap_or_default()),
            _ => Data::Value(Value::List(found)),
        }))
    }
}
