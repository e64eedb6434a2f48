//! Questions in the store: read, changed by steps that fail when somebody else was quicker.

use store::{Batch, Change, Committed, Expect, NewAuditRow, NewJob, StoreError, UnixMillis};

use crate::asking::pending::{KIND, Pending, PendingFault, State};
use crate::bot::Inner;
use crate::outcome::causes;

/// How often a change is tried when others change the same question meanwhile.
pub(crate) const TRIES: u32 = 8;

/// Why a question cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeptFault {
    #[error("the store failed")]
    Store(#[from] StoreError),
    #[error("a kept question cannot be used")]
    Pending(#[from] PendingFault),
    #[error("the job cannot be sealed")]
    Job(#[from] crate::job::JobFault),
    #[error("the question was changed by others again and again")]
    Contended,
}

/// A question and the version that was read.
pub(crate) struct Kept {
    pub(crate) key: String,
    pub(crate) pending: Pending,
    pub(crate) version: u64,
}

/// What goes with a change of a question.
#[derive(Default)]
pub(crate) struct Along {
    pub(crate) changes: Vec<Change>,
    pub(crate) job: Option<NewJob>,
    pub(crate) rows: Vec<NewAuditRow>,
}

/// The question of that key, if it is (still) known.
pub(crate) async fn load(inner: &Inner, key: &str) -> Result<Option<Kept>, KeptFault> {
    let Some(record) = inner.store.record(KIND, key, inner.clock.millis()).await? else { return Ok(None) };
    let pending = Pending::open(&inner.seal, key, &record.body)?;
    Ok(Some(Kept { key: key.to_owned(), pending, version: record.version }))
}

/// Writes the question as it is now, if nobody changed it since it was read.
pub(crate) async fn store(inner: &Inner, kept: &Kept, along: Along) -> Result<Committed, KeptFault> {
    let Kept { key, pending, version } = kept;
    let body = pending.seal(&inner.seal, key)?;
    let change = Change::put(KIND, key.clone(), Expect::Version(*version), body, Some(pending.kept_until()));
    let Along { mut changes, job, rows } = along;
    changes.push(change);
    Ok(inner.store.commit(Batch { now: inner.clock.millis(), changes, job, rows }).await?)
}

/// Changes a question until the change holds; `change` returns false where there is nothing to change.
pub(crate) async fn change(
    inner: &Inner,
    key: &str,
    mut change: impl FnMut(&mut Pending) -> bool,
) -> Result<Option<Pending>, KeptFault> {
    for _ in 0..TRIES {
        let Some(mut kept) = load(inner, key).await? else { return Ok(None) };
        if !change(&mut kept.pending) {
            return Ok(Some(kept.pending));
        }
        if let Committed::Done(_) = store(inner, &kept, Along::default()).await? {
            return Ok(Some(kept.pending));
        }
    }
    Err(KeptFault::Contended)
}

/// Notes how the command of a question ended. What is posted about it follows by a job of its own.
pub(crate) async fn settle(inner: &Inner, key: &str, job: &str, end: State) {
    let at = inner.clock.millis();
    let ended = |pending: &mut Pending| {
        let of_this = matches!(&pending.state, State::Taken { job: taken, .. } if taken == job);
        if of_this {
            pending.state = end.clone();
        }
        of_this
    };
    match change(inner, key, ended).await {
        Ok(Some(pending)) if !pending.cards.is_empty() => {
            let refreshed = crate::asking::tasks::enqueue_refresh(inner, key, &pending, at).await;
            if let Err(fault) = refreshed {
                tracing::error!(
                    fault = causes(&fault),
                    "what was posted about a question was not brought up to date"
                );
            }
        }
        Ok(_) => {}
        Err(fault) => {
            tracing::error!(
                request_id = job,
                fault = causes(&fault),
                "the end of a question could not be noted"
            );
        }
    }
}

/// How long something lasts from now, in milliseconds.
pub(crate) fn left(until: i64, now: UnixMillis) -> i64 {
    (until - now.0).max(0)
}
