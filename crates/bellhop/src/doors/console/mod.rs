//! The development console: a page that plays Slack, and several people in it, for whoever sits at this machine.
//!
//! Invariants: only a request that names this very server as its host, that comes from its own page or from none, and
//! that bears the secret of this start is answered; what a person says and presses goes signed through the real doors; what
//! Bellhop asks of the Web API is answered for the token of this start alone.
//! Absent on purpose: any way to a worker or to AWS but that one.

mod files;
mod guard;
mod page;
mod session;
mod speak;
mod web_api;
mod workspace;

use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::{get, post};
use axum::{Json, body::Bytes};
use serde::Deserialize;
use serde_json::{Value, json};
use slack::SigningSecret;

use crate::doors::console::files::Files;
use crate::doors::console::guard::Guard;
use crate::doors::console::session::Session;
use crate::doors::console::speak::{Heard, Pressed, Said, Sent};

pub(crate) use crate::doors::console::workspace::Workspace;

/// What the console needs to know of the server that it stands in.
pub(crate) struct Parts {
    /// Where the server listens: `127.0.0.1:8080`.
    pub(crate) address: std::net::SocketAddr,
    /// Signs what is said.
    pub(crate) signing_secret: SigningSecret,
    /// The verification token, where the configuration demands one.
    pub(crate) verification_token: Option<slack::Secret>,
    /// The workspace that is played.
    pub(crate) workspace: Workspace,
    /// The secret of this start.
    pub(crate) key: slack::Secret,
    /// What the Web API is asked with.
    pub(crate) api_token: slack::Secret,
}

pub(crate) struct Console {
    parts: Parts,
    session: Session,
    files: Files,
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

    /// Where files are put.
    fn upload_base(&self) -> String {
        format!("http://{}/console/upload/", self.address)
    }

    /// Where the Web API is played.
    pub(crate) fn api_base(&self) -> String {
        format!("http://{}/console/api/", self.address)
    }
}

/// A secret for this start.
pub(crate) fn fresh_key() -> anyhow::Result<slack::Secret> {
    speak::random_id().map(slack::Secret::new).context("the system gives no randomness")
}

/// The console's routes.
pub(crate) fn router(parts: Parts) -> Router {
    let guard = Guard::new(&parts);
    let console = Arc::new(Console { parts, session: Session::default(), files: Files::default() });
    let guarded = Router::new()
        .route("/console/state", get(state))
        .route("/console/commands", post(commands))
        .route("/console/messages", get(messages))
        .route("/console/actions", post(actions))
        .route("/console/views", post(views))
        .route("/console/files/{id}", get(files::get))
        .route_layer(middleware::from_fn_with_state(guard.clone(), guard::with_key));
    let open = Router::new()
        .route("/console", get(page::index))
        .route("/console/style.css", get(page::style))
        .route("/console/app.js", get(page::app))
        .route("/console/blocks.js", get(page::blocks))
        .route("/console/modal.js", get(page::modal))
        .route("/console/controls.js", get(page::controls));
    guarded
        .merge(open)
        .layer(middleware::from_fn_with_state(guard, guard::own_host))
        // Bellhop itself posts here; the id in the path is the secret, and for the last the token.
        .route("/console/response/{id}", post(response))
        .route("/console/upload/{id}", post(files::put).layer(DefaultBodyLimit::max(files::MAX_FILE)))
        .route("/console/api/{method}", post(web_api::call))
        .with_state(console)
}

async fn state(State(console): State<Arc<Console>>) -> Json<Value> {
    let Workspace { users, channels, .. } = &console.parts.workspace;
    let direct = |user: &String| console.parts.workspace.direct(user);
    let directs: Vec<Option<String>> = users.iter().map(direct).collect();
    Json(json!({"users": users, "channels": channels, "directs": directs}))
}

async fn commands(
    State(console): State<Arc<Console>>,
    Json(said): Json<Said>,
) -> Result<Json<Value>, Refusal> {
    let heard = speak::say(&console, &said).await.map_err(|_| Refusal::Failed("no answer"))?;
    // A place of its own, so that what stands in it can be pressed.
    let ts = console.session.stamp();
    console.session.keep(&said.channel, &ts, heard.answer.clone());
    Ok(told(heard, Some(&ts)))
}

async fn actions(
    State(console): State<Arc<Console>>,
    Json(pressed): Json<Pressed>,
) -> Result<Json<Value>, Refusal> {
    let heard = speak::press(&console, &pressed).await.map_err(|_| Refusal::Failed("no answer"))?;
    Ok(told(heard, None))
}

async fn views(State(console): State<Arc<Console>>, Json(sent): Json<Sent>) -> Result<Json<Value>, Refusal> {
    let heard = speak::send(&console, &sent).await.map_err(|_| Refusal::Failed("no answer"))?;
    Ok(told(heard, None))
}

fn told(heard: Heard, ts: Option<&str>) -> Json<Value> {
    let Heard { status, milliseconds, answer } = heard;
    Json(json!({"status": status, "milliseconds": milliseconds, "answer": answer, "ts": ts}))
}

#[derive(Deserialize)]
struct After {
    after: u64,
}

async fn messages(State(console): State<Arc<Console>>, Query(query): Query<After>) -> Json<Value> {
    let (news, last) = console.session.wait_after(query.after).await;
    Json(json!({"news": news, "last": last}))
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
