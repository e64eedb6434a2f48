//! This program as a client of Identity Center: registered once, kept until the registration ends.

use jiff::Timestamp;
use value::{JsonStyle, Map, Value};

use super::{MARGIN, Session, cached, oidc, shown, store, time};
use crate::Environment;
use crate::commands::task::{Calls, Fault};
use crate::commands::tree;

/// Where the browser comes back to, as it is registered.
const REDIRECT: &str = "http://127.0.0.1/oauth/callback";
const GRANTS: [&str; 2] = ["authorization_code", "refresh_token"];
const USUAL_SCOPE: &str = "sso:account:access";

/// The registration for a flow: the one that is kept, or a new one.
pub(super) async fn registration(
    calls: &Calls,
    env: &Environment,
    session: &Session,
    by_code: bool,
) -> Result<Map, Fault> {
    let now = calls.client.parts().clock.now();
    let key = key(session);
    if let Some(known) = known(env, &key, by_code, now) {
        return Ok(known);
    }
    let name = session.name.clone().unwrap_or_else(|| now.as_second().to_string());
    let mut params =
        tree::params(&[("clientName", &format!("botocore-client-{name}")), ("clientType", "public")]);
    let texts = |texts: &[&str]| Value::List(texts.iter().map(Value::text).collect());
    let scopes = session.scopes.as_ref().filter(|scopes| !scopes.is_empty());
    let scopes = scopes.map(|scopes| Value::List(scopes.iter().map(Value::text).collect()));
    let scopes = scopes.or_else(|| by_code.then(|| texts(&[USUAL_SCOPE])));
    if by_code {
        params.push("grantTypes", texts(&GRANTS));
        params.push("redirectUris", texts(&[REDIRECT]));
        params.push("issuerUrl", session.start_url.as_str());
    }
    if let Some(scopes) = &scopes {
        params.push("scopes", scopes.clone());
    }
    let answer = oidc(calls, session, "RegisterClient", params).await?;
    let ends = answer.get("clientSecretExpiresAt").and_then(Value::as_i64).unwrap_or_default();
    let ends = Timestamp::from_second(ends).unwrap_or(now);
    let mut made = tree::params(&[
        ("clientId", tree::text(&answer, &["clientId"])),
        ("clientSecret", tree::text(&answer, &["clientSecret"])),
        ("expiresAt", &shown(ends)),
    ]);
    if let Some(scopes) = scopes {
        made.push("scopes", scopes);
    }
    if by_code {
        made.push("grantTypes", texts(&GRANTS));
    }
    store(env, &key, &made)?;
    Ok(made)
}

/// The kept registration, if it is for that flow and lasts.
fn known(env: &Environment, key: &str, by_code: bool, now: Timestamp) -> Option<Map> {
    let bytes = env.files.read(&cached(env, key)).ok()?;
    let Ok(Value::Map(known)) = Value::from_json(&bytes) else { return None };
    let grants = known.get("grantTypes").and_then(Value::as_list).unwrap_or_default();
    let for_code = grants.iter().any(|grant| grant.as_text() == Some(GRANTS[0]));
    let lasts = time(known.get("expiresAt")).is_some_and(|ends| ends.duration_since(now) >= MARGIN);
    (lasts && for_code == by_code).then_some(known)
}

/// The key of a registration in the cache: JSON as the AWS CLI writes it, so that both find it.
fn key(session: &Session) -> String {
    let scopes = session.scopes.as_ref().map(|scopes| Value::List(scopes.iter().map(Value::text).collect()));
    let parts: Map = [
        ("region", Value::text(&session.region)),
        ("scopes", scopes.unwrap_or_default()),
        ("session_name", session.name.as_ref().map(Value::text).unwrap_or_default()),
        ("startUrl", Value::text(&session.start_url)),
        ("tool", Value::text("botocore")),
    ]
    .into_iter()
    .collect();
    Value::Map(parts).to_json(JsonStyle::Line)
}
