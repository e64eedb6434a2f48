//! The HTTP door.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::Json;
use slack::{SIGNATURE_HEADER, SigningSecret, SlashCommand, TIMESTAMP_HEADER, VerifyError};
use store::Store;

use crate::clock;
use crate::doors::body::{self, BodyFault};
use crate::metrics::Metrics;

/// What the door needs to tell whom it lets in, and where to hand them.
pub(crate) struct Door {
    pub(crate) signing_secret: SigningSecret,
    /// Demanded besides the signature, where it is configured.
    pub(crate) verification_token: Option<slack::Secret>,
    /// Workspaces that are let in; empty lets in all that sign rightly.
    pub(crate) allowed_teams: Vec<String>,
    pub(crate) max_body_bytes: usize,
    pub(crate) bot: Arc<bot::Bot>,
    pub(crate) store: Arc<dyn Store>,
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

/// It can take work: the store answers.
async fn readyz(State(door): State<Arc<Door>>) -> (StatusCode, &'static str) {
    match door.store.totals().await {
        Ok(_) => (StatusCode::OK, "ok\n"),
        Err(error) => {
            tracing::error!(%error, "not ready: the store does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n")
        }
    }
}

async fn metrics(State(door): State<Arc<Door>>) -> String {
    if let Ok(totals) = door.store.totals().await {
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
    door.metrics.text()
}

/// A slash command: believed, read, handed on, acknowledged.
async fn slack_commands(State(door): State<Arc<Door>>, request: Request) -> Response {
    let begun = Instant::now();
    let response = match command(&door, request).await {
        Ok(message) => Json(message).into_response(),
        Err(refusal) => refusal.into_response(),
    };
    door.metrics.answered(response.status().as_u16(), begun.elapsed().as_secs_f64());
    response
}

async fn command(door: &Door, request: Request) -> Result<slack::Message, Refusal> {
    let (head, body) = request.into_parts();
    let body = body::read(body, door.max_body_bytes).await.map_err(Refusal::Body)?;
    let timestamp = only(&head.headers, TIMESTAMP_HEADER);
    let signature = only(&head.headers, SIGNATURE_HEADER);
    let verified = slack::verify(&door.signing_secret, timestamp, signature, &body, clock::seconds())
        .map_err(Refusal::Unverified)?;
    let command = SlashCommand::parse(verified).map_err(Refusal::Unusable)?;
    door.check_origin(&command)?;
    door.bot.accept(command).await.map_err(Refusal::NotAccepted)
}

/// The header's value, if it came exactly once.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a [u8]> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    values.next().is_none().then(|| first.as_bytes())
}

impl Door {
    fn check_origin(&self, command: &SlashCommand) -> Result<(), Refusal> {
        if self.verification_token.is_some() && self.verification_token != command.token {
            return Err(Refusal::WrongToken);
        }
        let team = command.tenant();
        if !self.allowed_teams.is_empty() && !self.allowed_teams.iter().any(|allowed| allowed == team) {
            return Err(Refusal::WrongTeam);
        }
        Ok(())
    }
}

/// Why a command was not taken. What is logged holds nothing of what came in.
enum Refusal {
    Body(BodyFault),
    Unverified(VerifyError),
    Unusable(slack::CommandError),
    WrongToken,
    WrongTeam,
    NotAccepted(bot::AcceptError),
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
            Refusal::WrongToken => {
                tracing::warn!("a signed request was refused: its verification token is not the configured one");
                (StatusCode::UNAUTHORIZED, "not this app")
            }
            Refusal::WrongTeam => {
                tracing::warn!("a signed request was refused: its workspace is not an allowed one");
                (StatusCode::UNAUTHORIZED, "not this workspace")
            }
            Refusal::NotAccepted(error) => {
                tracing::error!(%error, "a command could not be accepted");
                (StatusCode::SERVICE_UNAVAILABLE, "not accepted; try again")
            }
        };
        (status, format!("{text}\n")).into_response()
    }
}
