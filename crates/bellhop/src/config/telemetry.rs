//! `[telemetry]`: where traces go. Metrics and logs need no configuration.

use slack::Secret;

use crate::config::{Faults, Section, Source, is_loopback, secret};

/// Its settings.
#[derive(Debug, Clone, Default)]
pub(crate) struct Telemetry {
    /// Where OTLP is spoken over HTTP, without `/v1/traces`; the environment's `OTEL_EXPORTER_OTLP_ENDPOINT` without it.
    pub(crate) otlp_endpoint: Option<String>,
    /// Headers for it, `name=value,name=value`.
    pub(crate) otlp_headers: Option<Secret>,
}

/// Reads the table.
pub(super) fn read(mut section: Section<'_>, source: &Source<'_>, faults: &mut Faults) -> Telemetry {
    let endpoint = section.text("otlp_endpoint", faults);
    let otlp_headers = secret::read(&mut section, "otlp_headers", source, faults);
    section.finish(faults);
    if let Some(spot) = &endpoint {
        let url = spot.value.parse::<axum::http::Uri>().ok();
        let host = url.as_ref().and_then(|url| url.host());
        match (url.as_ref().and_then(|url| url.scheme_str()), host) {
            (Some("https"), Some(_)) => {}
            // What is traced is no secret; the headers are.
            (Some("http"), Some(host)) if otlp_headers.is_none() || is_loopback(host) => {}
            (Some("http"), Some(_)) => {
                faults.at(spot.at, "telemetry.otlp_endpoint: otlp_headers would go there in the clear");
                faults.hint("use https, or leave otlp_headers out");
            }
            _ => {
                faults.at(spot.at, format!("telemetry.otlp_endpoint: `{}` is no address", spot.value));
                faults.hint("such as \"http://127.0.0.1:4318\", without /v1/traces");
            }
        }
    }
    Telemetry { otlp_endpoint: endpoint.map(|spot| spot.value), otlp_headers }
}
