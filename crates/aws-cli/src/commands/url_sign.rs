//! `cloudfront sign`: a link to what a CloudFront distribution keeps private. Nothing is sent.
//!
//! The texts that are signed are those of CloudFront's documentation of signed URLs: a canned policy, or a custom one
//! where the line limits more than the end.

use aws_call::BoxFuture;
use aws_call::timestamp::{Moment, WireTime};
use aws_model::{Level, TimestampFormat};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::tz::TimeZone;
use value::{JsonStyle, Map, Value};

use super::line::{Line, step};
use super::options::{Spec, one};
use super::rsa_key::RsaKey;
use super::task::{Fault, Runs, World};
use crate::{Parsed, UsageError};

static SPEC: Spec = Spec {
    about: "Signs a URL with the private key of a CloudFront key pair.",
    words: &[],
    options: &[&[
        one("url", "The URL.").needed(),
        one("key-pair-id", "The id of the key pair.").needed(),
        one("private-key", "Its private key, as file://path.pem.").needed(),
        one(
            "date-less-than",
            "When the URL expires: YYYY-MM-DD, YYYY-MM-DDThh:mm:ss, or seconds since 1970.",
        )
        .needed(),
        one("date-greater-than", "When the URL begins to work."),
        one("ip-address", "The address or range, x.x.x.x or x.x.x.x/x, that may use it."),
    ]],
};

struct Sign {
    url: String,
    key_id: String,
    key: RsaKey,
    before: i64,
    after: Option<i64>,
    address: Option<String>,
}

impl std::fmt::Debug for Sign {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sign").field("url", &self.url).field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

/// Reads the words of `cloudfront sign`.
pub(super) fn start(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let key = RsaKey::from_pem(&given.needed("private-key"));
    let sign = Sign {
        url: given.needed("url"),
        key_id: given.needed("key-pair-id"),
        key: key.map_err(|fault| UsageError::general(format!("--private-key: {fault}")))?,
        before: seconds(&given.needed("date-less-than"))?,
        after: given.text("date-greater-than").map(seconds).transpose()?,
        address: given.text("ip-address").map(str::to_owned),
    };
    line.invocation(sign, vec![step("cloudfront", "GetDistribution", Map::new()).at(Level::Secret)])
}

/// A moment in seconds since 1970.
fn seconds(text: &str) -> Result<i64, UsageError> {
    let moment = Moment::from_text(text, &TimeZone::UTC);
    match moment.and_then(|moment| moment.on_wire(TimestampFormat::Unix)) {
        Some(WireTime::Seconds(seconds)) => Ok(seconds),
        _ => Err(UsageError::general(format!("Invalid timestamp \"{text}\""))),
    }
}

impl Runs for Sign {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let url = self.signed()?;
            world.say(&url);
            Ok(0)
        })
    }
}

impl Sign {
    fn signed(&self) -> Result<String, Fault> {
        let policy = self.policy();
        let first = if self.after.is_some() || self.address.is_some() {
            format!("Policy={}", url_base64(policy.as_bytes()))
        } else {
            format!("Expires={}", self.before)
        };
        let signature = self.key.sign_sha1(policy.as_bytes());
        let signature = signature.map_err(|fault| Fault::General(fault.to_string()))?;
        let separator = if self.url.contains('?') { '&' } else { '?' };
        Ok(format!(
            "{}{separator}{first}&Signature={}&Key-Pair-Id={}",
            self.url,
            url_base64(&signature),
            self.key_id
        ))
    }

    fn policy(&self) -> String {
        let map = |name: &str, value: Value| -> Value {
            let map: Map = [(name, value)].into_iter().collect();
            Value::Map(map)
        };
        let epoch = |seconds: i64| map("AWS:EpochTime", Value::from(seconds));
        let mut condition: Map = [("DateLessThan", epoch(self.before))].into_iter().collect();
        if let Some(address) = &self.address {
            let range = if address.contains('/') { address.clone() } else { format!("{address}/32") };
            condition.push("IpAddress", map("AWS:SourceIp", Value::from(range)));
        }
        if let Some(after) = self.after {
            condition.push("DateGreaterThan", epoch(after));
        }
        let statement: Map = [("Resource", Value::text(&self.url)), ("Condition", Value::Map(condition))]
            .into_iter()
            .collect();
        let policy = map("Statement", Value::List(vec![Value::Map(statement)]));
        super::python_json::ascii(&policy.to_json(JsonStyle::Compact))
    }
}

/// Base64 with CloudFront's own letters for those that a URL cannot bear.
fn url_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes).replace('+', "-").replace('=', "_").replace('/', "~")
}
