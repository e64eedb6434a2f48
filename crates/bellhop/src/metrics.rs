//! What `/metrics` tells.

use std::fmt::Write as _;
use std::time::Duration;

use bot::Counters;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// What the encoder writes: scrapers that believe the older text format stumble over its end mark and units.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    status: u16,
}

/// What Slack posts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Post {
    /// A slash command.
    Command,
    /// A pressed button, a modal, a shortcut.
    Interaction,
    /// An event.
    Event,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Stage {
    stage: &'static str,
}

/// Counters that live as long as the process.
pub(crate) struct Metrics {
    registry: Registry,
    commands: Family<Answered, Counter>,
    interactions: Family<Answered, Counter>,
    events: Family<Answered, Counter>,
    ack_seconds: Histogram,
    jobs: Family<Stage, Gauge<i64, std::sync::atomic::AtomicI64>>,
}

impl Metrics {
    /// All at zero.
    pub(crate) fn new() -> Metrics {
        let mut registry = Registry::with_prefix("bellhop");
        let posts = || Family::<Answered, Counter>::default();
        let (commands, interactions, events) = (posts(), posts(), posts());
        let buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 3.0];
        let ack_seconds = Histogram::new(buckets);
        let jobs = Family::default();
        registry.register("slash_commands", "Slash commands answered, by status", commands.clone());
        let help = "Interactions answered, by status";
        registry.register("slack_interactions", help, interactions.clone());
        registry.register("slack_events", "Events answered, by status", events.clone());
        registry.register_with_unit(
            "ack",
            "Time from a post's head to its answer",
            Unit::Seconds,
            ack_seconds.clone(),
        );
        registry.register("jobs", "Jobs by where they stand", jobs.clone());
        Metrics { registry, commands, interactions, events, ack_seconds, jobs }
    }

    /// A post was answered.
    pub(crate) fn answered(&self, post: Post, status: u16, time: Duration) {
        let counter = match post {
            Post::Command => &self.commands,
            Post::Interaction => &self.interactions,
            Post::Event => &self.events,
        };
        counter.get_or_create(&Answered { status }).inc();
        self.ack_seconds.observe(time.as_secs_f64());
    }

    /// How many jobs stand at a stage now.
    pub(crate) fn jobs(&self, stage: &'static str, count: u64) {
        self.jobs.get_or_create(&Stage { stage }).set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// The text format, with what the bot counted.
    pub(crate) fn text(&self, counters: &Counters) -> String {
        let mut text = String::new();
        counters.each(|name, help, number| {
            let is_gauge = ["_running", "_lag", "_percent"].iter().any(|end| name.ends_with(end));
            let (kind, suffix) = if is_gauge { ("gauge", "") } else { ("counter", "_total") };
            // Writing to a string does not fail.
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name}{suffix} {number}");
        });
        // Likewise. The registry's own end mark stands last.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
