//! The HTTP door.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bot::{Ack, Bot};
use slack::{SIGNATURE_HEADER, SigningSecret, SlashCommand, TIMESTAMP_HEADER, VerifyError};

use crate::clock;
use crate::doors::body::{self, BodyFault};
use crate::metrics::{self, Metrics};

/// What the door needs to tell whom it believes, and where to hand them.
pub(crate) struct Door {
    pub(crate) signing_secret: SigningSecret,
    /// Larger bodies are refused.
    pub(crate) max_body_bytes: usize,
    pub(crate) bot: Bot,
    pub(crate) metrics: Metrics,
}

/// Every path that is answered.
pub(crate) fn router(door: Arc<Door>) -> Router {
    Router::new()
        .route("/slack/commands", post(slack_commands))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        // Sizes are this door's own business: see `body`.
        .layer(DefaultBodyLimit::disable())
        .with_state(door)
}

/// The process is alive.
async fn healthz() -> &'static str {
    "ok\n"
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
    if let Ok(totals) = door.bot.totals().await {
        let stages = [
            ("queued", totals.queued),
            ("running", totals.running),
            ("doubtful", totals.doubtful),
            ("undelivered", totals.undelivered),
        ];
        for (stage, count) in stages {
            door.metrics.jobs(stage, count);
        }
    }
    ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], door.metrics.text(door.bot.counters()))
}

/// A slash command: believed, read, handed on, acknowledged.
async fn slack_commands(State(door): State<Arc<Door>>, request: Request) -> Response {
    let begun = Instant::now();
    let response = match command(&door, request).await {
        Ok(ack) => answer(ack),
        Err(refusal) => refusal.into_response(),
    };
    door.metrics.answered(response.status().as_u16(), begun.elapsed().as_secs_f64());
    response
}

async fn command(door: &Door, request: Request) -> Result<Ack, Refusal> {
    let (head, body) = request.into_parts();
    let body = body::read(body, door.max_body_bytes).await.map_err(Refusal::Body)?;
    let timestamp = only(&head.headers, TIMESTAMP_HEADER);
    let signature = only(&head.headers, SIGNATURE_HEADER);
    let verified = slack::verify(&door.signing_secret, timestamp, signature, &body, clock::seconds())
        .map_err(Refusal::Unverified)?;
    let command = SlashCommand::parse(verified).map_err(Refusal::Unusable)?;
    Ok(door.bot.accept(&command).await)
}

fn answer(ack: Ack) -> Response {
    let status = StatusCode::from_u16(ack.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match ack.message {
        Some(message) => (status, Json(message)).into_response(),
        None => status.into_response(),
    }
}

/// The header's value, if it came exactly once.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a [u8]> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    values.next().is_none().then(|| first.as_bytes())
}

/// Why a command was not taken. What is logged holds nothing of what came in.
enum Refusal {
    Body(BodyFault),
    Unverified(VerifyError),
    Unusable(slack::CommandError),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, text) = match self {
            Refusal::Body(BodyFault::TooLarge) => (StatusCode::PAYLOAD_TOO_LARGE, "too large"),
            Refusal::Body(BodyFault::Incomplete) => (StatusCode::REQUEST_TIMEOUT, "the body did not arrive"),
            Refusal::Unverified(reason) => {
                tracing::warn!(%reason, "a request was refused: it is not signed by Slack");
                (StatusCode::UNAUTHORIZED, "not signed by Slack")
            }
            Refusal::Unusable(reason) => {
                tracing::warn!(%reason, "a signed request was refused: it is no slash command");
                (StatusCode::BAD_REQUEST, "not a slash command")
            }
        };
        (status, format!("{text}\n")).into_response()
    }
}
