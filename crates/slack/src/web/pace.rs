//! When a request may be sent, so that no tier is exceeded in any minute.
//!
//! For each method (and channel, for posting) it is kept until when its requests are booked. A quarter of a tier may go
//! at once; the rest is spread over the minute. Bounded: what lies in the past is forgotten.

use std::collections::HashMap;
use std::time::Duration;

use super::method::Method;

/// How many bookings are kept before those that have passed are thrown away.
const MANY: usize = 1000;
/// Between two messages to one channel.
const CHANNEL_INTERVAL: u64 = 1000;

/// The bookings. Times are milliseconds since 1970.
#[derive(Debug, Default)]
pub(super) struct Pace {
    methods: HashMap<&'static str, u64>,
    channels: HashMap<String, u64>,
    /// Until when Slack asked for quiet.
    held: HashMap<&'static str, u64>,
}

impl Pace {
    /// Books the next turn and says how long it is until then; an error, with the time that it would take and nothing
    /// booked, if that is longer than `patience`.
    pub(super) fn reserve(
        &mut self,
        method: Method,
        channel: Option<&str>,
        now: u64,
        patience: Duration,
    ) -> Result<Duration, Duration> {
        let per_minute = u64::from(method.tier.per_minute());
        let burst = per_minute / 4;
        let interval = 60_000 / (per_minute - burst);
        let earliest = self.held.get(method.name).copied().unwrap_or(0).max(now);
        let booked = self.methods.get(method.name).copied().unwrap_or(0).max(earliest);
        let mut turn = booked.saturating_sub((burst - 1) * interval).max(earliest);
        if let Some(channel) = channel {
            turn = turn.max(self.channels.get(channel).copied().unwrap_or(0));
        }
        let wait = Duration::from_millis(turn - now);
        if wait > patience {
            return Err(wait);
        }
        self.methods.insert(method.name, booked + interval);
        if let Some(channel) = channel {
            if self.channels.len() >= MANY {
                self.channels.retain(|_, free_at| *free_at > now);
            }
            self.channels.insert(channel.to_owned(), turn + CHANNEL_INTERVAL);
        }
        Ok(wait)
    }

    /// Slack asked for quiet for that long.
    pub(super) fn hold(&mut self, method: Method, now: u64, quiet: Duration) {
        let until = now.saturating_add(u64::try_from(quiet.as_millis()).unwrap_or(u64::MAX));
        self.held.insert(method.name, until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::method::Tier;
    use proptest::prelude::*;

    const LIST: Method = Method::reads("usergroups.list", Tier::Two);

    #[test]
    fn a_channel_gets_a_message_a_second() {
        let mut pace = Pace::default();
        let waits: Vec<u128> = ["C1", "C1", "C2", "C1"]
            .iter()
            .map(|channel| {
                pace.reserve(LIST, Some(channel), 5000, Duration::MAX).expect("patient").as_millis()
            })
            .collect();
        assert_eq!(waits, [0, 1000, 0, 2000]);
    }

    #[test]
    fn quiet_is_kept_and_impatience_books_nothing() {
        let mut pace = Pace::default();
        pace.hold(LIST, 1000, Duration::from_secs(30));
        let long = Duration::from_secs(30);
        assert_eq!(pace.reserve(LIST, None, 1000, Duration::from_secs(3)), Err(long));
        assert_eq!(pace.reserve(LIST, None, 1000, Duration::from_secs(60)), Ok(long));
        assert_eq!(pace.reserve(LIST, None, 31_000, Duration::ZERO), Ok(Duration::ZERO));
    }

    proptest! {
        #[test]
        fn no_minute_has_more_than_the_tier(gaps in proptest::collection::vec(0_u64..5000, 1..200)) {
            let (mut pace, mut now, mut sent) = (Pace::default(), 1_000_000, Vec::new());
            for gap in gaps {
                now += gap;
                let wait = pace.reserve(LIST, None, now, Duration::MAX).expect("patient");
                now += u64::try_from(wait.as_millis()).expect("short");
                sent.push(now);
            }
            for (at, begun) in sent.iter().enumerate() {
                let within = sent[at..].iter().take_while(|time| **time < begun + 60_000).count();
                prop_assert!(within <= 20, "{within} in the minute from {begun}");
            }
        }
    }
}
