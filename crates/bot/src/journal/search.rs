//! Looks for rows from the newest backwards, within bounds.

use store::{Store, StoreError};

use super::entry::Entry;
use super::filter::Filter;
use super::merged::{Newest, Position};

/// What a search found.
pub struct Found {
    /// The newest first.
    pub entries: Vec<Entry>,
    /// Up to where it looked; the next search goes on there.
    pub looked_to: Position,
    /// Whether there may be more behind it.
    pub more: bool,
}

/// The newest `limit` rows before that position that the filter takes; at most `bound` rows are looked at.
/// # Errors
/// The store does not answer.
pub async fn search(
    store: &dyn Store,
    filter: &Filter,
    before: Option<&Position>,
    limit: usize,
    bound: u64,
) -> Result<Found, StoreError> {
    let mut rows = Newest::before(store, before).await?;
    let mut entries = Vec::new();
    let mut looked = 0;
    while looked < bound
        && entries.len() < limit
        && let Some(row) = rows.next().await?
    {
        looked += 1;
        // Clocks differ by less than a minute; a row that old has only older ones before it.
        if filter.since.is_some_and(|since| row.at.plus(60_000) < since) {
            return Ok(Found { entries, looked_to: rows.position(), more: false });
        }
        let entry = Entry::new(row);
        if filter.takes(&entry) {
            entries.push(entry);
        }
    }
    Ok(Found { entries, looked_to: rows.position(), more: rows.has_more() })
}
