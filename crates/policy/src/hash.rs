//! Ids looked up by a hash that is computed once and shared between tables.
//!
//! Ids come from configuration and from Slack; whoever could choose them freely could make lookups slow, never wrong:
//! an entry counts only when the id itself is equal.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

const START: u64 = 0xcbf2_9ce4_8422_2325;

/// A hash of an id (FNV-1a, then mixed so that the low bits depend on all).
pub(crate) fn hash_of(id: &str) -> u64 {
    mixed(id.bytes().fold(START, with))
}

/// The hashes of the first 0, 1, 2, … bytes of an id, each with its length.
pub(crate) fn hashes_of_beginnings(id: &str) -> impl Iterator<Item = (usize, u64)> {
    let further = id.bytes().scan(START, |hash, byte| {
        *hash = with(*hash, byte);
        Some(*hash)
    });
    std::iter::once(START).chain(further).map(mixed).enumerate()
}

fn with(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
}

fn mixed(fnv: u64) -> u64 {
    let mixed = (fnv ^ (fnv >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 29)
}

/// Takes a hash as it is.
#[derive(Default)]
pub(crate) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // Keys are `u64`, which arrive below; anything else would still be hashed soundly.
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// Values by id, numbered in the order in which the ids came.
#[derive(Debug, Clone)]
pub(crate) struct ById<T> {
    entries: Vec<Entry<T>>,
    /// The first entry of each hash; further ones are chained.
    first: HashMap<u64, u32, BuildHasherDefault<AsItIs>>,
}

#[derive(Debug, Clone)]
struct Entry<T> {
    id: Box<str>,
    hash: u64,
    /// The next entry with the same hash.
    next: Option<u32>,
    value: T,
}

impl<T> Default for ById<T> {
    fn default() -> ById<T> {
        ById { entries: Vec::new(), first: HashMap::default() }
    }
}

impl<T: Default> ById<T> {
    /// The number of the id, which is entered if it is new.
    pub(crate) fn number(&mut self, id: &str) -> u32 {
        let hash = hash_of(id);
        if let Some(number) = self.find_hashed(id, hash) {
            return number;
        }
        let number = self.entries.len() as u32;
        let next = self.first.insert(hash, number);
        self.entries.push(Entry { id: id.into(), hash, next, value: T::default() });
        number
    }
}

impl<T> ById<T> {
    /// The number of the id.
    pub(crate) fn find(&self, id: &str) -> Option<u32> {
        self.find_hashed(id, hash_of(id))
    }

    /// The same where the hash is known.
    pub(crate) fn find_hashed(&self, id: &str, hash: u64) -> Option<u32> {
        let mut at = self.first.get(&hash).copied();
        while let Some(number) = at {
            let entry = &self.entries[number as usize];
            if *entry.id == *id {
                return Some(number);
            }
            at = entry.next;
        }
        None
    }

    /// The value of a number that this table gave.
    pub(crate) fn at(&self, number: u32) -> &T {
        &self.entries[number as usize].value
    }

    /// The same, to change it.
    pub(crate) fn at_mut(&mut self, number: u32) -> &mut T {
        &mut self.entries[number as usize].value
    }

    /// The id of a number, and its hash.
    pub(crate) fn id(&self, number: u32) -> (&str, u64) {
        let entry = &self.entries[number as usize];
        (&entry.id, entry.hash)
    }

    /// Each id and value.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.entries.iter().map(|entry| (&*entry.id, &entry.value))
    }
}
