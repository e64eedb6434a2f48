//! What Slack says has happened.
//!
//! Slack sends an event again until it is acknowledged. Invariant: an event changes something once: what it changes and
//! the mark of its id are one step in the store. A store that fails is not acknowledged, so the event comes again.

use slack::{Event, EventKind, EventRequest, Secret};
use store::{Batch, Change, Committed, Expect, StoreError, UnixMillis};

use crate::ack::{Ack, AckBody};
use crate::bot::Inner;
use crate::follow;
use crate::members;
use crate::request::{self, RequestFault};

/// Marks of events that were taken.
const KIND: &str = "event";
/// How long a mark is kept. Slack gives up after some six minutes.
const KEPT_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// Takes what was posted to the events' address.
pub(crate) async fn take(inner: &Inner, request: &EventRequest) -> Ack {
    let event = match request {
        EventRequest::UrlVerification { challenge, token } => {
            return challenged(inner, challenge, token.as_ref());
        }
        EventRequest::Callback(event) => event,
        EventRequest::Other(kind) => {
            tracing::warn!(kind, "slack sent something other than an event");
            return Ack::empty();
        }
    };
    if let Err(fault) = request::believe(&inner.settings, event.tenant(), event.token.as_ref()) {
        return refused(inner, &fault);
    }
    match apply(inner, event).await {
        Ok(Committed::Done(_)) => {
            inner.counters.events.add();
            tracing::info!(kind = event.kind.name(), event_id = event.event_id, "took an event");
            Ack::empty()
        }
        // It was taken before.
        Ok(_) => Ack::empty(),
        Err(error) => {
            inner.counters.store_failures.add();
            tracing::error!(%error, event_id = event.event_id, "an event could not be taken");
            Ack { status: 503, body: AckBody::Empty }
        }
    }
}

fn challenged(inner: &Inner, challenge: &str, token: Option<&Secret>) -> Ack {
    match request::check_token(&inner.settings, token) {
        Ok(()) => Ack { status: 200, body: AckBody::Challenge(challenge.to_owned()) },
        Err(fault) => refused(inner, &fault),
    }
}

fn refused(inner: &Inner, fault: &RequestFault) -> Ack {
    inner.counters.unusable.add();
    tracing::warn!(fault = %fault, "a signed event was not taken");
    Ack::refused(fault)
}

/// What the event changes, and its mark, in one step. Of a kind that changes nothing no mark is kept.
async fn apply(inner: &Inner, event: &Event) -> Result<Committed, StoreError> {
    if matches!(event.kind, EventKind::Other(_)) {
        return Ok(Committed::Done(None));
    }
    // What others wrote meanwhile says in which order things happened.
    follow::follow(inner).await;
    let now = inner.clock.millis();
    let mut effect = members::event::of(inner, event, now);
    let mut changes = vec![mark(event, now)];
    changes.append(&mut effect.changes);
    let done = inner.store.commit(Batch { now, changes, job: None, rows: Vec::new() }).await?;
    if matches!(done, Committed::Done(_)) {
        members::event::apply(inner, effect);
    }
    Ok(done)
}

/// Fails the step when the event was taken before.
fn mark(event: &Event, now: UnixMillis) -> Change {
    let key = format!("{}:{}", event.tenant(), event.event_id);
    Change::put(KIND, key, Expect::Absent, Vec::new(), Some(now.plus(KEPT_MILLIS)))
}
