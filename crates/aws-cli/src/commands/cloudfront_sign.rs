//! `cloudfront sign`: a URL that CloudFront serves until a time, signed by RSA over SHA-1, as CloudFront asks for.

use std::fmt::Write as _;

use aws_call::BoxFuture;
use aws_call::timestamp::Moment;
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use aws_model::TimestampFormat;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::tz::TimeZone;
use rsa::pkcs1::DecodeRsaPrivateKey as _;
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::{Pkcs1v15Sign, RsaPrivateKey};
use value::{JsonStyle, Value};

use super::configure::no_call;
use super::line::Line;
use super::options::{Spec, one};
use super::task::{Fault, Runs, World};
use crate::{Parsed, UsageError};

/// What stands before a SHA-1 in a signature: its name in DER (RFC 8017, section 9.2).
const SHA1_NAME: [u8; 15] =
    [0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14];

static SPEC: Spec = Spec {
    about: "Signs a URL, so that CloudFront serves it until a time.",
    words: &[],
    options: &[&[
        one("url", "The URL.").needed(),
        one("key-pair-id", "The id of the key pair, or of the public key.").needed(),
        one("private-key", "The private key in PEM, as `file://…`.").needed(),
        one("date-less-than", "Until when: a date, a time, or seconds since 1970.").needed(),
        one("date-greater-than", "From when on."),
        one("ip-address", "The address or network that may ask, `x.x.x.x/x`."),
    ]],
};

struct Sign {
    url: String,
    pair: String,
    key: String,
    until: String,
    from: Option<String>,
    address: Option<String>,
}

impl std::fmt::Debug for Sign {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The key is a secret.
        f.write_str("Sign")
    }
}

/// Reads the words of `cloudfront sign`.
pub(super) fn start(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let sign = Sign {
        url: given.needed("url"),
        pair: given.needed("key-pair-id"),
        key: given.needed("private-key"),
        until: given.needed("date-less-than"),
        from: given.text("date-greater-than").map(str::to_owned),
        address: given.text("ip-address").map(str::to_owned),
    };
    line.invocation(sign, no_call())
}

impl Runs for Sign {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let key = RsaPrivateKey::from_pkcs1_pem(&self.key).ok();
            let key = key.or_else(|| RsaPrivateKey::from_pkcs8_pem(&self.key).ok());
            let key = key.ok_or_else(|| {
                Fault::General("--private-key is no RSA key in PEM; give it as file://path".to_owned())
            })?;
            world.say(&self.signed(&key)?);
            Ok(0)
        })
    }
}

impl Sign {
    fn signed(&self, key: &RsaPrivateKey) -> Result<String, Fault> {
        let until = seconds(&self.until)?;
        let from = self.from.as_deref().map(seconds).transpose()?;
        let policy = self.policy(until, from);
        let first = match (from, &self.address) {
            (None, None) => format!("Expires={until}"),
            _ => format!("Policy={}", for_url(policy.as_bytes())),
        };
        let padding = Pkcs1v15Sign { hash_len: Some(20), prefix: SHA1_NAME.into() };
        let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, policy.as_bytes());
        let signature = key.sign(padding, hash.as_ref());
        let signature = signature.map_err(|error| Fault::General(format!("the key cannot sign: {error}")))?;
        let separator = if self.url.contains('?') { '&' } else { '?' };
        Ok(format!(
            "{}{separator}{first}&Signature={}&Key-Pair-Id={}",
            self.url,
            for_url(&signature),
            self.pair
        ))
    }

    /// What CloudFront is to hold a request against, in the order that it expects.
    fn policy(&self, until: i64, from: Option<i64>) -> String {
        let url = super::python_json::ascii(&Value::text(&self.url).to_json(JsonStyle::Line));
        let mut conditions = format!("\"DateLessThan\":{{\"AWS:EpochTime\":{until}}}");
        if let Some(address) = self.address.as_deref().filter(|address| !address.is_empty()) {
            let network = if address.contains('/') { "" } else { "/32" };
            let network = Value::from(format!("{address}{network}")).to_json(JsonStyle::Line);
            let _ = write!(
                conditions,
                ",\"IpAddress\":{{\"AWS:SourceIp\":{}}}",
                super::python_json::ascii(&network)
            );
        }
        if let Some(from) = from {
            let _ = write!(conditions, ",\"DateGreaterThan\":{{\"AWS:EpochTime\":{from}}}");
        }
        format!("{{\"Statement\":[{{\"Resource\":{url},\"Condition\":{{{conditions}}}}}]}}")
    }
}

/// Seconds since 1970; a time without a zone is UTC.
fn seconds(text: &str) -> Result<i64, Fault> {
    let moment = Moment::from_text(text, &TimeZone::UTC);
    let wire = moment.and_then(|moment| moment.on_wire(TimestampFormat::Unix));
    let number = wire.and_then(|wire| wire.into_text().parse().ok());
    number
        .ok_or_else(|| Fault::General(format!("Invalid timestamp \"{text}\": Unknown string format: {text}")))
}

/// Base64 with the three signs that URLs give a meaning replaced as CloudFront has it.
fn for_url(bytes: &[u8]) -> String {
    STANDARD.encode(bytes).replace('+', "-").replace('=', "_").replace('/', "~")
}
