//! The rules, as they follow the configuration while Bellhop runs.
//!
//! Invariants: a version with faults changes nothing, and its faults are logged once; what widens is logged; what takes a
//! restart is named. Absent on purpose: looking at a file by itself, which SIGHUP asks for.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_call::Clock;
use bot::Bot;
use tokio::sync::Mutex;

use crate::config::{self, Config, ConfigError, Fixed, Origin, difference};
use crate::own_aws::OwnAws;

/// Follows it.
pub(crate) struct FollowedRules {
    bot: Bot,
    aws: OwnAws,
    vars: BTreeMap<String, String>,
    every: Duration,
    seen: Mutex<Seen>,
}

struct Seen {
    origin: Origin,
    fixed: Fixed,
    /// What was said last of what cannot be used.
    told: Option<ConfigError>,
    looked: Instant,
}

impl FollowedRules {
    /// From that configuration on, which the bot goes by. `origin` and `fixed` are its.
    pub(crate) fn new(
        bot: Bot,
        aws: OwnAws,
        vars: BTreeMap<String, String>,
        every: Duration,
        (origin, fixed): (Origin, Fixed),
    ) -> FollowedRules {
        let looked = aws.clock().instant();
        let seen = Mutex::new(Seen { origin, fixed, told: None, looked });
        FollowedRules { bot, aws, vars, every, seen }
    }

    /// Looks now and then, where it is in AWS, and whenever `asked` is rung; for as long as it is polled.
    pub(crate) async fn keep(&self, asked: &tokio::sync::Notify) {
        let is_far = self.seen.lock().await.origin.place.is_in_aws();
        let clock: Arc<dyn Clock> = self.aws.clock();
        loop {
            let pause = async {
                if is_far {
                    clock.sleep(self.every).await;
                } else {
                    std::future::pending::<()>().await;
                }
            };
            tokio::select! {
                () = pause => {}
                () = asked.notified() => tracing::info!("reading the configuration again"),
            }
            self.look().await;
        }
    }

    /// Looks, if it is time and it is in AWS: for a process that runs only now and then.
    pub(crate) async fn look_when_due(&self) {
        let is_due = {
            let seen = self.seen.lock().await;
            let passed = self.aws.clock().instant().saturating_duration_since(seen.looked);
            seen.origin.place.is_in_aws() && passed >= self.every
        };
        if is_due {
            self.look().await;
        }
    }

    /// Reads it again, and takes up its rules if they are others.
    pub(crate) async fn look(&self) {
        let mut seen = self.seen.lock().await;
        seen.looked = self.aws.clock().instant();
        match config::load_again(&seen.origin, &self.vars, &self.aws).await {
            Ok(None) => seen.told = None,
            Ok(Some(config)) => self.take(config, &mut seen),
            Err(fault) if seen.told.as_ref() == Some(&fault) => {}
            Err(fault) => {
                let place = seen.origin.place.to_string();
                tracing::error!(
                    place,
                    faults = %fault,
                    "the configuration cannot be used; the one before stays in force"
                );
                seen.told = Some(fault);
            }
        }
    }

    fn take(&self, config: Config, seen: &mut Seen) {
        let (fixed, origin) = (Fixed::of(&config), config.origin.clone());
        let (before, rules) = (self.bot.rules_of_file(), super::rules(config));
        let compared = difference((&before.book, &before.delegations), (&rules.book, &rules.delegations));
        match compared {
            Ok(difference) => {
                for widens in &difference.widens {
                    tracing::warn!(widens, "the configuration gives more than before");
                }
                for narrows in &difference.narrows {
                    tracing::info!(narrows, "the configuration gives less than before");
                }
            }
            Err(fault) => tracing::warn!(faults = %fault, "it cannot be told what the configuration changes"),
        }
        let restart = seen.fixed.changed(&fixed);
        if !restart.is_empty() {
            tracing::warn!(parts = restart.join(", "), "these parts of the configuration take a restart");
        }
        self.bot.replace_rules(rules);
        let version = origin.version.0.as_deref().unwrap_or("of the file");
        tracing::info!(place = %origin.place, version, "the rules of the configuration are in force");
        seen.origin = origin;
        seen.told = None;
    }
}
