//! Logging in by a code that is entered in a browser, perhaps on another machine (RFC 8628).

use std::time::Duration;

use value::{Map, Value};

use super::registration::registration;
use super::{EXPIRED, Manner, Session, kept, oidc, open_browser};
use crate::commands::task::{Calls, Fault, World};
use crate::commands::tree;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// Seconds between two tries, unless the service says otherwise.
const USUAL_PAUSE: i64 = 5;
/// How much longer to wait each time the service asks for it.
const SLOWER: i64 = 5;

/// Gets a token.
pub(super) async fn token(world: &mut World<'_>, session: &Session, manner: Manner) -> Result<Map, Fault> {
    let client = registration(&world.calls, world.env, session, false).await?;
    let calls = world.calls.clone();
    let of_client = |name: &str| client.get(name).and_then(Value::as_text).unwrap_or_default();
    let named =
        tree::params(&[("clientId", of_client("clientId")), ("clientSecret", of_client("clientSecret"))]);
    let mut params = named.clone();
    params.push("startUrl", session.start_url.as_str());
    let begun = oidc(&calls, session, "StartDeviceAuthorization", params).await?;
    let mut params = tree::params(&[("grantType", GRANT)]);
    for (name, value) in named.iter() {
        params.push(name.clone(), value.clone());
    }
    params.push("deviceCode", tree::text(&begun, &["deviceCode"]));
    let mut pause = begun.get("interval").and_then(Value::as_i64).unwrap_or(USUAL_PAUSE);
    // The client may have been let in already.
    if let Some(token) = attempt(&calls, session, &client, &params, &mut pause).await? {
        return Ok(token);
    }
    show(world, &begun, manner);
    loop {
        if let Some(token) = attempt(&calls, session, &client, &params, &mut pause).await? {
            return Ok(token);
        }
        calls.client.parts().clock.sleep(Duration::from_secs(u64::try_from(pause).unwrap_or(5))).await;
    }
}

async fn attempt(
    calls: &Calls,
    session: &Session,
    client: &Map,
    params: &Map,
    pause: &mut i64,
) -> Result<Option<Map>, Fault> {
    match oidc(calls, session, "CreateToken", params.clone()).await {
        Ok(answer) => Ok(Some(kept(session, client, &answer, calls.client.parts().clock.now()))),
        Err(fault) => match fault.code() {
            Some("AuthorizationPendingException") => Ok(None),
            Some("SlowDownException") => {
                *pause += SLOWER;
                Ok(None)
            }
            Some("ExpiredTokenException") => Err(Fault::General(EXPIRED.to_owned())),
            _ => Err(fault),
        },
    }
}

fn show(world: &mut World<'_>, begun: &Value, manner: Manner) {
    let [code, url, whole] = ["userCode", "verificationUri", "verificationUriComplete"]
        .map(|name| tree::text(begun, &[name]).to_owned());
    if manner.no_browser {
        world.say(&format!(
            "Browser will not be automatically opened.\nPlease visit the following URL:\n\n{url}\n\nThen enter the \
             code:\n\n{code}\n\nAlternatively, you may visit the following URL which will autofill the code upon \
             loading:\n{whole}\n"
        ));
    } else {
        world.say(&format!(
            "Attempting to open your default browser.\nIf the browser does not open or you wish to use a different \
             device to authorize this request, open the following URL:\n\n{url}\n\nThen enter the code:\n\n{code}\n"
        ));
    }
    let _ = world.out.flush();
    if !manner.no_browser {
        open_browser(world, &whole);
    }
}
