//! What holds for a while: freezes, and rights given on request. Kept in the store, and in memory for [`FRESH_MS`], so
//! that every process that shares the store acts upon a change within a second; the one that makes it, at once.
//!
//! A freeze that cannot be read freezes; a right that cannot be read gives nothing. While the store cannot be read
//! what was known last holds, and rights end at their time.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use policy::Freeze;
use store::{Page, StoreError, UnixMillis};
use tokio::sync::Mutex;

use crate::asking::elevation::{self, Elevation};
use crate::asking::freeze;
use crate::bot::Inner;

/// How long what was read is believed, in milliseconds.
const FRESH_MS: i64 = 1_000;
/// Records that are read at a time, and how often at most.
const PAGE: u32 = 500;
const PAGES: usize = 20;

/// What holds at a moment.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    read_at: Option<UnixMillis>,
    /// With the moment at which each ends.
    freezes: Vec<(Freeze, Option<UnixMillis>)>,
    /// By workspace and user.
    elevations: HashMap<(String, String), Vec<Elevation>>,
}

impl Standing {
    /// What is frozen at that time.
    pub(crate) fn frozen(&self, now: UnixMillis) -> Vec<Freeze> {
        let holds = |until: &Option<UnixMillis>| until.is_none_or(|until| now < until);
        self.freezes.iter().filter(|(_, until)| holds(until)).map(|(freeze, _)| freeze.clone()).collect()
    }

    /// The rights that somebody has for a while at that time.
    pub(crate) fn elevations(&self, tenant: &str, user: &str, now: UnixMillis) -> Vec<Elevation> {
        let key = (tenant.to_owned(), user.to_owned());
        let of_user = self.elevations.get(&key).map(Vec::as_slice).unwrap_or_default();
        of_user.iter().filter(|elevation| now.0 < elevation.until).cloned().collect()
    }
}

/// The same, kept fresh.
#[derive(Default)]
pub(crate) struct LiveStanding {
    kept: RwLock<Arc<Standing>>,
    /// Held by whoever reads the store.
    reading: Mutex<()>,
}

impl LiveStanding {
    /// What is known, however old.
    pub(crate) fn known(&self) -> Arc<Standing> {
        Arc::clone(&self.kept.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What holds now; read anew where it is older than a second.
    pub(crate) async fn now(&self, inner: &Inner) -> Arc<Standing> {
        let now = inner.clock.millis();
        // Where the store is shared, stamps tell when to read.
        if is_fresh(&self.known(), now) || (inner.settings.shared_store && self.known().read_at.is_some()) {
            return self.known();
        }
        let _turn = self.reading.lock().await;
        if !is_fresh(&self.known(), now) {
            self.read(inner, now).await;
        }
        self.known()
    }

    /// Reads at once, because another process has changed something.
    ///
    /// # Errors
    /// The store does not answer: what was known stays.
    pub(crate) async fn read_again(&self, inner: &Inner) -> Result<(), StoreError> {
        let _turn = self.reading.lock().await;
        let now = inner.clock.millis();
        let standing = Standing { read_at: Some(now), ..read(inner, now).await? };
        *self.kept.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(standing);
        Ok(())
    }

    /// Reads at once, after a change of one's own.
    pub(crate) async fn renew(&self, inner: &Inner) {
        let _turn = self.reading.lock().await;
        self.read(inner, inner.clock.millis()).await;
    }

    async fn read(&self, inner: &Inner, now: UnixMillis) {
        if let Some(mut standing) = inner.note(read(inner, now).await) {
            standing.read_at = Some(now);
            *self.kept.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(standing);
        }
    }
}

fn is_fresh(standing: &Standing, now: UnixMillis) -> bool {
    standing.read_at.is_some_and(|at| now.since(at).abs() < FRESH_MS)
}

async fn read(inner: &Inner, now: UnixMillis) -> Result<Standing, StoreError> {
    let mut standing = Standing::default();
    for record in all(inner, freeze::KIND, now).await? {
        standing.freezes.push((freeze::read(&inner.seal, &record.key, &record.body), record.expires_at));
    }
    for record in all(inner, elevation::KIND, now).await? {
        match elevation::open(&inner.seal, &record.key, &record.body) {
            Some(elevation) => {
                let key = (elevation.tenant.clone(), elevation.user.clone());
                standing.elevations.entry(key).or_default().push(elevation);
            }
            None => tracing::error!(
                key = record.key,
                "a right in the store was not given by this bot; ignored it"
            ),
        }
    }
    Ok(standing)
}

async fn all(inner: &Inner, kind: &'static str, now: UnixMillis) -> Result<Vec<store::Record>, StoreError> {
    let mut records: Vec<store::Record> = Vec::new();
    for _ in 0..PAGES {
        let after = records.last().map(|record| record.key.clone());
        let page = Page { kind, prefix: String::new(), after, limit: PAGE };
        let found = inner.store.records(page, now).await?;
        let is_last = found.len() < PAGE as usize;
        records.extend(found);
        if is_last {
            break;
        }
    }
    Ok(records)
}
