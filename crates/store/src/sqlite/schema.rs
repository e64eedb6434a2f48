//! The tables, and how an older file becomes one of today's. `user_version` is the format.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use super::checkpoint::WRITER_HELPS;
use crate::StoreError;

/// One step a format: the step at index `n` leads from format `n` to `n + 1`. Steps are never edited, only added.
const STEPS: &[&str] = &[
    "
    -- ready_at: when the job can be claimed next; NULL once it is closed. stage: see jobs.rs.
    CREATE TABLE jobs (
        seq INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        key TEXT NOT NULL UNIQUE,
        class INTEGER NOT NULL,
        stage INTEGER NOT NULL,
        guest INTEGER NOT NULL,
        attempt INTEGER NOT NULL,
        starts INTEGER NOT NULL,
        deliveries INTEGER NOT NULL,
        accepted_at INTEGER NOT NULL,
        ready_at INTEGER,
        payload BLOB NOT NULL,
        reply BLOB
    ) STRICT;
    CREATE INDEX jobs_ready ON jobs (ready_at, seq) WHERE ready_at IS NOT NULL;
    CREATE INDEX jobs_accepted ON jobs (accepted_at);
    CREATE TABLE recent_writes (
        hash BLOB PRIMARY KEY,
        at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE audit (
        seq INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        job TEXT NOT NULL,
        body TEXT NOT NULL,
        hash BLOB NOT NULL
    ) STRICT;
    CREATE INDEX audit_job ON audit (job) WHERE job <> '';
    CREATE TABLE audit_head (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        seq INTEGER NOT NULL,
        hash BLOB NOT NULL
    ) STRICT;
    INSERT INTO audit_head VALUES (1, 0, zeroblob(32));
",
    "
    -- Nothing asks for the rows of one job, and each row cost a page of its own there.
    DROP INDEX audit_job;
",
    "
    -- version grows with every change; a row whose expires_at is past is no record any more.
    CREATE TABLE records (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        version INTEGER NOT NULL,
        expires_at INTEGER,
        body BLOB NOT NULL,
        UNIQUE (kind, key)
    ) STRICT;
    CREATE INDEX records_expiry ON records (expires_at) WHERE expires_at IS NOT NULL;
",
    "
    -- Chains that came from a store with several. Nothing is appended to them here: chain 0 stays in audit and goes on.
    CREATE TABLE other_audit (
        chain INTEGER NOT NULL CHECK (chain > 0),
        seq INTEGER NOT NULL,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        job TEXT NOT NULL,
        body TEXT NOT NULL,
        hash BLOB NOT NULL,
        PRIMARY KEY (chain, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE other_audit_head (
        chain INTEGER PRIMARY KEY CHECK (chain > 0),
        seq INTEGER NOT NULL,
        hash BLOB NOT NULL
    ) STRICT;
",
];

/// How long a statement waits for another process before it fails.
const BUSY: Duration = Duration::from_secs(5);

/// Settings of the connection that writes.
pub(super) fn prepare(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "wal_autocheckpoint", WRITER_HELPS)?;
    // Pages of deleted rows are overwritten: replies are sealed, but need not linger.
    connection.pragma_update(None, "secure_delete", "fast")?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// A connection that carries the WAL into the database. It waits for nobody.
pub(super) fn checkpointer(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "synchronous", "full")?;
    Ok(connection)
}

/// Settings of a connection that only reads.
pub(super) fn prepare_reader(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(BUSY)?;
    Ok(())
}

/// Brings the file to today's format, all steps or none.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > known {
        return Err(StoreError::TooNew { found, known });
    }
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}
