//! The secrets of the configuration, as they follow when they change where they are kept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_call::Clock;

use crate::config::Config;
use crate::own_aws::OwnAws;
use crate::secret::{Finder, Live};

/// The secrets.
#[derive(Clone)]
pub(crate) struct Followed {
    /// What requests of Slack are verified with.
    pub(crate) signing: Arc<Live>,
    /// What Slack's Web API is spoken to with.
    pub(crate) bot_token: Option<Arc<Live>>,
    every: Duration,
    clock: Arc<dyn Clock>,
    /// When they were looked at last.
    looked: Arc<Mutex<Instant>>,
}

impl Followed {
    /// Those of that configuration, with the values that were found when it was read.
    pub(crate) fn new(config: &Config, vars: BTreeMap<String, String>, aws: &OwnAws) -> Followed {
        let secrets = &config.secrets;
        let finder = Finder::new(vars, secrets.folder.clone(), aws.clone(), secrets.how.clone());
        let (finder, clock) = (Arc::new(finder), aws.clock());
        let live = |key: &str, value: &slack::Secret| {
            let reference = secrets.references.get(key).cloned();
            let followed = reference.map(|reference| (reference, Arc::clone(&finder)));
            Arc::new(Live::new(key, value.clone(), followed, secrets.overlap, Arc::clone(&clock)))
        };
        let bot_token = config.slack.bot_token.as_ref().map(|token| live("slack.bot_token", token));
        let signing = live("slack.signing_secret", &config.slack.signing_secret);
        let looked = Arc::new(Mutex::new(clock.instant()));
        Followed { signing, bot_token, every: secrets.every, clock, looked }
    }

    /// Looks now and then whether they have changed, for as long as it is polled.
    pub(crate) async fn keep(&self) {
        loop {
            self.clock.sleep(self.every).await;
            self.look().await;
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
    }

    /// Looks whether they have changed.
    pub(crate) async fn look(&self) {
        let token = async {
            if let Some(token) = &self.bot_token {
                token.look().await;
            }
        };
        tokio::join!(self.signing.look(), token);
    }
}
