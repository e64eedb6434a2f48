//! Everything that a store keeps, as entries that another store, or a file, takes.
//!
//! Entries come in no order that means anything, and putting one in twice changes nothing: a copy that was interrupted is
//! made again from the beginning. Bodies stay as they are, sealed where they were sealed; keys are not among them.

mod backup;
mod line;

use crate::{
    AuditRow, Batch, Change, Class, Committed, Expect, Head, Pending, Record, Store, StoreError, UnixMillis,
};

pub use backup::{BackupFault, Summary, check, read, write};

/// The kind of the record that stands in a store while something is copied into it.
const UNDER_WAY: &str = "copy-under-way";

/// A job as a store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptJob {
    /// Its id.
    pub id: String,
    /// Its idempotency key.
    pub key: String,
    /// Whether it may run twice.
    pub class: Class,
    /// Where it stands: the number that stores keep.
    pub stage: i64,
    /// How often it was claimed.
    pub attempt: u32,
    /// How often it was started.
    pub starts: u32,
    /// How often its delivery was begun.
    pub deliveries: u32,
    /// When it was accepted.
    pub accepted_at: UnixMillis,
    /// When it can be claimed; `None` once it is closed.
    pub ready_at: Option<UnixMillis>,
    /// Its sealed payload.
    pub payload: Vec<u8>,
    /// Its sealed reply, if it waits to be delivered.
    pub reply: Option<Vec<u8>>,
}

/// One thing that a store keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A job, and with it its idempotency key.
    Job(KeptJob),
    /// A write that was accepted a moment ago.
    Recent {
        /// Hash of who, where and what.
        hash: [u8; 32],
        /// When.
        at: UnixMillis,
    },
    /// A record, expired or not.
    Record(Record),
    /// A row of the audit.
    Row(AuditRow),
    /// The end of a chain.
    Head {
        /// The end.
        head: Head,
        /// The kind of its last row.
        kind: String,
    },
}

/// Up to where a store was read; opaque.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark(pub(crate) String);

/// Some entries, and where the next begin; no mark behind the last.
pub type Taken = (Vec<Entry>, Option<Mark>);

/// A store whose content can be moved as a whole. Nobody else may be using either store meanwhile.
pub trait Portable: Store {
    /// The entries behind that mark, or the first; some, perhaps none.
    fn take_out(&self, after: Option<Mark>) -> Pending<'_, Taken>;

    /// Puts entries in, as they are, over what has their place.
    fn put_in(&self, entries: Vec<Entry>) -> Pending<'_, ()>;

    /// Removes everything.
    fn clear(&self) -> Pending<'_, ()>;
}

/// Whether a store may be copied into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// Nothing is in it.
    Empty,
    /// What the same copy left there when it was interrupted.
    Begun,
    /// Something else.
    Taken,
}

/// How a store stands to a copy of that name.
///
/// # Errors
/// The store does not answer.
pub async fn room_for(target: &dyn Portable, copy: &str) -> Result<Room, StoreError> {
    let begun = target.record(UNDER_WAY, "copy", UnixMillis(0)).await?;
    if let Some(begun) = begun {
        return Ok(if begun.body == copy.as_bytes() { Room::Begun } else { Room::Taken });
    }
    let mut after = None;
    loop {
        let (entries, next) = target.take_out(after).await?;
        let is_end = |entry: &Entry| matches!(entry, Entry::Head { head, .. } if head.rows == 0);
        if !entries.iter().all(is_end) {
            return Ok(Room::Taken);
        }
        let Some(next) = next else { return Ok(Room::Empty) };
        after = Some(next);
    }
}

/// Says in a store that the copy of that name has begun, or is done.
///
/// # Errors
/// The store does not answer.
pub async fn mark(target: &dyn Portable, copy: &str, done: bool) -> Result<(), StoreError> {
    let change = if done {
        Change::remove(UNDER_WAY, "copy", Expect::Any)
    } else {
        Change::put(UNDER_WAY, "copy", Expect::Any, copy.as_bytes().to_vec(), None)
    };
    let batch = Batch { now: UnixMillis(1), changes: vec![change], job: None, rows: Vec::new() };
    match target.commit(batch).await? {
        Committed::Done(_) => Ok(()),
        other => Err(StoreError::Failed(format!("the mark of a copy was refused: {other:?}"))),
    }
}

/// Copies everything from one store into another; how many entries. Whoever calls it has seen to it that there is room.
///
/// # Errors
/// One of them does not answer. The copy can be made again.
pub async fn copy(from: &dyn Portable, to: &dyn Portable) -> Result<u64, StoreError> {
    let (mut after, mut count) = (None, 0);
    loop {
        let (mut entries, next) = from.take_out(after).await?;
        entries.retain(|entry| !is_mark(entry));
        count += entries.len() as u64;
        to.put_in(entries).await?;
        let Some(next) = next else { return Ok(count) };
        after = Some(next);
    }
}

/// Whether it only says that something is being copied into its store.
fn is_mark(entry: &Entry) -> bool {
    matches!(entry, Entry::Record(record) if record.kind == UNDER_WAY)
}
