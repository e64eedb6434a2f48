//! A cache that several processes share: all that is known of members in one piece, for those that start.
//!
//! What lies there is sealed and bound to the stamp that it was read at, so that nothing in it is believed that was made or
//! moved by somebody else, or is older than the store says. Invariants: whatever the cache does, the store answers; a cache
//! that is down or slow costs a moment, and then nothing for a while, which is its keeper's business.
//! Absent on purpose: the connection, which the binary brings.

pub mod wire;

use aws_call::BoxFuture;
use store::Record;

use crate::bot::Inner;
use crate::seal::Purpose;

/// The most that is kept in one piece, in bytes.
pub const MAX_PIECE: usize = 16 * 1024 * 1024;
/// What the pieces are.
const MEMBERS: &str = "members";

/// A cache. What it does not answer in time it does not have.
pub trait SharedCache: Send + Sync {
    /// What lies under that key.
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Option<Vec<u8>>>;

    /// Puts something there, for a while, if that can be done quickly.
    fn put<'a>(&'a self, key: &'a str, piece: Vec<u8>) -> BoxFuture<'a, ()>;
}

/// The records about members at that stamp, if the cache has them.
pub(crate) async fn members(inner: &Inner, stamp: u64) -> Option<Vec<Record>> {
    let cache = inner.settings.cache.as_ref()?;
    let records = match cache.get(&key(inner, stamp)).await {
        Some(piece) => opened(inner, stamp, &piece),
        None => None,
    };
    let counter = if records.is_some() { &inner.counters.cache_hits } else { &inner.counters.cache_misses };
    counter.add();
    records
}

fn opened(inner: &Inner, stamp: u64, piece: &[u8]) -> Option<Vec<Record>> {
    let records = inner
        .seal
        .open(Purpose::Cache, &[MEMBERS, &stamp.to_string()], piece)
        .ok()
        .and_then(|plain| unpack(&plain));
    if records.is_none() {
        tracing::warn!(
            "the shared cache holds something that was not put there by this bot for now; the store answers"
        );
    }
    records
}

/// Puts the records about members at that stamp there.
pub(crate) async fn put_members(inner: &Inner, stamp: u64, records: &[Record]) {
    let Some(cache) = &inner.settings.cache else { return };
    let Some(plain) = pack(records) else { return };
    if let Ok(piece) = inner.seal.seal(Purpose::Cache, &[MEMBERS, &stamp.to_string()], &plain) {
        cache.put(&key(inner, stamp), piece).await;
    }
}

/// Its own for each ring, so that several Bellhops can share a cache.
fn key(inner: &Inner, stamp: u64) -> String {
    let own: String = inner.seal.hash(&["cache"]).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("bellhop:{own}:{MEMBERS}:{stamp}")
}

/// Each record's kind, key and body behind their lengths; `None` if that is more than one piece takes.
fn pack(records: &[Record]) -> Option<Vec<u8>> {
    let mut packed = Vec::new();
    for record in records {
        for part in [record.kind.as_bytes(), record.key.as_bytes(), &record.body] {
            packed.extend_from_slice(&u32::try_from(part.len()).ok()?.to_be_bytes());
            packed.extend_from_slice(part);
        }
    }
    (packed.len() <= MAX_PIECE / 2).then_some(packed)
}

fn unpack(mut packed: &[u8]) -> Option<Vec<Record>> {
    let mut records = Vec::new();
    while !packed.is_empty() {
        let mut part = || {
            let (length, rest) = packed.split_first_chunk::<4>()?;
            let (part, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
            packed = rest;
            Some(part.to_vec())
        };
        let (kind, key, body) = (part()?, part()?, part()?);
        let (kind, key) = (String::from_utf8(kind).ok()?, String::from_utf8(key).ok()?);
        records.push(Record { kind, key, version: 0, expires_at: None, body });
    }
    Some(records)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn records_come_back(all in prop::collection::vec(("[a-z]{1,8}", "\\PC{0,20}", prop::collection::vec(any::<u8>(), 0..40)), 0..8)) {
            let record = |(kind, key, body)| Record { kind, key, version: 0, expires_at: None, body };
            let records: Vec<Record> = all.into_iter().map(record).collect();
            let packed = pack(&records).unwrap_or_default();
            prop_assert_eq!(unpack(&packed), Some(records));
        }

        #[test]
        fn any_bytes_are_records_or_none(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Some(records) = unpack(&bytes) {
                prop_assert_eq!(pack(&records), Some(bytes));
            }
        }
    }
}
