//! What DynamoDB's refusals mean, and what is known when there is no answer.

use aws_call::{CallError, NotSent, causes};
use value::{Map, Value};

use super::item::Item;
use crate::StoreError;

/// Codes by which DynamoDB says that it did nothing and that later is better.
const LATER: [&str; 7] = [
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "Throttling",
    "ThrottledException",
    "TransactionConflictException",
    "TransactionInProgressException",
];

/// Why one write of a transaction was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// It was not.
    None,
    /// Its condition does not hold.
    Condition,
    /// Another transaction is changing the same item.
    Conflict,
    /// The table, or the item's part of it, has too much to do.
    Throttled,
    /// Something that trying again does not mend.
    Other,
}

/// What a cancelled transaction says of one of its writes.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) reason: Reason,
    /// The item as it is, if it was asked for.
    pub(super) found: Option<Item>,
}

impl Refusal {
    fn of(code: Option<&str>) -> Refusal {
        Refusal { reason: reason(code), found: None }
    }
}

/// What one attempt came to.
pub(super) enum Attempt {
    /// It was not done, and may be tried again.
    Later(String),
    /// It may have been done.
    Lost(String),
    /// The condition of a single write does not hold; the item as it is, if it was asked for.
    Condition(Option<Item>),
    /// The conditions of a transaction do not.
    Cancelled(Vec<Refusal>, String),
    /// It cannot be done.
    Final(StoreError),
}

/// What an attempt came to that has no good answer.
pub(super) fn judged(table: &str, operation: &str, error: &CallError) -> Attempt {
    if let Some(said) = error.service_error() {
        let text = format!("DynamoDB answered {operation} with {}: {}", said.code, said.message);
        return match said.code.as_str() {
            "ConditionalCheckFailedException" => Attempt::Condition(item_in(said.fields.get("Item"))),
            "TransactionCanceledException" => Attempt::Cancelled(reasons(&said.fields, &said.message), text),
            "ResourceNotFoundException" => Attempt::Final(StoreError::Failed(format!(
                "there is no table {} in this account and region: `bellhop store create-table` makes it",
                table
            ))),
            code if LATER.contains(&code) => Attempt::Later(text),
            _ if said.status >= 500 => Attempt::Lost(text),
            _ => Attempt::Final(StoreError::Failed(text)),
        };
    }
    let text = causes(error);
    match error {
        CallError::NotSent(NotSent::Connect { .. } | NotSent::Deadline) => Attempt::Later(text),
        CallError::MayHaveHappened(_) => Attempt::Lost(text),
        _ => Attempt::Final(StoreError::Failed(text)),
    }
}

/// What a cancelled transaction says of each of its writes: in a member of its error, or at the end of its sentence.
fn reasons(fields: &Map, message: &str) -> Vec<Refusal> {
    let listed = fields.get("CancellationReasons").and_then(Value::as_list);
    if let Some(listed) = listed.filter(|listed| !listed.is_empty()) {
        let refusal = |one: &Value| Refusal {
            found: item_in(one.get("Item")),
            ..Refusal::of(one.get("Code").and_then(Value::as_text))
        };
        return listed.iter().map(refusal).collect();
    }
    let inner = message.rsplit_once('[').and_then(|(_, rest)| rest.split_once(']'));
    inner.map_or_else(
        || vec![Refusal { reason: Reason::Other, found: None }],
        |(inner, _)| inner.split(',').map(|one| Refusal::of(Some(one.trim()))).collect(),
    )
}

fn item_in(value: Option<&Value>) -> Option<Item> {
    value.and_then(Value::as_map).filter(|item| !item.is_empty()).cloned().map(Item)
}

fn reason(code: Option<&str>) -> Reason {
    match code {
        None | Some("None" | "") => Reason::None,
        Some("ConditionalCheckFailed") => Reason::Condition,
        Some("TransactionConflict") => Reason::Conflict,
        Some("ThrottlingError" | "ProvisionedThroughputExceeded") => Reason::Throttled,
        Some(_) => Reason::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::item::number;
    use super::*;

    #[test]
    fn reasons_are_read_from_members_or_from_the_sentence() {
        let said = "Transaction cancelled, please refer cancellation reasons for specific reasons \
                    [ConditionalCheckFailed, None, TransactionConflict, ThrottlingError, ValidationError]";
        let expected = [Reason::Condition, Reason::None, Reason::Conflict, Reason::Throttled, Reason::Other];
        let read = |fields: &Map, said: &str| -> Vec<Reason> {
            reasons(fields, said).iter().map(|refusal| refusal.reason).collect()
        };
        assert_eq!(read(&Map::new(), said), expected);
        let code = |code: &str| Map::from_unique(vec![("Code".into(), Value::text(code))]);
        let mut refused = code("ConditionalCheckFailed");
        refused.push("Item", Value::Map([("rows", number(7))].into_iter().collect()));
        let mut fields = Map::new();
        fields.push("CancellationReasons", vec![Value::Map(code("None")), Value::Map(refused)]);
        assert_eq!(read(&fields, said), [Reason::None, Reason::Condition]);
        let found = reasons(&fields, said).pop().and_then(|refusal| refusal.found);
        assert_eq!(found.and_then(|item| item.number("rows").ok()), Some(7));
        assert_eq!(read(&Map::new(), "cancelled"), [Reason::Other]);
    }
}
