//! IAM Identity Center on a terminal: `sso login`, `sso logout`, and what `configure sso` shares with them.
//!
//! Tokens lie in `~/.aws/sso/cache`, where the AWS CLI and the SDKs look for them, readable by their owner only.
//! Absent on purpose: start URLs that redirect to Identity Center (vanity URLs).

mod code;
mod device;
pub(super) mod login;
pub(super) mod logout;
mod registration;

use std::path::PathBuf;

use aws_call::CallOptions;
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use jiff::{SignedDuration, Timestamp};
use value::{JsonStyle, Map, Value};

use super::task::{Calls, Fault, Pages, World};
use super::tree;
use crate::{Environment, UsageError};

const OIDC: &str = "sso-oidc";
/// What is nearer to its end than this is made anew.
const MARGIN: SignedDuration = SignedDuration::from_mins(15);
const EXPIRED: &str = "The pending authorization to retrieve an SSO token has expired. The login flow to retrieve an SSO \
                       token must be restarted.";

/// Where to log in, and as what.
#[derive(Debug, Clone, Default)]
pub(super) struct Session {
    /// The session's name; `None` where the profile itself holds the start URL.
    pub(super) name: Option<String>,
    pub(super) start_url: String,
    pub(super) region: String,
    /// What the token may be used for.
    pub(super) scopes: Option<Vec<String>>,
}

/// How the user logs in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    /// The browser is not opened.
    pub(super) no_browser: bool,
    /// A code is entered in a browser, perhaps on another machine.
    pub(super) device_code: bool,
}

/// The scopes of a comma-separated list.
pub(super) fn scopes(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
}

fn time(value: Option<&Value>) -> Option<Timestamp> {
    value?.as_text()?.replace("UTC", "Z").parse().ok()
}

fn shown(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The file of the cache that belongs to a key.
fn cached(env: &Environment, key: &str) -> PathBuf {
    let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes());
    let name: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    folder(env).join(format!("{name}.json"))
}

fn folder(env: &Environment) -> PathBuf {
    env.expand_path("~/.aws/sso/cache")
}

fn store(env: &Environment, key: &str, content: &Map) -> Result<(), Fault> {
    env.files.create_folder(&folder(env))?;
    let text = Value::Map(content.clone()).to_json(JsonStyle::Line);
    Ok(env.files.write_private(&cached(env, key), text.as_bytes())?)
}

/// How a service is called that takes no signature.
fn unsigned(calls: &Calls, service: &str, region: &str) -> Result<CallOptions, Fault> {
    let mut options = calls.options_as_configured(calls.service(service)?.as_ref());
    options.region = Some(region.to_owned());
    options.credentials = None;
    Ok(options)
}

async fn oidc(calls: &Calls, session: &Session, operation: &str, params: Map) -> Result<Value, Fault> {
    let options = unsigned(calls, OIDC, &session.region)?;
    calls.call_with(calls.service(OIDC)?, operation, params, &options).await
}

/// Logs in and keeps the token; the token.
pub(super) async fn log_in(
    world: &mut World<'_>,
    session: &Session,
    manner: Manner,
) -> Result<String, Fault> {
    let token = match &session.name {
        Some(_) if !manner.device_code => code::token(world, session, manner).await?,
        _ => device::token(world, session, manner).await?,
    };
    let key = session.name.as_deref().unwrap_or(&session.start_url);
    store(world.env, key, &token)?;
    Ok(token.get("accessToken").and_then(Value::as_text).unwrap_or_default().to_owned())
}

/// The token as it is kept, beside the registration that it came by.
fn kept(session: &Session, registration: &Map, answer: &Value, now: Timestamp) -> Map {
    let seconds = answer.get("expiresIn").and_then(Value::as_i64).unwrap_or_default();
    let ends = now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(now);
    let of_registration = |name: &str| registration.get(name).cloned().unwrap_or_default();
    let mut token = tree::params(&[
        ("startUrl", &session.start_url),
        ("region", &session.region),
        ("accessToken", tree::text(answer, &["accessToken"])),
        ("expiresAt", &shown(ends)),
    ]);
    token.push("clientId", of_registration("clientId"));
    token.push("clientSecret", of_registration("clientSecret"));
    token.push("registrationExpiresAt", of_registration("expiresAt"));
    if let Some(refresh) = answer.get("refreshToken") {
        token.push("refreshToken", refresh.clone());
    }
    token
}

/// Opens the browser if there is one; that it does not open is no fault, since the URL was shown.
fn open_browser(world: &World<'_>, url: &str) {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let _ = world.env.files.run_program(program, &[url.to_owned()]);
}

fn missing(names: &[&str], hint: &str) -> Fault {
    let names = names.join(", ");
    UsageError::configuration(format!(
        "Missing the following required SSO configuration values: {names}. {hint}"
    ))
    .into()
}

/// All items of a list of Identity Center.
pub(super) async fn listed(
    calls: &Calls,
    session: &Session,
    operation: &str,
    params: &[(&'static str, &str)],
    member: &str,
) -> Result<Vec<Value>, Fault> {
    let options = unsigned(calls, "sso", &session.region)?;
    let service = calls.service("sso")?;
    let client = calls.client.clone();
    let mut pages = Pages::new(client, service, operation, tree::params(params), None, options)?;
    let mut items = Vec::new();
    while let Some(page) = pages.next().await? {
        items.extend_from_slice(tree::list(&page, &[member]));
    }
    Ok(items)
}
