//! `[slack]`: secrets and addresses.

use slack::{ResponseUrlBases, Secret, TokenTrust};

use crate::config::{Faults, Section, Source, secret};

/// What ties Bellhop to its Slack app.
#[derive(Debug, Clone)]
pub(crate) struct Slack {
    /// Requests are verified with it.
    pub(crate) signing_secret: Secret,
    /// For Slack's Web API.
    pub(crate) bot_token: Option<Secret>,
    /// The old token, demanded besides the signature when it is set.
    pub(crate) verification_token: Option<Secret>,
    /// Commands that come without a signature are believed by token and workspace alone: weak.
    pub(crate) legacy_token_only: bool,
    /// Only these workspaces; empty means any that signs rightly.
    pub(crate) allowed_teams: Vec<String>,
    /// Where the Web API is, with `/` at its end; None is Slack's own.
    pub(crate) api_base: Option<String>,
    /// What every `response_url` must begin with.
    pub(crate) response_url_base: String,
}

/// Where Slack has its Web API.
pub(crate) const API_BASE: &str = "https://slack.com/api/";
const RESPONSE_URL_BASE: &str = "https://hooks.slack.com/";

/// Reads the table.
pub(super) fn read(mut section: Section<'_>, source: &Source<'_>, faults: &mut Faults) -> Slack {
    let at = section.at();
    let named = section.text("signing_secret", &mut Faults::default()).is_some();
    let signing_secret = secret::read(&mut section, "signing_secret", source, faults);
    if !named {
        faults.at(at, "slack.signing_secret: missing");
        faults.hint("signing_secret = \"env:SLACK_SIGNING_SECRET\"; Slack shows it under Basic Information");
    }
    let slack = Slack {
        signing_secret: signing_secret.unwrap_or_else(|| Secret::new("")),
        bot_token: secret::read(&mut section, "bot_token", source, faults),
        verification_token: secret::read(&mut section, "verification_token", source, faults),
        legacy_token_only: section.flag("legacy_token_only", faults).unwrap_or(false),
        allowed_teams: texts(&mut section, "allowed_teams", faults),
        api_base: base(&mut section, "api_base", faults),
        response_url_base: base(&mut section, "response_url_base", faults)
            .unwrap_or_else(|| RESPONSE_URL_BASE.to_owned()),
    };
    section.finish(faults);
    if slack.legacy_token_only && (slack.verification_token.is_none() || slack.allowed_teams.is_empty()) {
        faults.at(at, "slack.legacy_token_only: needs verification_token and allowed_teams, by which commands are believed then");
    }
    slack
}

impl Slack {
    /// What commands without a signature are believed by, if by anything.
    pub(crate) fn token_trust(&self) -> Option<TokenTrust> {
        let token = self.verification_token.clone().filter(|_| self.legacy_token_only)?;
        TokenTrust::new(token, self.allowed_teams.clone()).ok()
    }
}

fn texts(section: &mut Section<'_>, key: &'static str, faults: &mut Faults) -> Vec<String> {
    section.texts(key, faults).unwrap_or_default().into_iter().map(|spot| spot.value).collect()
}

/// Messages and tokens go to these addresses: https, unless it is this very machine.
fn base(section: &mut Section<'_>, key: &'static str, faults: &mut Faults) -> Option<String> {
    let spot = section.text(key, faults)?;
    if ResponseUrlBases::new([spot.value.as_str()]).is_err() {
        faults.at(spot.at, format!("slack.{key}: `{}` is no https address", spot.value));
        faults.hint("plain http is for a loopback address, in tests");
        return None;
    }
    // Without the slash, `https://hooks.slack.com` would also begin `https://hooks.slack.com.example`.
    Some(if spot.value.ends_with('/') { spot.value } else { format!("{}/", spot.value) })
}

/// Whether a host of a URL is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
