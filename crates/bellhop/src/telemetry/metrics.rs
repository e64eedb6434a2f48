//! What `/metrics` tells.
//!
//! Invariant: labels have few values, known before: statuses, outcomes, names of services and of Slack's methods; never a
//! user, an account, or anything that somebody typed.

use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;

use bot::Counters;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::emf::Sums;

/// What the encoder writes: scrapers that believe the older text format stumble over its end mark and units.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

macro_rules! labels {
    ($($name:ident { $($label:ident: $kind:ty),* })*) => {
        $(
            #[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
            struct $name { $($label: $kind),* }
        )*
    };
}

labels! {
    Answered { status: u16 }
    Kind { kind: &'static str }
    Stage { stage: &'static str }
    Outcome { outcome: &'static str }
    Service { service: String }
    ServiceOutcome { service: String, outcome: &'static str }
    Method { method: &'static str, outcome: &'static str }
    StoreCall { call: &'static str, outcome: &'static str }
    SecretLook { secret: String, outcome: &'static str }
    Build { version: &'static str, models: &'static str }
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

impl Post {
    /// How its span is called.
    pub(crate) fn span(self) -> &'static str {
        match self {
            Post::Command => "POST /slack/commands",
            Post::Interaction => "POST /slack/interactions",
            Post::Event => "POST /slack/events",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Post::Command => "command",
            Post::Interaction => "interaction",
            Post::Event => "event",
        }
    }
}

type Counts<L> = Family<L, Counter>;
type Times<L> = Family<L, Histogram, fn() -> Histogram>;
type Level<L> = Family<L, Gauge<i64, AtomicI64>>;

/// Times of what is near, in seconds.
fn short() -> Histogram {
    Histogram::new([0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 3.0])
}

/// Times of what goes over a network, in seconds.
fn long() -> Histogram {
    Histogram::new([0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0])
}

/// Counters that live as long as the process.
pub(crate) struct Metrics {
    registry: Registry,
    commands: Counts<Answered>,
    interactions: Counts<Answered>,
    events: Counts<Answered>,
    ack: Times<Kind>,
    jobs: Level<Stage>,
    oldest: Gauge<f64, AtomicU64>,
    job: Times<Outcome>,
    aws_calls: Counts<ServiceOutcome>,
    aws_call: Times<Service>,
    aws_retries: Counts<Service>,
    aws_throttled: Counts<Service>,
    slack_posts: Counts<Outcome>,
    slack_calls: Counts<Method>,
    store: Times<StoreCall>,
    sessions: Gauge<i64, AtomicI64>,
    resident: Gauge<i64, AtomicI64>,
    secrets: Counts<SecretLook>,
    traces: Counts<Outcome>,
    /// How many denied commands were told by EMF before.
    pub(super) denied_told: AtomicU64,
    /// What is told by EMF at the end of an invocation.
    pub(super) sums: Mutex<Sums>,
}

impl Metrics {
    /// All at zero.
    pub(crate) fn new() -> Metrics {
        let (ack, store): (Times<Kind>, Times<StoreCall>) =
            (Family::new_with_constructor(short), Family::new_with_constructor(short));
        let (job, aws_call): (Times<Outcome>, Times<Service>) =
            (Family::new_with_constructor(long), Family::new_with_constructor(long));
        let mut metrics = Metrics {
            registry: Registry::with_prefix("bellhop"),
            commands: Family::default(),
            interactions: Family::default(),
            events: Family::default(),
            ack,
            jobs: Family::default(),
            oldest: Gauge::default(),
            job,
            aws_calls: Family::default(),
            aws_call,
            aws_retries: Family::default(),
            aws_throttled: Family::default(),
            slack_posts: Family::default(),
            slack_calls: Family::default(),
            store,
            sessions: Gauge::default(),
            resident: Gauge::default(),
            secrets: Family::default(),
            traces: Family::default(),
            denied_told: AtomicU64::new(0),
            sums: Mutex::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let build: Family<Build, Gauge<i64, AtomicI64>> = Family::default();
        let models = aws_model::Catalog::embedded().version();
        build.get_or_create(&Build { version: env!("CARGO_PKG_VERSION"), models }).set(1);
        let Metrics { registry, .. } = self;
        registry.register(
            "build_info",
            "1; its labels tell the versions of Bellhop and of its models",
            build,
        );
        registry.register("slash_commands", "Slash commands answered, by status", self.commands.clone());
        registry.register(
            "slack_interactions",
            "Interactions answered, by status",
            self.interactions.clone(),
        );
        registry.register("slack_events", "Events answered, by status", self.events.clone());
        let seconds = Unit::Seconds;
        let help = "Time from a post's head to its answer, by kind";
        registry.register_with_unit("ack", help, seconds.clone(), self.ack.clone());
        registry.register("jobs", "Jobs by where they stand", self.jobs.clone());
        let help = "For how long the job that waits longest could have been taken up";
        registry.register_with_unit("queue_oldest", help, seconds.clone(), self.oldest.clone());
        let help = "Time that jobs took to run, by outcome";
        registry.register_with_unit("job", help, seconds.clone(), self.job.clone());
        let help = "Calls of AWS, Bellhop's own included, by service and outcome";
        registry.register("aws_calls", help, self.aws_calls.clone());
        let help = "Time that calls of AWS took, pauses between attempts included, by service";
        registry.register_with_unit("aws_call", help, seconds.clone(), self.aws_call.clone());
        let help = "Attempts at calls of AWS beyond the first, by service";
        registry.register("aws_retries", help, self.aws_retries.clone());
        let help = "Attempts that AWS turned away for being too many, by service";
        registry.register("aws_throttled", help, self.aws_throttled.clone());
        let help = "Posts to addresses for answers, by outcome";
        registry.register("slack_posts", help, self.slack_posts.clone());
        let help = "Requests to Slack's Web API, by method and outcome";
        registry.register("slack_calls", help, self.slack_calls.clone());
        let help = "Time that calls of the store took, by call and outcome";
        registry.register_with_unit("store", help, seconds, self.store.clone());
        registry.register("sessions", "Sessions of roles that are kept", self.sessions.clone());
        registry.register_with_unit("resident", "Memory of this process", Unit::Bytes, self.resident.clone());
        let help = "Looks whether a secret has changed, by its key of the configuration and outcome";
        registry.register("secret_looks", help, self.secrets.clone());
        let help = "Spans of traces, by what became of them";
        registry.register("trace_spans", help, self.traces.clone());
    }

    /// A post was answered.
    pub(crate) fn answered(&self, post: Post, status: u16, time: Duration) {
        let counter = match post {
            Post::Command => &self.commands,
            Post::Interaction => &self.interactions,
            Post::Event => &self.events,
        };
        counter.get_or_create(&Answered { status }).inc();
        self.ack.get_or_create(&Kind { kind: post.name() }).observe(time.as_secs_f64());
        self.sum(|sums| sums.acks.add(time));
    }

    /// How many jobs stand at a stage now.
    pub(crate) fn jobs(&self, stage: &'static str, count: u64) {
        self.jobs.get_or_create(&Stage { stage }).set(i64::try_from(count).unwrap_or(i64::MAX));
        self.sum(|sums| match stage {
            "queued" => sums.queued = Some(count),
            "doubtful" => sums.doubtful = Some(count),
            _ => {}
        });
    }

    /// For how long the oldest of them could have been taken up.
    pub(crate) fn oldest(&self, waiting: Duration) {
        self.oldest.set(waiting.as_secs_f64());
    }

    /// How many sessions of roles are kept.
    pub(crate) fn sessions(&self, count: usize) {
        self.sessions.set(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// How much memory this process takes, in bytes.
    pub(crate) fn resident(&self, bytes: u64) {
        self.resident.set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    /// A job was run.
    pub(crate) fn ran(&self, outcome: &'static str, time: Duration) {
        self.job.get_or_create(&Outcome { outcome }).observe(time.as_secs_f64());
        self.sum(|sums| sums.ran(outcome, time));
    }

    /// A call of AWS has ended.
    pub(crate) fn aws_called(&self, told: &aws_call::Told<'_>) {
        let service = Service { service: told.service.to_owned() };
        let outcome = ServiceOutcome { service: service.service.clone(), outcome: told.ending.name() };
        self.aws_calls.get_or_create(&outcome).inc();
        self.aws_call.get_or_create(&service).observe(told.took.as_secs_f64());
        if told.attempts > 1 {
            self.aws_retries.get_or_create(&service).inc_by(u64::from(told.attempts - 1));
        }
        if told.throttled > 0 {
            self.aws_throttled.get_or_create(&service).inc_by(u64::from(told.throttled));
        }
        self.sum(|sums| sums.aws_called(told));
    }

    /// Something was posted to an address for answers.
    pub(crate) fn slack_posted(&self, outcome: &'static str) {
        self.slack_posts.get_or_create(&Outcome { outcome }).inc();
        self.sum(|sums| sums.slack(outcome));
    }

    /// Slack's Web API was asked.
    pub(crate) fn slack_called(&self, method: &'static str, outcome: &'static str) {
        self.slack_calls.get_or_create(&Method { method, outcome }).inc();
        self.sum(|sums| sums.slack(outcome));
    }

    /// The store was asked.
    pub(crate) fn stored(&self, call: &'static str, failed: bool, time: Duration) {
        let outcome = if failed { "failed" } else { "done" };
        self.store.get_or_create(&StoreCall { call, outcome }).observe(time.as_secs_f64());
        if failed {
            self.sum(|sums| sums.store_failures += 1);
        }
    }

    /// Somebody looked whether the secret under that key of the configuration has changed.
    pub(crate) fn looked_at_secret(&self, key: &str, outcome: &'static str) {
        self.secrets.get_or_create(&SecretLook { secret: key.to_owned(), outcome }).inc();
        if outcome == "failed" {
            self.sum(|sums| sums.secrets_unread += 1);
        }
    }

    /// Spans were sent, or lost.
    pub(crate) fn spans(&self, outcome: &'static str, count: usize) {
        self.traces.get_or_create(&Outcome { outcome }).inc_by(u64::try_from(count).unwrap_or(0));
    }

    fn sum(&self, add: impl FnOnce(&mut Sums)) {
        add(&mut self.sums.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    }

    /// The text format, with what the bot counted.
    pub(crate) fn text(&self, counters: &Counters) -> String {
        let mut text = String::new();
        counters.each(|name, help, number| {
            let (kind, suffix) = if is_gauge(name) { ("gauge", "") } else { ("counter", "_total") };
            // Writing to a string does not fail.
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name}{suffix} {number}");
        });
        // Likewise. The registry's own end mark stands last.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// Whether one of the bot's numbers goes up and down.
fn is_gauge(name: &str) -> bool {
    ["_running", "_lag", "_percent"].iter().any(|end| name.ends_with(end))
}
