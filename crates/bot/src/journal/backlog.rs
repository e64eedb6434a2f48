//! Copies the record elsewhere, every row at least once, in order.
//!
//! The record itself is the backlog: a cursor for each chain in the store says up to where the other side has taken it, and moves only
//! after it has. While the other side is down the cursor stays and rows wait; how many is a gauge. After a crash between
//! taking and moving, rows come a second time: their sequence numbers tell.

use std::time::Duration;

use aws_call::BoxFuture;
use store::{AuditRow, Batch, Change, Expect, Head, Page, StoreError, UnixMillis};

use crate::bot::Inner;

/// How many rows go in one batch.
const ROWS: u32 = 500;
/// How many bytes of lines go in one batch, with room for what a service adds to each.
const BYTES: usize = 768 * 1024;
/// The first pause after a failure; it doubles with each.
const BACK_OFF: Duration = Duration::from_secs(1);
/// The longest.
const LONGEST: Duration = Duration::from_secs(300);
/// How long one batch may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the last batch may take when the process ends. What it does not take waits for the next start.
const LAST: Duration = Duration::from_secs(3);
/// The kind of the cursors' records.
const CURSOR: &str = "cursor";
/// How many cursors are read: one for each chain, and those of copies whose names begin alike.
const CURSORS: u32 = 1000;

/// Where the record is copied to.
pub trait AuditCopy: Send + Sync {
    /// What it is, for the cursor and for logs: `cloudwatch:group`. Another name begins anew.
    fn name(&self) -> &str;

    /// How long rows are gathered before they are written, so that one write holds more of them.
    fn pace(&self) -> Duration;

    /// Writes rows of one chain that follow each other; `chain` tells it from those of other stores. Whoever calls it again
    /// after a failure writes the same rows again.
    fn write<'a>(
        &'a self,
        chain: &'a str,
        rows: &'a [AuditRow],
        now: UnixMillis,
    ) -> BoxFuture<'a, Result<(), CopyFault>>;
}

/// Why rows were not taken. It holds what to do, and no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CopyFault(pub String);

/// What came of one look.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// Nothing waits.
    Idle,
    /// A batch was taken; whether it was a full one.
    Taken { full: bool },
}

/// Why a look came to nothing.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Copy(#[from] CopyFault),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Copies for as long as it is polled.
pub(crate) async fn keep(inner: &Inner) {
    let Some(copy) = &inner.copy else { return std::future::pending().await };
    let mut failures = 0;
    loop {
        let pause = match within(inner, PATIENCE, step(inner, &**copy)).await {
            Ok(Step::Taken { full: true }) => {
                failures = 0;
                continue;
            }
            Ok(Step::Idle | Step::Taken { full: false }) => {
                if failures > 0 {
                    tracing::info!(copy = copy.name(), "the copy of the record is taken again");
                }
                failures = 0;
                copy.pace()
            }
            Err(trouble) => {
                failures += 1;
                inner.counters.copy_failures.add();
                let pause = back_off(failures);
                let again = pause.as_secs();
                tracing::error!(copy = copy.name(), fault = %trouble, again, "the record could not be copied; it waits");
                pause
            }
        };
        inner.clock.pause(pause).await;
    }
}

/// Copies what waits, if that goes quickly.
pub(crate) async fn last(inner: &Inner) {
    all_within(inner, LAST).await;
}

/// Copies what waits, as far as it goes in the time of one batch.
pub(crate) async fn catch_up(inner: &Inner) {
    all_within(inner, PATIENCE).await;
}

async fn all_within(inner: &Inner, limit: Duration) {
    let Some(copy) = &inner.copy else { return };
    let all = async {
        while let Step::Taken { .. } = step(inner, &**copy).await? {}
        Ok(Step::Idle)
    };
    if let Err(trouble) = within(inner, limit, all).await {
        inner.counters.copy_failures.add();
        tracing::warn!(copy = copy.name(), fault = %trouble, "the end of the record is not copied yet; it waits for the next time");
    }
}

async fn within(
    inner: &Inner,
    limit: Duration,
    work: impl Future<Output = Result<Step, Trouble>>,
) -> Result<Step, Trouble> {
    tokio::select! {
        done = work => done,
        () = inner.clock.pause(limit) => Err(CopyFault("it took too long".to_owned()).into()),
    }
}

/// A chain and how far its copy is.
struct Cursor {
    head: Head,
    key: String,
    expect: Expect,
    after: u64,
}

impl Cursor {
    fn behind(&self) -> u64 {
        self.head.rows.saturating_sub(self.after)
    }
}

/// How far the copy of each chain is, of those with rows.
async fn cursors(inner: &Inner, copy: &dyn AuditCopy, now: UnixMillis) -> Result<Vec<Cursor>, StoreError> {
    let name = format!("audit-copy/{}", copy.name());
    let page = Page { kind: CURSOR, prefix: name.clone(), after: None, limit: CURSORS };
    let records = inner.store.records(page, now).await?;
    let heads = inner.store.audit_heads().await?;
    let cursor = |head: Head| {
        let key = if head.chain == 0 { name.clone() } else { format!("{name}#{}", head.chain) };
        let record = records.iter().find(|record| record.key == key);
        let expect = record.map_or(Expect::Absent, |record| Expect::Version(record.version));
        let after = record.map_or(Ok(0), |record| read(&record.body))?;
        Ok(Cursor { head, key, expect, after })
    };
    heads.into_iter().filter(|head| head.rows > 0).map(cursor).collect()
}

/// Copies one batch of the chain that is furthest behind, and moves its cursor.
async fn step(inner: &Inner, copy: &dyn AuditCopy) -> Result<Step, Trouble> {
    let now = inner.clock.millis();
    let cursors = cursors(inner, copy, now).await?;
    let behind: u64 = cursors.iter().map(Cursor::behind).sum();
    inner.counters.copy_lag.set(behind);
    let Some(cursor) = cursors.into_iter().max_by_key(Cursor::behind) else { return Ok(Step::Idle) };
    let chain = cursor.head.chain;
    let rows = inner.store.audit_rows(chain, cursor.after, ROWS).await?;
    let rows = within_bytes(&rows);
    let Some(end) = rows.last() else { return Ok(Step::Idle) };
    let first = inner.store.audit_rows(chain, 0, 1).await?;
    let name: String =
        first.iter().flat_map(|row| &row.hash[..6]).map(|byte| format!("{byte:02x}")).collect();
    copy.write(&name, rows, now).await?;
    let body = end.seq.to_string().into_bytes();
    let changes = vec![Change::put(CURSOR, cursor.key, cursor.expect, body, None)];
    // Whoever moved it meanwhile has copied too: the next look goes on from there.
    inner.store.commit(Batch { now, changes, job: None, rows: Vec::new() }).await?;
    let left = behind.saturating_sub(end.seq.saturating_sub(cursor.after));
    inner.counters.copy_lag.set(left);
    Ok(Step::Taken { full: left > 0 })
}

/// How many rows wait to be copied.
pub(super) async fn waiting(inner: &Inner, copy: &dyn AuditCopy) -> Result<u64, StoreError> {
    let cursors = cursors(inner, copy, inner.clock.millis()).await?;
    Ok(cursors.iter().map(Cursor::behind).sum())
}

fn read(body: &[u8]) -> Result<u64, StoreError> {
    let number = std::str::from_utf8(body).ok().and_then(|text| text.parse().ok());
    number.ok_or_else(|| StoreError::Unreadable("the cursor of the record's copy".to_owned()))
}

/// As many of the rows as a batch takes; one at least.
fn within_bytes(rows: &[AuditRow]) -> &[AuditRow] {
    let mut bytes = 0;
    let fits = |row: &&AuditRow| {
        bytes += row.body.len() + 256;
        bytes <= BYTES
    };
    let count = rows.iter().take_while(fits).count();
    &rows[..count.max(1).min(rows.len())]
}

/// 1 s, 2 s, 4 s … 5 min.
fn back_off(failures: u32) -> Duration {
    BACK_OFF.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_bound() {
        for (failures, seconds) in [(1, 1), (2, 2), (5, 16), (9, 256), (10, 300), (4_000_000_000, 300)] {
            assert_eq!(back_off(failures).as_secs(), seconds);
        }
    }

    #[test]
    fn batches_are_bounded_and_never_empty() {
        let row = |len: usize| AuditRow {
            chain: 0,
            seq: 1,
            at: UnixMillis(1),
            kind: "x".to_owned(),
            job: String::new(),
            body: "x".repeat(len),
            hash: store::FIRST_HASH,
        };
        assert_eq!(within_bytes(&[]).len(), 0);
        assert_eq!(within_bytes(&vec![row(60_000); 20]).len(), 13);
        assert_eq!(within_bytes(&[row(2_000_000), row(1)]).len(), 1);
    }
}
