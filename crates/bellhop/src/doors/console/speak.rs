//! Says a slash command as Slack would: a signed form to the server's own `/slack/commands`.

use std::time::Instant;

use aws_call::encoding::form_encode;
use axum::body::Body;
use axum::http::Request;
use axum::http::header::{CONTENT_TYPE, HOST};
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use serde_json::Value;
use slack::{SIGNATURE_HEADER, TIMESTAMP_HEADER};

use crate::clock;
use crate::doors::console::Parts;

/// What somebody typed.
#[derive(Debug, Deserialize)]
pub(super) struct Said {
    user: String,
    channel: String,
    command: String,
    #[serde(default)]
    text: String,
}

/// What the server answered within the three seconds.
pub(super) struct Heard {
    /// The HTTP status.
    pub(super) status: u16,
    /// From the request to the answer.
    pub(super) milliseconds: f64,
    /// The answer, if it was a message.
    pub(super) message: Value,
}

/// 128 bits nobody can guess.
pub(super) fn random_id() -> Option<String> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).ok()?;
    Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Signs and posts.
pub(super) async fn post(parts: &Parts, said: &Said, id: &str) -> anyhow::Result<Heard> {
    let body = form(parts, said, id)?;
    let now = clock::seconds();
    let request = Request::post(format!("http://{}/slack/commands", parts.address))
        .header(HOST, parts.address.to_string())
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(TIMESTAMP_HEADER, now.to_string())
        .header(SIGNATURE_HEADER, slack::sign(&parts.signing_secret, now, body.as_bytes()))
        .body(Body::from(body))?;
    let client: Client<_, Body> = Client::builder(TokioExecutor::new()).build_http();
    let begun = Instant::now();
    let answer = client.request(request).await?;
    let status = answer.status().as_u16();
    let bytes = answer.into_body().collect().await?.to_bytes();
    let milliseconds = begun.elapsed().as_secs_f64() * 1000.0;
    Ok(Heard { status, milliseconds, message: serde_json::from_slice(&bytes).unwrap_or_default() })
}

fn form(parts: &Parts, said: &Said, id: &str) -> anyhow::Result<String> {
    let trigger = random_id().ok_or_else(|| anyhow::anyhow!("no randomness"))?;
    let response_url = format!("{}{id}", parts.response_base());
    let mut fields = vec![
        ("team_id", parts.team.as_str()),
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
    let mut form = String::new();
    for (name, value) in fields {
        if !form.is_empty() {
            form.push('&');
        }
        form.push_str(name);
        form.push('=');
        form_encode(&mut form, value);
    }
    Ok(form)
}
