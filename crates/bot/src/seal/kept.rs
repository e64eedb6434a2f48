//! Keys of Bellhop's own, such as the one that signs the record, kept in the store where there is no disk to keep them on.

use store::{Batch, Change, Committed, Expect, Store, StoreError, UnixMillis};
use zeroize::Zeroizing;

use super::{Keyring, Purpose, SealError};

/// The kind of the records.
const KIND: &str = "kept-key";

/// Why there is no such key.
#[derive(Debug, thiserror::Error)]
pub enum KeptKeyFault {
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// It cannot be sealed, or what is kept was not sealed here.
    #[error("the key that is kept in the store cannot be read")]
    Seal(#[from] SealError),
}

/// The key of that name as it is kept; `fresh` if there is none yet. Of several processes that start together all get the
/// same.
///
/// # Errors
/// The store failed, or what it holds was not sealed by this ring.
pub async fn kept_key(
    store: &dyn Store,
    ring: &Keyring,
    name: &str,
    fresh: Zeroizing<String>,
    now: UnixMillis,
) -> Result<Zeroizing<Vec<u8>>, KeptKeyFault> {
    let record = [KIND, name];
    let sealed = match store.record(KIND, name, now).await? {
        Some(found) => found.body,
        None => {
            let body = ring.seal(Purpose::Kept, &record, fresh.as_bytes())?;
            let changes = vec![Change::put(KIND, name, Expect::Absent, body.clone(), None)];
            match store.commit(Batch { now, changes, job: None, rows: Vec::new() }).await? {
                Committed::Done(_) => body,
                // Somebody was quicker, and theirs counts.
                _ => store.record(KIND, name, now).await?.map(|found| found.body).unwrap_or_default(),
            }
        }
    };
    if let Some(missing) = ring.missing(std::iter::once(sealed.as_slice()), now) {
        ring.fetch(missing).await;
    }
    Ok(Zeroizing::new(ring.open(Purpose::Kept, &record, &sealed)?))
}
