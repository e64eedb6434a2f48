//! Slash commands as Slack sends them.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::{hmac, rand};

/// What tests sign with.
pub const SIGNING_SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";

/// A slash command; its fields may be changed, left out and added to before it is signed.
#[derive(Debug, Clone)]
pub struct Slash {
    fields: Vec<(String, String)>,
}

impl Slash {
    /// A command of Alice in the operations channel, with a trigger of its own.
    pub fn new(text: &str, response_url: &str) -> Slash {
        let trigger = random_hex();
        let fields = [
            ("token", "old-verification-token"),
            ("team_id", "T0TEAM"),
            ("team_domain", "example"),
            ("channel_id", "C0OPS"),
            ("channel_name", "operations"),
            ("user_id", "U0ALICE"),
            ("user_name", "alice"),
            ("command", "/aws"),
            ("text", text),
            ("api_app_id", "A0APP"),
            ("is_enterprise_install", "false"),
            ("response_url", response_url),
            ("trigger_id", &trigger),
        ];
        Slash { fields: fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into() }
    }

    /// Sets a field.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Slash {
        self = self.without(name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Leaves a field out.
    #[must_use]
    pub fn without(mut self, name: &str) -> Slash {
        self.fields.retain(|(known, _)| known != name);
        self
    }

    /// The form.
    pub fn body(&self) -> String {
        let pairs = self.fields.iter().map(|(name, value)| format!("{name}={}", encode(value)));
        pairs.collect::<Vec<_>>().join("&")
    }

    /// Posts it, signed now with the tests' secret.
    pub async fn post(&self, server: &str) -> anyhow::Result<crate::Answer> {
        let body = self.body();
        let headers = sign(SIGNING_SECRET, now(), body.as_bytes());
        crate::post(&format!("{server}/slack/commands"), &headers, body).await
    }
}

pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::new();
    aws_call::encoding::form_encode(&mut encoded, text);
    encoded
}

/// The headers of a request with that body.
pub fn sign(secret: &str, timestamp: u64, body: &[u8]) -> Vec<(&'static str, String)> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, &[format!("v0:{timestamp}:").as_bytes(), body].concat());
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    vec![
        ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ("x-slack-request-timestamp", timestamp.to_string()),
        ("x-slack-signature", format!("v0={hex}")),
    ]
}

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// 128 random bits.
pub fn random_hex() -> String {
    let mut bytes = [0; 16];
    // Tests that need names of their own fail soon enough if there is no randomness.
    let _ = rand::fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
