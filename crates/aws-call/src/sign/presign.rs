//! Signatures in the query: a URL that makes the call for whoever has it.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::{Scheme, UNSIGNED_PAYLOAD, canonical, hex_sha256, signature, stamp};
use crate::credentials::Credentials;
use crate::encoding::{QUERY_SAFE, percent_encode};
use crate::outgoing::Outgoing;

const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// Signs a request in its query, good for so many seconds. A form in the body moves into the query.
pub(crate) fn presign(
    request: &mut Outgoing,
    credentials: &Credentials,
    scheme: &Scheme,
    seconds: u32,
    now: Timestamp,
) {
    if request.header("Content-Type") == Some(FORM) {
        request.remove_header("Content-Type");
        move_form(request);
    }
    let date = stamp(now);
    let signed = canonical::signed_headers(request);
    let credential = format!("{}/{}", credentials.access_key_id, scheme.scope(&date));
    let names = canonical::names(&signed);
    let seconds = seconds.to_string();
    let mut pairs = vec![
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
        ("X-Amz-Credential", &credential),
        ("X-Amz-Date", &date),
        ("X-Amz-Expires", &seconds),
        ("X-Amz-SignedHeaders", &names),
    ];
    if let Some(token) = &credentials.session_token {
        pairs.push((token_name(scheme), token));
    }
    for (name, value) in pairs {
        push_pair(&mut request.query, name, value);
    }
    let payload = if scheme.s3 { UNSIGNED_PAYLOAD.to_owned() } else { hex_sha256(&request.body) };
    let canonical = canonical::request(request, &signed, &payload, scheme.s3);
    let signature = signature(credentials, scheme, &date, &canonical);
    let _ = write!(request.query, "&X-Amz-Signature={signature}");
}

fn token_name(scheme: &Scheme) -> &'static str {
    if scheme.token_header == "x-amz-s3session-token" {
        "X-Amz-S3session-Token"
    } else {
        "X-Amz-Security-Token"
    }
}

/// Form encoding differs from query encoding in the space only.
fn move_form(request: &mut Outgoing) {
    let form = String::from_utf8_lossy(&request.body).replace('+', "%20");
    if !form.is_empty() {
        if !request.query.is_empty() {
            request.query.push('&');
        }
        request.query.push_str(&form);
    }
    request.body = bytes::Bytes::new();
}

fn push_pair(query: &mut String, name: &str, value: &str) {
    if !query.is_empty() {
        query.push('&');
    }
    query.push_str(name);
    query.push('=');
    percent_encode(query, value, QUERY_SAFE);
}
