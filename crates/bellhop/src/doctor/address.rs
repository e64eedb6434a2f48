//! The address that Slack knows Bellhop by.

use axum::http::Request;
use axum::http::header::CONTENT_TYPE;
use slack::{SIGNATURE_HEADER, SigningSecret, TIMESTAMP_HEADER};

use super::configuration::is_here;
use super::probe;
use super::{Seen, Subject};
use crate::clock;
use crate::doors::http::OURS;

/// What no request of Slack's is: believed by its signature, and of no use.
const TRIAL: &[u8] = b"bellhop=doctor";

pub(super) async fn healthz(subject: &Subject) -> Vec<Seen> {
    let Some(url) = &subject.facts.public_url else {
        return vec![Seen::warning(
            "it is not known, so nobody can see whether Slack reaches Bellhop",
            "Set [server] public_url, or give --url: the address in the app's slash command, up to the path.",
        )];
    };
    if !url.starts_with("https://") && !is_here(url) {
        return vec![Seen::failure(
            format!("{url} is not https, and Slack posts to nothing else"),
            "Put something before Bellhop that ends TLS, and give its address.",
        )];
    }
    let Ok(request) = Request::get(format!("{url}/healthz")).body(Vec::new().into()) else {
        return vec![Seen::failure(format!("{url} is no address"), "Correct [server] public_url.")];
    };
    vec![match probe::send(subject, request).await {
        Err(why) => Seen::failure(
            why,
            "See that Bellhop runs, and that DNS, TLS and whatever is before it lead to it.",
        ),
        Ok(probed) if probed.status == 200 && probed.header(OURS).is_some() => {
            let version = probed.header(OURS).unwrap_or_default();
            let own = env!("CARGO_PKG_VERSION");
            if version == own {
                Seen::ok(format!("{url} leads to Bellhop {version}"))
            } else {
                let what = format!("{url} leads to Bellhop {version}, and this is {own}");
                Seen::warning(what, "Deploy one version everywhere.")
            }
        }
        Ok(probed) => Seen::failure(
            format!(
                "{url}/healthz answers with status {}, and it is not Bellhop that answers",
                probed.status
            ),
            "Lead the address to Bellhop: the paths /slack/…, /healthz and /sns, without changing them.",
        ),
    }]
}

/// A signed request must arrive as it was sent: what is before Bellhop may drop headers or rewrite bodies.
pub(super) async fn signed(subject: &Subject) -> Vec<Seen> {
    let Some(url) = &subject.facts.public_url else { return Vec::new() };
    let time = clock::seconds();
    let Ok(secret) = SigningSecret::new(subject.facts.slack.signing_secret.expose()) else {
        return Vec::new();
    };
    let signature = slack::sign(&secret, time, TRIAL);
    let request = Request::post(format!("{url}/slack/commands"))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(TIMESTAMP_HEADER, time)
        .header(SIGNATURE_HEADER, signature)
        .body(TRIAL.to_vec().into());
    let Ok(request) = request else { return Vec::new() };
    // Who does not answer at all is told of by the other check.
    let Ok(probed) = probe::send(subject, request).await else { return Vec::new() };
    vec![match probed.status {
        // Believed, and then found to be no command.
        400 => Seen::ok("a signed request arrives whole and is believed"),
        401 => Seen::failure(
            "a request that is signed with this signing secret is not believed there",
            "Either another signing secret is set there, or something before Bellhop drops the headers X-Slack-Signature \
             and X-Slack-Request-Timestamp or changes the body.",
        ),
        status => Seen::failure(
            format!("/slack/commands answers a signed request with status {status}"),
            "Lead POST /slack/… to Bellhop unchanged.",
        ),
    }]
}
