//! Looks for rows from the newest backwards, within bounds.

use store::{Store, StoreError};

use super::entry::Entry;
use super::filter::Filter;

/// How many rows are read at a time.
const BLOCK: u64 = 500;

/// What a search found.
pub struct Found {
    /// The newest first.
    pub entries: Vec<Entry>,
    /// The number of the oldest row that was looked at.
    pub looked_to: u64,
    /// Whether there may be more behind it.
    pub more: bool,
}

/// The newest `limit` rows before the row `before` that the filter takes; at most `bound` rows are looked at.
/// # Errors
/// The store does not answer.
pub async fn search(
    store: &dyn Store,
    filter: &Filter,
    before: Option<u64>,
    limit: usize,
    bound: u64,
) -> Result<Found, StoreError> {
    let head = store.audit_head().await?.0;
    let mut end = before.map_or(head, |before| head.min(before.saturating_sub(1)));
    let stop = end.saturating_sub(bound);
    let mut entries = Vec::new();
    while end > stop {
        let start = end.saturating_sub(BLOCK).max(stop);
        let count = u32::try_from(end - start).unwrap_or(u32::MAX);
        let rows = store.audit_rows(start, count).await?;
        // Clocks differ by less than a minute; a row that old has only older ones before it.
        let oldest = rows.first().map(|row| row.at);
        for row in rows.into_iter().rev() {
            let seq = row.seq;
            let entry = Entry::new(row);
            if filter.takes(&entry) {
                entries.push(entry);
            }
            if entries.len() == limit {
                return Ok(Found { entries, looked_to: seq, more: seq > 1 });
            }
        }
        end = start;
        if oldest.zip(filter.since).is_some_and(|(oldest, since)| oldest.plus(60_000) < since) {
            return Ok(Found { entries, looked_to: end + 1, more: false });
        }
    }
    Ok(Found { entries, looked_to: end + 1, more: end > 0 })
}
