//! `ec2 bundle-instance` in short: where the image goes, and the policy that lets EC2 put it there, made and signed here.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use value::{Map, Value};

use super::{Customization, Seen};
use crate::arguments::{Custom, Fill, Given};
use crate::grammar::Arity;
use crate::{Profile, UsageError};

pub(super) const ALL: &[Customization] = &[Customization::of("ec2", &["bundle-instance"])
    .table(|table, _| {
        table.optional("storage");
        table.add(&BUNDLE);
    })
    .check(check)
    .seal(seal)];

const fn custom(
    name: &'static str,
    help: &'static str,
    apply: fn(&mut Fill<'_>, Given<'_>) -> Result<(), UsageError>,
) -> Custom {
    Custom { name, arity: Arity::One, choices: &[], required: false, help, apply }
}

static BUNDLE: [Custom; 5] = [
    custom("bucket", "The bucket that gets the image.", |fill, given| storage(fill, "Bucket", given)),
    custom("prefix", "What the names of the image's parts begin with.", |fill, given| {
        storage(fill, "Prefix", given)
    }),
    custom("owner-akid", "The access key id of the bucket's owner.", |fill, given| {
        storage(fill, "AWSAccessKeyId", given)
    }),
    custom(
        "owner-sak",
        "The secret access key of the bucket's owner. It signs the policy and is not sent.",
        secret,
    ),
    custom("policy", "The upload policy; one for 24 hours unless given.", |fill, given| {
        storage(fill, "UploadPolicy", given)
    }),
];

/// Where the secret key waits until the policy is signed. No member of the model has that name.
const SECRET: &str = "_SAK";

/// How long a policy that is made here holds.
const VALID: SignedDuration = SignedDuration::from_hours(24);

fn storage(fill: &mut Fill<'_>, member: &str, given: Given<'_>) -> Result<(), UsageError> {
    if !fill.params.contains("Storage") {
        let s3: Map = [("S3", Value::Map(Map::new()))].into_iter().collect();
        fill.params.insert("Storage", s3);
    }
    if let Some(s3) = s3(&mut fill.params) {
        s3.insert(member, Value::text(given.text()));
    }
    Ok(())
}

/// A secret key has no place in a channel, whatever becomes of it.
fn secret(fill: &mut Fill<'_>, given: Given<'_>) -> Result<(), UsageError> {
    if fill.profile == Profile::Chat {
        return Err(UsageError::refused("--owner-sak", "it would put a secret key into a channel"));
    }
    storage(fill, SECRET, given)
}

fn s3(params: &mut Map) -> Option<&mut Map> {
    let Some(Value::Map(storage)) = params.get_mut("Storage") else { return None };
    match storage.get_mut("S3") {
        Some(Value::Map(s3)) => Some(s3),
        _ => None,
    }
}

fn check(seen: &Seen<'_>) -> Result<(), UsageError> {
    if seen.truthy("storage") && BUNDLE.iter().any(|custom| seen.truthy(custom.name)) {
        return Err(UsageError::validation(
            "Mixing the --storage option with the simple, scalar options is not recommended.",
        ));
    }
    Ok(())
}

/// Makes the policy unless there is one, and signs it unless it is signed.
fn seal(params: &mut Map, now: Timestamp) {
    let Some(s3) = s3(params) else { return };
    if !s3.contains("UploadPolicy")
        && let Some(policy) = policy(s3, now)
    {
        s3.insert("UploadPolicy", Value::Blob(policy.into_bytes().into()));
    }
    let Some(Value::Text(secret)) = s3.remove(SECRET) else { return };
    if !s3.contains("UploadPolicySignature")
        && let Some(Value::Blob(policy)) = s3.get("UploadPolicy")
    {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes());
        let signature = hmac::sign(&key, STANDARD.encode(policy).as_bytes());
        s3.insert("UploadPolicySignature", STANDARD.encode(signature));
    }
}

fn policy(s3: &Map, now: Timestamp) -> Option<String> {
    let text = |name: &str| {
        let text = s3.get(name).and_then(Value::as_text)?;
        Some(text.replace('\\', "\\\\").replace('"', "\\\""))
    };
    let (bucket, prefix) = (text("Bucket")?, text("Prefix")?);
    let expires = now.checked_add(VALID).ok()?.strftime("%Y-%m-%dT%H:%M:%S.%6fZ");
    Some(format!(
        "{{\"expiration\": \"{expires}\",\"conditions\": [{{\"bucket\": \"{bucket}\"}},\
         {{\"acl\": \"ec2-bundle-read\"}},[\"starts-with\", \"$key\", \"{prefix}\"]]}}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(s3: &[(&str, &str)]) -> Value {
        let s3: Map = s3.iter().map(|&(name, text)| (name, Value::text(text))).collect();
        let storage: Map = [("S3", s3)].into_iter().collect();
        let mut params: Map = [("Storage", storage)].into_iter().collect();
        seal(&mut params, "2024-01-02T03:04:05Z".parse().expect("a time"));
        super::s3(&mut params).cloned().map(Value::Map).expect("it stays")
    }

    /// The signature was computed with Python's `hmac` and `hashlib.sha1`.
    #[test]
    fn a_policy_is_made_and_signed() {
        let sealed = sealed(&[("Bucket", "images"), ("Prefix", "win"), (SECRET, "secret")]);
        let Some(Value::Blob(policy)) = sealed.get("UploadPolicy") else { panic!("no policy: {sealed:?}") };
        assert_eq!(
            String::from_utf8_lossy(policy),
            r#"{"expiration": "2024-01-03T03:04:05.000000Z","conditions": [{"bucket": "images"},{"acl": "ec2-bundle-read"},["starts-with", "$key", "win"]]}"#
        );
        assert_eq!(
            sealed.get("UploadPolicySignature").and_then(Value::as_text),
            Some("NBjWuj0SpnP96TiCb5v2Jne/Q4U=")
        );
        assert_eq!(sealed.get(SECRET), None);
    }

    #[test]
    fn a_key_does_not_leave_without_a_policy() {
        assert_eq!(sealed(&[(SECRET, "secret")]), Value::Map(Map::new()));
    }
}
