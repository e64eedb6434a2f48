//! The secrets of the configuration, as they follow when they change where they are kept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_call::Clock;

use crate::config::{Config, Slack};
use crate::own_aws::OwnAws;
use crate::secret::{Finder, Live};
use crate::telemetry::metrics::Metrics;

/// The secrets.
#[derive(Clone)]
pub(crate) struct Followed {
    /// What requests of Slack are verified with.
    pub(crate) signing: Arc<Live>,
    /// What Slack's Web API is spoken to with.
    pub(crate) bot_token: Option<Arc<Live>>,
    /// What old apps send besides.
    pub(crate) verification_token: Option<Arc<Live>>,
    every: Duration,
    clock: Arc<dyn Clock>,
    /// When they were looked at last.
    looked: Arc<Mutex<Instant>>,
}

impl Followed {
    /// Those of that configuration, with the values that were found when it was read.
    pub(crate) fn new(
        config: &Config,
        vars: BTreeMap<String, String>,
        aws: &OwnAws,
        metrics: &Arc<Metrics>,
    ) -> Followed {
        let secrets = &config.secrets;
        let finder = Finder::new(vars, secrets.folder.clone(), aws.clone(), secrets.how.clone());
        let (finder, clock) = (Arc::new(finder), aws.clock());
        let live = |key: &str, value: &slack::Secret| {
            let reference = secrets.references.get(key).cloned();
            let followed = reference.map(|reference| (reference, Arc::clone(&finder)));
            let parts = (Arc::clone(&clock), Arc::clone(metrics));
            Arc::new(Live::new(key, value.clone(), followed, secrets.overlap, parts))
        };
        let slack = &config.slack;
        let bot_token = slack.bot_token.as_ref().map(|token| live("slack.bot_token", token));
        let verification_token =
            slack.verification_token.as_ref().map(|token| live("slack.verification_token", token));
        let signing = live("slack.signing_secret", &config.slack.signing_secret);
        let looked = Arc::new(Mutex::new(clock.instant()));
        Followed { signing, bot_token, verification_token, every: secrets.every, clock, looked }
    }

    /// What is configured of Slack, with the secrets of now.
    pub(crate) fn present(&self, slack: &Slack) -> Slack {
        let now = |live: &Option<Arc<Live>>| live.as_ref().map(|live| live.kept().current.clone());
        Slack {
            signing_secret: self.signing.kept().current.clone(),
            bot_token: now(&self.bot_token),
            verification_token: now(&self.verification_token),
            ..slack.clone()
        }
    }

    /// Looks now and then whether they have changed, for as long as it is polled.
    pub(crate) async fn keep(&self) {
        let doubted = async || match &self.verification_token {
            Some(token) => token.look_when_doubted().await,
            None => std::future::pending().await,
        };
        let mut pause = self.clock.sleep(self.every);
        loop {
            tokio::select! {
                () = &mut pause => {
                    self.look().await;
                    pause = self.clock.sleep(self.every);
                }
                () = doubted() => {}
            }
        }
    }

    /// Looks whether they have changed, if it is time: for a process that runs only now and then.
    pub(crate) async fn look_when_due(&self) {
        let now = self.clock.instant();
        let is_due = {
            let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
            let is_due = now.saturating_duration_since(*looked) >= self.every;
            if is_due {
                *looked = now;
            }
            is_due
        };
        if is_due {
            self.look().await;
        }
        if let Some(token) = &self.verification_token {
            token.look_if_doubted().await;
        }
    }

    /// Looks whether they have changed.
    pub(crate) async fn look(&self) {
        let one = async |live: &Option<Arc<Live>>| {
            if let Some(live) = live {
                live.look().await;
            }
        };
        tokio::join!(self.signing.look(), one(&self.bot_token), one(&self.verification_token));
    }
}
