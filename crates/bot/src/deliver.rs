//! Gets a stored reply to where it was asked for.

use render::{Reply, to_slack};
use slack::{Delivery, Purpose, ResponseUrl, URL_USES, UrlBudget};
use store::Job;

use crate::bot::Inner;

/// Posts a reply; `begun` is how often its delivery was begun before, as each may have used the address once.
/// Returns what to record.
pub(crate) async fn deliver(
    inner: &Inner,
    job: &Job,
    url: &ResponseUrl,
    reply: &Reply,
    begun: u32,
) -> &'static str {
    let issued_at = u64::try_from(job.accepted_at.0 / 1000).unwrap_or(0);
    let uses = u8::try_from(begun).unwrap_or(URL_USES).min(URL_USES - 1);
    let mut budget = UrlBudget { issued_at, uses };
    let message = to_slack(reply);
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
        Delivery::Gone => undeliverable(inner, job, "gone", 0),
        Delivery::Refused { status, .. } => undeliverable(inner, job, "refused", status),
        Delivery::GaveUp { .. } => undeliverable(inner, job, "gave up", 0),
    }
}

/// What Slack answered may repeat what was posted, so it is not logged.
fn undeliverable(inner: &Inner, job: &Job, result: &'static str, status: u16) -> &'static str {
    inner.counters.undeliverable.add();
    tracing::warn!(request_id = job.id, result, status, "a reply could not be delivered");
    result
}
