//! Grants that are made from Slack: by admins, under the file's ceiling, after a look at what changes.
//!
//! The way: words or a form become a [`draft`]; `preview` compiles it beside all other rules and says what it really
//! gives; the change waits, sealed, for its author's button; pressing it changes the grant, the version stamp and the
//! audit in one step; every process that sees another stamp reads the grants anew.
//!
//! Invariants: nothing changes that was not shown; a grant holds only in the workspace in which it was made; one that was
//! not sealed here gives nothing; whoever presses must still be an admin then.
//! Absent on purpose: denies and ceilings, which stand in the file.

mod change;
mod draft;
mod form;
mod kept;
mod preview;

use std::sync::Mutex;
use std::time::Duration;

use store::{StoreError, UnixMillis};

use crate::bot::Inner;

pub(crate) use change::{press, propose_adding, propose_removing};
pub(crate) use draft::Draft;
pub(crate) use form::offer;
pub(crate) use form::open as open_form;
pub(crate) use kept::{Kept, all, find};
pub(crate) use preview::rights;

/// How often the stamp is looked at, for changes that other processes make.
const LOOK: Duration = Duration::from_secs(2);

/// What this process knows of the grants.
#[derive(Default)]
pub(crate) struct Access(Mutex<Seen>);

#[derive(Default, Clone, Copy)]
struct Seen {
    /// The stamp of the grants that are in force.
    stamp: Option<u64>,
    /// When the first of them ends.
    ends: Option<UnixMillis>,
}

/// Brings the rules in line with the store's grants.
///
/// # Errors
/// The store does not answer: the rules stay as they are.
pub(crate) async fn renew(inner: &Inner) -> Result<(), StoreError> {
    let stamp = kept::stamp(inner).await?;
    let grants = kept::all(inner).await?;
    let ends = grants.iter().filter_map(|grant| grant.until).min();
    inner.rules.set_store_grants(grants.iter().map(Kept::grant).collect());
    for fault in inner.rules.get().policy.set_aside() {
        tracing::warn!(%fault, "a grant that was made from Slack gives nothing");
    }
    *seen(inner) = Seen { stamp, ends };
    inner.members.look();
    Ok(())
}

/// Follows changes for as long as it is polled.
pub(crate) async fn keep(inner: &Inner) {
    loop {
        inner.clock.pause(LOOK).await;
        if let Some(true) = inner.note(has_changed(inner).await) {
            inner.note(renew(inner).await);
        }
    }
}

/// Takes up what changed since it was looked at last, without waiting for the next look.
///
/// # Errors
/// The store does not answer.
pub(crate) async fn catch_up(inner: &Inner) -> Result<(), StoreError> {
    if has_changed(inner).await? { renew(inner).await } else { Ok(()) }
}

async fn has_changed(inner: &Inner) -> Result<bool, StoreError> {
    let stamp = kept::stamp(inner).await?;
    let seen = *seen(inner);
    let now = inner.clock.millis();
    Ok(seen.stamp != stamp || seen.ends.is_some_and(|ends| ends <= now))
}

fn seen(inner: &Inner) -> std::sync::MutexGuard<'_, Seen> {
    inner.access.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
