//! Signature version 4, in the `Authorization` header and in the query; version 2 for the services that stayed there.
//!
//! The rules are AWS's published ones (“Create a signed AWS API request”); where those leave room, the header set is
//! the one that botocore signs. Invariant: a signature or a secret is never part of an error.
//! Absent on purpose: signature version 4a (asymmetric), version 3.

mod canonical;
mod presign;
#[cfg(test)]
mod recorded;
#[cfg(test)]
mod suite;
mod v2;

use std::fmt::Write as _;

use aws_lc_rs::{digest, hmac};
use jiff::Timestamp;

use crate::credentials::Credentials;
use crate::outgoing::Outgoing;

pub(crate) use presign::presign;
pub(crate) use v2::sign_form;

/// What a body is signed as when it is not.
pub(crate) const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";
const STREAMING_TRAILER: &str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

/// How a request is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scheme {
    /// The service's signing name.
    pub(crate) name: String,
    /// The region of the signature.
    pub(crate) region: String,
    /// S3's own dialect: paths as they are, the body's hash in a header.
    pub(crate) s3: bool,
    /// What stands for the body.
    pub(crate) payload: Payload,
    /// The header that a session's token travels in.
    pub(crate) token_header: &'static str,
}

/// What stands for the body in a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Payload {
    /// Its hash.
    Signed,
    /// Nothing.
    Unsigned,
    /// Nothing, and a checksum follows it.
    Trailer,
}

impl Scheme {
    /// A plain signature of the whole request.
    pub(crate) fn new(name: impl Into<String>, region: impl Into<String>) -> Scheme {
        Scheme {
            name: name.into(),
            region: region.into(),
            s3: false,
            payload: Payload::Signed,
            token_header: "X-Amz-Security-Token",
        }
    }

    /// `20240102/us-east-1/ec2/aws4_request`
    fn scope(&self, date: &str) -> String {
        format!("{}/{}/{}/aws4_request", &date[..8], self.region, self.name)
    }
}

/// Signs a request in its `Authorization` header.
pub(crate) fn sign(request: &mut Outgoing, credentials: &Credentials, scheme: &Scheme, now: Timestamp) {
    let date = stamp(now);
    request.remove_header("Authorization");
    // A request that says its date itself keeps saying it in that header.
    if request.header("Date").is_some() {
        request.set_header("Date", now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
        request.remove_header("X-Amz-Date");
    } else {
        request.set_header("X-Amz-Date", date.as_str());
    }
    if let Some(token) = &credentials.session_token {
        request.set_header(scheme.token_header, token.as_str());
    }
    let payload = payload_hash(request, scheme);
    if scheme.s3 || scheme.payload != Payload::Signed {
        request.set_header("X-Amz-Content-SHA256", payload.as_str());
    }
    let signed = canonical::signed_headers(request);
    let canonical = canonical::request(request, &signed, &payload, scheme.s3);
    let signature = signature(credentials, scheme, &date, &canonical);
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={signature}",
        credentials.access_key_id,
        scheme.scope(&date),
        canonical::names(&signed),
    );
    request.set_header("Authorization", authorization);
}

/// The point in time as signatures write it, `20240102T030405Z`.
fn stamp(now: Timestamp) -> String {
    now.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn payload_hash(request: &Outgoing, scheme: &Scheme) -> String {
    match scheme.payload {
        Payload::Trailer => STREAMING_TRAILER.to_owned(),
        Payload::Unsigned => UNSIGNED_PAYLOAD.to_owned(),
        Payload::Signed => match request.header("X-Amz-Content-SHA256") {
            Some(hash) if !scheme.s3 => hash.to_owned(),
            _ => hex_sha256(&request.body),
        },
    }
}

/// The signature of a canonical request.
fn signature(credentials: &Credentials, scheme: &Scheme, date: &str, canonical: &str) -> String {
    let text =
        format!("AWS4-HMAC-SHA256\n{date}\n{}\n{}", scheme.scope(date), hex_sha256(canonical.as_bytes()));
    let secret = format!("AWS4{}", credentials.secret_access_key);
    let day = mac(secret.as_bytes(), &date[..8]);
    let region = mac(day.as_ref(), &scheme.region);
    let service = mac(region.as_ref(), &scheme.name);
    let key = mac(service.as_ref(), "aws4_request");
    hex(mac(key.as_ref(), &text).as_ref())
}

fn mac(key: &[u8], text: &str) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes())
}

/// The SHA-256 of some bytes in hexadecimal.
pub(crate) fn hex_sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// Bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(out, "{byte:02x}");
    }
    out
}
