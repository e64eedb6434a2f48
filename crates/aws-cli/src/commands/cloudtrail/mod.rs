//! `cloudtrail validate-logs` and `cloudtrail verify-query-results`: whether what CloudTrail delivered is unchanged.
//!
//! CloudTrail signs by RSA with SHA-256 (PKCS #1 v1.5); the keys come from CloudTrail itself, by their fingerprints.

mod digests;
mod findings;
pub(super) mod logs;
pub(super) mod queries;

use std::collections::BTreeMap;

use aws_call::CallOptions;
use aws_call::timestamp::Moment;
use aws_lc_rs::{digest, signature};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use value::{Map, Value};

use super::task::{Calls, Fault};
use super::tree;

const SERVICE: &str = "cloudtrail";

/// A time as it is shown.
const SHOWN: &str = "%Y-%m-%dT%H:%M:%SZ";
/// A time as it stands in names of digests.
const NAMED: &str = "%Y%m%dT%H%M%SZ";

/// A time in any of the usual forms. Its offset does not count: all times are UTC.
fn time(text: &str) -> Option<Timestamp> {
    let civil = Moment::from_words(text.trim())?.civil();
    civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

/// The same, or Python's complaint.
fn needed_time(text: &str) -> Result<Timestamp, Fault> {
    time(text).ok_or_else(|| Fault::General(format!("Unable to parse date value: {text}")))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// Whether a key (base64 of PKCS #1 DER) signed a message. `None` if the key cannot be read.
fn is_signed(key: &str, message: &[u8], signed: &[u8]) -> Option<bool> {
    let key = STANDARD.decode(key).ok()?;
    // A sequence begins a key; anything else is none.
    key.first().filter(|first| **first == 0x30)?;
    let key = signature::UnparsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA256, key);
    Some(key.verify(message, signed).is_ok())
}

/// The public keys of a time, by their fingerprints.
async fn public_keys(
    calls: &Calls,
    from: Timestamp,
    to: Timestamp,
) -> Result<BTreeMap<String, String>, Fault> {
    let params =
        [("StartTime", from), ("EndTime", to)].map(|(name, time)| (name, time.strftime(SHOWN).to_string()));
    let answer = calls.call(SERVICE, "ListPublicKeys", params.into_iter().collect::<Map>()).await?;
    let keys = tree::list(&answer, &["PublicKeyList"]).iter();
    let text = |key: &Value, name: &str| tree::text(key, &[name]).to_owned();
    Ok(keys
        .map(|key| {
            let value = match key.get("Value") {
                Some(Value::Blob(bytes)) => STANDARD.encode(bytes),
                _ => text(key, "Value"),
            };
            (text(key, "Fingerprint"), value)
        })
        .collect())
}

/// An object: its bytes and its metadata.
async fn object(
    calls: &Calls,
    options: &CallOptions,
    bucket: &str,
    key: &str,
) -> Result<(Vec<u8>, Value), Fault> {
    let params = tree::params(&[("Bucket", bucket), ("Key", key)]);
    let mut answer = calls.call_with(calls.service("s3")?, "GetObject", params, options).await?;
    let body = match answer.get("Body") {
        Some(Value::Blob(bytes)) => bytes.to_vec(),
        Some(Value::Text(text)) => text.as_bytes().to_vec(),
        _ => Vec::new(),
    };
    let metadata = match &mut answer {
        Value::Map(answer) => answer.remove("Metadata").unwrap_or_default(),
        _ => Value::Null,
    };
    Ok((body, metadata))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_utc() {
        for (text, expected) in [
            ("2015-01-08T05:21:42Z", Some("2015-01-08T05:21:42Z")),
            ("2015-01-08T05:21:42+05:00", Some("2015-01-08T05:21:42Z")),
            ("2015-01-08 05:21", Some("2015-01-08T05:21:00Z")),
            ("20150108T052142Z", Some("2015-01-08T05:21:42Z")),
            ("20150108T05:21:42Z", Some("2015-01-08T05:21:42Z")),
            ("20150108", Some("2015-01-08T00:00:00Z")),
            ("2015-01-08", Some("2015-01-08T00:00:00Z")),
            ("", None),
            ("é", None),
            ("2015-13-08", None),
        ] {
            assert_eq!(
                time(text).map(|time| time.strftime(SHOWN).to_string()).as_deref(),
                expected,
                "{text}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = time(&text);
            let _ = unhex(&text);
            let _ = is_signed(&text, b"", text.as_bytes());
        }
    }
}
