//! The audit chains' tables. The head is read inside the transaction that appends, so several processes can append.
//!
//! Only chain 0 grows here. Others come with what was moved from a store that has several.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::{AuditRow, Checkpoint, Hash, Head, HeadSigner, NewAuditRow, StoreError, UnixMillis};

/// Appends rows behind the head of chain 0.
pub(super) fn append(connection: &Connection, rows: &[NewAuditRow]) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut end = head(connection)?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO audit (seq, at, kind, job, body, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for new in rows {
        let row = end.next(new)?;
        insert.execute(params![signed(row.seq), row.at.0, row.kind, row.job, row.body, row.hash])?;
        end = Head::behind(&row);
    }
    connection
        .prepare_cached("UPDATE audit_head SET seq = ?1, hash = ?2")?
        .execute(params![signed(end.rows), end.hash])?;
    Ok(())
}

/// Appends what the signer makes of the head, unless nothing stands behind the last checkpoint.
pub(super) fn sign(connection: &Connection, sign: &HeadSigner) -> Result<bool, StoreError> {
    let heads = heads(connection)?;
    let Some((end, others)) = heads.split_first() else { return Ok(false) };
    let mut last = connection.prepare_cached("SELECT kind FROM audit WHERE seq = ?1")?;
    let kind: Option<String> = last.query_row([signed(end.rows)], |row| row.get(0)).optional()?;
    if kind.is_none_or(|kind| kind == Checkpoint::KIND) {
        return Ok(false);
    }
    append(connection, &[sign(end, others)])?;
    Ok(true)
}

/// The end of chain 0.
fn head(connection: &Connection) -> Result<Head, StoreError> {
    let mut select = connection.prepare_cached("SELECT 0, seq, hash FROM audit_head")?;
    select.query_row([], |row| Ok(read_head(row)))?
}

/// The ends of all chains; that of chain 0 is the first.
pub(super) fn heads(connection: &Connection) -> Result<Vec<Head>, StoreError> {
    let mut heads = vec![head(connection)?];
    let mut select =
        connection.prepare_cached("SELECT chain, seq, hash FROM other_audit_head ORDER BY chain")?;
    let mut found = select.query([])?;
    while let Some(row) = found.next()? {
        heads.push(read_head(row)?);
    }
    Ok(heads)
}

fn read_head(row: &Row<'_>) -> Result<Head, StoreError> {
    let hash: Vec<u8> = row.get(2)?;
    Ok(Head { chain: row.get(0)?, rows: unsigned(row.get(1)?)?, hash: hash_of(&hash) })
}

/// Rows of a chain above a sequence number, in order.
pub(super) fn rows(
    connection: &Connection,
    chain: u16,
    after: u64,
    limit: u32,
) -> Result<Vec<AuditRow>, StoreError> {
    let mut select = connection.prepare_cached(match chain {
        0 => {
            "SELECT seq, at, kind, job, CAST(body AS BLOB), hash FROM audit
             WHERE ?1 = 0 AND seq > ?2 ORDER BY seq LIMIT ?3"
        }
        _ => {
            "SELECT seq, at, kind, job, CAST(body AS BLOB), hash FROM other_audit
             WHERE chain = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3"
        }
    })?;
    let mut found = select.query(params![chain, signed(after), limit])?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let body: Vec<u8> = row.get(4)?;
        rows.push(AuditRow {
            chain,
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

pub(super) fn signed(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

fn unsigned(seq: i64) -> Result<u64, StoreError> {
    u64::try_from(seq).map_err(|_| StoreError::Unreadable(format!("audit row {seq}")))
}
