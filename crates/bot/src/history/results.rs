//! Results that are kept for their caller: the last one, and those that were given a name.

use std::io::{self, Write};

use pipeline::{Data, Limits, Untimed, cell_text};
use serde::{Deserialize, Serialize};
use store::{Batch, Change, Expect, Page, Record, StoreError, UnixMillis};
use value::{JsonStyle, Value};

use crate::bot::Inner;
use crate::clock::in_millis;
use crate::output;
use crate::request::Caller;
use crate::seal::{Keyring, Purpose};

/// The kind of these records in the store.
const RESULTS: &str = "result";
/// The version of [`Stored`].
const VERSION: u32 = 1;
/// How large a result may be to be kept, in bytes of what is stored.
pub(crate) const MAX_BYTES: usize = 250 * 1024;
/// How many named results are kept of a user.
pub(crate) const MOST: usize = 20;
/// The longest name, in bytes.
const MAX_NAME: usize = 100;
/// What making text of a result may take.
const LIMITS: Limits = Limits { bytes: MAX_BYTES, lines: 100_000, steps: 10_000_000 };

/// A result as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kept {
    version: u32,
    at: i64,
    /// The line that it came from, as it may be shown.
    pub(crate) line: String,
    pub(crate) content: Content,
}

/// What a result is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Content {
    /// A tree, as JSON.
    Json(String),
    Text(String),
    Table {
        columns: Vec<String>,
        rows: Vec<Vec<String>>,
    },
    /// It was larger than what is kept.
    TooLarge,
}

/// Why a result is not kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ResultFault {
    #[error("the store failed")]
    Store(#[from] StoreError),
    #[error("the result cannot be sealed")]
    Seal(#[from] crate::seal::SealError),
    #[error("it is larger than {} KB", MAX_BYTES / 1024)]
    TooLarge,
    #[error("{MOST} results are kept at most: they go after a while")]
    Many,
    #[error("a name has letters, digits, `.`, `_` and `-`, {MAX_NAME} bytes at most")]
    Name,
}

impl Kept {
    pub(crate) fn at(&self) -> UnixMillis {
        UnixMillis(self.at)
    }
}

impl Content {
    /// What flows, as it is kept.
    fn of(data: &Data) -> Content {
        match data {
            Data::Value(value) => json(value),
            Data::Text(text) => bounded(text.clone()),
            Data::Table(table) => {
                let row = |row: &Vec<Value>| row.iter().map(|cell| cell_text(cell).into_owned()).collect();
                let rows = table.rows.iter().map(row).collect();
                Content::Table { columns: table.columns.clone(), rows }
            }
            // As text they are read as the same values again.
            Data::Values { .. } => match pipeline::text(data.clone(), &LIMITS, &Untimed) {
                Ok(text) => bounded(text),
                Err(_) => Content::TooLarge,
            },
        }
    }

    /// What a command gave, as it is kept.
    fn of_output(data: &output::Data) -> Content {
        match data {
            output::Data::Value(value) => json(value),
            output::Data::Text(text) => bounded(text.clone()),
            output::Data::Table { columns, rows } => {
                Content::Table { columns: columns.clone(), rows: rows.clone() }
            }
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Content::Text(text) => text.is_empty(),
            Content::Json(_) | Content::Table { .. } | Content::TooLarge => false,
        }
    }
}

fn json(value: &Value) -> Content {
    let mut out = Bounded(Vec::new());
    match value.write_json(&mut out, JsonStyle::Compact) {
        Ok(()) => Content::Json(String::from_utf8(out.0).unwrap_or_default()),
        Err(_) => Content::TooLarge,
    }
}

fn bounded(text: String) -> Content {
    if text.len() > MAX_BYTES { Content::TooLarge } else { Content::Text(text) }
}

/// Takes bytes up to what is kept.
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_BYTES {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn key(caller: &Caller, name: Option<&str>) -> String {
    let Caller { tenant, user, .. } = caller;
    match name {
        None => format!("{tenant}/{user}/last"),
        Some(name) => format!("{}{name}", named(tenant, user)),
    }
}

fn named(tenant: &str, user: &str) -> String {
    format!("{tenant}/{user}/named/")
}

/// Keeps what flowed as the caller's last result.
pub(crate) async fn keep_last(inner: &Inner, caller: &Caller, line: &str, data: &Data) {
    last(inner, caller, line, Content::of(data)).await;
}

/// Keeps what a command gave as the caller's last result.
pub(crate) async fn keep_output(inner: &Inner, caller: &Caller, line: &str, data: &output::Data) {
    last(inner, caller, line, Content::of_output(data)).await;
}

async fn last(inner: &Inner, caller: &Caller, line: &str, content: Content) {
    if content.is_empty() {
        return;
    }
    let kept = Kept { version: VERSION, at: inner.clock.millis().0, line: line.to_owned(), content };
    let written = match put(inner, caller, None, &kept).await {
        Err(ResultFault::TooLarge) => {
            put(inner, caller, None, &Kept { content: Content::TooLarge, ..kept }).await
        }
        written => written,
    };
    if let Err(fault) = written {
        tracing::warn!(fault = crate::outcome::causes(&fault), "a result was not kept for `last`");
    }
}

/// Keeps what flowed under a name.
///
/// # Errors
/// Why it is not kept.
pub(crate) async fn keep_named(
    inner: &Inner,
    caller: &Caller,
    name: &str,
    line: &str,
    data: &Data,
) -> Result<(), ResultFault> {
    let content = Content::of(data);
    let kept = Kept { version: VERSION, at: inner.clock.millis().0, line: line.to_owned(), content };
    name_it(inner, caller, name, &kept).await
}

/// Keeps a result under a name.
///
/// # Errors
/// Why it is not kept.
pub(crate) async fn name_it(
    inner: &Inner,
    caller: &Caller,
    name: &str,
    kept: &Kept,
) -> Result<(), ResultFault> {
    let plain = name.chars().all(|letter| letter.is_alphanumeric() || "._-".contains(letter));
    if !plain || name.is_empty() || name.starts_with(['.', '-']) || name.len() > MAX_NAME {
        return Err(ResultFault::Name);
    }
    if kept.content == Content::TooLarge {
        return Err(ResultFault::TooLarge);
    }
    let names = names(inner, caller).await?;
    if names.len() >= MOST && !names.iter().any(|other| other == name) {
        return Err(ResultFault::Many);
    }
    put(inner, caller, Some(name), kept).await
}

async fn put(inner: &Inner, caller: &Caller, name: Option<&str>, kept: &Kept) -> Result<(), ResultFault> {
    let key = key(caller, name);
    // Texts are nothing that JSON cannot hold.
    let plain = serde_json::to_vec(kept).unwrap_or_default();
    if plain.len() > MAX_BYTES {
        return Err(ResultFault::TooLarge);
    }
    let body = inner.seal.seal(Purpose::History, &[RESULTS, &key], &plain)?;
    let now = inner.clock.millis();
    let until = now.plus(in_millis(inner.settings.keep_results));
    let change = Change::put(RESULTS, key, Expect::Any, body, Some(until));
    inner.store.commit(Batch { now, changes: vec![change], job: None, rows: Vec::new() }).await?;
    Ok(())
}

/// The names under which results of the caller are kept.
///
/// # Errors
/// The store does not answer.
pub(crate) async fn names(inner: &Inner, caller: &Caller) -> Result<Vec<String>, StoreError> {
    let prefix = named(&caller.tenant, &caller.user);
    let limit = u32::try_from(2 * MOST).unwrap_or(u32::MAX);
    let page = Page { kind: RESULTS, prefix, after: None, limit };
    let records = inner.store.records(page, inner.clock.millis()).await?;
    Ok(records.iter().filter_map(|record| record.key.rsplit('/').next().map(str::to_owned)).collect())
}

/// The caller's last result, or that of a name.
///
/// # Errors
/// The store does not answer.
pub(crate) async fn find(
    inner: &Inner,
    caller: &Caller,
    name: Option<&str>,
) -> Result<Option<Kept>, StoreError> {
    let record = inner.store.record(RESULTS, &key(caller, name), inner.clock.millis()).await?;
    Ok(record.and_then(|record| read(&inner.seal, &record)))
}

/// A record that was not sealed here for its key is no result.
fn read(seal: &Keyring, record: &Record) -> Option<Kept> {
    let plain = seal.open(Purpose::History, &[RESULTS, &record.key], &record.body).ok();
    let kept: Option<Kept> = plain.and_then(|plain| serde_json::from_slice(&plain).ok());
    kept.filter(|kept| kept.version == VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_is_told() {
        let small = Value::text("x".repeat(1000));
        assert_eq!(
            Content::of(&Data::Value(small.clone())),
            Content::Json(small.to_json(JsonStyle::Compact))
        );
        let large = Value::text("x".repeat(MAX_BYTES));
        assert_eq!(Content::of(&Data::Value(large)), Content::TooLarge);
        assert_eq!(Content::of(&Data::text("x".repeat(MAX_BYTES + 1))), Content::TooLarge);
        let values =
            Data::Values { items: vec![Value::text("a"), Value::text("b")], form: pipeline::Form::raw() };
        assert_eq!(Content::of(&values), Content::Text("a\nb\n".to_owned()));
    }
}
