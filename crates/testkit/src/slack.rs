//! A Slack that records: it plays `response_url` and the Web API over a small workspace, and misbehaves when told to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, FromRequest as _, Path, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Form, Json, Router};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::random_hex;
use crate::workspace::{BOT_TOKEN, Workspace};

/// Names a folder: each fake then leaves there what was sent to it, for the libraries that it is held against.
const SENT_FOLDER: &str = "BELLHOP_TEST_SENT";

/// How one post is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// 200 `ok`.
    Takes,
    /// That status.
    Answers(u16),
    /// 429 with `Retry-After` in seconds.
    TooMany(u64),
    /// No answer at all.
    Hangs,
}

/// A post that came.
#[derive(Debug, Clone)]
pub struct Posted {
    /// The path: tells which `response_url` it was.
    pub path: String,
    /// The message.
    pub message: Value,
    /// Whether it was taken.
    pub taken: bool,
}

impl Posted {
    /// The message as one text, for searching.
    pub fn text(&self) -> String {
        self.message.to_string()
    }
}

/// A request to the Web API that came.
#[derive(Debug, Clone)]
pub struct Called {
    /// `chat.postMessage`
    pub method: String,
    /// The arguments, whether they came as JSON or as a form.
    pub fields: Value,
    /// What was answered; `null` where nothing was done.
    pub answer: Value,
}

impl Called {
    /// The arguments as one text, for searching.
    pub fn text(&self) -> String {
        self.fields.to_string()
    }
}

#[derive(Default)]
struct Inside {
    posts: Vec<Posted>,
    plan: VecDeque<Behaviour>,
    workspace: Workspace,
    calls: Vec<Called>,
    call_plan: VecDeque<Behaviour>,
}

type Shared = Arc<Mutex<Inside>>;

/// The fake.
pub struct FakeSlack {
    base: String,
    inside: Shared,
    server: JoinHandle<()>,
    /// Whether what was sent is Bellhop's, and judged with the rest.
    judged: bool,
}

fn lock(inside: &Shared) -> MutexGuard<'_, Inside> {
    inside.lock().unwrap_or_else(PoisonError::into_inner)
}

impl FakeSlack {
    /// The same, where others than Bellhop send: what they send is not judged.
    #[must_use]
    pub fn unjudged(mut self) -> FakeSlack {
        self.judged = false;
        self
    }

    /// Listens on a free port.
    pub async fn start() -> Result<FakeSlack> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let base = format!("http://{}/", listener.local_addr()?);
        let inside = Shared::default();
        lock(&inside).workspace.upload_base = format!("{base}upload/");
        let router = Router::new()
            .route("/api/{method}", post(call))
            .route("/upload/{id}", post(put).layer(DefaultBodyLimit::disable()))
            .fallback(receive);
        let router = router.with_state(Arc::clone(&inside));
        let server = tokio::spawn(async move {
            // It ends with the test.
            let _ = axum::serve(listener, router).await;
        });
        Ok(FakeSlack { base, inside, server, judged: true })
    }

    /// What `response_url_base` must be.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// A `response_url` that is told from others by its name.
    pub fn response_url(&self, name: &str) -> String {
        format!("{}commands/{name}", self.base)
    }

    /// What `api_base` must be.
    pub fn api_base(&self) -> String {
        format!("{}api/", self.base)
    }

    /// Sets or reads the workspace.
    pub fn workspace<T>(&self, change: impl FnOnce(&mut Workspace) -> T) -> T {
        change(&mut lock(&self.inside).workspace)
    }

    /// How the next requests to the Web API are answered, in order; after them all are taken.
    pub fn plan_calls(&self, behaviours: impl IntoIterator<Item = Behaviour>) {
        lock(&self.inside).call_plan.extend(behaviours);
    }

    /// What came to a method of the Web API so far.
    pub fn calls(&self, method: &str) -> Vec<Called> {
        lock(&self.inside).calls.iter().filter(|call| call.method == method).cloned().collect()
    }

    /// Every message and modal that came so far, as `{"surface": "message" | "view", "body": …}`.
    pub fn sent(&self) -> Vec<Value> {
        let inside = lock(&self.inside);
        let message = |body: &Value| json!({"surface": "message", "body": body});
        let posts =
            inside.posts.iter().filter(|post| post.message.is_object()).map(|post| message(&post.message));
        let calls = inside.calls.iter().filter_map(|call| match call.method.split_once('.')? {
            ("chat", "postMessage" | "postEphemeral" | "update") => Some(message(&call.fields)),
            ("views", _) => Some(json!({"surface": "view", "body": call.fields["view"]})),
            _ => None,
        });
        posts.chain(calls).collect()
    }

    /// Waits until a request to that method was done that satisfies `wanted`.
    pub async fn wait_for_call(
        &self,
        method: &str,
        limit: Duration,
        wanted: impl Fn(&Called) -> bool,
    ) -> Result<Called> {
        let begun = Instant::now();
        loop {
            let calls = self.calls(method);
            if let Some(found) = calls.iter().find(|call| call.answer["ok"] == true && wanted(call)) {
                return Ok(found.clone());
            }
            if begun.elapsed() > limit {
                bail!("nothing of the kind came to {method} within {limit:?}; there came {calls:?}");
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// How the next posts are answered, in order; after them all are taken.
    pub fn plan(&self, behaviours: impl IntoIterator<Item = Behaviour>) {
        lock(&self.inside).plan.extend(behaviours);
    }

    /// What came so far.
    pub fn posts(&self) -> Vec<Posted> {
        lock(&self.inside).posts.clone()
    }

    /// What came to the `response_url` of that name.
    pub fn posts_to(&self, name: &str) -> Vec<Posted> {
        let path = format!("/commands/{name}");
        self.posts().into_iter().filter(|post| post.path == path).collect()
    }

    /// Waits until a post to that name was taken that satisfies `wanted`.
    pub async fn wait_for(
        &self,
        name: &str,
        limit: Duration,
        wanted: impl Fn(&Posted) -> bool,
    ) -> Result<Posted> {
        let begun = Instant::now();
        loop {
            let posts = self.posts_to(name);
            if let Some(found) = posts.iter().find(|post| post.taken && wanted(post)) {
                return Ok(found.clone());
            }
            if begun.elapsed() > limit {
                bail!("nothing of the kind came to {name} within {limit:?}; there came {posts:?}");
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for FakeSlack {
    fn drop(&mut self) {
        self.server.abort();
        if let Some(folder) = std::env::var_os(SENT_FOLDER).filter(|_| self.judged) {
            let lines: String = self.sent().iter().map(|line| format!("{line}\n")).collect();
            // Whoever looks at the folder counts what is there.
            let _ = std::fs::write(std::path::Path::new(&folder).join(random_hex()), lines);
        }
    }
}

async fn receive(State(inside): State<Shared>, uri: Uri, body: Bytes) -> Response {
    let behaviour = {
        let mut inside = lock(&inside);
        let behaviour = inside.plan.pop_front().unwrap_or(Behaviour::Takes);
        let message = serde_json::from_slice(&body).unwrap_or_default();
        let taken = behaviour == Behaviour::Takes;
        inside.posts.push(Posted { path: uri.path().to_owned(), message, taken });
        behaviour
    };
    misbehave(behaviour, || "ok".into_response()).await
}

/// The bytes of a file.
async fn put(State(inside): State<Shared>, Path(id): Path<String>, body: Bytes) -> Response {
    if lock(&inside).workspace.put(&id, &body) {
        format!("OK - {}", body.len()).into_response()
    } else {
        StatusCode::FORBIDDEN.into_response()
    }
}

/// One request to the Web API.
async fn call(
    State(inside): State<Shared>,
    Path(method): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let fields = fields(&headers, body).await;
    let (behaviour, answer) = {
        let mut inside = lock(&inside);
        let behaviour = inside.call_plan.pop_front().unwrap_or(Behaviour::Takes);
        let token = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let answer = match behaviour {
            Behaviour::Takes if token == Some(&format!("Bearer {BOT_TOKEN}")) => {
                inside.workspace.answer(&method, &fields)
            }
            Behaviour::Takes => json!({"ok": false, "error": "invalid_auth"}),
            _ => Value::Null,
        };
        inside.calls.push(Called { method, fields: Value::Object(fields), answer: answer.clone() });
        (behaviour, answer)
    };
    misbehave(behaviour, || Json(answer).into_response()).await
}

/// The arguments of a request, whose form may hold JSON.
async fn fields(headers: &HeaderMap, body: Bytes) -> Map<String, Value> {
    const FORM: &str = "application/x-www-form-urlencoded";
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/json") {
        return serde_json::from_slice(&body).unwrap_or_default();
    }
    let request = Request::post("/").header(CONTENT_TYPE, FORM).body(Body::from(body)).unwrap_or_default();
    let form = Form::<Vec<(String, String)>>::from_request(request, &()).await;
    let pairs = form.map(|Form(pairs)| pairs).unwrap_or_default();
    let value = |name: &str, text: String| match name {
        "blocks" | "view" | "files" => serde_json::from_str(&text).unwrap_or_default(),
        _ => Value::String(text),
    };
    pairs.into_iter().map(|(name, text)| (name.clone(), value(&name, text))).collect()
}

async fn misbehave(behaviour: Behaviour, well: impl FnOnce() -> Response) -> Response {
    match behaviour {
        Behaviour::Takes => well(),
        Behaviour::Answers(status) => StatusCode::from_u16(status).unwrap_or_default().into_response(),
        Behaviour::TooMany(seconds) => {
            (StatusCode::TOO_MANY_REQUESTS, [("retry-after", seconds.to_string())]).into_response()
        }
        Behaviour::Hangs => std::future::pending().await,
    }
}
