//! The audit chain's tables. The head is read inside the transaction that appends, so several processes can append.

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::{AuditRow, Checkpoint, Hash, HeadSigner, NewAuditRow, StoreError, UnixMillis};

/// Appends rows behind the head.
pub(super) fn append(connection: &Connection, rows: &[NewAuditRow]) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let (mut seq, mut hash) = head(connection)?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO audit (seq, at, kind, job, body, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for new in rows {
        seq += 1;
        let (kind, job, body) = (new.kind.to_owned(), new.job.clone(), new.canonical_body()?);
        let row = AuditRow { seq, at: new.at, kind, job, body, hash };
        hash = row.hash_after(&hash);
        insert.execute(params![signed(seq), row.at.0, row.kind, row.job, row.body, hash])?;
    }
    connection
        .prepare_cached("UPDATE audit_head SET seq = ?1, hash = ?2")?
        .execute(params![signed(seq), hash])?;
    Ok(())
}

/// Appends what the signer makes of the head, unless nothing stands behind the last checkpoint.
pub(super) fn sign(connection: &Connection, sign: &HeadSigner) -> Result<bool, StoreError> {
    let (seq, hash) = head(connection)?;
    let mut last = connection.prepare_cached("SELECT kind FROM audit WHERE seq = ?1")?;
    let kind: Option<String> = last.query_row([signed(seq)], |row| row.get(0)).optional()?;
    if kind.is_none_or(|kind| kind == Checkpoint::KIND) {
        return Ok(false);
    }
    append(connection, &[sign(seq, &hash)])?;
    Ok(true)
}

/// Sequence number and hash of the last row.
pub(super) fn head(connection: &Connection) -> Result<(u64, Hash), StoreError> {
    let mut select = connection.prepare_cached("SELECT seq, hash FROM audit_head")?;
    let (seq, hash): (i64, Vec<u8>) = select.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((unsigned(seq)?, hash_of(&hash)))
}

/// Rows above a sequence number, in order.
pub(super) fn rows(connection: &Connection, after: u64, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT seq, at, kind, job, CAST(body AS BLOB), hash FROM audit WHERE seq > ?1 ORDER BY seq LIMIT ?2",
    )?;
    let mut found = select.query(params![signed(after), limit])?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let body: Vec<u8> = row.get(4)?;
        rows.push(AuditRow {
            seq: unsigned(row.get(0)?)?,
            at: UnixMillis(row.get(1)?),
            kind: row.get(2)?,
            job: row.get(3)?,
            // An altered byte may be no UTF-8 any more; the walk over the chain shall name it, not stumble on it.
            body: String::from_utf8_lossy(&body).into_owned(),
            hash: hash_of(&row.get::<_, Vec<u8>>(5)?),
        });
    }
    Ok(rows)
}

/// A hash of another length is nobody's hash: it becomes one that no row has.
fn hash_of(bytes: &[u8]) -> Hash {
    bytes.try_into().unwrap_or([0xff; 32])
}

fn signed(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

fn unsigned(seq: i64) -> Result<u64, StoreError> {
    u64::try_from(seq).map_err(|_| StoreError::Unreadable(format!("audit row {seq}")))
}
