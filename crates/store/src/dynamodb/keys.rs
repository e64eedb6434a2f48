//! Where things lie in the table. docs/dynamodb.md lists the same for people.

use super::item::Key;
use crate::StoreError;

/// The index over whatever has a time: its partition is the attribute `queue`, its order the attribute `at`.
pub(super) const INDEX: &str = "by-time";

/// Jobs that are not closed, by the time when they can be claimed.
pub(super) const READY: &str = "ready";
/// Jobs that are closed, by the time when they were accepted.
pub(super) const CLOSED: &str = "closed";
/// Recent writes, by the time when they were accepted.
pub(super) const RECENT: &str = "recent";
/// Records and parts of large payloads that end, by the time when they do.
pub(super) const ENDING: &str = "ending";

/// The bound of an idempotency key and of a job's id: the table takes keys of two kilobytes.
const MAX_NAME: usize = 1024;

pub(super) fn format() -> Key {
    Key::new("format", "format")
}

pub(super) fn job(id: &str) -> Key {
    Key::new(format!("job#{id}"), "job")
}

/// Holds an idempotency key, and names the job that has it.
pub(super) fn accepted(key: &str) -> Key {
    Key::new(format!("key#{key}"), "key")
}

pub(super) fn recent(hash: &[u8]) -> Key {
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    Key::new(format!("recent#{hex}"), "recent")
}

pub(super) fn record(kind: &str, key: &str) -> Key {
    Key::new(record_kind(kind), key)
}

pub(super) fn record_kind(kind: &str) -> String {
    format!("record#{kind}")
}

/// A part of something that is too large for one item.
pub(super) fn part(of: &str, number: usize) -> Key {
    Key::new(format!("part#{of}"), format!("{number:04}"))
}

pub(super) fn head(chain: u16) -> Key {
    Key::new(chain_rows(chain), "head")
}

pub(super) fn row(chain: u16, seq: u64) -> Key {
    Key::new(chain_rows(chain), row_sort(seq))
}

pub(super) fn chain_rows(chain: u16) -> String {
    format!("audit#{chain:02}")
}

pub(super) fn row_sort(seq: u64) -> String {
    format!("row#{seq:020}")
}

/// The sequence number in a row's key; one that nobody has where somebody wrote something else there.
pub(super) fn seq_of(sort: &str) -> u64 {
    sort.strip_prefix("row#").and_then(|digits| digits.parse().ok()).unwrap_or(u64::MAX)
}

/// Refuses names that the table does not take.
pub(super) fn check(name: &str) -> Result<(), StoreError> {
    match name.len() {
        0 => Err(StoreError::Unfit("a job without a name".to_owned())),
        size if size > MAX_NAME => Err(StoreError::TooLarge { size, limit: MAX_NAME }),
        _ => Ok(()),
    }
}
