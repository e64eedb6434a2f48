//! Records: small, versioned, opaque bodies under a kind and a key, changed by steps that hold whole or not at all.
//!
//! A step ([`Batch`]) names what it expects to find; if that is not so, nothing changes and the caller is told where.
//! The job and the audit rows of a step are part of it: a button that consumes a record and enqueues its work cannot
//! do one without the other. A record whose time is over does not exist for any reader, though its row may still lie
//! there. Absent on purpose: queries by anything but kind and key, and the meaning of bodies.

use crate::{Fence, NewAuditRow, NewJob, StoreError, UnixMillis};

/// The bound of a record's body, in bytes.
pub const MAX_RECORD: usize = 256 * 1024;

/// How many records one step may change.
pub const MAX_CHANGES: usize = 64;

/// The bound of the bodies of one step together, in bytes.
pub const MAX_BATCH: usize = 3 * 1024 * 1024;

/// The bound of a kind, in bytes.
const MAX_KIND: usize = 32;

/// The bound of a key, in bytes.
const MAX_KEY: usize = 512;

/// A record as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// What sort of thing it is: `grant`, `pending` …
    pub kind: String,
    /// Which of its kind.
    pub key: String,
    /// Grows with every change. It begins at the time in milliseconds, so that a record which was removed and made
    /// anew has not a version that somebody still holds.
    pub version: u64,
    /// From when on it is no longer there.
    pub expires_at: Option<UnixMillis>,
    /// Opaque; sealed by its owner where it is secret.
    pub body: Vec<u8>,
}

/// Which records to read, in the order of their keys' bytes.
#[derive(Debug, Clone)]
pub struct Page {
    /// Of which kind.
    pub kind: &'static str,
    /// With keys that begin so; empty for all.
    pub prefix: String,
    /// With keys behind this one.
    pub after: Option<String>,
    /// At most so many. Fewer come only at the end.
    pub limit: u32,
}

/// What a step expects a record to be before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// Not there, or expired.
    Absent,
    /// There, not expired, in this version.
    Version(u64),
    /// Whatever.
    Any,
}

/// What a record becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Put {
    /// Its body, at most [`MAX_RECORD`] bytes.
    pub body: Vec<u8>,
    /// From when on it is no longer there.
    pub expires_at: Option<UnixMillis>,
}

/// A change of one record.
#[derive(Debug, Clone)]
pub struct Change {
    /// Its kind.
    pub kind: &'static str,
    /// Its key.
    pub key: String,
    /// What it must be before.
    pub expect: Expect,
    /// What it is afterwards.
    pub to: To,
}

/// What a change does to its record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    /// It becomes this.
    Put(Put),
    /// It is removed.
    Gone,
    /// It stays: only the expectation counts.
    Same,
}

/// One step: all of it or nothing.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The time, by which expiry is decided.
    pub now: UnixMillis,
    /// At most [`MAX_CHANGES`], each of another record.
    pub changes: Vec<Change>,
    /// A job to accept in the same step.
    pub job: Option<NewJob>,
    /// Rows for the audit chain in the same step.
    pub rows: Vec<NewAuditRow>,
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Committed {
    /// It is durable. The fence is there if its job was accepted as already held.
    Done(Option<Fence>),
    /// This record is not what was expected; nothing was changed.
    Conflict {
        /// The record's kind.
        kind: &'static str,
        /// The record's key.
        key: String,
    },
    /// The job's key was accepted before; nothing was changed.
    Duplicate,
    /// The hash of the job's guard was accepted at that time; nothing was changed.
    Repeated(UnixMillis),
}

impl Change {
    /// Makes or replaces a record.
    pub fn put(
        kind: &'static str,
        key: impl Into<String>,
        expect: Expect,
        body: Vec<u8>,
        expires_at: Option<UnixMillis>,
    ) -> Change {
        Change { kind, key: key.into(), expect, to: To::Put(Put { body, expires_at }) }
    }

    /// Removes a record.
    pub fn remove(kind: &'static str, key: impl Into<String>, expect: Expect) -> Change {
        Change { kind, key: key.into(), expect, to: To::Gone }
    }

    /// Changes nothing, and holds the step to what it expects.
    pub fn check(kind: &'static str, key: impl Into<String>, expect: Expect) -> Change {
        Change { kind, key: key.into(), expect, to: To::Same }
    }
}

impl Batch {
    /// Refuses what no store takes: sizes, empty or endless names, one record named twice.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        if self.changes.len() > MAX_CHANGES {
            return Err(StoreError::TooLarge { size: self.changes.len(), limit: MAX_CHANGES });
        }
        let mut total = 0;
        for (index, change) in self.changes.iter().enumerate() {
            named(change.kind, MAX_KIND)?;
            named(&change.key, MAX_KEY)?;
            let again = |other: &Change| other.kind == change.kind && other.key == change.key;
            if self.changes[..index].iter().any(again) {
                return Err(StoreError::Unfit(format!("{} {} twice in one step", change.kind, change.key)));
            }
            if let To::Put(put) = &change.to {
                within(put.body.len(), MAX_RECORD)?;
                total += put.body.len();
            }
        }
        within(total, MAX_BATCH)
    }
}

fn named(name: &str, limit: usize) -> Result<(), StoreError> {
    if name.is_empty() {
        return Err(StoreError::Unfit("a record without a name".to_owned()));
    }
    within(name.len(), limit)
}

fn within(size: usize, limit: usize) -> Result<(), StoreError> {
    if size > limit { Err(StoreError::TooLarge { size, limit }) } else { Ok(()) }
}
