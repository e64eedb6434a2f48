//! The walk over the chain: hashes, and the signatures in it.

use super::{AuditRow, Checkpoint, FIRST_HASH, Hash, PublicKey};
use crate::{Store, StoreError};

/// How many rows are read at a time.
const PAGE: u32 = 500;

/// What a walk over the chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verification {
    /// Every row is as it was written.
    Whole {
        /// How many rows there are.
        rows: u64,
    },
    /// Something was changed.
    Broken {
        /// The first row that is not as it should be.
        seq: u64,
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

/// What is signed of a chain. Rows behind the last checkpoint are not: if the end of the chain were cut off there, the
/// rest would look whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signed {
    /// How many checkpoints hold.
    pub checkpoints: u64,
    /// The last of them.
    pub last: Option<Checkpoint>,
}

/// Walks the whole chain. Rows appended meanwhile are not looked at; signatures neither.
pub async fn verify(store: &dyn Store) -> Result<Verification, StoreError> {
    walk(store, |_, _| None).await
}

/// Walks the whole chain and checks each checkpoint in it by those keys.
pub async fn verify_signed(
    store: &dyn Store,
    keys: &[PublicKey],
) -> Result<(Verification, Signed), StoreError> {
    let mut signed = Signed::default();
    let found = walk(store, |row, previous| {
        if row.kind != Checkpoint::KIND {
            return None;
        }
        let Some(checkpoint) = Checkpoint::read(row) else { return Some(Break::Signature) };
        let Some(key) = keys.iter().find(|key| key.id() == checkpoint.key) else {
            return Some(Break::UnknownKey);
        };
        if checkpoint.rows + 1 != row.seq || checkpoint.head != *previous || !checkpoint.is_by(key) {
            return Some(Break::Signature);
        }
        signed.checkpoints += 1;
        signed.last = Some(checkpoint);
        None
    });
    let found = found.await?;
    Ok((found, signed))
}

/// `look` sees each row that is as hashed, with the hash before it, and may find something else wrong with it.
async fn walk(
    store: &dyn Store,
    mut look: impl FnMut(&AuditRow, &Hash) -> Option<Break>,
) -> Result<Verification, StoreError> {
    let (last, last_hash) = store.audit_head().await?;
    let (mut seq, mut hash) = (0, FIRST_HASH);
    loop {
        let rows = store.audit_rows(seq, PAGE).await?;
        let end = rows.len() < PAGE as usize;
        for row in rows {
            if row.seq > last {
                // Appended since the head was read, or slipped in behind it.
                return finish(store, seq, last, &hash, &last_hash).await;
            }
            if row.seq != seq + 1 {
                return Ok(Verification::Broken { seq: seq + 1, what: Break::Missing });
            }
            if row.hash_after(&hash) != row.hash {
                return Ok(Verification::Broken { seq: row.seq, what: Break::Altered });
            }
            if let Some(what) = look(&row, &hash) {
                return Ok(Verification::Broken { seq: row.seq, what });
            }
            (seq, hash) = (row.seq, row.hash);
        }
        if end {
            return finish(store, seq, last, &hash, &last_hash).await;
        }
    }
}

async fn finish(
    store: &dyn Store,
    seq: u64,
    last: u64,
    hash: &Hash,
    last_hash: &Hash,
) -> Result<Verification, StoreError> {
    let broken = |seq, what| Ok(Verification::Broken { seq, what });
    if seq < last {
        return broken(seq + 1, Break::Missing);
    }
    if hash != last_hash {
        return broken(last, Break::Altered);
    }
    let (now_last, _) = store.audit_head().await?;
    let beyond = store.audit_rows(now_last, 1).await?;
    match beyond.first() {
        // A row behind the end may be one just appended: only one behind the newest end is not.
        Some(row) if row.seq > store.audit_head().await?.0 => broken(row.seq, Break::Unrecorded),
        _ => Ok(Verification::Whole { rows: seq }),
    }
}
