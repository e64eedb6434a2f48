//! Says and does what a person does, as Slack would pass it on: signed forms to the server's own doors.

use std::time::Instant;

use aws_call::encoding::form_encode;
use axum::body::Body;
use axum::http::Request;
use axum::http::header::{CONTENT_TYPE, HOST};
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use serde_json::{Value, json};
use slack::{SIGNATURE_HEADER, TIMESTAMP_HEADER};

use crate::clock;
use crate::doors::console::workspace::display_name;
use crate::doors::console::{Console, Parts};

use super::session::Conversation;

/// What somebody typed.
#[derive(Debug, Deserialize)]
pub(super) struct Said {
    pub(super) user: String,
    pub(super) channel: String,
    command: String,
    #[serde(default)]
    text: String,
}

/// What somebody pressed or chose.
#[derive(Debug, Deserialize)]
pub(super) struct Pressed {
    user: String,
    channel: String,
    /// The message.
    ts: String,
    /// The only one who sees it.
    #[serde(default)]
    only: Option<String>,
    /// The element with its block's id and, for selects, what was chosen: as Slack passes it on.
    action: Value,
}

/// A modal that somebody sent off or closed.
#[derive(Debug, Deserialize)]
pub(super) struct Sent {
    view_id: String,
    /// `{block id: {action id: element with its value}}`.
    #[serde(default)]
    values: Value,
    /// Whether it was closed instead.
    #[serde(default)]
    closed: bool,
}

/// What the server answered within the three seconds.
pub(super) struct Heard {
    /// The HTTP status.
    pub(super) status: u16,
    /// From the request to the answer.
    pub(super) milliseconds: f64,
    /// The answer, if it was one in JSON.
    pub(super) answer: Value,
}

/// 128 bits nobody can guess.
pub(super) fn random_id() -> Option<String> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).ok()?;
    Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A slash command.
pub(super) async fn say(console: &Console, said: &Said) -> anyhow::Result<Heard> {
    let parts = &console.parts;
    let (trigger, response_url) = trigger(console, &said.user, &said.channel, None)?;
    let mut fields = vec![
        ("team_id", parts.workspace.team.as_str()),
        ("team_domain", "console"),
        ("channel_id", &said.channel),
        ("channel_name", "console"),
        ("user_id", &said.user),
        ("user_name", &said.user),
        ("command", &said.command),
        ("text", &said.text),
        ("api_app_id", "A0CONSOLE"),
        ("is_enterprise_install", "false"),
        ("response_url", &response_url),
        ("trigger_id", &trigger),
    ];
    if let Some(token) = &parts.verification_token {
        fields.push(("token", token.expose()));
    }
    post(parts, "/slack/commands", &form(&fields)).await
}

/// A pressed button.
pub(super) async fn press(console: &Console, pressed: &Pressed) -> anyhow::Result<Heard> {
    let Pressed { user, channel, ts, only, action } = pressed;
    let (trigger, response_url) = trigger(console, user, channel, Some(ts.clone()))?;
    let mut payload = payload(console, "block_actions", user, &trigger);
    payload["container"] =
        json!({"type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": only.is_some()});
    payload["channel"] = json!({"id": channel, "name": display_name(channel)});
    payload["response_url"] = response_url.into();
    // Of an ephemeral message Slack passes on nothing but its place.
    if let (None, Some(mut message)) = (only, console.session.message(channel, ts)) {
        message["ts"] = ts.as_str().into();
        payload["message"] = message;
    }
    let mut action = action.clone();
    action["action_ts"] = console.session.stamp().into();
    payload["actions"] = json!([action]);
    interact(console, &payload).await
}

/// A modal that was sent off or closed; the answer decides what becomes of it.
pub(super) async fn send(console: &Console, sent: &Sent) -> anyhow::Result<Heard> {
    let found = console.session.view(&sent.view_id);
    let (user, mut view) = found.ok_or_else(|| anyhow::anyhow!("there is no such modal"))?;
    if sent.closed && view["notify_on_close"] != true {
        return Ok(Heard { status: 200, milliseconds: 0.0, answer: Value::Null });
    }
    let trigger = random_id().ok_or_else(|| anyhow::anyhow!("no randomness"))?;
    console.session.trigger(&trigger, &user);
    let kind = if sent.closed { "view_closed" } else { "view_submission" };
    let mut payload = payload(console, kind, &user, &trigger);
    view["state"] = json!({"values": sent.values});
    payload["view"] = view;
    payload["is_cleared"] = false.into();
    let heard = interact(console, &payload).await?;
    match heard.answer["response_action"].as_str() {
        Some("update") => {
            console.session.open_view(&user, &sent.view_id, heard.answer["view"].clone());
        }
        Some("push") => {
            let id = format!("V{}", console.session.stamp().replace('.', ""));
            console.session.open_view(&user, &id, heard.answer["view"].clone());
        }
        _ => {}
    }
    Ok(heard)
}

/// What all interactions have.
fn payload(console: &Console, kind: &str, user: &str, trigger: &str) -> Value {
    let parts = &console.parts;
    let team = &parts.workspace.team;
    let mut payload = json!({
        "type": kind, "api_app_id": "A0CONSOLE", "trigger_id": trigger,
        "team": {"id": team, "domain": "console"}, "enterprise": null, "is_enterprise_install": false,
        "user": {"id": user, "username": display_name(user), "team_id": team},
    });
    if let Some(token) = &parts.verification_token {
        payload["token"] = token.expose().into();
    }
    payload
}

async fn interact(console: &Console, payload: &Value) -> anyhow::Result<Heard> {
    post(&console.parts, "/slack/interactions", &form(&[("payload", &payload.to_string())])).await
}

/// A fresh trigger, and a `response_url` for what comes of it.
fn trigger(
    console: &Console,
    user: &str,
    channel: &str,
    pressed: Option<String>,
) -> anyhow::Result<(String, String)> {
    let fresh = || random_id().ok_or_else(|| anyhow::anyhow!("no randomness"));
    let (trigger, id) = (fresh()?, fresh()?);
    let conversation = Conversation { user: user.to_owned(), channel: channel.to_owned(), pressed };
    console.session.open(&id, conversation);
    console.session.trigger(&trigger, user);
    Ok((trigger, format!("{}{id}", console.parts.response_base())))
}

/// Signs and posts.
async fn post(parts: &Parts, door: &str, body: &str) -> anyhow::Result<Heard> {
    let now = clock::seconds();
    let request = Request::post(format!("http://{}{door}", parts.address))
        .header(HOST, parts.address.to_string())
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(TIMESTAMP_HEADER, now.to_string())
        .header(SIGNATURE_HEADER, slack::sign(&parts.signing_secret, now, body.as_bytes()))
        .body(Body::from(body.to_owned()))?;
    let client: Client<_, Body> = Client::builder(TokioExecutor::new()).build_http();
    let begun = Instant::now();
    let answer = client.request(request).await?;
    let status = answer.status().as_u16();
    let bytes = answer.into_body().collect().await?.to_bytes();
    let milliseconds = begun.elapsed().as_secs_f64() * 1000.0;
    Ok(Heard { status, milliseconds, answer: serde_json::from_slice(&bytes).unwrap_or_default() })
}

fn form(fields: &[(&str, &str)]) -> String {
    let mut form = String::new();
    for (name, value) in fields {
        if !form.is_empty() {
            form.push('&');
        }
        form.push_str(name);
        form.push('=');
        form_encode(&mut form, value);
    }
    form
}
