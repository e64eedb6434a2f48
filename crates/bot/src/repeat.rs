//! The same write typed again: asked about once, unless nothing came of it the first time.
//!
//! What counts is what a command means, not how it is spelled: who, account, region, operation and parameters in one
//! order. The channel does not count, and neither does what only shapes the answer.
//! What came of the earlier one stands in the audit, so that every process knows: its row `accepted` bears a mark, and
//! its job's row `outcome` says whether AWS did anything.

use std::collections::{BTreeMap, HashMap};

use aws_cli::Invocation;
use policy::Permit;
use serde_json::Value as Json;
use store::{AuditRow, Enqueued, Guard, NewAuditRow, NewJob, StoreError, UnixMillis};
use value::{JsonStyle, Map, Value};

use crate::bot::Inner;
use crate::clock::in_millis;
use crate::command::AwsCommand;
use crate::journal::Newest;
use crate::request::Caller;

/// The name of the mark in the audit's rows.
pub(crate) const MARK: &str = "write";
/// How many rows are looked at: a busy minute has fewer.
const LOOKED_AT: u32 = 20_000;
/// Rows stand in the order of their commits, which is not quite that of their times.
const DISORDER_MS: i64 = 10_000;

/// What keeps an identical write that is typed again from running unnoticed.
pub(crate) fn guard(inner: &Inner, caller: &Caller, meaning: &str, permit: &Permit) -> Guard {
    let parts = [&caller.tenant, &caller.user, &permit.account, &permit.region, meaning];
    Guard { hash: inner.seal.hash(&parts), window_ms: in_millis(inner.settings.repeat_window), insist: false }
}

/// The hash as rows bear it.
pub(crate) fn mark(guard: &Guard) -> String {
    guard.hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// What the command does, in a text that is the same however it was spelled. It holds secrets, and is only hashed.
pub(crate) fn meaning(words: &[String], invocation: &Invocation) -> String {
    let call = &invocation.call;
    if invocation.task.is_some() {
        // A high-level command is more than its first call; its own options are known to itself only.
        return format!("aws {}", words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(" "));
    }
    let params = sorted(&Value::Map(call.params.clone())).to_json(JsonStyle::Compact);
    format!("{}:{}:{params}", call.service.name(), call.operation)
}

/// The same value, the names in its maps in order.
fn sorted(value: &Value) -> Value {
    match value {
        Value::List(items) => Value::List(items.iter().map(sorted).collect()),
        Value::Map(map) => {
            let members: BTreeMap<&str, &Value> = map.iter().map(|(name, value)| (&**name, value)).collect();
            let mut ordered = Map::default();
            for (name, value) in members {
                ordered.push(name, sorted(value));
            }
            Value::Map(ordered)
        }
        plain => plain.clone(),
    }
}

/// Offers a job to the store. A repeat of a write that came to nothing is no repeat.
pub(crate) async fn enqueue(
    inner: &Inner,
    new: NewJob,
    rows: Vec<NewAuditRow>,
    command: &AwsCommand,
) -> Result<Enqueued, StoreError> {
    let Some(guard) = new.guard else { return inner.store.enqueue_once(new, rows).await };
    let offered = inner.store.enqueue_once(new.clone(), rows.clone()).await?;
    let Enqueued::Repeated(_) = offered else { return Ok(offered) };
    // One after the other: of two that follow one failure, the second is a repeat of the first.
    let _turn = inner.repeats.lock().await;
    let offered = inner.store.enqueue_once(new.clone(), rows.clone()).await?;
    let Enqueued::Repeated(earlier) = offered else { return Ok(offered) };
    // A high-level command makes several calls: that one was refused says nothing of those before it.
    if command.invocation.task.is_some() || !came_to_nothing(inner, &mark(&guard), earlier).await? {
        return Ok(offered);
    }
    let insisting = NewJob { guard: Some(Guard { insist: true, ..guard }), ..new };
    inner.store.enqueue_once(insisting, rows).await
}

/// Whether the audit says of the write with that mark, accepted then, that AWS did nothing.
async fn came_to_nothing(inner: &Inner, mark: &str, accepted: UnixMillis) -> Result<bool, StoreError> {
    let mut rows = Newest::before(&*inner.store, None).await?;
    let mut idle: HashMap<String, bool> = HashMap::new();
    for _ in 0..LOOKED_AT {
        let Some(row) = rows.next().await? else { break };
        match row.kind.as_str() {
            "outcome" => {
                idle.insert(row.job.clone(), did_nothing(&row));
            }
            "accepted" if row.at == accepted && fact(&row, MARK).as_deref() == Some(mark) => {
                return Ok(idle.get(&row.job).copied().unwrap_or(false));
            }
            _ => {}
        }
        if accepted.since(row.at) > DISORDER_MS {
            break;
        }
    }
    Ok(false)
}

fn did_nothing(row: &AuditRow) -> bool {
    matches!(fact(row, "outcome").as_deref(), Some("rejected" | "not sent" | "refused"))
}

fn fact(row: &AuditRow, name: &str) -> Option<String> {
    let body: Json = serde_json::from_str(&row.body).ok()?;
    body.get(name)?.as_str().map(str::to_owned)
}
