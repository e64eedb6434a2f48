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
    /// Milliseconds since 1970.
    fn now_millis(&self) -> u64 {
        self.now().saturating_mul(1000)
    }
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
        let hopeless = wait >= budget.left(clock.now()) || !budget.allows(purpose, clock.now());
        if hopeless || attempts == MAX_ATTEMPTS {
            return Delivery::GaveUp { attempts, last };
        }
        clock.sleep(wait).await;
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

pub(crate) fn pause(attempts: u32) -> Duration {
    let factor = 1_u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
    FIRST_PAUSE.saturating_mul(factor).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ResponseUrlBases, Secret};
    use std::sync::Mutex;
    use std::task::{Context, Poll, Waker};

    /// Answers in turn, and a clock that only sleeping moves.
    struct Staged {
        answers: Mutex<Vec<Result<PostReply, PostError>>>,
        bodies: Mutex<Vec<String>>,
        clock: Mutex<(u64, Vec<Duration>)>,
    }

    impl Post for Staged {
        fn post_json<'a>(
            &'a self,
            _: &'a ResponseUrl,
            body: &'a [u8],
        ) -> BoxFuture<'a, Result<PostReply, PostError>> {
            self.bodies.lock().expect("lock").push(String::from_utf8_lossy(body).into_owned());
            let mut answers = self.answers.lock().expect("lock");
            let answer = if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
            Box::pin(async move { answer })
        }
    }

    impl Clock for Staged {
        fn now(&self) -> u64 {
            self.clock.lock().expect("lock").0
        }

        fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
            let mut clock = self.clock.lock().expect("lock");
            clock.0 += time.as_secs();
            clock.1.push(time);
            Box::pin(async {})
        }
    }

    fn status(status: u16) -> Result<PostReply, PostError> {
        Ok(PostReply { status, retry_after: None, body_start: "ok".to_owned() })
    }

    fn says(status: u16, body: &str) -> Result<PostReply, PostError> {
        Ok(PostReply { status, retry_after: None, body_start: body.to_owned() })
    }

    fn later(seconds: u64) -> Result<PostReply, PostError> {
        let retry_after = Some(Duration::from_secs(seconds));
        Ok(PostReply { status: 429, retry_after, body_start: String::new() })
    }

    fn run(
        answers: Vec<Result<PostReply, PostError>>,
        mut budget: UrlBudget,
        purpose: Purpose,
    ) -> (Delivery, UrlBudget, Vec<u64>) {
        let staged = Staged {
            answers: Mutex::new(answers),
            bodies: Mutex::default(),
            clock: Mutex::new((1000, Vec::new())),
        };
        let url =
            ResponseUrlBases::slack().check(&Secret::new("https://hooks.slack.com/x")).expect("Slack's");
        let message = Message::ephemeral("hello");
        let delivery = {
            let mut future = std::pin::pin!(deliver(&staged, &staged, &url, &mut budget, purpose, &message));
            match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(delivery) => delivery,
                Poll::Pending => panic!("nothing here waits"),
            }
        };
        assert!(staged.bodies.lock().expect("lock").iter().all(|body| *body == message.to_json()));
        let slept = staged.clock.lock().expect("lock").1.iter().map(|time| time.as_millis() as u64).collect();
        (delivery, budget, slept)
    }

    #[test]
    fn deliveries_end_as_slack_answers() {
        let refused = |status, body: &str| Delivery::Refused { status, body_start: body.to_owned() };
        let unsent = || Err(PostError::NotSent("connection refused".to_owned()));
        let unclear = || Err(PostError::Unclear("timed out".to_owned()));
        let used = "{\"ok\": false, \"error\": \"used_url\"}";
        let invalid = "{\"ok\":false,\"error\":\"invalid_blocks\"}";
        type Case = (Vec<Result<PostReply, PostError>>, Delivery, u8, Vec<u64>);
        let cases: [Case; 12] = [
            (vec![status(200)], Delivery::Delivered { attempts: 1 }, 1, vec![]),
            (vec![status(404)], Delivery::Gone, 1, vec![]),
            (vec![status(410)], Delivery::Gone, 1, vec![]),
            (vec![says(200, used)], Delivery::Gone, 1, vec![]),
            (vec![says(400, used)], Delivery::Gone, 1, vec![]),
            (vec![says(200, invalid)], refused(200, invalid), 1, vec![]),
            (vec![says(400, "invalid_payload")], refused(400, "invalid_payload"), 1, vec![]),
            (vec![says(302, "")], refused(302, ""), 1, vec![]),
            (vec![later(7), status(200)], Delivery::Delivered { attempts: 2 }, 1, vec![7000]),
            (
                vec![status(503), status(500), status(200)],
                Delivery::Delivered { attempts: 3 },
                2,
                vec![500, 1000],
            ),
            (vec![unsent(), unclear(), status(200)], Delivery::Delivered { attempts: 3 }, 2, vec![500, 1000]),
            (
                vec![status(500)],
                Delivery::GaveUp { attempts: 5, last: "status 500".to_owned() },
                5,
                vec![500, 1000, 2000, 4000],
            ),
        ];
        for (answers, delivery, uses, slept) in cases {
            let shown = format!("{answers:?}");
            let budget = UrlBudget { issued_at: 1000, uses };
            let found = run(answers, UrlBudget::new(1000), Purpose::Final);
            assert_eq!(found, (delivery, budget, slept), "{shown}");
        }
    }

    #[test]
    fn attempts_and_time_are_bounded() {
        let (delivery, budget, slept) =
            run(vec![Err(PostError::NotSent("no route".to_owned()))], UrlBudget::new(1000), Purpose::Final);
        assert_eq!(
            delivery,
            Delivery::GaveUp { attempts: MAX_ATTEMPTS, last: "not sent: no route".to_owned() }
        );
        assert_eq!((budget.uses, slept.len()), (0, MAX_ATTEMPTS as usize - 1));
        let (delivery, _, slept) = run(vec![later(3600)], UrlBudget::new(1000), Purpose::Final);
        assert_eq!(delivery, Delivery::GaveUp { attempts: 1, last: "status 429".to_owned() });
        assert!(slept.is_empty());
    }

    #[test]
    fn the_last_use_is_kept_for_the_answer() {
        let left =
            |uses, issued_at, purpose| run(vec![status(200)], UrlBudget { issued_at, uses }, purpose).0;
        assert_eq!(left(3, 1000, Purpose::Progress), Delivery::Delivered { attempts: 1 });
        assert_eq!(left(4, 1000, Purpose::Progress), Delivery::Gone);
        assert_eq!(left(4, 1000, Purpose::Final), Delivery::Delivered { attempts: 1 });
        assert_eq!(left(5, 1000, Purpose::Final), Delivery::Gone);
        let old = UrlBudget::new(0);
        assert!(old.allows(Purpose::Final, 1799) && !old.allows(Purpose::Final, 1800));
    }
}
