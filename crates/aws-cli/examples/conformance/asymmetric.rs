//! Whether a signature of version 4a is right. Such signatures are random, so two of them cannot be compared: each is
//! verified by the public key that belongs to the credentials of every recording.
//!
//! Absent on purpose: requests signed in the query; recordings have none by this version.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};

use crate::recording::Message;

/// The public key that AWS's test suite publishes for these credentials, an uncompressed point.
const PUBLIC: &str = "04b6618f6a65740a99e650b33b6b4b5bd0d43b176d721a3edfea7e7d2d56d936b1\
                      865ed22a7eadc9c5cb9d2cbaca1b3699139fedc5043dc6661864218330c8e518";

/// What an `Authorization` header says besides the signature itself.
pub(crate) fn head(authorization: &str) -> &str {
    authorization.split(", Signature=").next().unwrap_or_default()
}

/// Whether the request's signature is one of the request.
pub(crate) fn verifies(message: &Message) -> bool {
    parts(message).is_some_and(|(text, signature)| {
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, bytes(PUBLIC).unwrap_or_default());
        key.verify(text.as_bytes(), &signature).is_ok()
    })
}

/// The text that is signed and its signature.
fn parts(message: &Message) -> Option<(String, Vec<u8>)> {
    let authorization = message.header("authorization")?;
    let (algorithm, rest) = authorization.split_once(" Credential=")?;
    let (credential, rest) = rest.split_once(", SignedHeaders=")?;
    let (names, signature) = rest.split_once(", Signature=")?;
    let (_, scope) = credential.split_once('/')?;
    let canonical = canonical(message, names, scope.split('/').nth(1)?)?;
    let date = message.header("x-amz-date")?;
    let text = format!("{algorithm}\n{date}\n{scope}\n{}", hex_digest(canonical.as_bytes()));
    Some((text, bytes(signature)?))
}

fn canonical(message: &Message, names: &str, service: &str) -> Option<String> {
    let (host, path) = message.url.split_once("://")?.1.split_once('/')?;
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let path = if service.starts_with("s3") { path.to_owned() } else { encoded(path) };
    let mut pairs: Vec<&str> = query.split('&').collect();
    pairs.sort_unstable();
    let mut out = format!("{}\n/{path}\n{}\n", message.method, pairs.join("&"));
    for name in names.split(';') {
        let value = if name == "host" { host } else { message.header(name)? };
        let _ = writeln!(out, "{name}:{value}");
    }
    let payload = match message.header("x-amz-content-sha256") {
        Some(payload) => payload.to_owned(),
        None => hex_digest(&message.body),
    };
    let _ = write!(out, "\n{names}\n{payload}");
    Some(out)
}

fn encoded(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
    out
}

fn hex_digest(data: &[u8]) -> String {
    digest(&SHA256, data).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let at = |start: usize| u8::from_str_radix(hex.get(start..start + 2)?, 16).ok();
    (0..hex.len()).step_by(2).map(at).collect()
}
