//! `ddb select` and `ddb put`: tables of DynamoDB, with values as YAML has them instead of typed ones.
//!
//! Expressions name attributes and values as they are; they become placeholders ([`expression`]), so no attribute's
//! name is ever a reserved word.

mod decimal;
mod expression;
mod lexer;
pub(super) mod put;
pub(super) mod select;
mod values;

use value::{Map, Value};

use crate::UsageError;
use expression::translate;

const SERVICE: &str = "dynamodb";

/// Adds an expression to parameters; returns how many placeholders it took.
fn add_expression(
    params: &mut Map,
    member: &'static str,
    words: &[&str],
    taken: usize,
) -> Result<usize, UsageError> {
    let found = translate(&words.join(" "), taken)?;
    let count = found.names.len() + found.values.len();
    params.push(member, found.text);
    for (holder, entries) in
        [("ExpressionAttributeNames", found.names), ("ExpressionAttributeValues", found.values)]
    {
        if entries.is_empty() {
            continue;
        }
        if !params.contains(holder) {
            params.push(holder, Value::Map(Map::new()));
        }
        if let Some(Value::Map(held)) = params.get_mut(holder) {
            for (name, value) in entries.iter() {
                held.push(name.clone(), value.clone());
            }
        }
    }
    Ok(count)
}
