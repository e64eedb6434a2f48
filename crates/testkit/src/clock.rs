//! A clock that stands still until it is moved.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_call::{BoxFuture, Clock};
use jiff::Timestamp;

/// Clones share the time.
#[derive(Debug, Clone)]
pub struct SetClock {
    origin: Instant,
    start: Timestamp,
    passed: Arc<Mutex<Duration>>,
}

impl SetClock {
    /// Stands at that time.
    pub fn at(start: Timestamp) -> SetClock {
        SetClock { origin: Instant::now(), start, passed: Arc::default() }
    }

    /// Moves on.
    pub fn advance(&self, time: Duration) {
        *self.passed.lock().unwrap_or_else(PoisonError::into_inner) += time;
    }

    fn passed(&self) -> Duration {
        *self.passed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        self.start.checked_add(self.passed()).unwrap_or(Timestamp::MAX)
    }

    fn instant(&self) -> Instant {
        self.origin + self.passed()
    }

    /// Sleeping moves the clock and takes no time.
    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        self.advance(time);
        Box::pin(std::future::ready(()))
    }
}
