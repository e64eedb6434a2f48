//! Signatures in the query: a URL that makes the call for whoever has it.

use std::fmt::Write as _;

use super::{Scheme, Signer, UNSIGNED_PAYLOAD, Version, canonical, hex_sha256, stamp};
use crate::credentials::CredentialsError;
use crate::encoding::{QUERY_SAFE, percent_encode};
use crate::outgoing::Outgoing;

const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

impl Signer<'_> {
    /// Signs a request in its query, good for so many seconds. A form in the body moves into the query.
    ///
    /// # Errors
    ///
    /// Credentials that make no key, which version 4 does not know.
    pub(crate) fn presign(
        &self,
        request: &mut Outgoing,
        scheme: &Scheme,
        seconds: u32,
    ) -> Result<(), CredentialsError> {
        if request.header("Content-Type") == Some(FORM) {
            request.remove_header("Content-Type");
            move_form(request);
        }
        let date = stamp(self.now);
        let signed = canonical::signed_headers(request);
        self.add_pairs(&mut request.query, scheme, seconds, &date, &canonical::names(&signed));
        let payload = if scheme.s3 { UNSIGNED_PAYLOAD.to_owned() } else { hex_sha256(&request.body) };
        let canonical = canonical::request(request, &signed, &payload, scheme.s3);
        let signature = self.signature(scheme, &date, &canonical)?;
        let _ = write!(request.query, "&X-Amz-Signature={signature}");
        Ok(())
    }

    /// Adds everything but the signature.
    pub(super) fn add_pairs(
        &self,
        query: &mut String,
        scheme: &Scheme,
        seconds: u32,
        date: &str,
        names: &str,
    ) {
        let credential = format!("{}/{}", self.credentials.access_key_id, scheme.scope(date));
        push_pair(query, "X-Amz-Algorithm", scheme.version.algorithm());
        push_pair(query, "X-Amz-Credential", &credential);
        push_pair(query, "X-Amz-Date", date);
        push_pair(query, "X-Amz-Expires", &seconds.to_string());
        push_pair(query, "X-Amz-SignedHeaders", names);
        if let Some(token) = &self.credentials.session_token {
            push_pair(query, token_name(scheme), token);
        }
        if scheme.version == Version::V4a {
            push_pair(query, "X-Amz-Region-Set", &scheme.region);
        }
    }
}

fn token_name(scheme: &Scheme) -> &'static str {
    if scheme.is_express() { "X-Amz-S3session-Token" } else { "X-Amz-Security-Token" }
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
