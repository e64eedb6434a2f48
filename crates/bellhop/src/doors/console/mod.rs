//! The development console: a page that plays Slack for whoever sits at this machine.
//!
//! Invariants: only a request that names this very server as its host, that comes from its own page or from none, and
//! that bears the secret of this start is answered; what it says goes signed through the real `/slack/commands`.
//! Absent on purpose: any way to a worker or to AWS but that one.

mod guard;
mod page;
mod session;
mod speak;

use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::{get, post};
use axum::{Json, body::Bytes};
use serde::Deserialize;
use serde_json::{Value, json};
use slack::SigningSecret;

use crate::doors::console::guard::Guard;
use crate::doors::console::session::Session;
use crate::doors::console::speak::Said;

/// What the console needs to know of the server that it stands in.
pub(crate) struct Parts {
    /// Where the server listens: `127.0.0.1:8080`.
    pub(crate) address: std::net::SocketAddr,
    /// Signs what is said.
    pub(crate) signing_secret: SigningSecret,
    /// The verification token, where the configuration demands one.
    pub(crate) verification_token: Option<slack::Secret>,
    /// The workspace that is played.
    pub(crate) team: String,
    /// Who can be played.
    pub(crate) users: Vec<String>,
    /// Where.
    pub(crate) channels: Vec<String>,
    /// The secret of this start.
    pub(crate) key: slack::Secret,
}

struct Console {
    parts: Parts,
    session: Session,
}

impl Parts {
    /// The address to open, with the secret in it.
    pub(crate) fn page_address(&self) -> String {
        format!("http://{}/console?key={}", self.address, self.key.expose())
    }

    /// What every `response_url` that the console gives out begins with.
    pub(crate) fn response_base(&self) -> String {
        format!("http://{}/console/response/", self.address)
    }
}

/// A secret for this start.
pub(crate) fn fresh_key() -> anyhow::Result<slack::Secret> {
    speak::random_id().map(slack::Secret::new).context("the system gives no randomness")
}

/// The console's routes.
pub(crate) fn router(parts: Parts) -> Router {
    let guard = Guard::new(&parts);
    let console = Arc::new(Console { parts, session: Session::default() });
    let guarded = Router::new()
        .route("/console/state", get(state))
        .route("/console/commands", post(commands))
        .route("/console/messages", get(messages))
        .route("/console/actions", post(actions))
        .route_layer(middleware::from_fn_with_state(guard.clone(), guard::with_key));
    let open = Router::new()
        .route("/console", get(page::index))
        .route("/console/style.css", get(page::style))
        .route("/console/app.js", get(page::app))
        .route("/console/blocks.js", get(page::blocks));
    guarded
        .merge(open)
        .layer(middleware::from_fn_with_state(guard, guard::own_host))
        // Bellhop itself posts here; the id in the path is the secret.
        .route("/console/response/{id}", post(response))
        .with_state(console)
}

async fn state(State(console): State<Arc<Console>>) -> Json<Value> {
    Json(json!({"users": console.parts.users, "channels": console.parts.channels}))
}

async fn commands(
    State(console): State<Arc<Console>>,
    Json(said): Json<Said>,
) -> Result<Json<Value>, Refusal> {
    let id = speak::random_id().ok_or(Refusal::Failed("no randomness"))?;
    console.session.open(&id);
    let heard = speak::post(&console.parts, &said, &id).await.map_err(|_| Refusal::Failed("no answer"))?;
    Ok(Json(json!({"status": heard.status, "milliseconds": heard.milliseconds, "message": heard.message})))
}

#[derive(Deserialize)]
struct After {
    after: u64,
}

async fn messages(State(console): State<Arc<Console>>, Query(query): Query<After>) -> Json<Value> {
    let (messages, last) = console.session.wait_after(query.after).await;
    Json(json!({"messages": messages, "last": last}))
}

/// Buttons need `/slack/interactions`, which this server does not have yet.
async fn actions() -> (StatusCode, &'static str) {
    (StatusCode::NOT_IMPLEMENTED, "buttons are not answered yet")
}

async fn response(State(console): State<Arc<Console>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    match serde_json::from_slice(&body) {
        Ok(message) => console.session.receive(&id, message),
        Err(_) => StatusCode::BAD_REQUEST,
    }
}

/// Why the console did not do it.
enum Refusal {
    Failed(&'static str),
}

impl axum::response::IntoResponse for Refusal {
    fn into_response(self) -> axum::response::Response {
        let Refusal::Failed(what) = self;
        (StatusCode::BAD_GATEWAY, what).into_response()
    }
}
