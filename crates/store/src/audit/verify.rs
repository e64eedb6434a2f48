//! The walk over the chains: hashes, and the signatures in them.

use std::collections::BTreeMap;

use super::{AuditRow, Checkpoint, FIRST_HASH, Hash, Head, Place, PublicKey};
use crate::{Store, StoreError};

/// How many rows are read at a time.
const PAGE: u32 = 500;

/// What a walk over all chains found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verification {
    /// Every row is as it was written.
    Whole {
        /// How many rows there are, in all chains together.
        rows: u64,
    },
    /// Something was changed.
    Broken {
        /// The first row of its chain that is not as it should be.
        at: Place,
        /// In which way.
        what: Break,
    },
}

/// In which way a chain is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// The row, or one before it, is not what was hashed.
    Altered,
    /// The row is missing.
    Missing,
    /// The row stands behind the recorded end of the chain.
    Unrecorded,
    /// The row is a checkpoint that was not made for what stands before it: some of that was written anew.
    Signature,
    /// The row is a checkpoint by a key that is not among those given.
    UnknownKey,
}

/// What is signed. Rows behind the last checkpoint of a chain are not: if the end of the chain were cut off there, and no
/// checkpoint of another chain speaks of it, the rest would look whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signed {
    /// How many checkpoints hold.
    pub checkpoints: u64,
    /// The last of each chain.
    pub last: BTreeMap<u16, Checkpoint>,
}

impl Signed {
    /// The last of all.
    pub fn latest(&self) -> Option<&Checkpoint> {
        self.last.values().max_by_key(|checkpoint| checkpoint.at)
    }
}

/// Walks all chains. Rows appended meanwhile are not looked at; signatures neither.
pub async fn verify(store: &dyn Store) -> Result<Verification, StoreError> {
    let mut rows = 0;
    for head in store.audit_heads().await? {
        match walk(store, &head, |_, _| None).await? {
            Verification::Whole { rows: found } => rows += found,
            broken @ Verification::Broken { .. } => return Ok(broken),
        }
    }
    Ok(Verification::Whole { rows })
}

/// Walks all chains, checks each checkpoint in them by those keys, and holds the chains against what the checkpoints of
/// others say of them.
pub async fn verify_signed(
    store: &dyn Store,
    keys: &[PublicKey],
) -> Result<(Verification, Signed), StoreError> {
    let mut signed = Signed::default();
    let mut spoken_of: BTreeMap<u16, Head> = BTreeMap::new();
    let mut rows = 0;
    for head in store.audit_heads().await? {
        let found = walk(store, &head, |row, previous| {
            if row.kind != Checkpoint::KIND {
                return None;
            }
            let checkpoint = match checked(row, previous, keys) {
                Ok(checkpoint) => checkpoint,
                Err(what) => return Some(what),
            };
            for other in &checkpoint.others {
                let known = spoken_of.entry(other.chain).or_insert(*other);
                if known.rows < other.rows {
                    *known = *other;
                }
            }
            signed.checkpoints += 1;
            signed.last.insert(row.chain, checkpoint);
            None
        });
        match found.await? {
            Verification::Whole { rows: found } => rows += found,
            broken @ Verification::Broken { .. } => return Ok((broken, signed)),
        }
    }
    for head in spoken_of.values() {
        if let Some(broken) = held_against(store, head).await? {
            return Ok((broken, signed));
        }
    }
    Ok((Verification::Whole { rows }, signed))
}

/// The checkpoint in a row, if it was made for what stands before it, by one of those keys.
fn checked(row: &AuditRow, previous: &Hash, keys: &[PublicKey]) -> Result<Checkpoint, Break> {
    let checkpoint = Checkpoint::read(row).ok_or(Break::Signature)?;
    let key = keys.iter().find(|key| key.id() == checkpoint.key).ok_or(Break::UnknownKey)?;
    if checkpoint.rows + 1 != row.seq || checkpoint.head != *previous || !checkpoint.is_by(key) {
        return Err(Break::Signature);
    }
    Ok(checkpoint)
}

/// Whether a chain still has the row that was its last when another chain was signed.
async fn held_against(store: &dyn Store, head: &Head) -> Result<Option<Verification>, StoreError> {
    let Head { chain, rows, hash } = *head;
    let row = store.audit_rows(chain, rows.saturating_sub(1), 1).await?.into_iter().next();
    let at = Place { chain, seq: rows };
    Ok(match row.filter(|row| row.seq == rows) {
        Some(row) if row.hash == hash => None,
        Some(_) => Some(Verification::Broken { at, what: Break::Altered }),
        None => Some(Verification::Broken { at, what: Break::Missing }),
    })
}

/// Walks one chain to its recorded end. `look` sees each row that is as hashed, with the hash before it, and may find
/// something else wrong with it.
async fn walk(
    store: &dyn Store,
    end: &Head,
    mut look: impl FnMut(&AuditRow, &Hash) -> Option<Break>,
) -> Result<Verification, StoreError> {
    let chain = end.chain;
    let broken = |seq, what| Ok(Verification::Broken { at: Place { chain, seq }, what });
    let (mut seq, mut hash) = (0, FIRST_HASH);
    loop {
        let rows = store.audit_rows(chain, seq, PAGE).await?;
        let is_end = rows.len() < PAGE as usize;
        for row in rows {
            if row.seq > end.rows {
                // Appended since the head was read, or slipped in behind it.
                return finish(store, end, seq, &hash).await;
            }
            if row.seq != seq + 1 {
                return broken(seq + 1, Break::Missing);
            }
            if row.hash_after(&hash) != row.hash {
                return broken(row.seq, Break::Altered);
            }
            if let Some(what) = look(&row, &hash) {
                return broken(row.seq, what);
            }
            (seq, hash) = (row.seq, row.hash);
        }
        if is_end {
            return finish(store, end, seq, &hash).await;
        }
    }
}

async fn finish(store: &dyn Store, end: &Head, seq: u64, hash: &Hash) -> Result<Verification, StoreError> {
    let chain = end.chain;
    let broken = |seq, what| Ok(Verification::Broken { at: Place { chain, seq }, what });
    if seq < end.rows {
        return broken(seq + 1, Break::Missing);
    }
    if *hash != end.hash {
        return broken(end.rows, Break::Altered);
    }
    let beyond = store.audit_rows(chain, now(store, chain).await?, 1).await?;
    match beyond.first() {
        // A row behind the end may be one just appended: only one behind the newest end is not.
        Some(row) if row.seq > now(store, chain).await? => broken(row.seq, Break::Unrecorded),
        _ => Ok(Verification::Whole { rows: seq }),
    }
}

/// How many rows the chain has by now.
async fn now(store: &dyn Store, chain: u16) -> Result<u64, StoreError> {
    let heads = store.audit_heads().await?;
    Ok(heads.iter().find(|head| head.chain == chain).map_or(0, |head| head.rows))
}
