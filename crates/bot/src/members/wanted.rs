//! A reading of all lists that somebody asked for: one at a time, kept so that it survives a restart, and told of in a
//! message that moves.

use serde::{Deserialize, Serialize};
use slack::web::Posted;
use store::{Batch, Change, Committed, Expect, NewAuditRow, StoreError, UnixMillis};

use super::kept;
use crate::bot::Inner;

/// The kind of the record, and its key.
const KIND: &str = "cursor";
const KEY: &str = "sync";
/// What lasts longer has failed.
const LONGEST_MS: i64 = 6 * 3_600_000;

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wanted {
    version: u32,
    /// When: every list that is older is read.
    pub(crate) since: i64,
    /// Who asked.
    pub(crate) user: String,
    /// The message that moves, as (channel, time stamp).
    message: Option<(String, String)>,
}

/// Asks for it. `None` if it is under way already.
pub(crate) async fn want(
    inner: &Inner,
    user: &str,
    now: UnixMillis,
    row: NewAuditRow,
) -> Result<Option<Wanted>, StoreError> {
    let wanted = Wanted { version: 1, since: now.0, user: user.to_owned(), message: None };
    let changes = vec![wanted.change(inner, Expect::Absent)];
    let done = inner.store.commit(Batch { now, changes, job: None, rows: vec![row] }).await?;
    inner.members.look();
    Ok(matches!(done, Committed::Done(_)).then_some(wanted))
}

/// What is under way.
pub(crate) async fn under_way(inner: &Inner) -> Result<Option<Wanted>, StoreError> {
    let record = inner.store.record(KIND, KEY, inner.clock.millis()).await?;
    Ok(record.and_then(|record| kept::read(&inner.seal, &record)))
}

/// It is done.
pub(super) async fn finish(inner: &Inner) -> Result<(), StoreError> {
    let changes = vec![Change::remove(KIND, KEY, Expect::Any)];
    let now = inner.clock.millis();
    inner.store.commit(Batch { now, changes, job: None, rows: Vec::new() }).await.map(|_| ())
}

impl Wanted {
    /// The message that moves, if there is one yet.
    pub(super) fn posted(&self) -> Option<Posted> {
        self.message.clone().map(|(channel, ts)| Posted { channel, ts })
    }

    fn change(&self, inner: &Inner, expect: Expect) -> Change {
        let until = Some(UnixMillis(self.since).plus(LONGEST_MS));
        Change { expect, ..kept::put(&inner.seal, KIND, KEY.to_owned(), self, until) }
    }

    /// Keeps which message it is.
    pub(super) async fn keep(&mut self, inner: &Inner, posted: Posted) -> Result<(), StoreError> {
        self.message = Some((posted.channel, posted.ts));
        let changes = vec![self.change(inner, Expect::Any)];
        let now = inner.clock.millis();
        inner.store.commit(Batch { now, changes, job: None, rows: Vec::new() }).await.map(|_| ())
    }
}
