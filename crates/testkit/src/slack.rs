//! A Slack that records: it plays `response_url`, and misbehaves when told to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

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

#[derive(Default)]
struct Inside {
    posts: Vec<Posted>,
    plan: VecDeque<Behaviour>,
}

type Shared = Arc<Mutex<Inside>>;

/// The fake.
pub struct FakeSlack {
    base: String,
    inside: Shared,
    server: JoinHandle<()>,
}

fn lock(inside: &Shared) -> MutexGuard<'_, Inside> {
    inside.lock().unwrap_or_else(PoisonError::into_inner)
}

impl FakeSlack {
    /// Listens on a free port.
    pub async fn start() -> Result<FakeSlack> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let base = format!("http://{}/", listener.local_addr()?);
        let inside = Shared::default();
        let router = Router::new().fallback(receive).with_state(Arc::clone(&inside));
        let server = tokio::spawn(async move {
            // It ends with the test.
            let _ = axum::serve(listener, router).await;
        });
        Ok(FakeSlack { base, inside, server })
    }

    /// What `response_url_base` must be.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// A `response_url` that is told from others by its name.
    pub fn response_url(&self, name: &str) -> String {
        format!("{}commands/{name}", self.base)
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
    match behaviour {
        Behaviour::Takes => "ok".into_response(),
        Behaviour::Answers(status) => StatusCode::from_u16(status).unwrap_or_default().into_response(),
        Behaviour::TooMany(seconds) => {
            (StatusCode::TOO_MANY_REQUESTS, [("retry-after", seconds.to_string())]).into_response()
        }
        Behaviour::Hangs => std::future::pending().await,
    }
}
