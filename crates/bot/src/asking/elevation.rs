//! Rights for a while: who has which grant until when, as records that end by themselves.
//!
//! A record is sealed and bound to workspace, user and grant; one that does not open gives nothing.

use serde::{Deserialize, Serialize};
use store::{Change, Expect, UnixMillis};

use crate::asking::kept::KeptFault;
use crate::asking::pending::{Pending, PendingFault, Subject};
use crate::bot::Inner;
use crate::seal::{Keyring, Purpose};

/// The kind of these records in the store.
pub(crate) const KIND: &str = "elevation";
/// The version of [`Elevation`].
const VERSION: u32 = 1;

/// A right that somebody has for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Elevation {
    version: u32,
    pub(crate) tenant: String,
    pub(crate) user: String,
    /// The grant's name.
    pub(crate) grant: String,
    pub(crate) until: i64,
    pub(crate) approved_by: Vec<String>,
    pub(crate) reason: String,
}

/// The record that a request for a right becomes once it is approved. It begins now, not when it was asked for.
pub(crate) fn given(inner: &Inner, pending: &Pending, at: UnixMillis) -> Result<Option<Change>, KeptFault> {
    let Subject::Elevation { grant, seconds, reason } = &pending.subject else { return Ok(None) };
    let until = at.plus(i64::try_from(*seconds).unwrap_or(i64::MAX).saturating_mul(1000));
    let elevation = Elevation {
        version: VERSION,
        tenant: pending.asker.tenant.clone(),
        user: pending.asker.user.clone(),
        grant: grant.clone(),
        until: until.0,
        approved_by: pending.votes.iter().map(|vote| vote.user.clone()).collect(),
        reason: reason.clone(),
    };
    let key = format!("{}/{}/{grant}", elevation.tenant, elevation.user);
    let body = serde_json::to_vec(&elevation).map_err(PendingFault::from)?;
    let body = inner.seal.seal(Purpose::Elevation, &[KIND, &key], &body).map_err(PendingFault::from)?;
    Ok(Some(Change::put(KIND, key, Expect::Any, body, Some(until))))
}

/// What a record says, if it was sealed here for that key.
pub(crate) fn open(seal: &Keyring, key: &str, body: &[u8]) -> Option<Elevation> {
    let plain = seal.open(Purpose::Elevation, &[KIND, key], body).ok()?;
    let elevation: Elevation = serde_json::from_slice(&plain).ok()?;
    (elevation.version == VERSION).then_some(elevation)
}
