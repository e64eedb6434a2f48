//! Logging in by a browser on this machine, which comes back with a code (authorization code with PKCE, RFC 7636).
//!
//! Invariants: only this machine can reach the listener; a code counts only with the state that was sent out; what is
//! read of a request is bounded.

use std::time::Duration;

use aws_call::encoding::{QUERY_SAFE, percent_encode};
use aws_call::{Call, Random};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use value::{Map, Value};

use super::registration::registration;
use super::{EXPIRED, Manner, OIDC, Session, kept, oidc, open_browser, unsigned};
use crate::commands::task::{Calls, Fault, World};
use crate::commands::tree;

/// How long the browser may take.
const PATIENCE: Duration = Duration::from_mins(10);
/// How long one connection may take.
const CONNECTION: Duration = Duration::from_secs(10);
/// The longest head of a request in bytes.
const LONGEST: usize = 16 * 1024;
const VERIFIER: usize = 64;
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const USUAL_SCOPE: &str = "sso:account:access";

const PAGE: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n\r\n\
                    <!doctype html><title>Logged in</title><p>You may close this window and go back to the terminal.</p>";

/// Gets a token.
pub(super) async fn token(world: &mut World<'_>, session: &Session, manner: Manner) -> Result<Map, Fault> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let redirect = format!("http://127.0.0.1:{}/oauth/callback", listener.local_addr()?.port());
    let client = registration(&world.calls, world.env, session, true).await?;
    let of_client = |name: &str| client.get(name).and_then(Value::as_text).unwrap_or_default();
    let calls = world.calls.clone();
    let random = calls.client.parts().random.clone();
    let (state, verifier) = (random.uuid(), verifier(random.as_ref()));
    let scopes = session.scopes.as_ref().filter(|scopes| !scopes.is_empty());
    let scopes = scopes.map_or_else(|| USUAL_SCOPE.to_owned(), |scopes| scopes.join(" "));
    let base = base(&calls, session).await?;
    let query = query(&[
        ("response_type", "code"),
        ("client_id", of_client("clientId")),
        ("redirect_uri", &redirect),
        ("state", &state),
        ("code_challenge_method", "S256"),
        ("scopes", &scopes),
    ]);
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
    let url = format!("{base}/authorize?{query}&code_challenge={challenge}");
    show(world, &url, manner);
    let answer = tokio::time::timeout(PATIENCE, wait(&listener)).await;
    let answer = answer.map_err(|_| Fault::General(EXPIRED.to_owned()))??;
    let failed = |what: &str| Fault::General(format!("Error loading authorization code: {what}"));
    let Some((code, came_back)) = answer else {
        return Err(failed("Failed to retrieve an authorization code."));
    };
    if came_back != state {
        return Err(failed("State parameter does not match expected value."));
    }
    let params = tree::params(&[
        ("grantType", "authorization_code"),
        ("clientId", of_client("clientId")),
        ("clientSecret", of_client("clientSecret")),
        ("redirectUri", &redirect),
        ("codeVerifier", &verifier),
        ("code", &code),
    ]);
    match oidc(&calls, session, "CreateToken", params).await {
        Ok(answer) => Ok(kept(session, &client, &answer, calls.client.parts().clock.now())),
        Err(fault) if fault.code() == Some("ExpiredTokenException") => {
            Err(Fault::General(EXPIRED.to_owned()))
        }
        Err(fault) => Err(fault),
    }
}

/// Letters by chance. Sixty-four of them leave no remainder, so each is as likely.
fn verifier(random: &dyn Random) -> String {
    let mut bytes = [0; VERIFIER];
    random.fill(&mut bytes);
    bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 64)])).collect()
}

/// Where Identity Center is: scheme and host of a request that is not sent.
async fn base(calls: &Calls, session: &Session) -> Result<String, Fault> {
    let options = unsigned(calls, OIDC, &session.region)?;
    let params = tree::params(&[("clientName", "temp"), ("clientType", "public")]);
    let call = Call::new(calls.service(OIDC)?, "RegisterClient", params);
    let prepared = calls.client.prepare(&call, &options).await;
    let prepared =
        prepared.map_err(|error| Fault::Call { operation: call.operation, error: Box::new(error) })?;
    let (scheme, rest) = prepared.url.split_once("://").unwrap_or(("https", &prepared.url));
    Ok(format!("{scheme}://{}", rest.split('/').next().unwrap_or_default()))
}

fn query(pairs: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        percent_encode(&mut text, value, QUERY_SAFE);
    }
    text
}

fn show(world: &mut World<'_>, url: &str, manner: Manner) {
    if manner.no_browser {
        world.say(&format!(
            "Browser will not be automatically opened.\nPlease visit the following URL:\n\n{url}\n"
        ));
    } else {
        world.say(&format!(
            "Attempting to open your default browser. If the browser does not open, open the following URL.\nIf you \
             are unable to open the URL on this device, run this command again with the '--use-device-code' \
             option.\n\n{url}\n\n"
        ));
    }
    let _ = world.out.flush();
    if !manner.no_browser {
        open_browser(world, url);
    }
}

/// What the browser came back with: code and state, or nothing if it was turned away.
async fn wait(listener: &TcpListener) -> Result<Option<(String, String)>, Fault> {
    loop {
        let (mut stream, _) = listener.accept().await?;
        let head = match tokio::time::timeout(CONNECTION, head(&mut stream)).await {
            Ok(Ok(head)) => head,
            // Whoever came did not say anything.
            _ => continue,
        };
        // Who does not wait for the page has said what matters.
        let _ = stream.write_all(PAGE.as_bytes()).await;
        let _ = stream.shutdown().await;
        if let Some(answer) = answer(&head) {
            return Ok(answer);
        }
    }
}

async fn head(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    while bytes.len() < LONGEST && !bytes.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut piece = [0; 1024];
        match stream.read(&mut piece).await? {
            0 => break,
            length => bytes.extend_from_slice(&piece[..length]),
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// What a request brings: nothing yet, a refusal, or code and state.
fn answer(head: &str) -> Option<Option<(String, String)>> {
    let target = head.strip_prefix("GET ")?.split(' ').next()?;
    let query = target.split_once('?')?.1;
    let value = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(found, _)| *found == name).map(|(_, value)| decoded(value))
    };
    if value("error").is_some() {
        return Some(None);
    }
    Some(Some((value("code")?, value("state")?)))
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let escaped = (*first == b'%').then(|| behind.get(..2)).flatten();
        let escaped =
            escaped.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        match escaped {
            Some(byte) => {
                bytes.push(byte);
                rest = &behind[2..];
            }
            None => {
                bytes.push(if *first == b'+' { b' ' } else { *first });
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_brings_code_and_state() {
        let pair = |code: &str, state: &str| Some(Some((code.to_owned(), state.to_owned())));
        for (head, expected) in [
            ("GET /oauth/callback?code=a%2Fb&state=s+t HTTP/1.1\r\n\r\n", pair("a/b", "s t")),
            ("GET /oauth/callback?error=access_denied&state=s HTTP/1.1\r\n\r\n", Some(None)),
            ("GET /favicon.ico HTTP/1.1\r\n\r\n", None),
            ("GET /?code=a HTTP/1.1\r\n\r\n", None),
            ("POST /?code=a&state=s HTTP/1.1\r\n\r\n", None),
            ("", None),
        ] {
            assert_eq!(answer(head), expected, "{head}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_request_panics(head in "(GET |[/?&=%+ a-zé]|code|state|error){0,20}") {
            let _ = answer(&head);
        }
    }
}
