//! Work in rounds: for a process that is called for one thing and must leave nothing running, as a function of Lambda.
//!
//! Invariants: whatever is begun here has ended or been put back when the call returns; nothing is begun for which too
//! little time is left; a job that was put back is found by its message or by the next sweep.

use std::sync::Arc;
use std::time::Duration;

use aws_call::BoxFuture;
use futures_util::StreamExt as _;
use futures_util::stream::{self, FuturesUnordered};
use store::{Batch, Change, Claim, Claimed, Committed, Expect, StoreError};
use tokio::sync::Semaphore;

use crate::bot::Inner;
use crate::worker::{self, Went};
use crate::{discovery, journal, members};

/// What a job needs after it has run, to write down and deliver what came of it.
pub(crate) const FINISH: Duration = Duration::from_secs(5);
/// With less than that left no job is begun.
const LEAST: Duration = Duration::from_secs(10);
/// A job that is still under way this long before the end is put back.
const MARGIN: Duration = Duration::from_millis(1_500);
/// How long what keepers do may take in all.
const KEEPING: Duration = Duration::from_secs(30);
/// When keepers did something last, so that one process of many does it.
const STAMPS: &str = "cursor";

/// What became of a job that somebody rang for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is done with, was done before, is somebody else's, or never was: nobody needs to ring again.
    Settled,
    /// The store or the time failed: it is to be rung for again.
    Again,
}

/// What came of a sweep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    /// Jobs that were taken.
    pub jobs: usize,
    /// Whether the store failed, or time ran out before nothing was left.
    pub unfinished: bool,
}

/// Works on that job, if it can be claimed.
pub(crate) async fn take(inner: &Inner, job: &str) -> Taken {
    if is_late(inner) {
        tracing::warn!(request_id = job, "too little time is left to begin a job; it is left for another");
        return Taken::Again;
    }
    let now = inner.clock.millis();
    match inner.store.claim_job(job, Claim { now, lease_until: inner.lease(now) }).await {
        Ok(Some(claimed)) => match in_time(inner, claimed).await {
            Went::Through => Taken::Settled,
            Went::Back => Taken::Again,
        },
        Ok(None) => Taken::Settled,
        Err(error) => {
            inner.note::<()>(Err(error));
            Taken::Again
        }
    }
}

/// Works on those jobs, as many at a time as may work.
pub(crate) async fn take_all(inner: &Inner, jobs: &[&str]) -> Vec<Taken> {
    let mut taking: Vec<BoxFuture<'_, Taken>> = Vec::with_capacity(jobs.len());
    for job in jobs {
        taking.push(Box::pin(take(inner, job)));
    }
    stream::iter(taking).buffered(inner.settings.workers.max(1)).collect().await
}

fn is_late(inner: &Inner) -> bool {
    inner.left().is_some_and(|left| left < LEAST)
}

/// Works on a claimed job, and puts it back if the time is over.
async fn in_time(inner: &Inner, claimed: Claimed) -> Went {
    // Whoever asked has bounded how much is done at a time.
    let (places, deliveries) = (Arc::new(Semaphore::new(1)), Semaphore::new(1));
    let Ok(place) = places.acquire_owned().await else { return Went::Back };
    let (fence, working) = (claimed.fence.clone(), worker::work(inner, claimed, place, &deliveries));
    let over = async {
        match inner.left() {
            Some(left) => inner.clock.pause(left.saturating_sub(MARGIN)).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        went = working => went,
        () = over => {
            tracing::warn!(request_id = fence.job, "the time is over before a job is; put it back");
            inner.note(inner.store.put_back(fence, inner.clock.millis()).await);
            Went::Back
        }
    }
}

/// Works on what is ready, then keeps.
pub(crate) async fn sweep(inner: &Inner) -> Swept {
    let swept = ready(inner).await;
    let limit = inner.left().map_or(KEEPING, |left| left.saturating_sub(MARGIN).min(KEEPING));
    tokio::select! {
        () = keep(inner) => {}
        () = inner.clock.pause(limit) => tracing::warn!("what is kept beside jobs was not all done in time; it waits for the next sweep"),
    }
    swept
}

/// Claims what is ready while there is time, so many at a time as may work.
async fn ready(inner: &Inner) -> Swept {
    let mut running = FuturesUnordered::new();
    let mut swept = Swept::default();
    loop {
        let mut dry = false;
        while running.len() < inner.settings.workers.max(1) && !dry {
            if is_late(inner) {
                swept.unfinished = true;
                break;
            }
            let now = inner.clock.millis();
            match inner.store.claim(Claim { now, lease_until: inner.lease(now) }).await {
                Ok(Some(claimed)) => {
                    swept.jobs += 1;
                    running.push(in_time(inner, claimed));
                }
                Ok(None) => dry = true,
                Err(error) => {
                    inner.note::<()>(Err(error));
                    swept.unfinished = true;
                    break;
                }
            }
        }
        if running.next().await.is_none() {
            return swept;
        }
    }
}

/// Does once what keepers do again and again: the record is signed and copied, what is old goes, lists of members and
/// accounts are read where that is due.
async fn keep(inner: &Inner) {
    journal::once(inner).await;
    if inner.note(is_due(inner, "prune", worker::PRUNE_MS).await) == Some(true) {
        worker::remove_old(inner).await;
    }
    members::sync::once(inner).await;
    if let Some(discovery) = &inner.settings.discovery {
        let every = crate::clock::in_millis(discovery.every);
        if inner.note(is_due(inner, "discovery", every).await) == Some(true) {
            discovery::once(inner, discovery).await;
        }
    }
}

/// Whether something was last done that long ago; marks it as done now. Of several who ask at once one is told so.
async fn is_due(inner: &Inner, what: &str, every_ms: i64) -> Result<bool, StoreError> {
    let (now, key) = (inner.clock.millis(), format!("kept/{what}"));
    let record = inner.store.record(STAMPS, &key, now).await?;
    let expect = match &record {
        Some(_) => return Ok(false),
        None => Expect::Absent,
    };
    // It is there until it is due again.
    let mark = Change::put(STAMPS, key, expect, now.0.to_string().into_bytes(), Some(now.plus(every_ms)));
    let done = inner.store.commit(Batch { now, changes: vec![mark], job: None, rows: Vec::new() }).await?;
    Ok(matches!(done, Committed::Done(_)))
}
