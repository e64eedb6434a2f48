//! Where digests lie, and whether one is what CloudTrail wrote.

use std::collections::BTreeMap;
use std::io::Read as _;

use aws_call::CallOptions;
use flate2::read::GzDecoder;
use jiff::{SignedDuration, Timestamp};
use value::{Map, Value};

use super::{NAMED, SHOWN, is_signed, object, public_keys, sha256, time, unhex};
use crate::commands::task::{Calls, Fault};
use crate::commands::tree;

/// The longest digest, inflated, in bytes.
const LONGEST: u64 = 256 * 1024 * 1024;

/// Members that every digest has.
const MEMBERS: [&str; 6] = [
    "digestPublicKeyFingerprint",
    "digestS3Bucket",
    "digestS3Object",
    "previousDigestSignature",
    "digestEndTime",
    "digestStartTime",
];

/// Whose digests they are.
#[derive(Debug, Clone)]
pub(super) struct Trail {
    pub(super) account: String,
    pub(super) name: String,
    pub(super) home_region: String,
    pub(super) source_region: String,
    pub(super) organization: Option<String>,
    pub(super) prefix: Option<String>,
}

/// Keys in the order of the bucket: of digests, and of those that were made later.
pub(super) struct Keys {
    pub(super) standard: Vec<String>,
    pub(super) backfill: Vec<String>,
}

/// Why a digest is no good.
pub(super) enum Flaw {
    /// It is not there.
    Missing,
    /// It is there, and invalid; the line to show.
    Invalid(String),
    /// The walk ends.
    Fault(Fault),
}

impl From<Fault> for Flaw {
    fn from(fault: Fault) -> Flaw {
        match fault.code() {
            Some("NoSuchKey") => Flaw::Missing,
            _ => Flaw::Fault(fault),
        }
    }
}

/// Whether a digest was made later than the logs it is about.
pub(super) fn is_backfill(key: &str) -> bool {
    key.ends_with("_backfill.json.gz")
}

/// The time in a digest's name.
pub(super) fn named_time(key: &str) -> &str {
    let behind = if is_backfill(key) { "_backfill.json.gz" } else { ".json.gz" };
    let before = key.strip_suffix(behind).unwrap_or(key);
    before.get(before.len().saturating_sub(16)..).unwrap_or_default()
}

impl Trail {
    fn folder(&self) -> String {
        let organization = self.organization.as_deref().map(|id| format!("{id}/")).unwrap_or_default();
        let prefix = self.prefix.as_deref().filter(|prefix| !prefix.is_empty());
        let prefix = prefix.map(|prefix| format!("{prefix}/")).unwrap_or_default();
        format!("{prefix}AWSLogs/{organization}{}/CloudTrail-Digest/{}", self.account, self.source_region)
    }

    fn file(&self) -> String {
        let Trail { account, name, home_region, source_region, .. } = self;
        format!("{account}_CloudTrail-Digest_{source_region}_{name}_{home_region}_")
    }

    /// Whether a key is that of one of the trail's digests.
    fn owns(&self, key: &str) -> bool {
        let rest = key.strip_prefix(&self.folder()).and_then(|rest| rest.strip_prefix('/'));
        let Some(rest) = rest.and_then(|rest| rest.strip_suffix(".json.gz")) else { return false };
        let parts: Vec<&str> = rest.splitn(4, '/').collect();
        let [year, month, day, file] = parts[..] else { return false };
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let named = file.strip_prefix(&self.file()).is_some_and(|time| !time.is_empty());
        [year, month, day].into_iter().all(digits) && named
    }

    /// The digests of a time.
    pub(super) async fn keys(
        &self,
        calls: &Calls,
        options: &CallOptions,
        bucket: &str,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Keys, Fault> {
        let before = from - SignedDuration::from_mins(1);
        let marker = format!(
            "{}/{}/{}{}.json.gz",
            self.folder(),
            before.strftime("%Y/%m/%d"),
            self.file(),
            before.strftime(NAMED)
        );
        let params = tree::params(&[("Bucket", bucket), ("Marker", &marker), ("Prefix", &self.folder())]);
        let first = from.strftime(NAMED).to_string();
        let last = (to + SignedDuration::from_hours(1)).strftime(NAMED).to_string();
        let service = calls.service("s3")?;
        let mut pages = crate::commands::task::Pages::new(
            calls.client.clone(),
            service,
            "ListObjects",
            params,
            None,
            options.clone(),
        )?;
        let mut keys = Keys { standard: Vec::new(), backfill: Vec::new() };
        while let Some(page) = pages.next().await? {
            for object in tree::list(&page, &["Contents"]) {
                let key = tree::text(object, &["Key"]);
                if !self.owns(key) {
                    continue;
                }
                let time = named_time(key);
                if time > last.as_str() {
                    return Ok(keys);
                }
                if time >= first.as_str() {
                    let kind = if is_backfill(key) { &mut keys.backfill } else { &mut keys.standard };
                    kind.push(key.to_owned());
                }
            }
        }
        Ok(keys)
    }

    /// Fetches a digest and holds it against its signature. Keys that are missing for a late digest are asked for.
    pub(super) async fn digest(
        &self,
        calls: &Calls,
        options: &CallOptions,
        (bucket, key): (&str, &str),
        keys: &mut BTreeMap<String, String>,
    ) -> Result<Value, Flaw> {
        let line = |what: &str| Flaw::Invalid(format!("Digest file\ts3://{bucket}/{key}\tINVALID: {what}"));
        let (packed, metadata) = object(calls, options, bucket, key).await?;
        let mut raw = Vec::new();
        let inflated = GzDecoder::new(packed.as_slice()).take(LONGEST).read_to_end(&mut raw);
        let digest = inflated.ok().and_then(|_| Value::from_json(&raw).ok());
        let digest =
            digest.filter(|digest| digest.as_map().is_some()).ok_or_else(|| line("invalid format"))?;
        let text = |name: &str| metadata.get(name).and_then(Value::as_text);
        let signed = text("signature").filter(|_| text("signature-algorithm").is_some());
        let signed = signed.ok_or_else(|| line("signature verification failed"))?;
        let made_late = text("backfill-generation-timestamp");
        let lacks = MEMBERS.iter().any(|name| digest.get(name).is_none());
        if lacks || is_backfill(key) && made_late.is_none() {
            return Err(line("invalid format"));
        }
        let member = |name: &str| tree::text(&digest, &[name]);
        if member("digestS3Bucket") != bucket || member("digestS3Object") != key {
            return Err(line("has been moved from its original location"));
        }
        let fingerprint = member("digestPublicKeyFingerprint");
        if let (Some(made), false) = (made_late, keys.contains_key(fingerprint)) {
            let made = time(made).ok_or_else(|| line(&format!("Unable to parse date value: {made}")))?;
            let hour = SignedDuration::from_hours(1);
            match needed_keys(calls, made - hour, made + hour).await {
                Ok(found) => keys.extend(found),
                Err(Fault::General(reason)) => return Err(line(&reason)),
                Err(fault) => return Err(Flaw::Fault(fault)),
            }
        }
        let known = keys.get(fingerprint).ok_or_else(|| {
            let region = &self.home_region;
            line(&format!("public key not found in region {region} for fingerprint {fingerprint}"))
        })?;
        let message = to_sign(&digest, &raw);
        let signed = unhex(signed).ok_or_else(|| line("Non-hexadecimal digit found"))?;
        match is_signed(known, message.as_bytes(), &signed) {
            None => Err(line(&format!("Unable to load PKCS #1 key with fingerprint {fingerprint}"))),
            Some(false) => Err(line("signature verification failed")),
            Some(true) => Ok(digest),
        }
    }
}

/// The public keys of a time; none is a fault.
pub(super) async fn needed_keys(
    calls: &Calls,
    from: Timestamp,
    to: Timestamp,
) -> Result<BTreeMap<String, String>, Fault> {
    let keys = public_keys(calls, from, to).await?;
    if keys.is_empty() {
        let (from, to) = (from.strftime(SHOWN), to.strftime(SHOWN));
        return Err(Fault::General(format!("No public keys found between {from} and {to}")));
    }
    Ok(keys)
}

/// What CloudTrail signs of a digest.
fn to_sign(digest: &Value, raw: &[u8]) -> String {
    let member = |name: &str| tree::text(digest, &[name]);
    let previous = match digest.get("previousDigestSignature") {
        Some(Value::Text(text)) => text.as_str(),
        _ => "null",
    };
    format!(
        "{}\n{}/{}\n{}\n{previous}",
        member("digestEndTime"),
        member("digestS3Bucket"),
        member("digestS3Object"),
        sha256(raw)
    )
}

/// The region of a bucket, as options of calls that go there.
pub(super) async fn options_for(calls: &Calls, bucket: &str) -> Result<CallOptions, Fault> {
    let service = calls.service("s3")?;
    let mut options = calls.options_as_configured(&service);
    let params: Map = tree::params(&[("Bucket", bucket)]);
    let answer = calls.call_with(service, "GetBucketLocation", params, &options).await?;
    let region = tree::text(&answer, &["LocationConstraint"]);
    options.region = Some(if region.is_empty() { "us-east-1" } else { region }.to_owned());
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_of_the_trail_are_told_by_their_keys() {
        let trail = Trail {
            account: "1".to_owned(),
            name: "t".to_owned(),
            home_region: "h".to_owned(),
            source_region: "s".to_owned(),
            organization: None,
            prefix: Some("p".to_owned()),
        };
        let folder = "p/AWSLogs/1/CloudTrail-Digest/s";
        for (key, owned) in [
            (format!("{folder}/2024/01/02/1_CloudTrail-Digest_s_t_h_20240102T030405Z.json.gz"), true),
            (
                format!("{folder}/2024/01/02/1_CloudTrail-Digest_s_t_h_20240102T030405Z_backfill.json.gz"),
                true,
            ),
            (format!("{folder}/2024/01/02/1_CloudTrail-Digest_s_other_h_20240102T030405Z.json.gz"), false),
            (format!("{folder}/2024/x/02/1_CloudTrail-Digest_s_t_h_20240102T030405Z.json.gz"), false),
            (String::new(), false),
        ] {
            assert_eq!(trail.owns(&key), owned, "{key}");
            if owned {
                assert_eq!(named_time(&key), "20240102T030405Z");
            }
        }
        assert_eq!(named_time("é"), "é");
    }
}
