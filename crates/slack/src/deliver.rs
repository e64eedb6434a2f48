//! Getting a message to a `response_url`, whatever comes in between.
//!
//! An address takes [`URL_USES`] messages within [`URL_LIFETIME`]. A failure that may pass is tried again, after the
//! time that Slack names or a growing pause; one that will not pass is told apart. When it is unclear whether a post
//! arrived it is repeated: an answer shown twice is better than one lost.
//! Absent on purpose: the network and the clock, which the caller brings.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::{Message, ResponseUrl};

/// A future that can be kept in a trait object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// How many messages an address takes.
pub const URL_USES: u8 = 5;
/// How long an address is good for.
pub const URL_LIFETIME: Duration = Duration::from_secs(30 * 60);
/// How often one message is tried.
pub const MAX_ATTEMPTS: u32 = 8;

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Sends one POST. The network's side of it: connection, TLS, a timeout.
pub trait Post: Send + Sync {
    /// Posts the JSON body to the address, following no redirects. The address must not reach any log.
    fn post_json<'a>(
        &'a self,
        url: &'a ResponseUrl,
        body: &'a [u8],
    ) -> BoxFuture<'a, Result<PostReply, PostError>>;
}

/// Time, as it passes here.
pub trait Clock: Send + Sync {
    /// Seconds since 1970.
    fn now(&self) -> u64;
    /// Returns after that long.
    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()>;
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostReply {
    /// HTTP status.
    pub status: u16,
    /// The `Retry-After` header, if there was one.
    pub retry_after: Option<Duration>,
    /// The beginning of the body, at most a few hundred bytes.
    pub body_start: String,
}

/// Why nothing came back. The texts must not hold the address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// The request never left.
    #[error("not sent: {0}")]
    NotSent(String),
    /// The request may have arrived.
    #[error("sent, without an answer: {0}")]
    Unclear(String),
}

/// What is left of an address. Store it with the job: it counts over restarts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UrlBudget {
    /// When the address was issued, in seconds since 1970.
    pub issued_at: u64,
    /// How often it was used.
    pub uses: u8,
}

/// What a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// News on the way; never takes the last use.
    Progress,
    /// The answer.
    Final,
}

/// How a delivery ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// Slack took it.
    Delivered {
        /// How many posts it took.
        attempts: u32,
    },
    /// The address is expired, used up, or unknown to Slack.
    Gone,
    /// Slack will not take this message, however often it is tried.
    Refused {
        /// HTTP status.
        status: u16,
        /// The beginning of Slack's answer, for the operator.
        body_start: String,
    },
    /// It failed each time, or there is no time left.
    GaveUp {
        /// How many posts were tried.
        attempts: u32,
        /// How the last one failed, for the operator.
        last: String,
    },
}

impl UrlBudget {
    /// An address nobody used yet.
    pub fn new(issued_at: u64) -> UrlBudget {
        UrlBudget { issued_at, uses: 0 }
    }

    /// Whether a message for that purpose may still be posted.
    pub fn allows(&self, purpose: Purpose, now: u64) -> bool {
        let limit = match purpose {
            Purpose::Progress => URL_USES - 1,
            Purpose::Final => URL_USES,
        };
        self.uses < limit && self.left(now) > Duration::ZERO
    }

    fn left(&self, now: u64) -> Duration {
        URL_LIFETIME.saturating_sub(Duration::from_secs(now.saturating_sub(self.issued_at)))
    }
}

/// Posts a message until it is taken or there is no hope. `budget` is brought up to date.
pub async fn deliver(
    post: &dyn Post,
    clock: &dyn Clock,
    url: &ResponseUrl,
    budget: &mut UrlBudget,
    purpose: Purpose,
    message: &Message,
) -> Delivery {
    let body = message.to_json();
    let mut last = String::new();
    let mut attempts = 0;
    while budget.allows(purpose, clock.now()) {
        if attempts == MAX_ATTEMPTS {
            return Delivery::GaveUp { attempts, last };
        }
        attempts += 1;
        let step = judge(post.post_json(url, body.as_bytes()).await);
        budget.uses = budget.uses.saturating_add(u8::from(step.used));
        let wait = match step.verdict {
            Verdict::Done => return Delivery::Delivered { attempts },
            Verdict::Gone => return Delivery::Gone,
            Verdict::Refused { status, body_start } => return Delivery::Refused { status, body_start },
            Verdict::Again { after, why } => {
                last = why;
                after.unwrap_or_else(|| pause(attempts))
            }
        };
        if wait >= budget.left(clock.now()) {
            return Delivery::GaveUp { attempts, last };
        }
        if attempts < MAX_ATTEMPTS {
            clock.sleep(wait).await;
        }
    }
    if attempts == 0 { Delivery::Gone } else { Delivery::GaveUp { attempts, last } }
}

struct Step {
    verdict: Verdict,
    /// Whether Slack may have counted it.
    used: bool,
}

enum Verdict {
    Done,
    Gone,
    Refused { status: u16, body_start: String },
    Again { after: Option<Duration>, why: String },
}

fn judge(outcome: Result<PostReply, PostError>) -> Step {
    let reply = match outcome {
        Ok(reply) => reply,
        Err(error) => {
            let used = matches!(error, PostError::Unclear(_));
            return Step { verdict: Verdict::Again { after: None, why: error.to_string() }, used };
        }
    };
    let PostReply { status, retry_after, body_start } = reply;
    let verdict = match status {
        404 | 410 => Verdict::Gone,
        200..=299 | 400..=499 if says_gone(&body_start) => Verdict::Gone,
        200..=299 if says_no(&body_start) => Verdict::Refused { status, body_start },
        200..=299 => Verdict::Done,
        408 | 429 | 500..=599 => Verdict::Again { after: retry_after, why: format!("status {status}") },
        _ => Verdict::Refused { status, body_start },
    };
    Step { verdict, used: !matches!(status, 408 | 429 | 503) }
}

/// Slack answers `ok`, or a JSON object that says whether it worked.
fn says_no(body: &str) -> bool {
    let compact: String = body.chars().filter(|character| !character.is_whitespace()).collect();
    compact.starts_with('{') && compact.contains("\"ok\":false")
}

fn says_gone(body: &str) -> bool {
    says_no(body) && ["used_url", "expired_url", "invalid_url"].iter().any(|error| body.contains(error))
}

fn pause(attempts: u32) -> Duration {
    let factor = 1_u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
    FIRST_PAUSE.saturating_mul(factor).min(LONGEST_PAUSE)
}
