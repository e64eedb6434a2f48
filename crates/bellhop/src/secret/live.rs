//! A secret that follows its reference: looked at from time to time, and at once when it is in doubt.
//!
//! Invariants: whatever happens outside, a value is there; of many that doubt at the same time one looks, and looks for
//! doubt are [`APART`], so that whoever sends forged requests causes no storm of calls. A fault is logged when it begins
//! and when it ends, and changes nothing.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use aws_call::Clock;
use bot::LiveSecret;
use futures_util::FutureExt as _;
use slack::Secret;
use tokio::sync::{Mutex, Notify, Semaphore};

use super::find::Finder;
use super::reference::Reference;
use crate::telemetry::metrics::Metrics;

/// The least time between two looks for doubt.
const APART: Duration = Duration::from_secs(5);
/// How long whoever doubts waits for a look: Slack waits three seconds.
const WAIT: Duration = Duration::from_millis(2_000);
/// How many wait at a time; more are not believed at once.
const WAITING: usize = 32;

/// The secret.
pub(crate) struct Live {
    /// The key of the configuration, `slack.bot_token`.
    key: String,
    /// Where it is looked for; `None` if it cannot change.
    followed: Option<(Reference, Arc<Finder>)>,
    /// How long the value before counts too.
    overlap: Duration,
    clock: Arc<dyn Clock>,
    kept: RwLock<Arc<Kept>>,
    looked: Mutex<Looked>,
    places: Semaphore,
    /// Rung when somebody doubts who cannot wait for a look.
    doubts: Notify,
    metrics: Arc<Metrics>,
}

/// Its value.
pub(crate) struct Kept {
    /// The value.
    pub(crate) current: Secret,
    /// The one before, until then.
    previous: Option<(Secret, Instant)>,
    /// Grows with each change.
    pub(crate) change: u64,
}

#[derive(Default)]
struct Looked {
    at: Option<Instant>,
    is_failing: bool,
}

impl Live {
    /// A secret with that value, found by following that reference.
    pub(crate) fn new(
        key: &str,
        value: Secret,
        followed: Option<(Reference, Arc<Finder>)>,
        overlap: Duration,
        (clock, metrics): (Arc<dyn Clock>, Arc<Metrics>),
    ) -> Live {
        let followed = followed.filter(|(reference, _)| reference.can_change());
        let kept = RwLock::new(Arc::new(Kept { current: value, previous: None, change: 0 }));
        let (looked, places) = (Mutex::default(), Semaphore::new(WAITING));
        let (key, doubts) = (key.to_owned(), Notify::new());
        Live { key, followed, overlap, clock, kept, looked, places, doubts, metrics }
    }

    /// What it is now.
    pub(crate) fn kept(&self) -> Arc<Kept> {
        Arc::clone(&self.kept.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The value before, while it still counts.
    pub(crate) fn previous(&self) -> Option<Secret> {
        let now = self.clock.instant();
        self.kept().previous.as_ref().filter(|(_, until)| now < *until).map(|(secret, _)| secret.clone())
    }

    /// Waits until somebody doubts it who cannot wait for a look, and looks then if one is due.
    pub(crate) async fn look_when_doubted(&self) {
        self.doubts.notified().await;
        self.doubted(self.kept().change).await;
    }

    /// The same without waiting for somebody: for a process that runs only now and then.
    pub(crate) async fn look_if_doubted(&self) {
        if self.doubts.notified().now_or_never().is_some() {
            self.doubted(self.kept().change).await;
        }
    }

    /// Looks whether it has changed.
    pub(crate) async fn look(&self) {
        let mut looked = self.looked.lock().await;
        self.look_now(&mut looked).await;
    }

    /// Somebody did not believe the value of that change: whether there is a newer one, after a look if one is due.
    pub(crate) async fn doubted(&self, change: u64) -> bool {
        if self.followed.is_none() {
            return false;
        }
        let Ok(_place) = self.places.try_acquire() else { return false };
        let looking = async {
            let mut looked = self.looked.lock().await;
            let is_due =
                looked.at.is_none_or(|at| self.clock.instant().saturating_duration_since(at) >= APART);
            if self.kept().change == change && is_due {
                self.look_now(&mut looked).await;
            }
        };
        // Who gives up waiting does not stop the look of another.
        let _ = tokio::time::timeout(WAIT, looking).await;
        self.kept().change != change
    }

    async fn look_now(&self, looked: &mut Looked) {
        let Some((reference, finder)) = &self.followed else { return };
        looked.at = Some(self.clock.instant());
        let found = finder.find(reference).await;
        match found {
            Ok(value) => {
                if looked.is_failing {
                    tracing::info!(secret = self.key, "the secret can be read again");
                }
                looked.is_failing = false;
                let outcome = if self.take(value) { "changed" } else { "same" };
                self.metrics.looked_at_secret(&self.key, outcome);
            }
            Err(problem) => {
                self.metrics.looked_at_secret(&self.key, "failed");
                if looked.is_failing {
                    return;
                }
                looked.is_failing = true;
                tracing::error!(
                    secret = self.key,
                    what = problem.what,
                    next = problem.hint,
                    "a secret cannot be read anew; what it was before stays in use"
                );
            }
        }
    }

    /// Takes a value for the present one; whether that is another.
    fn take(&self, value: Secret) -> bool {
        let before = self.kept();
        if before.current == value {
            return false;
        }
        let until = self.clock.instant() + self.overlap;
        let previous = Some((before.current.clone(), until));
        let kept = Kept { current: value, previous, change: before.change + 1 };
        *self.kept.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(kept);
        tracing::info!(secret = self.key, overlap_seconds = self.overlap.as_secs(), "a secret has changed");
        true
    }
}

impl LiveSecret for Live {
    fn values(&self) -> Vec<Secret> {
        std::iter::once(self.kept().current.clone()).chain(self.previous()).collect()
    }

    fn doubt(&self) {
        self.doubts.notify_one();
    }
}
