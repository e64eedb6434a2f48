//! Signature version 4, in the `Authorization` header and in the query, with a shared secret or (4a) an asymmetric key;
//! version 2 for the services that stayed there.
//!
//! The rules are AWS's published ones (“Create a signed AWS API request”); where those leave room, the header set is
//! the one that botocore signs. Invariant: a signature or a secret is never part of an error.
//! Absent on purpose: signature version 3.

mod asymmetric;
mod canonical;
mod presign;
#[cfg(test)]
mod recorded;
#[cfg(test)]
mod suite;
#[cfg(test)]
mod suite_4a;
mod v2;

use std::fmt::Write as _;

use aws_lc_rs::{digest, hmac};
use jiff::Timestamp;

use crate::credentials::{Credentials, CredentialsError};
use crate::outgoing::Outgoing;

pub(crate) use asymmetric::Keys;
pub(crate) use v2::sign_form;

/// What a body is signed as when it is not.
pub(crate) const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";
const STREAMING_TRAILER: &str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

/// Who signs, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signer<'a> {
    pub(crate) credentials: &'a Credentials,
    /// Where keys of version 4a are kept.
    pub(crate) keys: &'a Keys,
    pub(crate) now: Timestamp,
}

/// What a signature is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// A secret that both sides know, good in one region.
    V4,
    /// A key derived from it, good in a set of regions.
    V4a,
}

impl Version {
    /// Its name in signatures.
    fn algorithm(self) -> &'static str {
        match self {
            Version::V4 => "AWS4-HMAC-SHA256",
            Version::V4a => asymmetric::ALGORITHM,
        }
    }
}

/// The header of a directory bucket's session.
pub(crate) const SESSION_HEADER: &str = "x-amz-s3session-token";

/// How a request is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scheme {
    pub(crate) version: Version,
    /// The service's signing name.
    pub(crate) name: String,
    /// The region of the signature; of version 4a its regions, with commas between them, or `*`.
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
    /// Whether a directory bucket's session signs.
    pub(crate) fn is_express(&self) -> bool {
        self.token_header == SESSION_HEADER
    }

    /// A plain signature of the whole request.
    pub(crate) fn new(name: impl Into<String>, region: impl Into<String>) -> Scheme {
        Scheme {
            version: Version::V4,
            name: name.into(),
            region: region.into(),
            s3: false,
            payload: Payload::Signed,
            token_header: "X-Amz-Security-Token",
        }
    }

    /// `20240102/us-east-1/ec2/aws4_request`; version 4a goes without the region.
    fn scope(&self, date: &str) -> String {
        match self.version {
            Version::V4 => format!("{}/{}/{}/aws4_request", &date[..8], self.region, self.name),
            Version::V4a => format!("{}/{}/aws4_request", &date[..8], self.name),
        }
    }

    /// The text that is signed.
    fn text(&self, date: &str, canonical: &str) -> String {
        let (algorithm, scope) = (self.version.algorithm(), self.scope(date));
        format!("{algorithm}\n{date}\n{scope}\n{}", hex_sha256(canonical.as_bytes()))
    }
}

impl Signer<'_> {
    /// Signs a request in its `Authorization` header.
    ///
    /// # Errors
    ///
    /// Credentials that make no key, which version 4 does not know.
    pub(crate) fn sign(&self, request: &mut Outgoing, scheme: &Scheme) -> Result<(), CredentialsError> {
        let date = stamp(self.now);
        self.add_headers(request, scheme, &date);
        let payload = payload_hash(request, scheme);
        if scheme.s3 || scheme.payload != Payload::Signed {
            request.set_header("X-Amz-Content-SHA256", payload.as_str());
        }
        let signed = canonical::signed_headers(request);
        let canonical = canonical::request(request, &signed, &payload, scheme.s3);
        let signature = self.signature(scheme, &date, &canonical)?;
        let authorization = format!(
            "{} Credential={}/{}, SignedHeaders={}, Signature={signature}",
            scheme.version.algorithm(),
            self.credentials.access_key_id,
            scheme.scope(&date),
            canonical::names(&signed),
        );
        request.set_header("Authorization", authorization);
        Ok(())
    }

    fn add_headers(&self, request: &mut Outgoing, scheme: &Scheme, date: &str) {
        request.remove_header("Authorization");
        // A request that says its date itself keeps saying it in that header.
        if request.header("Date").is_some() && scheme.version == Version::V4 {
            request.set_header("Date", self.now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
            request.remove_header("X-Amz-Date");
        } else {
            request.set_header("X-Amz-Date", date);
        }
        if scheme.version == Version::V4a {
            request.set_header("X-Amz-Region-Set", scheme.region.as_str());
        }
        if let Some(token) = &self.credentials.session_token {
            request.set_header(scheme.token_header, token.as_str());
        }
    }

    /// The signature of a canonical request.
    fn signature(&self, scheme: &Scheme, date: &str, canonical: &str) -> Result<String, CredentialsError> {
        let text = scheme.text(date, canonical);
        match scheme.version {
            Version::V4 => Ok(symmetric(self.credentials, scheme, date, &text)),
            Version::V4a => self.keys.sign(self.credentials, &text),
        }
    }
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

fn symmetric(credentials: &Credentials, scheme: &Scheme, date: &str, text: &str) -> String {
    let secret = format!("AWS4{}", credentials.secret_access_key);
    let day = mac(secret.as_bytes(), &date[..8]);
    let region = mac(day.as_ref(), &scheme.region);
    let service = mac(region.as_ref(), &scheme.name);
    let key = mac(service.as_ref(), "aws4_request");
    hex(mac(key.as_ref(), text).as_ref())
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
