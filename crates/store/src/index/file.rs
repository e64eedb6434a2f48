//! The listings on disk: SQLite, some entries a row, each row with its checksum.
//!
//! It holds nothing that cannot be listed again. What does not fit its checksum is left out, and a file that SQLite cannot
//! read is made anew.

use std::fs;
use std::path::Path;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

use super::{Entry, Scope, read_chunk, write_chunk};
use crate::sqlite::make_private;
use crate::{StoreError, UnixMillis};

/// How many entries share a row.
pub(super) const CHUNK: usize = 32;
/// The format. Another one is made anew.
const FORMAT: i64 = 1;
/// How long a statement waits for another process.
const BUSY: Duration = Duration::from_secs(5);
/// How many bytes of a row's digest are kept.
const SUM: usize = 16;

const TABLES: &str = "
    CREATE TABLE scopes (
        id INTEGER PRIMARY KEY,
        account TEXT NOT NULL,
        region TEXT NOT NULL,
        kind TEXT NOT NULL,
        at INTEGER NOT NULL,
        generation INTEGER NOT NULL,
        chunks INTEGER NOT NULL,
        sum BLOB NOT NULL,
        UNIQUE (account, region, kind)
    ) STRICT;
    CREATE TABLE chunks (
        scope INTEGER NOT NULL,
        number INTEGER NOT NULL,
        sum BLOB NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (scope, number)
    ) STRICT;
";

/// A scope as the file has it.
pub(super) struct Kept {
    pub(super) scope: Scope,
    pub(super) at: UnixMillis,
    pub(super) generation: u64,
    id: i64,
    chunks: i64,
    sum: Vec<u8>,
}

/// Opens the file for writing, made anew if it is none of this format.
pub(super) fn open(path: &Path) -> Result<Connection, StoreError> {
    make_private(path)?;
    if let Ok(connection) = opened(path) {
        return Ok(connection);
    }
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match fs::remove_file(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    make_private(path)?;
    opened(path)
}

fn opened(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // A listing lost with the power is made again.
    connection.pragma_update(None, "synchronous", "normal")?;
    let format: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match (format, tables) {
        (FORMAT, _) => {}
        (0, 0) => {
            connection.execute_batch(TABLES)?;
            connection.pragma_update(None, "user_version", FORMAT)?;
        }
        (found, _) => return Err(StoreError::TooNew { found, known: FORMAT }),
    }
    // It is read whole in a moment anyway; a page that is damaged would fail every later write.
    let sound: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if sound != "ok" || !is_whole(&connection, path)? {
        return Err(not_as_written());
    }
    Ok(connection)
}

/// Whether the file is as long as its head says, which SQLite itself finds out only when it writes there.
fn is_whole(connection: &Connection, path: &Path) -> Result<bool, StoreError> {
    let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
    let size: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    // While a guest reads, pages may still stand beside the file.
    Ok(busy != 0 || i64::try_from(fs::metadata(path)?.len()).ok() == pages.checked_mul(size))
}

/// Another connection to the file, which only reads.
pub(super) fn reader(path: &Path) -> Result<Connection, StoreError> {
    let reading = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, reading)?;
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}

/// Every scope, without its entries.
pub(super) fn scopes(connection: &Connection) -> Result<Vec<Kept>, StoreError> {
    let mut statement =
        connection.prepare("SELECT id, account, region, kind, at, generation, chunks, sum FROM scopes")?;
    let rows = statement.query_map([], |row| {
        Ok(Kept {
            id: row.get(0)?,
            scope: Scope { account: row.get(1)?, region: row.get(2)?, kind: row.get(3)? },
            at: UnixMillis(row.get(4)?),
            generation: u64::try_from(row.get::<_, i64>(5)?).unwrap_or(0),
            chunks: row.get(6)?,
            sum: row.get(7)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// All entries of a scope, if they are those that were written.
pub(super) fn entries(connection: &Connection, kept: &Kept) -> Result<Vec<Entry>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT number, sum, body FROM chunks WHERE scope = ?1 ORDER BY number")?;
    let mut rows = statement.query([kept.id])?;
    let (mut all, mut sums, mut count) = (Vec::new(), Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let (number, sum, body): (i64, Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if number != count || sum != sum_of(&body) {
            return Err(not_as_written());
        }
        count += 1;
        sums.extend_from_slice(&sum);
        all.extend(read_chunk(&body)?);
    }
    if count != kept.chunks || sum_of(&sums) != kept.sum {
        return Err(not_as_written());
    }
    Ok(all)
}

/// One row's entries.
pub(super) fn chunk(connection: &Connection, scope: &Scope, number: u32) -> Result<Vec<Entry>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT chunks.sum, body FROM chunks JOIN scopes ON scope = id \
         WHERE account = ?1 AND region = ?2 AND kind = ?3 AND number = ?4",
    )?;
    let row: Option<(Vec<u8>, Vec<u8>)> = statement
        .query_row(params![scope.account, scope.region, scope.kind, number], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    match row {
        Some((sum, body)) if sum == sum_of(&body) => read_chunk(&body),
        Some(_) => Err(not_as_written()),
        None => Ok(Vec::new()),
    }
}

/// Puts the entries in the place of the scope's. What did not change is not written.
pub(super) fn replace(
    connection: &Connection,
    scope: &Scope,
    at: UnixMillis,
    generation: u64,
    entries: &[Entry],
) -> Result<(), StoreError> {
    let bodies: Vec<Vec<u8>> = entries.chunks(CHUNK).map(write_chunk).collect();
    let sums: Vec<Vec<u8>> = bodies.iter().map(|body| sum_of(body)).collect();
    let sum = sum_of(&sums.concat());
    let chunks = i64::try_from(bodies.len()).unwrap_or(i64::MAX);
    let generation = i64::try_from(generation).unwrap_or(i64::MAX);
    let known: Option<(i64, Vec<u8>)> = connection
        .prepare_cached("SELECT id, sum FROM scopes WHERE account = ?1 AND region = ?2 AND kind = ?3")?
        .query_row(params![scope.account, scope.region, scope.kind], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let id = match known {
        Some((id, before)) => {
            connection
                .prepare_cached(
                    "UPDATE scopes SET at = ?2, generation = ?3, chunks = ?4, sum = ?5 WHERE id = ?1",
                )?
                .execute(params![id, at.0, generation, chunks, sum])?;
            if before == sum {
                return Ok(());
            }
            connection.prepare_cached("DELETE FROM chunks WHERE scope = ?1")?.execute([id])?;
            id
        }
        None => {
            connection
                .prepare_cached(
                    "INSERT INTO scopes (account, region, kind, at, generation, chunks, sum) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                )?
                .execute(params![scope.account, scope.region, scope.kind, at.0, generation, chunks, sum])?;
            connection.last_insert_rowid()
        }
    };
    let mut insert =
        connection.prepare_cached("INSERT INTO chunks (scope, number, sum, body) VALUES (?1, ?2, ?3, ?4)")?;
    for (number, (body, sum)) in (0_i64..).zip(bodies.iter().zip(&sums)) {
        insert.execute(params![id, number, sum, body])?;
    }
    Ok(())
}

/// Forgets a scope.
pub(super) fn forget(connection: &Connection, scope: &Scope) -> Result<(), StoreError> {
    let of = params![scope.account, scope.region, scope.kind];
    connection
        .prepare_cached(
            "DELETE FROM chunks WHERE scope IN \
             (SELECT id FROM scopes WHERE account = ?1 AND region = ?2 AND kind = ?3)",
        )?
        .execute(of)?;
    connection
        .prepare_cached("DELETE FROM scopes WHERE account = ?1 AND region = ?2 AND kind = ?3")?
        .execute(of)?;
    Ok(())
}

fn sum_of(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA256, bytes).as_ref()[..SUM].to_vec()
}

fn not_as_written() -> StoreError {
    StoreError::Failed("a part of the index is not as it was written".to_owned())
}
