//! Logs go to standard error: one sentence for each failure, with fields. What is secret has no way to be printed.

use std::collections::BTreeMap;

use tracing_subscriber::EnvFilter;

/// The library of Lambda's interface shows whole events below `info`, with all that is secret in them.
const EVENTS: [&str; 2] = ["lambda_runtime=info", "lambda_runtime::layers=info"];

/// Starts logging as `BELLHOP_LOG` and `BELLHOP_LOG_FORMAT` say.
pub(crate) fn start(vars: &BTreeMap<String, String>) {
    start_as(vars, "text");
}

/// The same, in JSON unless something else is said: what gathers a function's logs reads that.
pub(crate) fn start_in_lambda(vars: &BTreeMap<String, String>) {
    start_as(vars, "json");
}

fn start_as(vars: &BTreeMap<String, String>, format: &str) {
    let given = |name: &str| vars.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let wanted = given("BELLHOP_LOG").unwrap_or("info");
    let filter = EnvFilter::try_new(wanted).unwrap_or_else(|_| EnvFilter::new("info"));
    let filter = EVENTS.iter().filter_map(|quiet| quiet.parse().ok()).fold(filter, EnvFilter::add_directive);
    let logs =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    // A second start, as tests make, keeps the first.
    let _ = match given("BELLHOP_LOG_FORMAT").unwrap_or(format) {
        "json" => logs.json().try_init(),
        _ => logs.with_ansi(false).try_init(),
    };
}
