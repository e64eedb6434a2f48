//! What ties Bellhop to its Slack app.

use axum::http::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use slack::web::{EMAIL, SCOPES, Scope};

use super::probe::{self, Probed};
use super::{Seen, Subject};
use crate::config::API_BASE;
use crate::doctor::configuration::is_here;

/// How long the secret is that Slack gives an app: 32 digits of base 16.
const SECRET_LENGTH: usize = 32;
/// Where Slack takes answers: the usual one, and the one for governments.
const HOOKS: [&str; 2] = ["https://hooks.slack.com/", "https://hooks.slack-gov.com/"];

pub(super) async fn signing_secret(subject: &Subject) -> Vec<Seen> {
    let secret = subject.facts.slack.signing_secret.expose();
    let plausible =
        secret.len() == SECRET_LENGTH && secret.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let mut seen = Vec::new();
    if subject.facts.legacy_token_only {
        seen.push(Seen::warning(
            "legacy_token_only is set: commands without a signature are believed by a token that never changes",
            "Have the API pass requests on whole (Lambda proxy integration), and take legacy_token_only out.",
        ));
    }
    seen.push(if plausible {
        Seen::ok("it is there, and has the form that Slack gives it")
    } else {
        Seen::warning(
            format!("it is not {SECRET_LENGTH} digits of base 16, as Slack gives them"),
            "Copy \"Signing Secret\" anew from the app's page, Basic Information; not the client secret, not the \
             verification token.",
        )
    });
    seen
}

pub(super) async fn addresses(subject: &Subject) -> Vec<Seen> {
    let slack = &subject.facts.slack;
    let mut seen = Vec::new();
    let base = slack.response_url_base.as_str();
    if !HOOKS.contains(&base) && !is_here(base) {
        seen.push(Seen::warning(
            format!("answers are posted to {base} only, which is not Slack's address"),
            format!("Leave response_url_base out, or set it to \"{}\".", HOOKS[0]),
        ));
    } else if is_here(base) && !subject.facts.console {
        seen.push(Seen::warning(
            format!("answers are posted to {base} only, which is this machine: Slack's are refused"),
            "Leave response_url_base out; it is for tests.",
        ));
    }
    if let Some(base) = slack.api_base.as_deref().filter(|base| *base != API_BASE && !is_here(base)) {
        seen.push(Seen::warning(
            format!("Slack's Web API is asked at {base}, which gets the bot token"),
            "Leave api_base out unless that is a proxy of your own.",
        ));
    }
    if seen.is_empty() {
        seen.push(Seen::ok(format!("answers go to {base}")));
    }
    seen
}

/// Asks Slack whose the token is; none without a token.
pub(super) async fn auth_test(subject: &Subject) -> Option<Result<Probed, String>> {
    let slack = &subject.facts.slack;
    let token = slack.bot_token.as_ref()?;
    let base = slack.api_base.as_deref().unwrap_or(API_BASE);
    let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose())).ok()?;
    bearer.set_sensitive(true);
    let request = Request::post(format!("{base}auth.test"))
        .header(AUTHORIZATION, bearer)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Vec::new().into())
        .ok()?;
    Some(probe::send(subject, request).await)
}

pub(super) async fn token(subject: &Subject) -> Vec<Seen> {
    let slack = &subject.facts.slack;
    let Some(token) = &slack.bot_token else {
        return vec![Seen::warning(
            "there is none: no direct messages, no files, no modals, and no grants to usergroups",
            "Set [slack] bot_token = \"env:SLACK_BOT_TOKEN\", the token that begins with xoxb-.",
        )];
    };
    if !["xoxb-", "xoxe.xoxb-"].iter().any(|start| token.expose().starts_with(start)) {
        return vec![Seen::failure(
            "it does not begin with xoxb-, so it is no bot token",
            "Copy \"Bot User OAuth Token\" from the app's page, OAuth & Permissions.",
        )];
    }
    let probed = match auth_test(subject).await {
        None => return vec![Seen::failure("it is no plain text", "Copy it anew from OAuth & Permissions.")],
        Some(Err(why)) => {
            return vec![Seen::failure(
                why,
                "See whether Slack can be reached from here: proxy, firewall, DNS.",
            )];
        }
        Some(Ok(probed)) => probed,
    };
    let answer: serde_json::Value = serde_json::from_slice(&probed.body).unwrap_or_default();
    let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    if answer["ok"] != true {
        return vec![refused(probed.status, &text("error"))];
    }
    let (team, name) = (text("team_id"), text("team"));
    let teams = &slack.allowed_teams;
    let enterprise = answer["is_enterprise_install"] == true;
    if !enterprise && !teams.is_empty() && !teams.contains(&team) {
        return vec![Seen::failure(
            format!("it belongs to workspace {team}, which allowed_teams does not name"),
            "Correct [slack] allowed_teams, or take the token of the right workspace.",
        )];
    }
    vec![Seen::ok(format!("Slack knows it: workspace {name} ({team}), as {}", text("user")))]
}

/// What Slack answers to a token that it does not take.
/// Source: <https://docs.slack.dev/reference/methods/auth.test>.
fn refused(status: u16, error: &str) -> Seen {
    let remedy = match error {
        "invalid_auth" | "not_authed" => {
            "Copy \"Bot User OAuth Token\" anew from the app's page, OAuth & Permissions."
        }
        "token_revoked" | "account_inactive" => {
            "The app was removed from the workspace or its token withdrawn: install it again and set the new token."
        }
        "token_expired" => "Tokens of this app rotate: switch token rotation off, or set a fresh token.",
        "org_login_required" | "ekm_access_denied" => {
            "Ask the workspace's owners: its administration stands in the way."
        }
        "ratelimited" => "Wait a minute and look again.",
        _ => "See https://docs.slack.dev/reference/methods/auth.test for what it means.",
    };
    let error = if error.is_empty() { format!("HTTP status {status}") } else { error.to_owned() };
    Seen::failure(format!("Slack does not take it: {error}"), remedy)
}

pub(super) async fn scopes(subject: &Subject) -> Vec<Seen> {
    let Some(Ok(probed)) = auth_test(subject).await else { return Vec::new() };
    let Some(given) = probed.header("x-oauth-scopes") else {
        if is_here(subject.facts.slack.api_base.as_deref().unwrap_or(API_BASE)) {
            return Vec::new();
        }
        return vec![Seen::warning(
            "Slack does not say which scopes the token has",
            "See whether the token is good.",
        )];
    };
    let given: Vec<&str> = given.split(',').map(str::trim).collect();
    let email = subject.facts.by_email.then_some(&EMAIL);
    let missing: Vec<&Scope> =
        SCOPES.iter().chain(email).filter(|scope| !given.contains(&scope.name)).collect();
    if missing.is_empty() {
        return vec![Seen::ok(format!("all {} are there", SCOPES.len() + usize::from(email.is_some())))];
    }
    let seen = |scope: &&Scope| {
        Seen::failure(
            format!("{} is missing: without it no {}", scope.name, scope.lost),
            format!(
                "Add {} under OAuth & Permissions, Bot Token Scopes, and install the app again.",
                scope.name
            ),
        )
        .about(format!("scope {}", scope.name))
    };
    missing.iter().map(seen).collect()
}
