//! Stands before a local AWS: counts what passes, and can make it wait.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use anyhow::Result;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A request that passed.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The header by which AWS tells who calls.
    pub authorization: String,
    /// The body as text.
    pub body: String,
    /// `X-Amz-Target`, where the protocol has it.
    pub target: String,
}

/// What answers in place of the AWS behind: the answer's JSON, if it has one for the request.
type Instead = Box<dyn Fn(&Seen) -> Option<String> + Send + Sync>;

struct Inside {
    instead: OnceLock<Instead>,
    target: Option<String>,
    delay: Duration,
    is_shut: AtomicBool,
    seen: Mutex<Vec<Seen>>,
}

/// The proxy; ends when dropped.
pub struct Proxy {
    url: String,
    inside: Arc<Inside>,
    server: JoinHandle<()>,
}

impl Proxy {
    /// Before the AWS at `target`; every request waits `delay` before it is passed on and again before its answer is.
    pub async fn before(target: &str, delay: Duration) -> Result<Proxy> {
        Proxy::start(Some(target.trim_end_matches('/').to_owned()), delay).await
    }

    /// Before nothing: whoever calls gets an error.
    pub async fn dead_end() -> Result<Proxy> {
        Proxy::start(None, Duration::ZERO).await
    }

    async fn start(target: Option<String>, delay: Duration) -> Result<Proxy> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let (instead, is_shut) = (OnceLock::new(), AtomicBool::new(false));
        let inside = Arc::new(Inside { instead, target, delay, is_shut, seen: Mutex::default() });
        let router = Router::new().fallback(pass).with_state(Arc::clone(&inside));
        let server = tokio::spawn(async move {
            // It ends with the test.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Proxy { url, inside, server })
    }

    /// Answers by that what the AWS behind does not know; only the first of several counts.
    pub fn knowing(self, instead: impl Fn(&Seen) -> Option<String> + Send + Sync + 'static) -> Proxy {
        self.inside.instead.get_or_init(|| Box::new(instead));
        self
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// While it is shut nothing passes: whoever calls gets an error.
    pub fn shut(&self, is_shut: bool) {
        self.inside.is_shut.store(is_shut, Ordering::SeqCst);
    }

    /// What came so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.inside.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn pass(State(inside): State<Arc<Inside>>, request: Request) -> Response {
    match forward(&inside, request).await {
        Ok(answer) => answer,
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

async fn forward(inside: &Inside, request: Request) -> Result<Response> {
    let (head, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let seen = record(inside, &head, &body);
    if let Some(json) = inside.instead.get().and_then(|instead| instead(&seen)) {
        return Ok(([(CONTENT_TYPE, "application/x-amz-json-1.1")], json).into_response());
    }
    let target = inside.target.as_ref().filter(|_| !inside.is_shut.load(Ordering::SeqCst));
    let Some(target) = target else { return Ok(StatusCode::INTERNAL_SERVER_ERROR.into_response()) };
    tokio::time::sleep(inside.delay).await;
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut onward =
        axum::http::Request::builder().method(head.method.clone()).uri(format!("{target}{path}"));
    for (name, value) in head.headers.iter().filter(|(name, _)| *name != HOST) {
        onward = onward.header(name, value);
    }
    let answer = crate::http::send(onward.body(Body::from(body))?).await?;
    tokio::time::sleep(inside.delay).await;
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers.iter().filter(|(name, _)| name.as_str() != "transfer-encoding") {
        response = response.header(name, value);
    }
    Ok(response.body(Body::from(answer.body))?)
}

fn record(inside: &Inside, head: &axum::http::request::Parts, body: &Bytes) -> Seen {
    let header =
        |name| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let seen = Seen {
        method: head.method.to_string(),
        path: head.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
        authorization: header(AUTHORIZATION),
        body: String::from_utf8_lossy(body).into_owned(),
        target: header(axum::http::HeaderName::from_static("x-amz-target")),
    };
    inside.seen.lock().unwrap_or_else(PoisonError::into_inner).push(seen.clone());
    seen
}
