//! Lambda's runtime interface, played: hands events to a real function and hears what it answers.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::random_hex;

/// What a function said of an event, or of its start.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// It answered.
    Answered(Value),
    /// It failed, and said so: `{"errorMessage": …, "errorType": …}`.
    Failed(Value),
}

impl Outcome {
    /// The answer.
    ///
    /// # Panics
    /// It failed.
    pub fn answer(self) -> Value {
        match self {
            Outcome::Answered(answer) => answer,
            Outcome::Failed(error) => panic!("the function failed: {error}"),
        }
    }

    /// What it said of its failure.
    ///
    /// # Panics
    /// It did not fail.
    pub fn error(self) -> String {
        match self {
            Outcome::Failed(error) => error["errorMessage"].as_str().unwrap_or_default().to_owned(),
            Outcome::Answered(answer) => panic!("the function answered {answer}"),
        }
    }
}

struct Waiting {
    id: String,
    body: Vec<u8>,
    time: Duration,
}

#[derive(Default)]
struct Inside {
    waiting: VecDeque<Waiting>,
    outcomes: BTreeMap<String, Outcome>,
    failed_start: Option<Value>,
    /// How often a function asked for an event.
    asked: usize,
}

#[derive(Default)]
struct Shared {
    inside: Mutex<Inside>,
    /// Something waits.
    news: Notify,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The interface; ends when dropped.
pub struct RuntimeApi {
    address: String,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

impl RuntimeApi {
    /// On a free port.
    pub async fn start() -> Result<RuntimeApi> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?.to_string();
        let shared = Arc::new(Shared::default());
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(answered))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(failed))
            .route("/2018-06-01/runtime/init/error", post(not_started))
            .layer(DefaultBodyLimit::disable())
            .with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move {
            // It ends with the test.
            let _ = axum::serve(listener, router).await;
        });
        Ok(RuntimeApi { address, shared, server })
    }

    /// What Lambda sets for a function.
    pub fn vars(&self) -> [(&'static str, String); 4] {
        [
            ("AWS_LAMBDA_RUNTIME_API", self.address.clone()),
            ("AWS_LAMBDA_FUNCTION_NAME", "bellhop-test".to_owned()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".to_owned()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ]
    }

    /// Hands out an event, which has that long, and waits for what comes of it.
    ///
    /// # Errors
    /// Nothing came of it within `patience`.
    pub async fn invoke(&self, event: &Value, time: Duration, patience: Duration) -> Result<Outcome> {
        let id = self.send(event.to_string().into_bytes(), time);
        self.wait(&id, patience).await
    }

    /// Hands out an event; its id.
    pub fn send(&self, body: Vec<u8>, time: Duration) -> String {
        let id = format!("{}-test", random_hex());
        self.shared.lock().waiting.push_back(Waiting { id: id.clone(), body, time });
        self.shared.news.notify_one();
        id
    }

    /// Waits for what comes of an event.
    ///
    /// # Errors
    /// Nothing did within `patience`.
    pub async fn wait(&self, id: &str, patience: Duration) -> Result<Outcome> {
        let begun = Instant::now();
        loop {
            if let Some(outcome) = self.shared.lock().outcomes.remove(id) {
                return Ok(outcome);
            }
            if begun.elapsed() > patience {
                bail!("the function said nothing within {patience:?}");
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Why the function did not start, if it said so.
    pub fn failed_start(&self) -> Option<Value> {
        self.shared.lock().failed_start.clone()
    }

    /// How often a function asked for an event.
    pub fn asked(&self) -> usize {
        self.shared.lock().asked
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn next(State(shared): State<Arc<Shared>>) -> Response {
    shared.lock().asked += 1;
    let waiting = loop {
        if let Some(waiting) = shared.lock().waiting.pop_front() {
            break waiting;
        }
        shared.news.notified().await;
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let headers = [
        ("lambda-runtime-aws-request-id", waiting.id),
        ("lambda-runtime-deadline-ms", (now + waiting.time).as_millis().to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-east-1:123456789012:function:bellhop-test".to_owned(),
        ),
        ("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0".to_owned()),
        ("content-type", "application/json".to_owned()),
    ];
    let mut response = waiting.body.into_response();
    for (name, value) in headers {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

async fn answered(State(shared): State<Arc<Shared>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    let answer = serde_json::from_slice(&body).unwrap_or_default();
    shared.lock().outcomes.insert(id, Outcome::Answered(answer));
    StatusCode::ACCEPTED
}

async fn failed(State(shared): State<Arc<Shared>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    let error = serde_json::from_slice(&body).unwrap_or_default();
    shared.lock().outcomes.insert(id, Outcome::Failed(error));
    StatusCode::ACCEPTED
}

async fn not_started(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let mut error: Value = serde_json::from_slice(&body).unwrap_or_default();
    let kind = headers.get("lambda-runtime-function-error-type").and_then(|kind| kind.to_str().ok());
    error["header"] = kind.unwrap_or_default().into();
    shared.lock().failed_start = Some(error);
    StatusCode::ACCEPTED
}
