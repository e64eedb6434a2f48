//! Logs go to standard error: one sentence for each failure, with fields. What is secret has no way to be printed.

use std::collections::BTreeMap;

use tracing_subscriber::EnvFilter;

/// Starts logging as `BELLHOP_LOG` and `BELLHOP_LOG_FORMAT` say.
pub(crate) fn start(vars: &BTreeMap<String, String>) {
    let given = |name: &str| vars.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let wanted = given("BELLHOP_LOG").unwrap_or("info");
    let filter = EnvFilter::try_new(wanted).unwrap_or_else(|_| EnvFilter::new("info"));
    let logs =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    // A second start, as tests make, keeps the first.
    let _ = match given("BELLHOP_LOG_FORMAT") {
        Some("json") => logs.json().try_init(),
        _ => logs.with_ansi(false).try_init(),
    };
}
