//! The table itself: its definition, and the format of what lies in it.

use std::time::Duration;

use value::{Map, Value};

use super::action::{Proof, Terms};
use super::caller::{Caller, Written};
use super::item::{Item, PARTITION, SORT, number};
use super::keys;
use crate::StoreError;

/// The attribute whose time, in seconds of 1970, ends an item.
pub const TTL: &str = "ttl";
/// The format of new tables.
const FORMAT: i64 = 2;
/// How many audit chains a table has by its format: the first stands for format 1. What a format says is never edited; a
/// table of the one before today's is used as it is, so that older processes can go on beside newer ones.
const LANES: [u16; 2] = [16, 64];
/// How many chains a table of any format has at most.
pub(super) const MOST_LANES: u16 = 64;
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

/// What a table's format is, which is one that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Format(i64);

impl Format {
    fn read(item: &Item) -> Result<Format, StoreError> {
        let found = item.number("version")?;
        match found {
            _ if found > FORMAT => Err(StoreError::TooNew { found, known: FORMAT }),
            _ if found < FORMAT - 1 => Err(StoreError::Unreadable(format!("a table of format {found}"))),
            _ => Ok(Format(found)),
        }
    }

    /// How many audit chains there are.
    pub(super) fn lanes(self) -> u16 {
        let index = usize::try_from(self.0 - 1).unwrap_or(0);
        LANES.get(index).copied().unwrap_or(MOST_LANES)
    }
}

/// What became of a table that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// It is there, of today's format.
    Today,
    /// It was there, and was of this older format until now.
    Raised {
        /// The number of that format.
        from: i64,
    },
}

/// Reads the format of what lies in the table, or says that it is today's where nothing does.
pub(super) async fn check_format(caller: &Caller) -> Result<Format, StoreError> {
    if let Some(item) = caller.get(&keys::format()).await? {
        return Format::read(&item);
    }
    let mut params = caller.params();
    params.push("Item", keys::format().item([("version", number(FORMAT))]));
    Terms::absent().write(&mut params);
    if let Written::Done(_) = caller.write("PutItem", params, &Proof::None).await? {
        return Ok(Format(FORMAT));
    }
    // Somebody else was faster.
    let item = caller.get(&keys::format()).await?;
    item.map_or(Ok(Format(FORMAT)), |item| Format::read(&item))
}

/// Gives a table of an older format today's: what lies in it is right in both.
pub(super) async fn raise(caller: &Caller) -> Result<Made, StoreError> {
    let Format(from) = check_format(caller).await?;
    if from == FORMAT {
        return Ok(Made::Today);
    }
    let mut params = caller.params();
    params.push("Key", keys::format().map());
    Terms::when("#version = :from")
        .updating("SET #version = :today")
        .with(":from", number(from))
        .with(":today", number(FORMAT))
        .write(&mut params);
    match caller.write("UpdateItem", params, &Proof::None).await? {
        Written::Done(_) => Ok(Made::Raised { from }),
        // Somebody else was faster.
        Written::Refused(_) => check_format(caller).await.map(|_| Made::Today),
    }
}
