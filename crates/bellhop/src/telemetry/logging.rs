//! Logs go to standard error: one sentence for each failure, with fields. What is secret has no way to be printed.

use std::collections::BTreeMap;

use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry};

/// The library of Lambda's interface shows whole events below `info`, with all that is secret in them.
const EVENTS: [&str; 2] = ["lambda_runtime=info", "lambda_runtime::layers=info"];

/// A part of what listens to events and spans.
pub(super) type Listener = Box<dyn Layer<Registry> + Send + Sync>;

/// Starts logging as `BELLHOP_LOG` and `BELLHOP_LOG_FORMAT` say, beside what else is to listen. Under Lambda JSON is the
/// default: CloudWatch reads its fields.
pub(crate) fn start(vars: &BTreeMap<String, String>, other: Option<Listener>) {
    let given = |name: &str| vars.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let wanted = given("BELLHOP_LOG").unwrap_or("info");
    let filter = EnvFilter::try_new(wanted).unwrap_or_else(|_| EnvFilter::new("info"));
    let filter = EVENTS.iter().filter_map(|quiet| quiet.parse().ok()).fold(filter, EnvFilter::add_directive);
    let in_json = match given("BELLHOP_LOG_FORMAT") {
        Some(format) => format == "json",
        None => given("AWS_LAMBDA_RUNTIME_API").is_some(),
    };
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    let lines: Listener = if in_json {
        // The spans around an event tell which request it belongs to.
        Box::new(lines.json().with_current_span(false).with_filter(filter))
    } else {
        // Lines for people name the request themselves where it matters.
        Box::new(lines.with_ansi(false).with_filter(filter.and(filter_fn(|about| !about.is_span()))))
    };
    let listeners: Vec<Listener> = other.into_iter().chain([lines]).collect();
    // A second start, as tests make, keeps the first.
    let _ = tracing_subscriber::registry().with(listeners).try_init();
}
