//! What an operator sees of a running Bellhop: numbers, traces, logs.
//!
//! [`metrics`] counts and is told at `/metrics`; [`emf`] tells the same under Lambda, a line an invocation; [`traces`]
//! follows a request over the queue to its reply and sends that by OTLP, where it is configured; [`logging`] writes lines.
//! Invariants: nothing here waits for anybody, and what cannot be kept or sent is dropped and counted; no number, span or
//! line holds a secret, or a line that somebody typed.

pub(crate) mod emf;
pub(crate) mod logging;
mod measured;
pub(crate) mod metrics;
pub(crate) mod reference;
mod traces;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use aws_call::transport::Transport;
use aws_call::{Observer, Told};
use bot::{Bot, Counters};
use tracing::Span;

use crate::config;
use crate::telemetry::metrics::Metrics;
use crate::telemetry::traces::Traces;

pub(crate) use measured::{MeasuredCall, MeasuredPost};

/// How long the end of the process waits for spans that are not sent yet.
pub(crate) const LAST_SPANS: Duration = Duration::from_secs(2);

/// All of it. It lives as long as the process.
#[derive(Clone)]
pub(crate) struct Telemetry {
    pub(crate) metrics: Arc<Metrics>,
    /// None where nothing is traced.
    traces: Option<Traces>,
}

impl Telemetry {
    /// Counts, and neither logs nor traces: for short commands and tests.
    pub(crate) fn silent() -> Telemetry {
        Telemetry { metrics: Arc::new(Metrics::new()), traces: None }
    }

    /// Starts logs as the environment says, and traces where they are configured.
    pub(crate) fn start(vars: &BTreeMap<String, String>, settings: &config::Telemetry) -> Telemetry {
        let metrics = Arc::new(Metrics::new());
        let (layer, traces) = match traces::start(vars, settings, &metrics) {
            Some((layer, traces)) => (Some(layer), Some(traces)),
            None => (None, None),
        };
        logging::start(vars, layer);
        Telemetry { metrics, traces }
    }

    /// Sends spans over that transport from now on. Needs a runtime.
    pub(crate) fn send_by(&self, transport: &Arc<dyn Transport>) {
        if let Some(traces) = &self.traces {
            traces.send_by(transport);
        }
    }

    /// Sends what is not sent yet, if that goes quickly: at the end of the process, and of each invocation under Lambda.
    pub(crate) async fn flush(&self, limit: Duration) {
        if let Some(traces) = &self.traces {
            traces.flush(limit).await;
        }
    }

    /// What happened since the last line, as one line of CloudWatch's embedded metric format; `at` is milliseconds since
    /// 1970.
    pub(crate) fn emf_line(&self, function: &str, at: i64, counters: &Counters) -> String {
        let metrics = &self.metrics;
        let mut sums = std::mem::take(&mut *metrics.sums.lock().unwrap_or_else(PoisonError::into_inner));
        let denied = counters.denied.get();
        sums.denied = denied.saturating_sub(metrics.denied_told.swap(denied, Ordering::Relaxed));
        sums.line(function, at)
    }

    /// Looks how many jobs stand where, and how long they have waited.
    pub(crate) async fn look(&self, bot: &Bot) {
        let metrics = &self.metrics;
        if let Ok(totals) = bot.totals().await {
            let stages = [
                ("queued", totals.queued),
                ("running", totals.running),
                ("doubtful", totals.doubtful),
                ("undelivered", totals.undelivered),
            ];
            for (stage, count) in stages {
                metrics.jobs(stage, count);
            }
        }
        if let Ok(waiting) = bot.waiting().await {
            metrics.oldest(waiting.unwrap_or_default());
        }
    }

    /// What `/metrics` answers.
    pub(crate) async fn text(&self, bot: &Bot) -> String {
        self.look(bot).await;
        let metrics = &self.metrics;
        metrics.sessions(bot.sessions());
        if let Some(bytes) = resident() {
            metrics.resident(bytes);
        }
        metrics.text(bot.counters())
    }
}

/// How much memory this process takes; none where there is no `/proc`.
fn resident() -> Option<u64> {
    #[expect(clippy::disallowed_methods, reason = "the rim: a process asks how large it is")]
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}

impl bot::Telemetry for Telemetry {
    fn ran(&self, outcome: &'static str, _write: bool, took: Duration) {
        self.metrics.ran(outcome, took);
    }

    fn stored(&self, call: &'static str, failed: bool, took: Duration) {
        self.metrics.stored(call, failed, took);
    }

    fn traceparent(&self) -> Option<String> {
        self.traces.as_ref()?;
        traces::traceparent()
    }

    fn continues(&self, span: &Span, traceparent: &str) {
        if self.traces.is_some() {
            traces::continues(span, traceparent);
        }
    }
}

/// Tells the metrics of each call of AWS.
pub(crate) struct Calls(pub(crate) Arc<Metrics>);

impl fmt::Debug for Calls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Calls")
    }
}

impl Observer for Calls {
    fn called(&self, told: &Told<'_>) {
        self.0.aws_called(told);
    }
}
