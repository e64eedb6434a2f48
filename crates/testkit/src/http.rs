//! A small HTTP client for loopback.

use anyhow::Result;
use axum::body::Body;
use axum::http::{HeaderMap, Request};
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

/// An answer, read whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; `null` if it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// Asks for an address.
pub async fn get(url: &str) -> Result<Answer> {
    send(Request::get(url).body(Body::empty())?).await
}

/// Posts a body.
pub async fn post(url: &str, headers: &[(&str, String)], body: impl Into<Vec<u8>>) -> Result<Answer> {
    let mut request = Request::post(url);
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    send(request.body(Body::from(body.into()))?).await
}

pub(crate) async fn send(request: Request<Body>) -> Result<Answer> {
    let client: Client<_, Body> = Client::builder(TokioExecutor::new()).build_http();
    let (head, body) = client.request(request).await?.into_parts();
    let body = body.collect().await?.to_bytes().to_vec();
    Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
}
