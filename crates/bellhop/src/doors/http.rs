//! The HTTP door.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use bot::Bot;

use crate::doors::signing::Signing;
use crate::doors::slack as from_slack;
use crate::telemetry::{Telemetry, metrics};

/// The header by which the doctor tells Bellhop from whatever else may answer there; its value is the version.
pub(crate) const OURS: &str = "x-bellhop";

/// What the door needs to tell whom it believes, and where to hand them.
pub(crate) struct Door {
    pub(crate) signing: Signing,
    /// Larger bodies are refused.
    pub(crate) max_body_bytes: usize,
    pub(crate) bot: Bot,
    pub(crate) telemetry: Telemetry,
}

/// Every path that is answered.
pub(crate) fn router(door: Arc<Door>) -> Router {
    Router::new()
        .route("/slack/commands", post(from_slack::commands))
        .route("/slack/interactions", post(from_slack::interactions))
        .route("/slack/events", post(from_slack::events))
        .route("/slack/options", post(from_slack::options))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        // Sizes are this door's own business: see `body`.
        .layer(DefaultBodyLimit::disable())
        .with_state(door)
}

/// The process is alive.
async fn healthz() -> impl IntoResponse {
    ([(OURS, env!("CARGO_PKG_VERSION"))], "ok\n")
}

/// It can take work: the store answers, and its last write held.
async fn readyz(State(door): State<Arc<Door>>) -> (StatusCode, &'static str) {
    match door.bot.ready().await {
        Ok(()) => (StatusCode::OK, "ok\n"),
        Err(error) => {
            tracing::error!(%error, "not ready: the store does not answer, or takes no writes");
            (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer, or takes no writes\n")
        }
    }
}

async fn metrics(State(door): State<Arc<Door>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], door.telemetry.text(&door.bot).await)
}
