//! How Bellhop itself stands: what only the running bot knows, and the port to whoever looks at all the rest.
//!
//! Invariant: a finding holds no secret, no line that somebody typed, and no name of a person.
//! Absent on purpose: the looking at configuration, network and machine, which is the binary's business.

use std::time::Duration;

use aws_call::BoxFuture;
use serde::Serialize;
use store::{Batch, Change, Expect, StoreError, Totals};

use crate::bot::{Bot, Inner};
use crate::journal;
use crate::members;

/// The kind of the record that a trial write leaves.
const TRIAL: &str = "trial";
/// How long that lasts.
const TRIAL_MS: i64 = 60_000;

/// How well something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As it should.
    Ok,
    /// It works, and should be otherwise.
    Warning,
    /// It does not work.
    Failure,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it belongs to: `Slack`.
    pub group: &'static str,
    /// Its name within: `scopes`.
    pub name: String,
    /// How well it stands.
    pub level: Level,
    /// How it stands, one sentence.
    pub what: String,
    /// What to do about it, one sentence; none where it stands well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// Looks at everything that Bellhop needs.
pub trait Doctor: Send + Sync {
    /// What it found; `health` is what the bot knows.
    fn examine(&self, health: Health) -> BoxFuture<'_, Vec<Finding>>;
}

/// What the running bot knows of itself.
#[derive(Debug, Clone)]
pub struct Health {
    /// The store, or why it failed.
    pub store: Result<StoreHealth, String>,
    /// Usergroups and channels that rules name.
    pub groups: Vec<GroupHealth>,
    /// The index, if there is one.
    pub index: Option<IndexHealth>,
}

/// How the store stands.
#[derive(Debug, Clone)]
pub struct StoreHealth {
    /// Jobs by where they stand.
    pub totals: Totals,
    /// For how long the job that waits longest could have been taken.
    pub waiting: Option<Duration>,
    /// How long a trial write and reading it took.
    pub took: Duration,
    /// Rows of the record that are not copied elsewhere yet, if they are to be.
    pub uncopied: Option<u64>,
}

/// What is known of a group's members.
#[derive(Debug, Clone)]
pub struct GroupHealth {
    /// Its id.
    pub id: String,
    /// How old its last list is; none if it was never read.
    pub age: Option<Duration>,
    /// Why it could not be read last, if that failed.
    pub fault: Option<String>,
}

/// How fresh the index is.
#[derive(Debug, Clone)]
pub struct IndexHealth {
    /// How many listings it holds.
    pub listings: usize,
    /// How many things those hold.
    pub entries: u64,
    /// How old the oldest of them is.
    pub oldest: Option<Duration>,
}

impl Bot {
    /// How it stands now. Writes a small record to the store to see whether that can be done.
    pub async fn health(&self) -> Health {
        of(self.inner()).await
    }
}

pub(crate) async fn of(inner: &Inner) -> Health {
    let store = of_store(inner).await.map_err(|error| crate::outcome::causes(&error));
    // What cannot be loaded shows as never read.
    let _: Result<(), StoreError> = members::load(inner, None).await;
    Health { store, groups: members::ages(inner), index: of_index(inner) }
}

async fn of_store(inner: &Inner) -> Result<StoreHealth, StoreError> {
    let (begun, now) = (inner.clock.0.instant(), inner.clock.millis());
    let key = format!("doctor/{}", now.0);
    let put = Change::put(TRIAL, key.clone(), Expect::Any, b"1".to_vec(), Some(now.plus(TRIAL_MS)));
    inner.store.commit(Batch { now, changes: vec![put], job: None, rows: Vec::new() }).await?;
    if inner.store.record(TRIAL, &key, now).await?.is_none() {
        return Err(StoreError::Unreadable("what was just written".to_owned()));
    }
    let took = inner.clock.0.instant().saturating_duration_since(begun);
    let gone = Change::remove(TRIAL, key, Expect::Any);
    inner.store.commit(Batch { now, changes: vec![gone], job: None, rows: Vec::new() }).await?;
    let totals = inner.store.totals().await?;
    let waiting = waiting(inner).await?;
    Ok(StoreHealth { totals, waiting, took, uncopied: journal::uncopied(inner).await? })
}

/// For how long the job that waits longest could have been taken.
pub(crate) async fn waiting(inner: &Inner) -> Result<Option<Duration>, StoreError> {
    let now = inner.clock.millis();
    let ready = inner.store.next_ready().await?.filter(|ready| *ready <= now);
    Ok(ready.map(|ready| Duration::from_millis(now.since(ready).unsigned_abs())))
}

fn of_index(inner: &Inner) -> Option<IndexHealth> {
    let (listed, now) = (inner.index.as_ref()?.listed(), inner.clock.millis());
    let oldest = listed.iter().map(|listed| listed.at).min();
    Some(IndexHealth {
        listings: listed.len(),
        entries: listed.iter().map(|listed| u64::from(listed.entries)).sum(),
        oldest: oldest.map(|at| Duration::from_millis(now.since(at).max(0).unsigned_abs())),
    })
}
