//! Who may use the console. Other pages in the same browser may not, nor names that were made to point here.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use crate::doors::console::Parts;

const KEY: HeaderName = HeaderName::from_static("x-console-key");

/// What is let in.
#[derive(Clone)]
pub(super) struct Guard {
    hosts: Arc<[String]>,
    key: slack::Secret,
}

impl Guard {
    /// For the server at that address.
    pub(super) fn new(parts: &Parts) -> Guard {
        let port = parts.address.port();
        let hosts = [parts.address.to_string(), format!("localhost:{port}"), format!("127.0.0.1:{port}")];
        Guard { hosts: hosts.into(), key: parts.key.clone() }
    }

    fn is_own(&self, headers: &HeaderMap) -> bool {
        let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        let own = |host: &str| self.hosts.iter().any(|known| known == host);
        let host = text(HOST).is_some_and(own);
        let origin = text(ORIGIN).is_none_or(|origin| origin.strip_prefix("http://").is_some_and(own));
        host && origin
    }
}

/// Host must be this server; Origin too, where there is one.
pub(super) async fn own_host(
    State(guard): State<Guard>,
    request: Request,
    next: Next,
) -> Result<Response, StatusCode> {
    if guard.is_own(request.headers()) { Ok(next.run(request).await) } else { Err(StatusCode::FORBIDDEN) }
}

/// The secret of this start must be there.
pub(super) async fn with_key(
    State(guard): State<Guard>,
    request: Request,
    next: Next,
) -> Result<Response, StatusCode> {
    let given = request.headers().get(KEY).and_then(|value| value.to_str().ok()).map(slack::Secret::new);
    if given.as_ref() == Some(&guard.key) {
        Ok(next.run(request).await)
    } else {
        Err(StatusCode::UNAUTHORIZED)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn only_its_own_page_is_heard() {
        let guard = Guard {
            hosts: ["127.0.0.1:8080".to_owned(), "localhost:8080".to_owned()].into(),
            key: slack::Secret::new("k"),
        };
        let cases = [
            (Some("127.0.0.1:8080"), None, true),
            (Some("localhost:8080"), Some("http://localhost:8080"), true),
            (Some("localhost:8080"), Some("http://evil.example"), false),
            (Some("localhost:8080"), Some("null"), false),
            (Some("evil.example:8080"), None, false),
            (None, None, false),
        ];
        for (host, origin, expected) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in [(HOST, host), (ORIGIN, origin)] {
                if let Some(value) = value {
                    headers.insert(name, value.parse().expect("a header"));
                }
            }
            assert_eq!(guard.is_own(&headers), expected, "{host:?} {origin:?}");
        }
    }
}
