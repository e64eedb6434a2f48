//! Gets a stored reply to where it was asked for.

use std::time::Duration;

use render::{Reply, to_slack};
use slack::{Delivery, Message, Purpose, ResponseUrl, URL_USES, UrlBudget};
use store::Job;
use tracing::Instrument as _;

use crate::asking;
use crate::bot::Inner;
use crate::job::Payload;

/// How long news on the way may take: the answer waits for them.
const NEWS: Duration = Duration::from_secs(3);

/// Posts a reply; `begun` is how often its delivery was begun before, as each may have used the address once.
/// Where the address is of no use any more, the answer goes to its caller as a direct message, if there is a way to.
/// Returns what to record.
pub(crate) async fn deliver(
    inner: &Inner,
    job: &Job,
    payload: &Payload,
    url: &ResponseUrl,
    reply: &Reply,
    begun: u32,
) -> &'static str {
    let span = tracing::info_span!("deliver", otel.kind = "client", outcome = tracing::field::Empty);
    let result = delivered(inner, job, payload, url, reply, begun).instrument(span.clone()).await;
    span.record("outcome", result);
    result
}

async fn delivered(
    inner: &Inner,
    job: &Job,
    payload: &Payload,
    url: &ResponseUrl,
    reply: &Reply,
    begun: u32,
) -> &'static str {
    // Whoever was asked about it first has used the address for that.
    let used = begun + u32::from(payload.question.is_some());
    let mut budget = budget(payload.address_from.map_or(job.accepted_at.0, |at| at), used);
    let message = if payload.replaces { to_slack(reply).replacing() } else { to_slack(reply) };
    let post = async |message, budget: &mut UrlBudget| {
        slack::deliver(&*inner.post, &inner.clock, url, budget, Purpose::Final, message).await
    };
    let mut delivery = post(&message, &mut budget).await;
    if let Delivery::Refused { status, .. } = &delivery {
        tracing::error!(request_id = job.id, status, "slack refused a reply's blocks; trying its text alone");
        delivery = post(&message.text_only(), &mut budget).await;
    }
    match delivery {
        Delivery::Delivered { attempts } => {
            inner.counters.delivered.add();
            tracing::info!(request_id = job.id, attempts, "delivered a reply");
            "delivered"
        }
        Delivery::Gone if posted_directly(inner, payload, reply).await => "direct message",
        Delivery::Gone => undeliverable(inner, job, "gone", 0),
        Delivery::Refused { status, .. } => undeliverable(inner, job, "refused", status),
        Delivery::GaveUp { .. } => undeliverable(inner, job, "gave up", 0),
    }
}

/// Posts news on the way to an answer, if the address has a use left for that.
pub(crate) async fn in_between(inner: &Inner, payload: &Payload, url: &ResponseUrl, message: &Message) {
    let mut budget = budget(payload.address_from.unwrap_or(inner.clock.millis().0), 0);
    let post = slack::deliver(&*inner.post, &inner.clock, url, &mut budget, Purpose::Progress, message);
    tokio::select! {
        _ = post => {}
        () = inner.clock.pause(NEWS) => {}
    }
}

fn budget(issued_at: i64, used: u32) -> UrlBudget {
    let uses = u8::try_from(used).unwrap_or(URL_USES).min(URL_USES - 1);
    UrlBudget { issued_at: u64::try_from(issued_at / 1000).unwrap_or(0), uses }
}

async fn posted_directly(inner: &Inner, payload: &Payload, reply: &Reply) -> bool {
    !payload.user.is_empty() && asking::post(inner, &payload.user, reply).await
}

/// What Slack answered may repeat what was posted, so it is not logged.
fn undeliverable(inner: &Inner, job: &Job, result: &'static str, status: u16) -> &'static str {
    inner.counters.undeliverable.add();
    tracing::warn!(request_id = job.id, result, status, "a reply could not be delivered");
    result
}
