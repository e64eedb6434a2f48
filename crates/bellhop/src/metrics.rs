//! What `/metrics` tells.

use std::fmt::Write as _;

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

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Stage {
    stage: &'static str,
}

/// Counters that live as long as the process.
pub(crate) struct Metrics {
    registry: Registry,
    commands: Family<Answered, Counter>,
    ack_seconds: Histogram,
    jobs: Family<Stage, Gauge<i64, std::sync::atomic::AtomicI64>>,
}

impl Metrics {
    /// All at zero.
    pub(crate) fn new() -> Metrics {
        let mut registry = Registry::with_prefix("bellhop");
        let commands = Family::<Answered, Counter>::default();
        let buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 3.0];
        let ack_seconds = Histogram::new(buckets);
        let jobs = Family::default();
        registry.register("slash_commands", "Slash commands answered, by status", commands.clone());
        registry.register_with_unit(
            "ack",
            "Time from a slash command's head to its answer",
            Unit::Seconds,
            ack_seconds.clone(),
        );
        registry.register("jobs", "Jobs by where they stand", jobs.clone());
        Metrics { registry, commands, ack_seconds, jobs }
    }

    /// A slash command was answered.
    pub(crate) fn answered(&self, status: u16, seconds: f64) {
        self.commands.get_or_create(&Answered { status }).inc();
        self.ack_seconds.observe(seconds);
    }

    /// How many jobs stand at a stage now.
    pub(crate) fn jobs(&self, stage: &'static str, count: u64) {
        self.jobs.get_or_create(&Stage { stage }).set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// The text format, with what the bot counted.
    pub(crate) fn text(&self, counters: &Counters) -> String {
        let mut text = String::new();
        counters.each(|name, help, number| {
            let (kind, suffix) =
                if name.ends_with("_running") { ("gauge", "") } else { ("counter", "_total") };
            // Writing to a string does not fail.
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name}{suffix} {number}");
        });
        // Likewise. The registry's own end mark stands last.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
