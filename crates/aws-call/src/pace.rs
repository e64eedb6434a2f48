//! The client-side rate limit of `retry_mode = adaptive`: after a service said “slower”, requests to it go out no faster
//! than it was seen to bear, and faster again as time passes without another such word.
//!
//! One limit a service and region, for all calls of a client. The rate follows a cubic curve: down to seven tenths of what
//! was measured, then steeply back, flat around the old maximum, and beyond it. Numbers as AWS's SDKs have them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many limits are kept at a time: far more than services in use.
const KEPT: usize = 1024;
/// No limit is slower, in requests a second.
const SLOWEST: f64 = 0.5;
/// What remains of the rate when the service says “slower”.
const BETA: f64 = 0.7;
/// How steep the curve is.
const STEEPNESS: f64 = 0.4;
/// How much the newest measurement counts.
const NEWEST: f64 = 0.8;
/// The rate is measured over so many seconds.
const MEASURED_OVER: f64 = 0.5;

/// The limits of a client.
#[derive(Debug, Default)]
pub(crate) struct Paces(Mutex<HashMap<(String, String), Arc<Pace>>>);

impl Paces {
    /// The limit of a service in a region.
    pub(crate) fn of(&self, service: &str, region: &str, now: Instant) -> Arc<Pace> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (service.to_owned(), region.to_owned());
        if kept.len() >= KEPT && !kept.contains_key(&key) {
            kept.clear();
        }
        Arc::clone(kept.entry(key).or_insert_with(|| Arc::new(Pace::new(now))))
    }
}

/// A limit.
#[derive(Debug)]
pub(crate) struct Pace {
    begun: Instant,
    state: Mutex<State>,
}

/// Times are seconds since the limit was made, rates are requests a second.
#[derive(Debug, Default)]
struct State {
    /// Whether the service has ever said “slower”.
    limits: bool,
    rate: f64,
    most: f64,
    /// What may go out now; below zero where requests wait already.
    tokens: f64,
    filled: f64,
    measured: f64,
    counted: u32,
    counted_from: f64,
    /// The rate and the time of the last “slower”.
    peak: f64,
    slowed: f64,
}

impl Pace {
    fn new(begun: Instant) -> Pace {
        Pace { begun, state: Mutex::new(State { peak: SLOWEST, ..State::default() }) }
    }

    fn state(&self, now: Instant) -> (MutexGuard<'_, State>, f64) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        (state, now.saturating_duration_since(self.begun).as_secs_f64())
    }

    /// How long the next request has to wait; it is taken to go out then.
    pub(crate) fn wait(&self, now: Instant) -> Duration {
        let (mut state, now) = self.state(now);
        if !state.limits {
            return Duration::ZERO;
        }
        state.fill(now);
        state.tokens -= 1.0;
        Duration::try_from_secs_f64((-state.tokens / state.rate).max(0.0)).unwrap_or_default()
    }

    /// Notes that an answer came.
    pub(crate) fn heard(&self, now: Instant, slower: bool) {
        let (mut state, now) = self.state(now);
        state.measure(now);
        let rate = if slower { state.slow_down(now) } else { state.curve(now) };
        let most = 2.0 * state.measured;
        state.set_rate(rate.min(most), now);
    }
}

impl State {
    fn fill(&mut self, now: f64) {
        self.tokens = (self.tokens + (now - self.filled) * self.rate).min(self.most);
        self.filled = now;
    }

    fn measure(&mut self, now: f64) {
        self.counted += 1;
        let slot = (now / MEASURED_OVER).floor() * MEASURED_OVER;
        if slot > self.counted_from {
            let newest = f64::from(self.counted) / (slot - self.counted_from);
            self.measured = newest * NEWEST + self.measured * (1.0 - NEWEST);
            (self.counted, self.counted_from) = (0, slot);
        }
    }

    fn slow_down(&mut self, now: f64) -> f64 {
        self.peak = if self.limits { self.measured.min(self.rate) } else { self.measured };
        self.slowed = now;
        self.limits = true;
        self.peak * BETA
    }

    fn curve(&self, now: f64) -> f64 {
        let back = (self.peak * (1.0 - BETA) / STEEPNESS).cbrt();
        STEEPNESS * (now - self.slowed - back).powi(3) + self.peak
    }

    fn set_rate(&mut self, rate: f64, now: f64) {
        self.fill(now);
        self.rate = rate.max(SLOWEST);
        self.most = rate.max(1.0);
        self.tokens = self.tokens.min(self.most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(pace: &Pace, seconds: f64) -> Instant {
        pace.begun + Duration::from_secs_f64(seconds)
    }

    #[test]
    fn nothing_waits_before_a_service_says_slower() {
        let pace = Pace::new(Instant::now());
        for step in 0..100 {
            assert_eq!(pace.wait(at(&pace, f64::from(step) / 1000.0)), Duration::ZERO);
            pace.heard(at(&pace, f64::from(step) / 1000.0), false);
        }
    }

    #[test]
    fn requests_slow_down_and_recover() {
        let pace = Pace::new(Instant::now());
        // Ten a second for five seconds, then a word.
        for step in 0..50 {
            pace.heard(at(&pace, f64::from(step) / 10.0), false);
        }
        pace.heard(at(&pace, 5.0), true);
        let slowed = pace.state(at(&pace, 5.0)).0.rate;
        assert!((6.0..8.0).contains(&slowed), "seven tenths of ten: {slowed}");
        let waits: Vec<Duration> = (0..20).map(|_| pace.wait(at(&pace, 5.0))).collect();
        assert!(waits.is_sorted() && waits[19] > Duration::from_secs(1), "{waits:?}");
        for step in 0..100 {
            pace.heard(at(&pace, 5.0 + f64::from(step) / 10.0), false);
        }
        let recovered = pace.state(at(&pace, 15.0)).0.rate;
        assert!(recovered > 15.0, "beyond the old maximum, at most twice what was measured: {recovered}");
    }

    #[test]
    fn no_limit_is_slower_than_one_in_two_seconds() {
        let pace = Pace::new(Instant::now());
        for step in 0..20 {
            pace.heard(at(&pace, f64::from(step)), true);
        }
        assert!(pace.state(at(&pace, 20.0)).0.rate >= SLOWEST);
        assert!(pace.wait(at(&pace, 20.0)) <= Duration::from_secs(2));
    }

    #[test]
    fn services_and_regions_have_limits_of_their_own() {
        let (paces, now) = (Paces::default(), Instant::now());
        let one = paces.of("ec2", "eu-west-1", now);
        one.heard(now, true);
        assert!(Arc::ptr_eq(&one, &paces.of("ec2", "eu-west-1", now)));
        assert!(!paces.of("ec2", "us-east-1", now).state(now).0.limits);
    }
}
