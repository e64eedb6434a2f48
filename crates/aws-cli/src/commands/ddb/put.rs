//! `ddb put`: items of YAML into a table; one by itself, more in batches.

use std::io::Read as _;

use aws_call::BoxFuture;
use value::{Map, Value};

use super::values::all_typed;
use super::{SERVICE, add_expression};
use crate::commands::line::{Line, step};
use crate::commands::options::{Spec, Takes, Word, one};
use crate::commands::task::{Fault, Runs, World};
use crate::commands::tree;
use crate::{Environment, Parsed, UsageError, yaml};

/// The most items of a batch.
const BATCH: usize = 25;
/// The longest text of standard input in bytes.
const LONGEST: u64 = 4 * 1024 * 1024;
/// How often a batch is sent again of which nothing was taken.
const PATIENCE: u32 = 20;

static SPEC: Spec = Spec {
    about: "Puts items into a table of DynamoDB, given as YAML (or JSON): one map, or a list of them; `-` reads standard \
            input.",
    words: &[
        Word { name: "table_name", shown: "<table-name>", required: true },
        Word { name: "items", shown: "<items>", required: true },
    ],
    options: &[&[
        one("condition", "Put the item only if this is true of the one that is there.").taking(Takes::Some)
    ]],
};

#[derive(Debug)]
struct Put {
    table: String,
    items: Vec<Value>,
    condition: Map,
}

/// Reads the words of `ddb put`.
pub(in crate::commands) fn start(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let text = match given.word(1).unwrap_or_default() {
        "-" if line.is_chat() => return Err(line.refuse("chat has no standard input")),
        "-" => input(line.env)?,
        word => crate::arguments::paramfile::ParamFiles::new(line.env, line.profile)
            .load_value(word)?
            .and_then(|value| value.as_text().map(str::to_owned))
            .unwrap_or_else(|| word.to_owned()),
    };
    let read = yaml::parse_exact(&text).map_err(|fault| UsageError::general(fault.to_string()))?;
    let items = match read {
        Value::List(items) => items,
        item => vec![item],
    };
    let typed = |item: &Value| match item {
        Value::Map(item) => all_typed(item).map(Value::Map),
        other => Err(UsageError::validation(format!(
            "Parameter validation failed:\nInvalid type for parameter Item, value: {}, type: an item is a map",
            other.python_text()
        ))),
    };
    let items = items.iter().map(typed).collect::<Result<Vec<Value>, UsageError>>()?;
    let mut condition = tree::params(&[("ReturnConsumedCapacity", "NONE")]);
    if given.has("condition") {
        add_expression(&mut condition, "ConditionExpression", &given.several("condition"), 0)?;
        if items.len() > 1 {
            return Err(UsageError::validation("--condition is not supported for multiple items"));
        }
    }
    let table = given.word(0).unwrap_or_default().to_owned();
    let named = tree::params(&[("TableName", &table)]);
    let operation = if items.len() > 1 { "BatchWriteItem" } else { "PutItem" };
    line.invocation(Put { table, items, condition }, vec![step(SERVICE, operation, named)])
}

fn input(env: &Environment) -> Result<String, UsageError> {
    let mut text = String::new();
    let read = env.files.input().and_then(|input| input.take(LONGEST).read_to_string(&mut text));
    read.map_err(|error| UsageError::general(error.to_string()))?;
    Ok(text)
}

impl Runs for Put {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            match self.items.as_slice() {
                [] => {}
                [item] => {
                    let mut params = self.condition.clone();
                    params.push("TableName", self.table.as_str());
                    params.push("Item", item.clone());
                    world.calls.call(SERVICE, "PutItem", params).await?;
                }
                _ => self.write_batches(world).await?,
            }
            Ok(0)
        })
    }
}

impl Put {
    /// Sends batches until everything was taken.
    async fn write_batches(&self, world: &mut World<'_>) -> Result<(), Fault> {
        let request = |item: &Value| {
            let item: Map = [("Item", item.clone())].into_iter().collect();
            Value::Map([("PutRequest", Value::Map(item))].into_iter().collect::<Map>())
        };
        let mut waiting: Vec<Value> = self.items.iter().map(request).collect();
        let mut refused = 0;
        while !waiting.is_empty() {
            let rest = waiting.split_off(waiting.len().min(BATCH));
            let sent = waiting.len();
            let mut params = self.condition.clone();
            let batch: Map = [(self.table.as_str(), Value::List(waiting))].into_iter().collect();
            params.push("RequestItems", Value::Map(batch));
            let answer = world.calls.call(SERVICE, "BatchWriteItem", params).await?;
            let left = tree::list(&answer, &["UnprocessedItems", &self.table]).to_vec();
            refused = if left.len() == sent { refused + 1 } else { 0 };
            if refused > PATIENCE {
                let count = left.len() + rest.len();
                return Err(Fault::General(format!(
                    "the table does not take more: {count} items were not put"
                )));
            }
            waiting = rest;
            waiting.extend(left);
        }
        Ok(())
    }
}
