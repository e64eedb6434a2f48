//! The store in one SQLite file: WAL, `synchronous=FULL`, one thread that writes, one that reads,
//! one that carries what was written from the WAL into the database.
//!
//! Calls that arrive while a commit is on its way to the disk share the next one. A call resolves only after the
//! commit that holds it, so an acknowledged job survives the loss of power.
//! A file beside the database, locked by the process that owns the jobs, keeps a second owner out; guests (a
//! command run from a terminal, a reader of the audit) may write and read meanwhile.

mod audit;
mod checkpoint;
mod jobs;
mod lock;
mod portable;
mod records;
mod schema;
mod thread;

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::{
    AuditRow, Batch, Claim, Claimed, Committed, Completion, Enqueued, Fence, Head, HeadSigner, Holder,
    NewAuditRow, NewJob, Page, Pending, Record, Recovery, Store, StoreError, Totals, UnixMillis,
};
use checkpoint::Checkpointer;
pub(crate) use lock::{Lock, make_private};
pub(crate) use thread::Thread;

/// A store in a local file.
pub struct SqliteStore {
    holder: Holder,
    writer: Thread,
    reader: Thread,
    // Released last: fields drop in order, and the threads must be done first.
    _lock: Option<Lock>,
}

impl SqliteStore {
    /// Opens the file, makes it (mode 0600) if it is not there, and brings its format up to date.
    ///
    /// As [`Holder::Owner`] this fails with [`StoreError::InUse`] while another owner has it open.
    pub fn open(path: &Path, holder: Holder) -> Result<SqliteStore, StoreError> {
        let lock = match holder {
            Holder::Owner => Some(Lock::take(&beside(path, ".lock"))?),
            Holder::Guest => None,
        };
        lock::make_private(path)?;
        let mut connection = Connection::open(path)?;
        schema::prepare(&connection)?;
        schema::migrate(&mut connection)?;
        let reading = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let read_only = Connection::open_with_flags(path, reading)?;
        schema::prepare_reader(&read_only)?;
        let checkpointer = match holder {
            Holder::Owner => Some(Checkpointer::start(schema::checkpointer(path)?)?),
            // A guest writes a few rows and is gone.
            Holder::Guest => None,
        };
        let writer = Thread::writing("store-writer", connection, checkpointer)?;
        let reader = Thread::reading("store-reader", read_only)?;
        Ok(SqliteStore { holder, writer, reader, _lock: lock })
    }
}

/// `bellhop.db` → `bellhop.db.lock`
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

impl Store for SqliteStore {
    fn enqueue_once(&self, job: NewJob, rows: Vec<NewAuditRow>) -> Pending<'_, Enqueued> {
        let holder = self.holder;
        self.writer.run(move |connection| jobs::enqueue_once(connection, &job, &rows, holder))
    }

    fn recover(&self, now: UnixMillis) -> Pending<'_, Recovery> {
        if self.holder == Holder::Guest {
            return Box::pin(async { Err(StoreError::NotOwner) });
        }
        self.writer.run(move |connection| jobs::recover(connection, now))
    }

    fn claim(&self, claim: Claim) -> Pending<'_, Option<Claimed>> {
        if self.holder == Holder::Guest {
            return Box::pin(async { Err(StoreError::NotOwner) });
        }
        self.writer.run(move |connection| jobs::claim(connection, claim))
    }

    fn claim_job(&self, id: &str, claim: Claim) -> Pending<'_, Option<Claimed>> {
        if self.holder == Holder::Guest {
            return Box::pin(async { Err(StoreError::NotOwner) });
        }
        let id = id.to_owned();
        self.writer.run(move |connection| jobs::claim_job(connection, &id, claim))
    }

    fn begin(&self, fence: Fence, row: NewAuditRow) -> Pending<'_, ()> {
        self.writer.run(move |connection| jobs::begin(connection, &fence, &row))
    }

    fn complete(&self, fence: Fence, completion: Completion) -> Pending<'_, ()> {
        self.writer.run(move |connection| jobs::complete(connection, &fence, &completion))
    }

    fn close(&self, fence: Fence, rows: Vec<NewAuditRow>) -> Pending<'_, ()> {
        self.writer.run(move |connection| jobs::close(connection, &fence, &rows))
    }

    fn put_back(&self, fence: Fence, ready_at: UnixMillis) -> Pending<'_, ()> {
        self.writer.run(move |connection| jobs::put_back(connection, &fence, ready_at))
    }

    fn next_ready(&self) -> Pending<'_, Option<UnixMillis>> {
        self.reader.run(jobs::next_ready)
    }

    fn prune(&self, before: UnixMillis) -> Pending<'_, u64> {
        self.writer.run(move |connection| jobs::prune(connection, before))
    }

    fn append_audit(&self, rows: Vec<NewAuditRow>) -> Pending<'_, ()> {
        self.writer.run(move |connection| audit::append(connection, &rows))
    }

    fn sign_audit(&self, sign: HeadSigner) -> Pending<'_, bool> {
        self.writer.run(move |connection| audit::sign(connection, &sign))
    }

    fn audit_rows(&self, chain: u16, after: u64, limit: u32) -> Pending<'_, Vec<AuditRow>> {
        self.reader.run(move |connection| audit::rows(connection, chain, after, limit))
    }

    fn audit_heads(&self) -> Pending<'_, Vec<Head>> {
        self.reader.run(audit::heads)
    }

    fn commit(&self, batch: Batch) -> Pending<'_, Committed> {
        let holder = self.holder;
        self.writer.run(move |connection| records::commit(connection, &batch, holder))
    }

    fn record(&self, kind: &'static str, key: &str, now: UnixMillis) -> Pending<'_, Option<Record>> {
        let key = key.to_owned();
        self.reader.run(move |connection| records::one(connection, kind, &key, now))
    }

    fn records(&self, page: Page, now: UnixMillis) -> Pending<'_, Vec<Record>> {
        self.reader.run(move |connection| records::page(connection, &page, now))
    }

    fn totals(&self) -> Pending<'_, Totals> {
        self.reader.run(jobs::totals)
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> StoreError {
        StoreError::Failed(error.to_string())
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> StoreError {
        StoreError::Failed(error.to_string())
    }
}

#[cfg(test)]
mod tests;
