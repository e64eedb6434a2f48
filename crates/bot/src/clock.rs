//! One clock for all parts, each of which asks in its own way.

use std::sync::Arc;
use std::time::Duration;

use store::UnixMillis;

/// The clock that AWS calls use, as Slack's side and the store want to read it.
#[derive(Debug, Clone)]
pub(crate) struct BotClock(pub(crate) Arc<dyn aws_call::Clock>);

impl BotClock {
    /// Now, as records keep it.
    pub(crate) fn millis(&self) -> UnixMillis {
        UnixMillis(self.0.now().as_millisecond())
    }

    /// Waits.
    pub(crate) async fn pause(&self, time: Duration) {
        self.0.sleep(time).await;
    }
}

impl slack::Clock for BotClock {
    fn now(&self) -> u64 {
        u64::try_from(self.0.now().as_second()).unwrap_or(0)
    }

    fn now_millis(&self) -> u64 {
        u64::try_from(self.millis().0).unwrap_or(0)
    }

    fn sleep(&self, time: Duration) -> slack::BoxFuture<'_, ()> {
        self.0.sleep(time)
    }
}

/// A duration as records count it.
pub(crate) fn in_millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
