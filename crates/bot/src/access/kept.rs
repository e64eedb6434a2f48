//! Grants of the store as records, sealed and bound to workspace and id.

use policy::Grant;
use serde::{Deserialize, Serialize};
use store::{Change, Expect, Page, Record, StoreError, UnixMillis};

use super::draft::Draft;
use crate::bot::Inner;
use crate::seal::{Keyring, Purpose, SealError};
use crate::stamps::{STAMPS, Subject};

/// The kind of grants.
pub(super) const GRANTS: &str = "grant";
/// The version of [`Stored`].
const VERSION: u32 = 1;
/// How many grants are read at a time.
const PAGE: u32 = 200;
/// How many grants a store may hold.
const MOST: usize = 10_000;

/// A grant that was made from Slack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Its id within the workspace.
    pub(crate) id: String,
    pub(crate) team: String,
    pub(crate) by: String,
    pub(crate) at: UnixMillis,
    pub(crate) until: Option<UnixMillis>,
    pub(crate) draft: Draft,
    /// The record's version, for changes.
    pub(crate) version: u64,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    by: String,
    at: i64,
    draft: Draft,
}

impl Kept {
    /// As rules see it.
    pub(crate) fn grant(&self) -> Grant {
        self.draft.grant(&self.id, &self.team)
    }
}

/// The changes that make a grant.
pub(super) fn added(
    seal: &Keyring,
    team: &str,
    id: &str,
    by: &str,
    at: UnixMillis,
    draft: &Draft,
) -> Result<Vec<Change>, SealError> {
    let key = format!("{team}/{id}");
    let stored = Stored { version: VERSION, by: by.to_owned(), at: at.0, draft: draft.clone() };
    // A draft holds nothing that JSON cannot.
    let plain = serde_json::to_vec(&stored).unwrap_or_default();
    let body = seal.seal(Purpose::Grant, &[GRANTS, &key], &plain)?;
    let until = draft.until.map(UnixMillis);
    Ok(vec![Change::put(GRANTS, key, Expect::Absent, body, until)])
}

/// The changes that take a grant away, as it was looked at.
pub(super) fn removed(team: &str, id: &str, version: u64) -> Vec<Change> {
    vec![Change::remove(GRANTS, format!("{team}/{id}"), Expect::Version(version))]
}

/// The stamp of the grants as they are now; `None` before the first.
pub(super) async fn stamp(inner: &Inner) -> Result<Option<u64>, StoreError> {
    let record = inner.store.record(STAMPS, Subject::Grants.key(), inner.clock.millis()).await?;
    Ok(record.map(|record| record.version))
}

/// All grants that are in force, of every workspace.
pub(crate) async fn all(inner: &Inner) -> Result<Vec<Kept>, StoreError> {
    let now = inner.clock.millis();
    let mut page = Page { kind: GRANTS, prefix: String::new(), after: None, limit: PAGE };
    let mut grants = Vec::new();
    loop {
        let records = inner.store.records(page.clone(), now).await?;
        let end = records.len() < PAGE as usize || grants.len() > MOST;
        page.after = records.last().map(|record| record.key.clone());
        grants.extend(records.iter().filter_map(|record| read(&inner.seal, record)));
        if end {
            return Ok(grants);
        }
    }
}

/// One of them.
pub(crate) async fn find(inner: &Inner, team: &str, id: &str) -> Result<Option<Kept>, StoreError> {
    let record = inner.store.record(GRANTS, &format!("{team}/{id}"), inner.clock.millis()).await?;
    Ok(record.and_then(|record| read(&inner.seal, &record)))
}

/// A record that was not sealed here for its key gives nothing.
fn read(seal: &Keyring, record: &Record) -> Option<Kept> {
    let plain = seal.open(Purpose::Grant, &[GRANTS, &record.key], &record.body).ok();
    let stored: Option<Stored> = plain.and_then(|plain| serde_json::from_slice(&plain).ok());
    let Some(stored) = stored.filter(|stored| stored.version == VERSION) else {
        tracing::error!(key = record.key, "a grant in the store was not made by this bot; it gives nothing");
        return None;
    };
    let (team, id) = record.key.split_once('/')?;
    Some(Kept {
        id: id.to_owned(),
        team: team.to_owned(),
        by: stored.by,
        at: UnixMillis(stored.at),
        until: stored.draft.until.map(UnixMillis),
        draft: stored.draft,
        version: record.version,
    })
}
