//! What Slack posts: commands, interactions, events. One way through for all three: the body is read within a size and
//! a time, its signature is checked over the raw bytes, then it is parsed, handed on, and acknowledged.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bot::{Ack, AckBody};
use slack::blocks::ViewAnswer;
use slack::{
    EventRequest, Interaction, SIGNATURE_HEADER, SlashCommand, TIMESTAMP_HEADER, Verified, VerifyError,
};
use tracing::Instrument as _;

use crate::clock;
use crate::doors::body::{self, BodyFault};
use crate::doors::http::Door;
use crate::telemetry::metrics::Post;

/// A slash command.
pub(super) async fn commands(State(door): State<Arc<Door>>, request: Request) -> Response {
    let answering = async {
        match take(&door, request, SlashCommand::parse).await {
            Ok(command) => answer(door.bot.accept(&command).await),
            Err(refusal) => refusal.into_response(),
        }
    };
    measured(&door, Post::Command, answering).await
}

/// A pressed button, a modal that was sent off, a shortcut.
pub(super) async fn interactions(State(door): State<Arc<Door>>, request: Request) -> Response {
    let answering = async {
        match take(&door, request, Interaction::parse).await {
            Ok(interaction) => answer(door.bot.press(&interaction).await),
            Err(refusal) => refusal.into_response(),
        }
    };
    measured(&door, Post::Interaction, answering).await
}

/// A select that asks what to offer.
pub(super) async fn options(State(door): State<Arc<Door>>, request: Request) -> Response {
    let answering = async {
        match take(&door, request, Interaction::parse).await {
            Ok(interaction) => match door.bot.offer(&interaction).await {
                Some(ack) => answer(ack),
                None => Refusal::Unusable("it asks for no options".to_owned()).into_response(),
            },
            Err(refusal) => refusal.into_response(),
        }
    };
    measured(&door, Post::Interaction, answering).await
}

/// Something that happened. Which attempt of Slack's it is does not matter: an event is known by its id.
pub(super) async fn events(State(door): State<Arc<Door>>, request: Request) -> Response {
    let answering = async {
        match take(&door, request, EventRequest::parse).await {
            Ok(event) => answer(door.bot.event(&event).await),
            Err(refusal) => refusal.into_response(),
        }
    };
    measured(&door, Post::Event, answering).await
}

/// Answers within a span of its own, and counts.
async fn measured(door: &Door, post: Post, answering: impl Future<Output = Response>) -> Response {
    let begun = Instant::now();
    let span = tracing::info_span!(
        "slack",
        otel.name = post.span(),
        otel.kind = "server",
        http.response.status_code = tracing::field::Empty,
    );
    let response = answering.instrument(span.clone()).await;
    let status = response.status().as_u16();
    span.record("http.response.status_code", i64::from(status));
    door.telemetry.metrics.answered(post, status, begun.elapsed());
    response
}

/// Believes a request, and reads it.
async fn take<T, E: std::error::Error>(
    door: &Door,
    request: Request,
    parse: impl FnOnce(Verified<'_>) -> Result<T, E>,
) -> Result<T, Refusal> {
    let (head, body) = request.into_parts();
    let body = body::read(body, door.max_body_bytes).await.map_err(Refusal::Body)?;
    let timestamp = only(&head.headers, TIMESTAMP_HEADER);
    let signature = only(&head.headers, SIGNATURE_HEADER);
    let verified = door.signing.verify(timestamp, signature, &body, clock::seconds()).await;
    let verified = verified.map_err(Refusal::Unverified)?;
    parse(verified).map_err(|fault| Refusal::Unusable(fault.to_string()))
}

fn answer(ack: Ack) -> Response {
    let status = StatusCode::from_u16(ack.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match ack.body {
        AckBody::Empty | AckBody::View(ViewAnswer::Close) => status.into_response(),
        AckBody::Message(message) => (status, Json(message)).into_response(),
        AckBody::View(view) => (status, Json(view)).into_response(),
        AckBody::Options(options) => (status, Json(options)).into_response(),
        AckBody::Challenge(challenge) => (status, challenge).into_response(),
    }
}

/// The header's value, if it came exactly once.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a [u8]> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    values.next().is_none().then(|| first.as_bytes())
}

/// Why something was not taken. What is logged holds nothing of what came in.
enum Refusal {
    Body(BodyFault),
    Unverified(VerifyError),
    /// The fault, which names a field and not its value.
    Unusable(String),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, text) = match self {
            Refusal::Body(BodyFault::TooLarge) => {
                tracing::warn!("a request was refused: it is larger than server.max_body_bytes");
                (StatusCode::PAYLOAD_TOO_LARGE, "too large")
            }
            Refusal::Body(BodyFault::Incomplete) => (StatusCode::REQUEST_TIMEOUT, "the body did not arrive"),
            Refusal::Unverified(reason) => {
                tracing::warn!(%reason, "a request was refused: it is not signed by Slack");
                (StatusCode::UNAUTHORIZED, "not signed by Slack")
            }
            Refusal::Unusable(reason) => {
                tracing::warn!(reason, "a signed request was refused: it cannot be read");
                (StatusCode::BAD_REQUEST, "cannot be read")
            }
        };
        (status, format!("{text}\n")).into_response()
    }
}
