//! Follows what other processes that share the store change: rights, freezes, memberships, accounts.
//!
//! Where the store is shared, each request reads the stamps, once, and reads again what has changed since this process
//! read it: so what another process wrote before a request began holds for that request. Where one process owns the store
//! nothing of this happens: what it keeps in memory is what it wrote.
//! Invariants: a subject counts as read only up to the stamp that was seen before reading; while the stamps cannot be
//! read, what was known counts for [`LONGEST_MS`], and then nothing that the store would grant is granted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use store::{Page, StoreError, UnixMillis};
use tokio::sync::Mutex;

use crate::bot::Inner;
use crate::stamps::{ALL, NOTE_KEPT_MS, NOTES, STAMPS, Subject};
use crate::{access, discovery, members};

/// How long what was known counts while the stamps cannot be read, in milliseconds.
const LONGEST_MS: i64 = 10_000;
/// How many notes are read at most; of more, everything is read.
const MOST_NOTES: u32 = 1_000;

/// How far this process has followed.
#[derive(Default)]
pub(crate) struct Follow {
    seen: std::sync::Mutex<Seen>,
    /// Held by whoever reads again.
    turn: Mutex<()>,
}

#[derive(Default)]
struct Seen {
    stamps: BTreeMap<Subject, u64>,
    /// When the stamps were read last.
    looked: Option<UnixMillis>,
    /// When members were read last, and the notes that were there.
    members: Option<UnixMillis>,
    notes: BTreeMap<String, u64>,
}

/// Whether what is kept in memory holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Followed {
    /// It is what the store holds, or was a moment ago.
    Fresh,
    /// Nobody knows: nothing that the store would grant may be granted.
    Stale,
}

/// Takes up everything at start, and remembers how far that was.
///
/// # Errors
/// The store does not answer.
pub(crate) async fn start(inner: &Inner) -> Result<(), StoreError> {
    let now = inner.clock.millis();
    let (stamps, notes) = (stamps(inner, now).await?, notes(inner, now).await?);
    members::load(inner, stamps.get(&Subject::Members).copied()).await?;
    discovery::take_up_kept(inner).await?;
    access::renew(inner).await?;
    if inner.settings.shared_store {
        inner.standing.renew(inner).await;
    }
    let mut seen = seen(inner);
    *seen = Seen { stamps, looked: Some(now), members: Some(now), notes: notes.unwrap_or_default() };
    Ok(())
}

/// Brings what is kept in memory up to what the store holds now, where others may have changed it.
pub(crate) async fn follow(inner: &Inner) -> Followed {
    if !inner.settings.shared_store {
        return Followed::Fresh;
    }
    let now = inner.clock.millis();
    match followed(inner, now).await {
        Ok(()) => {
            let mut seen = seen(inner);
            seen.looked = seen.looked.max(Some(now));
            Followed::Fresh
        }
        Err(error) => {
            inner.note::<()>(Err(error));
            let looked = seen(inner).looked;
            let is_recent = looked.is_some_and(|looked| now.since(looked) < LONGEST_MS);
            if is_recent {
                return Followed::Fresh;
            }
            inner.counters.stale.add();
            Followed::Stale
        }
    }
}

async fn followed(inner: &Inner, now: UnixMillis) -> Result<(), StoreError> {
    let stamps = stamps(inner, now).await?;
    if changed(inner, &stamps).is_empty() {
        inner.counters.current.add();
        return Ok(());
    }
    inner.counters.reread.add();
    let _turn = inner.follow.turn.lock().await;
    // Somebody else may have read it meanwhile.
    for subject in changed(inner, &stamps) {
        match subject {
            Subject::Grants => access::renew(inner).await?,
            Subject::Standing => inner.standing.read_again(inner).await?,
            Subject::Accounts => discovery::take_up_kept(inner).await?,
            Subject::Members => read_members(inner, stamps.get(&subject).copied(), now).await?,
        }
        if let Some(stamp) = stamps.get(&subject) {
            seen(inner).stamps.insert(subject, *stamp);
        }
    }
    Ok(())
}

/// Subjects whose stamp is newer than what this process has read.
fn changed(inner: &Inner, stamps: &BTreeMap<Subject, u64>) -> Vec<Subject> {
    let seen = seen(inner);
    let newer = |(subject, stamp): (&Subject, &u64)| {
        seen.stamps.get(subject).is_none_or(|seen| seen < stamp).then_some(*subject)
    };
    stamps.iter().filter_map(newer).collect()
}

async fn stamps(inner: &Inner, now: UnixMillis) -> Result<BTreeMap<Subject, u64>, StoreError> {
    let page = Page { kind: STAMPS, prefix: String::new(), after: None, limit: 16 };
    let records = inner.store.records(page, now).await?;
    let of = |key: &str| Subject::ALL.into_iter().find(|subject| subject.key() == key);
    Ok(records.iter().filter_map(|record| Some((of(&record.key)?, record.version))).collect())
}

/// The notes that there are; `None` if there are too many to go by.
async fn notes(inner: &Inner, now: UnixMillis) -> Result<Option<BTreeMap<String, u64>>, StoreError> {
    let page = Page { kind: NOTES, prefix: String::new(), after: None, limit: MOST_NOTES };
    let records = inner.store.records(page, now).await?;
    let fits = records.len() < MOST_NOTES as usize;
    Ok(fits.then(|| records.into_iter().map(|record| (record.key, record.version)).collect()))
}

/// Reads the members of what notes name, or all.
async fn read_members(inner: &Inner, stamp: Option<u64>, now: UnixMillis) -> Result<(), StoreError> {
    let found = notes(inner, now).await?;
    let named = {
        let seen = seen(inner);
        let recent = seen.members.is_some_and(|at| now.since(at) < NOTE_KEPT_MS / 2);
        let is_new =
            |(key, version): (&String, &u64)| (seen.notes.get(key) != Some(version)).then(|| key.clone());
        found
            .as_ref()
            .filter(|_| recent)
            .map(|notes| notes.iter().filter_map(is_new).collect::<BTreeSet<String>>())
    };
    match named.filter(|named| !named.contains(ALL)) {
        Some(named) => members::read_again(inner, &named).await?,
        None => members::reload(inner, stamp).await?,
    }
    let mut seen = seen(inner);
    seen.members = Some(now);
    seen.notes = found.unwrap_or_default();
    Ok(())
}

fn seen(inner: &Inner) -> std::sync::MutexGuard<'_, Seen> {
    inner.follow.seen.lock().unwrap_or_else(PoisonError::into_inner)
}
