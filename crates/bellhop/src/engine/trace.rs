//! `--debug`: each exchange on standard error, without what is secret in it.
//!
//! Absent on purpose: bodies, of which only the length is told, and the values of headers that show who calls.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Instant;

use aws_call::BoxFuture;
use aws_call::transport::{HttpAnswer, HttpRequest, Limits, Transport, TransportError};
use axum::http::{HeaderMap, Uri};

/// Parts of names whose headers and query parameters are not shown.
const SECRET: [&str; 8] =
    ["authorization", "token", "signature", "credential", "cookie", "password", "secret", "-key"];

/// A transport that tells what goes through it.
#[derive(Debug)]
pub(super) struct Traced(pub(super) Arc<dyn Transport>);

impl Transport for Traced {
    fn send(
        &self,
        request: HttpRequest,
        limits: Limits,
    ) -> BoxFuture<'_, Result<HttpAnswer, TransportError>> {
        let target = shown_url(request.uri());
        tell(&format!("> {} {target}", request.method()));
        tell_headers('>', request.headers());
        tell(&format!("> ({} bytes)", request.body().len()));
        Box::pin(async move {
            let began = Instant::now();
            let outcome = self.0.send(request, limits).await;
            let time = began.elapsed().as_millis();
            match &outcome {
                Ok(answer) => {
                    tell(&format!("< {} after {time} ms", answer.status));
                    tell_headers('<', &answer.headers);
                }
                Err(error) => tell(&format!("< no answer after {time} ms: {error}")),
            }
            outcome
        })
    }
}

fn tell(line: &str) {
    // Whoever closes standard error does not want to know.
    let _ = writeln!(std::io::stderr(), "debug: {line}");
}

fn tell_headers(mark: char, headers: &HeaderMap) {
    for (name, value) in headers {
        let value =
            if is_secret(name.as_str()) { "***".into() } else { String::from_utf8_lossy(value.as_bytes()) };
        tell(&format!("{mark} {name}: {value}"));
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET.iter().any(|part| name.contains(part))
}

/// A URL without the values of its query that make it a secret.
fn shown_url(url: &Uri) -> String {
    let place = format!("{}://{}{}", url.scheme_str().unwrap_or_default(), host(url), url.path());
    let Some(query) = url.query() else { return place };
    let pair = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if is_secret(name) => format!("{name}=***"),
        _ => pair.to_owned(),
    };
    format!("{place}?{}", query.split('&').map(pair).collect::<Vec<_>>().join("&"))
}

fn host(url: &Uri) -> &str {
    url.authority().map_or("", |authority| authority.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        for (url, shown) in [
            ("https://s3.amazonaws.com/b?list-type=2", "https://s3.amazonaws.com/b?list-type=2"),
            (
                "http://localhost:1/?X-Amz-Signature=abc&X-Amz-Security-Token=d&X-Amz-Date=e",
                "http://localhost:1/?X-Amz-Signature=***&X-Amz-Security-Token=***&X-Amz-Date=e",
            ),
        ] {
            assert_eq!(shown_url(&url.parse().expect("a URL")), shown);
        }
        for name in ["Authorization", "x-amz-security-token", "X-Amz-Server-Side-Encryption-Customer-Key"] {
            assert!(is_secret(name), "{name}");
        }
        assert!(!is_secret("x-amz-date"));
    }
}
