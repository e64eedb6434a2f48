//! Keeping what was fetched: renewed before it expires, and fetched once however many ask at a time.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::SignedDuration;

use crate::BoxFuture;
use crate::clock::Clock;
use crate::credentials::{CredentialSource, Credentials, CredentialsError};

/// What is left when renewal begins, while the old credentials are still handed out.
const RENEW_BEFORE: SignedDuration = SignedDuration::from_mins(5);
/// What must be left for credentials to be handed out at all.
const LEAST_LEFT: SignedDuration = SignedDuration::from_secs(30);

/// Gets credentials from somewhere, each time anew.
pub trait Fetch: Send + Sync + fmt::Debug {
    /// Fetches.
    fn fetch(&self) -> BoxFuture<'_, Result<Credentials, CredentialsError>>;
}

/// Credentials that are fetched when they are first needed, and kept.
#[derive(Debug, Clone)]
pub struct Cached(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    source: Box<dyn Fetch>,
    clock: Arc<dyn Clock>,
    kept: Mutex<Kept>,
    /// Held by the one who fetches.
    flight: Arc<tokio::sync::Mutex<()>>,
}

/// The last outcome, and how many there were.
#[derive(Debug, Default)]
struct Kept {
    credentials: Option<Credentials>,
    failure: Option<CredentialsError>,
    fetches: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Age {
    Fresh,
    /// Good for now, but to be renewed.
    Late,
    Expired,
}

impl Cached {
    /// Keeps what that source yields.
    pub fn new(source: impl Fetch + 'static, clock: Arc<dyn Clock>) -> Cached {
        Cached(Arc::new(Shared {
            source: Box::new(source),
            clock,
            kept: Mutex::default(),
            flight: Arc::default(),
        }))
    }
}

impl Shared {
    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&self) -> (Option<Credentials>, Age, u64) {
        let kept = self.kept();
        let credentials = kept.credentials.clone();
        let age = match credentials.as_ref().map(|credentials| credentials.expires) {
            None => Age::Expired,
            Some(None) => Age::Fresh,
            Some(Some(expires)) => {
                let left = expires.duration_since(self.clock.now());
                match () {
                    () if left > RENEW_BEFORE => Age::Fresh,
                    () if left > LEAST_LEFT => Age::Late,
                    () => Age::Expired,
                }
            }
        };
        (credentials, age, kept.fetches)
    }

    async fn renew(&self) -> Result<Credentials, CredentialsError> {
        let fetched = self.source.fetch().await;
        let mut kept = self.kept();
        kept.fetches += 1;
        match &fetched {
            Ok(credentials) => {
                kept.credentials = Some(credentials.clone());
                kept.failure = None;
            }
            Err(error) => kept.failure = Some(error.clone()),
        }
        fetched
    }

    /// Waits for whoever fetches, then uses the outcome; fetches if nobody did meanwhile.
    async fn wait(&self, seen: u64) -> Result<Credentials, CredentialsError> {
        let _flight = self.flight.lock().await;
        let (credentials, age, fetches) = self.look();
        if let (Some(credentials), Age::Fresh | Age::Late) = (credentials, age) {
            return Ok(credentials);
        }
        if fetches != seen
            && let Some(failure) = self.kept().failure.clone()
        {
            return Err(failure);
        }
        self.renew().await
    }
}

impl CredentialSource for Cached {
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, CredentialsError>> {
        Box::pin(async move {
            let (credentials, age, seen) = self.0.look();
            match (credentials, age) {
                (Some(credentials), Age::Fresh) => Ok(credentials),
                (Some(credentials), Age::Late) => {
                    if let Ok(flight) = self.0.flight.clone().try_lock_owned() {
                        let shared = self.0.clone();
                        tokio::spawn(async move {
                            let _flight = flight;
                            // A failure changes nothing yet: the old credentials are good for minutes.
                            let _ = shared.renew().await;
                        });
                    }
                    Ok(credentials)
                }
                _ => self.0.wait(seen).await,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
    use std::time::{Duration, Instant};

    use jiff::Timestamp;

    use super::*;

    #[derive(Debug, Default)]
    struct SetClock(AtomicI64);

    impl Clock for SetClock {
        fn now(&self) -> Timestamp {
            Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap_or_default()
        }
        fn instant(&self) -> Instant {
            Instant::now()
        }
        fn sleep(&self, _time: Duration) -> BoxFuture<'static, ()> {
            Box::pin(std::future::ready(()))
        }
    }

    #[derive(Debug)]
    struct Counting {
        count: Arc<AtomicUsize>,
        clock: Arc<SetClock>,
        fails: bool,
    }

    impl Fetch for Counting {
        fn fetch(&self) -> BoxFuture<'_, Result<Credentials, CredentialsError>> {
            Box::pin(async move {
                tokio::task::yield_now().await;
                let count = self.count.fetch_add(1, Ordering::SeqCst);
                if self.fails {
                    return Err(CredentialsError::None);
                }
                let mut credentials = Credentials::new(format!("KEY{count}"), "secret");
                credentials.expires = Some(self.clock.now() + SignedDuration::from_hours(1));
                Ok(credentials)
            })
        }
    }

    fn staged(fails: bool) -> (Cached, Arc<AtomicUsize>, Arc<SetClock>) {
        let (count, clock) = (Arc::<AtomicUsize>::default(), Arc::<SetClock>::default());
        let source = Counting { count: count.clone(), clock: clock.clone(), fails };
        (Cached::new(source, clock.clone()), count, clock)
    }

    async fn ask_hundred(cached: &Cached) -> usize {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let cached = cached.clone();
            tasks.spawn(async move { cached.credentials().await.is_ok() });
        }
        tasks.join_all().await.into_iter().filter(|good| *good).count()
    }

    #[tokio::test]
    async fn a_hundred_callers_fetch_once() {
        let (cached, count, _) = staged(false);
        assert_eq!(ask_hundred(&cached).await, 100);
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_failure_is_shared_by_those_who_waited_for_it() {
        let (cached, count, _) = staged(true);
        assert_eq!(ask_hundred(&cached).await, 0);
        assert!(count.load(Ordering::SeqCst) <= 2);
    }

    #[tokio::test]
    async fn renewal_begins_before_the_end_and_nobody_waits_for_it() {
        let (cached, count, clock) = staged(false);
        let key = |credentials: Result<Credentials, CredentialsError>| {
            credentials.expect("credentials").access_key_id
        };
        assert_eq!(key(cached.credentials().await), "KEY0");
        clock.0.store(54 * 60, Ordering::SeqCst);
        assert_eq!(key(cached.credentials().await), "KEY0");
        assert_eq!(count.load(Ordering::SeqCst), 1);
        clock.0.store(56 * 60, Ordering::SeqCst);
        assert_eq!(key(cached.credentials().await), "KEY0");
        while count.load(Ordering::SeqCst) < 2 {
            tokio::task::yield_now().await;
        }
        assert_eq!(key(cached.credentials().await), "KEY1");
        clock.0.store(300 * 60, Ordering::SeqCst);
        assert_eq!(key(cached.credentials().await), "KEY2");
    }
}
