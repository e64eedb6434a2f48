//! What older keys have sealed, sealed anew by the newest: so that an older key, once it is known to others, forges nothing that
//! is looked at, and can be forgotten.
//!
//! A record that changes meanwhile is left alone: whoever changed it has sealed it. Jobs are left alone too: they are done within
//! minutes. Absent on purpose: taking an older key from the ring.

use serde_json::json;
use store::{Batch, Change, Committed, Expect, NewAuditRow, Page, Record, Store, StoreError, UnixMillis};

use super::{Keyring, Purpose};

/// Kinds of records whose bodies are sealed for their kind and key, and what for.
const SEALED: [(&str, &[Purpose]); 10] = [
    ("alias", &[Purpose::Alias]),
    ("elevation", &[Purpose::Elevation]),
    ("freeze", &[Purpose::Freeze]),
    ("grant", &[Purpose::Grant]),
    ("kept-key", &[Purpose::Kept]),
    ("lines", &[Purpose::History]),
    ("member", &[Purpose::Members]),
    ("pending", &[Purpose::Pending, Purpose::Grant]),
    ("result", &[Purpose::History]),
    ("user", &[Purpose::Members]),
];
/// How many records are read at a time.
const PAGE: u32 = 50;

/// What became of what older keys had sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SealedAnew {
    /// Records that the newest key has sealed now.
    pub records: u64,
    /// Records that no key of the ring opens.
    pub closed: u64,
}

/// Seals by the newest key whatever an older one has sealed and the ring still opens.
///
/// # Errors
/// The store failed; what was done by then stays, and it can be done again.
pub async fn seal_anew(store: &dyn Store, ring: &Keyring, now: UnixMillis) -> Result<SealedAnew, StoreError> {
    let mut done = SealedAnew::default();
    for (kind, purposes) in SEALED {
        let mut page = Page { kind, prefix: String::new(), after: None, limit: PAGE };
        loop {
            let records = store.records(page.clone(), now).await?;
            if let Some(missing) = ring.missing(records.iter().map(|record| record.body.as_slice()), now) {
                ring.fetch(missing).await;
            }
            for record in records.iter().filter(|record| ring.is_older(&record.body)) {
                match one(ring, kind, purposes, record) {
                    Some(change) => done.records += u64::from(put(store, change, now).await?),
                    None => done.closed += 1,
                }
            }
            let Some(last) = records.last().filter(|_| records.len() == PAGE as usize) else { break };
            page.after = Some(last.key.clone());
        }
    }
    if done.records > 0 {
        let key = ring.ids().last().map(ToString::to_string);
        let body = json!({"key": key, "records": done.records, "closed": done.closed});
        let row = NewAuditRow { at: now, kind: "sealed anew", job: String::new(), body };
        store.append_audit(vec![row]).await?;
    }
    Ok(done)
}

/// The record as the newest key seals it.
fn one(ring: &Keyring, kind: &'static str, purposes: &[Purpose], record: &Record) -> Option<Change> {
    let place = [kind, record.key.as_str()];
    let opened = purposes.iter().find_map(|purpose| {
        let plain = ring.open(*purpose, &place, &record.body).ok()?;
        Some((*purpose, zeroize::Zeroizing::new(plain)))
    });
    let (purpose, plain) = opened?;
    let body = ring.seal(purpose, &place, &plain).ok()?;
    Some(Change::put(kind, record.key.clone(), Expect::Version(record.version), body, record.expires_at))
}

async fn put(store: &dyn Store, change: Change, now: UnixMillis) -> Result<bool, StoreError> {
    let batch = Batch { now, changes: vec![change], job: None, rows: Vec::new() };
    Ok(matches!(store.commit(batch).await?, Committed::Done(_)))
}
