//! When a call is made again: AWS's “standard” retry habit.
//!
//! All calls of a client draw retries from one bucket of tokens, so that a service in trouble is not drowned.

use std::sync::Mutex;
use std::time::Duration;

use http::HeaderMap;

use crate::message::ServiceError;
use crate::transport::TransportErrorKind;

const FULL: u32 = 500;
const COST: u32 = 5;
const COST_OF_TIMEOUT: u32 = 10;
/// What a success gives back where no retry preceded it.
const EARNED: u32 = 1;
/// The longest pause between attempts, and the longest that a service may ask for.
pub(crate) const LONGEST: Duration = Duration::from_secs(20);

/// Error codes that say “slower”.
const THROTTLING: [&str; 14] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "TransactionInProgressException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "RequestThrottled",
    "SlowDown",
    "PriorRequestNotComplete",
    "EC2ThrottledException",
];

/// Error codes that say “try again”.
const TRANSIENT: [&str; 2] = ["RequestTimeout", "RequestTimeoutException"];

/// What a failed attempt was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The service refused because it is asked too often; it did nothing.
    Throttled,
    /// The service, or something before it, failed; whether it did something is unknown.
    ServerFault,
    /// The service says that trying again helps; it did nothing.
    Transient,
    /// No answer within the time allowed.
    Timeout,
    /// No connection, or it broke.
    Connection,
    /// Trying again is no use.
    Final,
}

impl Failure {
    /// What an error answer was.
    pub(crate) fn of_answer(error: &ServiceError) -> Failure {
        let throttling = error.traits.as_ref().is_some_and(|traits| traits.throttling);
        let retryable = error.traits.as_ref().is_some_and(|traits| traits.retryable);
        if throttling || THROTTLING.contains(&error.code.as_str()) {
            Failure::Throttled
        } else if matches!(error.status, 500 | 502 | 503 | 504) {
            Failure::ServerFault
        } else if retryable
            || TRANSIENT.contains(&error.code.as_str())
            || error.code == "IDPCommunicationError"
        {
            Failure::Transient
        } else {
            Failure::Final
        }
    }

    /// What a transport's failure was.
    pub(crate) fn of_transport(kind: TransportErrorKind) -> Failure {
        match kind {
            TransportErrorKind::ConnectTimeout | TransportErrorKind::ReadTimeout => Failure::Timeout,
            TransportErrorKind::Connect | TransportErrorKind::Broken => Failure::Connection,
            TransportErrorKind::Tls | TransportErrorKind::Deadline | TransportErrorKind::Unusable => {
                Failure::Final
            }
        }
    }

    fn cost(self) -> u32 {
        if self == Failure::Timeout { COST_OF_TIMEOUT } else { COST }
    }
}

/// The retries that all calls of a client may still make.
#[derive(Debug)]
pub(crate) struct Bucket(Mutex<u32>);

impl Default for Bucket {
    fn default() -> Bucket {
        Bucket(Mutex::new(FULL))
    }
}

impl Bucket {
    /// Takes the tokens of one retry; says how many, or `None` if too few are left.
    pub(crate) fn take(&self, failure: Failure) -> Option<u32> {
        let mut left = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let cost = failure.cost();
        *left = left.checked_sub(cost)?;
        Some(cost)
    }

    /// Gives back what the last retry of a call that succeeded had taken, or a little if it needed none.
    pub(crate) fn give_back(&self, taken: Option<u32>) {
        let mut left = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *left = FULL.min(*left + taken.unwrap_or(EARNED));
    }
}

/// The pause before the next attempt: a random part of 1, 2, 4 … seconds, at most `longest`, and no less than the service
/// asked for. `attempt` counts those made, `chance` lies in `0.0..1.0`.
pub(crate) fn pause(attempt: u32, longest: Duration, chance: f64, asked: Option<Duration>) -> Duration {
    let most = Duration::from_secs(1 << attempt.saturating_sub(1).min(10)).min(longest);
    let own = most.mul_f64(chance.clamp(0.0, 1.0));
    own.max(asked.unwrap_or_default().min(LONGEST))
}

/// How long a service asks to be left alone: `x-amz-retry-after` in milliseconds, `Retry-After` in seconds.
pub(crate) fn asked_pause(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    number("x-amz-retry-after")
        .map(Duration::from_millis)
        .or_else(|| number("retry-after").map(Duration::from_secs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_apart() {
        for (status, code, expected) in [
            (400, "ThrottlingException", Failure::Throttled),
            (503, "SlowDown", Failure::Throttled),
            (429, "TooManyRequestsException", Failure::Throttled),
            (429, "429", Failure::Final),
            (503, "ServiceUnavailable", Failure::ServerFault),
            (500, "InternalError", Failure::ServerFault),
            (400, "RequestTimeout", Failure::Transient),
            (403, "AccessDenied", Failure::Final),
            (501, "NotImplemented", Failure::Final),
        ] {
            let error = ServiceError { status, code: code.to_owned(), ..ServiceError::default() };
            assert_eq!(Failure::of_answer(&error), expected, "{code}");
        }
    }

    #[test]
    fn the_bucket_runs_dry_and_fills_again() {
        let bucket = Bucket::default();
        for _ in 0..50 {
            assert_eq!(bucket.take(Failure::Timeout), Some(10));
        }
        assert_eq!(bucket.take(Failure::Connection), None);
        bucket.give_back(Some(5));
        assert_eq!(bucket.take(Failure::Connection), Some(5));
        bucket.give_back(None);
        assert_eq!(bucket.take(Failure::Connection), None);
    }

    #[test]
    fn pauses_grow_to_their_bound() {
        for (attempt, longest, chance, asked, expected) in [
            (1, 20_000, 0.5, None, 500),
            (2, 20_000, 0.5, None, 1000),
            (3, 20_000, 1.0, None, 4000),
            (9, 20_000, 1.0, None, 20_000),
            (2, 300, 0.5, None, 150),
            (1, 300, 0.0, Some(1500), 1500),
            (1, 20_000, 0.0, Some(90_000), 20_000),
        ] {
            let (longest, asked) = (Duration::from_millis(longest), asked.map(Duration::from_millis));
            assert_eq!(pause(attempt, longest, chance, asked), Duration::from_millis(expected));
        }
    }
}
