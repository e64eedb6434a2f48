//! The last lines of each user as they were typed, sealed, to be run again.

use serde::{Deserialize, Serialize};
use store::{Batch, Change, Committed, Expect, Job, Record, StoreError};

use crate::bot::Inner;
use crate::request::{Caller, Request};
use crate::seal::{Keyring, Purpose};

/// The kind of these records in the store: one for each user.
const LINES: &str = "lines";
/// The version of [`Stored`].
const VERSION: u32 = 1;
/// How many lines are kept of a user.
pub(crate) const MOST: usize = 50;
/// The longest line that is kept, in bytes.
const MAX_LINE: usize = 4_000;
/// How much all lines of a user may take, in bytes.
const MAX_ALL: usize = 100 * 1024;
/// How long they are kept after the last one, in milliseconds.
const KEPT: i64 = 90 * 86_400_000;
/// How often it is tried while others write the same record.
const TRIES: u32 = 8;

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    /// The number of the next line.
    next: u64,
    lines: Vec<Line>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    number: u64,
    job: String,
    line: String,
}

fn key(caller: &Caller) -> String {
    format!("{}/{}", caller.tenant, caller.user)
}

/// Keeps the line of a job that begins. What another line came to is not one that was typed.
pub(crate) async fn keep(inner: &Inner, job: &Job, request: &Request) {
    if request.line.len() > MAX_LINE || request.key.contains('>') {
        return;
    }
    for _ in 0..TRIES {
        match try_to_keep(inner, job, request).await {
            Ok(true) => return,
            Ok(false) => {}
            Err(error) => return inner.note(Err(error)).unwrap_or_default(),
        }
    }
    tracing::warn!(
        request_id = job.id,
        "a line was not kept for `history`: others of its caller came between"
    );
}

/// Whether it is kept, or nothing is to be done.
async fn try_to_keep(inner: &Inner, job: &Job, request: &Request) -> Result<bool, StoreError> {
    let key = key(&request.caller);
    let now = inner.clock.millis();
    let record = inner.store.record(LINES, &key, now).await?;
    let expect = record.as_ref().map_or(Expect::Absent, |record| Expect::Version(record.version));
    let mut stored = record.and_then(|record| read(&inner.seal, &record)).unwrap_or(Stored {
        version: VERSION,
        next: 1,
        lines: Vec::new(),
    });
    if stored.lines.iter().any(|line| line.job == job.id) {
        return Ok(true);
    }
    stored.lines.push(Line { number: stored.next, job: job.id.clone(), line: request.line.clone() });
    stored.next += 1;
    let weight = |lines: &[Line]| lines.iter().map(|line| line.line.len()).sum::<usize>();
    while stored.lines.len() > MOST || weight(&stored.lines) > MAX_ALL {
        stored.lines.remove(0);
    }
    // Texts are nothing that JSON cannot hold.
    let plain = serde_json::to_vec(&stored).unwrap_or_default();
    let Ok(body) = inner.seal.seal(Purpose::History, &[LINES, &key], &plain) else { return Ok(true) };
    let change = Change::put(LINES, key, expect, body, Some(now.plus(KEPT)));
    let batch = Batch { now, changes: vec![change], job: None, rows: Vec::new() };
    Ok(matches!(inner.store.commit(batch).await?, Committed::Done(_)))
}

/// A record that was not sealed here for its user holds nothing.
fn read(seal: &Keyring, record: &Record) -> Option<Stored> {
    let plain = seal.open(Purpose::History, &[LINES, &record.key], &record.body).ok();
    let stored: Option<Stored> = plain.and_then(|plain| serde_json::from_slice(&plain).ok());
    stored.filter(|stored| stored.version == VERSION)
}

async fn all(inner: &Inner, caller: &Caller) -> Result<Vec<Line>, StoreError> {
    let record = inner.store.record(LINES, &key(caller), inner.clock.millis()).await?;
    Ok(record.and_then(|record| read(&inner.seal, &record)).map(|stored| stored.lines).unwrap_or_default())
}

/// The line of that number.
pub(super) async fn find(inner: &Inner, caller: &Caller, number: u64) -> Result<Option<String>, StoreError> {
    let lines = all(inner, caller).await?;
    Ok(lines.into_iter().find(|line| line.number == number).map(|line| line.line))
}

/// The numbers of the lines that are kept, each with the job that ran it.
///
/// # Errors
/// The store does not answer.
pub(crate) async fn numbers(inner: &Inner, caller: &Caller) -> Result<Vec<(String, u64)>, StoreError> {
    Ok(all(inner, caller).await?.into_iter().map(|line| (line.job, line.number)).collect())
}
