//! `sso login`: gets a token of IAM Identity Center and keeps it for the profiles that use it.

use aws_call::BoxFuture;
use aws_call::credentials::config::SharedConfig;
use value::Map;

use super::{Manner, OIDC, Session, log_in, missing, scopes};
use crate::commands::configure;
use crate::commands::line::{Line, Step, step};
use crate::commands::options::{Given, Opt, Spec, one, switch};
use crate::commands::task::{Fault, Runs, World};
use crate::{Parsed, UsageError};

/// How the user logs in.
pub(in crate::commands) const MANNER: &[Opt] = &[
    switch("no-browser", "Show the URL only; do not open a browser."),
    switch("use-device-code", "Enter a code in a browser, which may be on another machine."),
];

static SPEC: Spec = Spec {
    about: "Logs in to IAM Identity Center by a browser, as the profile or --sso-session says.",
    words: &[],
    options: &[MANNER, &[one("sso-session", "The session to log in to, instead of the profile's.")]],
};

#[derive(Debug)]
struct Login {
    session: Option<String>,
    manner: Manner,
}

/// What the line says of the manner.
pub(in crate::commands) fn manner(given: &Given) -> Manner {
    Manner { no_browser: given.has("no-browser"), device_code: given.has("use-device-code") }
}

/// The calls that logging in may make.
pub(in crate::commands) fn steps() -> Vec<Step> {
    ["RegisterClient", "StartDeviceAuthorization", "CreateToken"]
        .map(|operation| step(OIDC, operation, Map::new()))
        .into()
}

/// Reads the words of `sso login`.
pub(in crate::commands) fn start(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let session = given.text("sso-session").map(str::to_owned);
    line.invocation(Login { session, manner: manner(&given) }, steps())
}

impl Runs for Login {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let shared = configure::shared(world.env)?;
            let profile = configure::profile(world);
            let profile = profile.as_deref().unwrap_or("default");
            let session = find(&shared, profile, self.session.as_deref())?;
            log_in(world, &session, self.manner).await?;
            world.say(&format!("Successfully logged into Start URL: {}\n", session.start_url));
            Ok(0)
        })
    }
}

/// The session that is named, or the profile's.
pub(in crate::commands) fn find(
    shared: &SharedConfig,
    profile: &str,
    named: Option<&str>,
) -> Result<Session, Fault> {
    let own = shared.profile(profile);
    let name = named.or_else(|| own.get("sso_session")).map(str::to_owned);
    let section = match &name {
        None => own,
        Some(name) => shared.sso_sessions.get(name).cloned().ok_or_else(|| {
            UsageError::configuration(format!("The specified sso-session does not exist: \"{name}\""))
        })?,
    };
    let lacking: Vec<&str> = ["sso_start_url", "sso_region"]
        .into_iter()
        .filter(|setting| section.get(setting).is_none())
        .collect();
    if !lacking.is_empty() {
        let hint = match name {
            Some(_) => "",
            None => {
                "To make sure this profile is properly configured to use SSO, please run: aws configure sso"
            }
        };
        return Err(missing(&lacking, hint));
    }
    let text = |setting: &str| section.get(setting).unwrap_or_default().to_owned();
    let wanted = section.get("sso_registration_scopes").filter(|_| name.is_some()).map(scopes);
    Ok(Session { name, start_url: text("sso_start_url"), region: text("sso_region"), scopes: wanted })
}
