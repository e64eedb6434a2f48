//! Records as rows. Each function is one step inside the writer's transaction, or one read.
//!
//! A step looks first and writes afterwards: whatever it finds unexpected, nothing has been changed yet.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{audit, jobs};
use crate::record::To;
use crate::{Batch, Change, Committed, Enqueued, Expect, Holder, Page, Put, Record, StoreError, UnixMillis};

pub(super) fn commit(
    connection: &Connection,
    batch: &Batch,
    holder: Holder,
) -> Result<Committed, StoreError> {
    batch.check()?;
    if let Some(job) = &batch.job
        && jobs::is_known(connection, &job.key)?
    {
        return Ok(Committed::Duplicate);
    }
    for change in &batch.changes {
        if !is_expected(connection, change, batch.now)? {
            return Ok(Committed::Conflict { kind: change.kind, key: change.key.clone() });
        }
    }
    let fence = match &batch.job {
        None => {
            audit::append(connection, &batch.rows)?;
            None
        }
        Some(job) => match jobs::enqueue_once(connection, job, &batch.rows, holder)? {
            Enqueued::Accepted(fence) => fence,
            Enqueued::Duplicate => return Ok(Committed::Duplicate),
            Enqueued::Repeated(earlier) => return Ok(Committed::Repeated(earlier)),
        },
    };
    for change in &batch.changes {
        apply(connection, change, batch.now)?;
    }
    Ok(Committed::Done(fence))
}

fn is_expected(connection: &Connection, change: &Change, now: UnixMillis) -> Result<bool, StoreError> {
    let wanted = match change.expect {
        Expect::Any => return Ok(true),
        Expect::Absent => None,
        Expect::Version(version) => Some(version),
    };
    let mut select = connection.prepare_cached(
        "SELECT version FROM records
         WHERE kind = ?1 AND key = ?2 AND (expires_at IS NULL OR expires_at > ?3)",
    )?;
    let found = select.query_row(params![change.kind, change.key, now.0], |row| row.get::<_, i64>(0));
    Ok(found.optional()?.map(i64::cast_unsigned) == wanted)
}

fn apply(connection: &Connection, change: &Change, now: UnixMillis) -> Result<(), StoreError> {
    match &change.to {
        To::Same => {}
        To::Gone => {
            connection
                .prepare_cached("DELETE FROM records WHERE kind = ?1 AND key = ?2")?
                .execute(params![change.kind, change.key])?;
        }
        To::Put(Put { body, expires_at }) => {
            connection
                .prepare_cached(
                    "INSERT INTO records (kind, key, version, expires_at, body) VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT (kind, key) DO UPDATE SET
                         version = max(version + 1, excluded.version),
                         expires_at = excluded.expires_at,
                         body = excluded.body",
                )?
                .execute(params![change.kind, change.key, now.0.max(1), expires_at.map(|at| at.0), body])?;
        }
    }
    Ok(())
}

pub(super) fn one(
    connection: &Connection,
    kind: &str,
    key: &str,
    now: UnixMillis,
) -> Result<Option<Record>, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT kind, key, version, expires_at, body FROM records
         WHERE kind = ?1 AND key = ?2 AND (expires_at IS NULL OR expires_at > ?3)",
    )?;
    Ok(select.query_row(params![kind, key, now.0], read).optional()?)
}

pub(super) fn page(connection: &Connection, page: &Page, now: UnixMillis) -> Result<Vec<Record>, StoreError> {
    // Keys are compared by their bytes, so those with the prefix stand together and begin at the prefix itself.
    let mut select = connection.prepare_cached(
        "SELECT kind, key, version, expires_at, body FROM records
         WHERE kind = ?1 AND key >= ?2 AND (?3 IS NULL OR key > ?3) AND (expires_at IS NULL OR expires_at > ?4)
         ORDER BY key LIMIT ?5",
    )?;
    let rows = select.query_map(params![page.kind, page.prefix, page.after, now.0, page.limit], read)?;
    let mut records = Vec::new();
    for record in rows {
        let record = record?;
        if !record.key.starts_with(&page.prefix) {
            break;
        }
        records.push(record);
    }
    Ok(records)
}

pub(super) fn prune(connection: &Connection, before: UnixMillis) -> Result<(), StoreError> {
    connection.execute("DELETE FROM records WHERE expires_at < ?1", [before.0])?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record {
        kind: row.get(0)?,
        key: row.get(1)?,
        version: row.get::<_, i64>(2)?.cast_unsigned(),
        expires_at: row.get::<_, Option<i64>>(3)?.map(UnixMillis),
        body: row.get(4)?,
    })
}
