//! The table itself: its definition, and the format of what lies in it.

use std::time::Duration;

use value::{Map, Value};

use super::action::Terms;
use super::caller::Caller;
use super::item::{PARTITION, SORT, number};
use super::keys;
use crate::StoreError;

/// The attribute whose time, in seconds of 1970, ends an item.
pub const TTL: &str = "ttl";
/// The format that this version writes.
const FORMAT: i64 = 1;
/// How often is asked whether a new table is there.
const LOOK: Duration = Duration::from_millis(500);
/// How often at most: two minutes.
const LOOKS: u32 = 240;

fn map<V: Into<Value>>(entries: impl IntoIterator<Item = (&'static str, V)>) -> Value {
    Value::Map(entries.into_iter().collect())
}

fn key(name: &str, kind: &str) -> Value {
    map([("AttributeName", name), ("KeyType", kind)])
}

fn attribute(name: &str, kind: &str) -> Value {
    map([("AttributeName", name), ("AttributeType", kind)])
}

/// The parameters of `CreateTable` for a table of that name; the template of the deployment says the same.
pub fn definition(table: &str) -> Map {
    let projection = map([
        ("ProjectionType", Value::from("INCLUDE")),
        ("NonKeyAttributes", Value::List(vec!["stage".into(), "key".into()])),
    ]);
    let index = map([
        ("IndexName", Value::from(keys::INDEX)),
        ("KeySchema", Value::List(vec![key("queue", "HASH"), key("at", "RANGE")])),
        ("Projection", projection),
    ]);
    let attributes =
        vec![attribute(PARTITION, "S"), attribute(SORT, "S"), attribute("queue", "S"), attribute("at", "N")];
    [
        ("TableName", Value::from(table)),
        ("AttributeDefinitions", Value::List(attributes)),
        ("KeySchema", Value::List(vec![key(PARTITION, "HASH"), key(SORT, "RANGE")])),
        ("GlobalSecondaryIndexes", Value::List(vec![index])),
        ("BillingMode", Value::from("PAY_PER_REQUEST")),
    ]
    .into_iter()
    .collect()
}

/// Makes the table and waits until it is there.
pub(super) async fn create(caller: &Caller) -> Result<(), StoreError> {
    // Whoever asks again, or was not heard the first time, means the same.
    unless(caller.call("CreateTable", definition(&caller.table)).await, "ResourceInUseException")?;
    for _ in 0..LOOKS {
        let answer = caller.call("DescribeTable", caller.params()).await?;
        let status = answer.get("Table").and_then(|table| table.get("TableStatus"));
        if status.and_then(Value::as_text) == Some("ACTIVE") {
            return expire(caller).await;
        }
        caller.wait(LOOK).await;
    }
    Err(StoreError::Failed(format!("the table {} is not there after two minutes", caller.table)))
}

async fn expire(caller: &Caller) -> Result<(), StoreError> {
    let mut params = caller.params();
    let what = map([("AttributeName", Value::from(TTL)), ("Enabled", Value::from(true))]);
    params.push("TimeToLiveSpecification", what);
    unless(caller.call("UpdateTimeToLive", params).await, "already enabled")
}

/// A refusal that says so is none.
fn unless(answer: Result<Value, StoreError>, says: &str) -> Result<(), StoreError> {
    match answer {
        Err(StoreError::Failed(what)) if what.contains(says) => Ok(()),
        other => other.map(|_| ()),
    }
}

/// Reads the format of what lies in the table, or says that it is this one where nothing does.
pub(super) async fn check_format(caller: &Caller) -> Result<(), StoreError> {
    if let Some(item) = caller.get(&keys::format()).await? {
        return known(item.number("version")?);
    }
    let mut params = caller.params();
    params.push("Item", keys::format().item([("version", number(FORMAT))]));
    Terms::absent().write(&mut params);
    if caller.write("PutItem", params, &super::action::Proof::None).await? {
        return Ok(());
    }
    // Somebody else was faster.
    let item = caller.get(&keys::format()).await?;
    item.map_or(Ok(()), |item| known(item.number("version")?))
}

fn known(found: i64) -> Result<(), StoreError> {
    if found > FORMAT { Err(StoreError::TooNew { found, known: FORMAT }) } else { Ok(()) }
}
