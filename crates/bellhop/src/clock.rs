//! The machine's clock, for everybody who asks for one.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The real clock.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RealClock;

/// Seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
pub(crate) fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

impl slack::Clock for RealClock {
    fn now(&self) -> u64 {
        seconds()
    }

    fn sleep(&self, time: Duration) -> slack::BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(time))
    }
}
