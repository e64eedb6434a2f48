//! The rows of all chains as one sequence, by time.
//!
//! Within a chain rows keep their order, whatever their clocks say; between chains the time decides. Absent on purpose:
//! the order of what happened in two processes within the same moment, which nobody knows.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::str::FromStr;

use store::{AuditRow, Head, Store, StoreError};

/// How many rows are read at a time, of all chains together.
const BLOCK: u64 = 500;
/// The fewest that are read of one chain.
const FEWEST: u64 = 50;
/// How many chains a position can speak of.
const MAX_CHAINS: usize = 64;

/// Up to where a record was read backwards: of each chain, the row behind which it goes on. Its text is that number where
/// there is one chain, `120`, and `0:120,3:55` where there are several.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Position(BTreeMap<u16, u64>);

/// A text is no position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is neither a row's number nor a position that a list has named")]
pub struct PositionFault;

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((0, before)) = self.0.first_key_value().filter(|_| self.0.len() == 1) {
            return write!(f, "{before}");
        }
        let parts: Vec<String> = self.0.iter().map(|(chain, before)| format!("{chain}:{before}")).collect();
        f.write_str(&parts.join(","))
    }
}

impl FromStr for Position {
    type Err = PositionFault;

    fn from_str(text: &str) -> Result<Position, PositionFault> {
        let mut parts = BTreeMap::new();
        for part in text.split(',') {
            let (chain, before) = part.split_once(':').unwrap_or(("0", part));
            let fault = |_| PositionFault;
            let known = parts.insert(chain.parse().map_err(fault)?, before.parse().map_err(fault)?);
            if known.is_some() || parts.len() > MAX_CHAINS {
                return Err(PositionFault);
            }
        }
        Ok(Position(parts))
    }
}

/// Of each chain what is read and not handed out yet, and up to where it was read.
struct Part {
    chain: u16,
    /// Rows up to this number are not read yet, or those above it, as the direction is.
    at: u64,
    rows: VecDeque<AuditRow>,
}

/// The rows from the newest backwards.
pub struct Newest<'a> {
    store: &'a dyn Store,
    parts: Vec<Part>,
    block: u64,
}

impl<'a> Newest<'a> {
    /// Those before that position.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn before(store: &'a dyn Store, position: Option<&Position>) -> Result<Newest<'a>, StoreError> {
        let heads = written(store).await?;
        let block = block(&heads);
        let parts = heads.into_iter().map(|head| {
            let before = position.and_then(|position| position.0.get(&head.chain));
            let at = before.map_or(head.rows, |before| head.rows.min(before.saturating_sub(1)));
            Part { chain: head.chain, at, rows: VecDeque::new() }
        });
        Ok(Newest { store, parts: parts.collect(), block })
    }

    /// The next older row.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn next(&mut self) -> Result<Option<AuditRow>, StoreError> {
        for part in &mut self.parts {
            if part.rows.is_empty() && part.at > 0 {
                let from = part.at.saturating_sub(self.block);
                let count = u32::try_from(part.at - from).unwrap_or(u32::MAX);
                part.rows = self.store.audit_rows(part.chain, from, count).await?.into();
                part.at = from;
            }
        }
        let newest = self.parts.iter_mut().filter(|part| !part.rows.is_empty());
        let newest =
            newest.max_by_key(|part| part.rows.back().map(|row| (row.at, std::cmp::Reverse(row.chain))));
        Ok(newest.and_then(|part| part.rows.pop_back()))
    }

    /// Where this would go on.
    pub fn position(&self) -> Position {
        let place = |part: &Part| part.rows.back().map_or(part.at, |row| row.seq) + 1;
        Position(self.parts.iter().map(|part| (part.chain, place(part))).collect())
    }

    /// Whether there is another row.
    pub fn has_more(&self) -> bool {
        self.parts.iter().any(|part| part.at > 0 || !part.rows.is_empty())
    }
}

/// The rows from the oldest onwards, up to what was the end when it began.
pub struct Oldest<'a> {
    store: &'a dyn Store,
    parts: Vec<(Part, u64)>,
    block: u64,
}

impl<'a> Oldest<'a> {
    /// All of them.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn first(store: &'a dyn Store) -> Result<Oldest<'a>, StoreError> {
        let heads = written(store).await?;
        let block = block(&heads);
        let part = |head: Head| (Part { chain: head.chain, at: 0, rows: VecDeque::new() }, head.rows);
        Ok(Oldest { store, parts: heads.into_iter().map(part).collect(), block })
    }

    /// The next newer row.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn next(&mut self) -> Result<Option<AuditRow>, StoreError> {
        for (part, end) in &mut self.parts {
            if part.rows.is_empty() && part.at < *end {
                let count = u32::try_from(self.block.min(*end - part.at)).unwrap_or(u32::MAX);
                part.rows = self.store.audit_rows(part.chain, part.at, count).await?.into();
                // Where rows are missing the chain ends here, which is for its verification to tell.
                part.at = part.rows.back().map_or(*end, |row| row.seq);
            }
        }
        let oldest = self.parts.iter_mut().map(|(part, _)| part).filter(|part| !part.rows.is_empty());
        let oldest = oldest.min_by_key(|part| part.rows.front().map(|row| (row.at, row.chain)));
        Ok(oldest.and_then(|part| part.rows.pop_front()))
    }
}

/// The ends of the chains that have rows.
async fn written(store: &dyn Store) -> Result<Vec<Head>, StoreError> {
    let heads = store.audit_heads().await?;
    Ok(heads.into_iter().filter(|head| head.rows > 0).collect())
}

fn block(heads: &[Head]) -> u64 {
    (BLOCK / heads.len().max(1) as u64).max(FEWEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_read_as_they_are_written() {
        for text in ["120", "0:120,3:55", "3:55"] {
            assert_eq!(text.parse::<Position>().map(|position| position.to_string()).as_deref(), Ok(text));
        }
        let many: Vec<String> = (0..=MAX_CHAINS).map(|chain| format!("{chain}:1")).collect();
        for bad in ["", "x", "1,2", "0:1,0:2", "0:", ":1", "70000:1", &many.join(",")] {
            assert_eq!(bad.parse::<Position>(), Err(PositionFault), "{bad}");
        }
    }
}
