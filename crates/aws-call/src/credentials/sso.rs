//! Credentials of IAM Identity Center, for a token that `aws sso login` left in a file.
//!
//! A token that is about to end is renewed where it came with the means to (`CreateToken`), and written back.
//! Absent on purpose: logging in, which needs a browser.

use std::path::PathBuf;
use std::sync::Arc;

use aws_lc_rs::digest;
use jiff::{SignedDuration, Timestamp};
use value::{JsonStyle, Map, Value};

use crate::BoxFuture;
use crate::call::CallOptions;
use crate::client::Client;
use crate::credentials::assume_role::call;
use crate::credentials::cached::Fetch;
use crate::credentials::surroundings::{Surroundings, expand};
use crate::credentials::{Credentials, CredentialsError};
use crate::sign::hex;

const PROVIDER: &str = "sso";
/// A token that ends sooner than this is renewed.
const RENEWAL: SignedDuration = SignedDuration::from_mins(15);

#[derive(Debug)]
pub(super) struct Sso {
    pub(super) client: Client,
    pub(super) options: CallOptions,
    pub(super) surroundings: Arc<dyn Surroundings>,
    /// What names the token's file: the session's name, or the start URL.
    pub(super) token_key: String,
    pub(super) account_id: String,
    pub(super) role_name: String,
}

fn fault(reason: impl Into<String>) -> CredentialsError {
    CredentialsError::Fetch { provider: PROVIDER, reason: reason.into(), code: None }
}

impl Sso {
    fn path(&self) -> PathBuf {
        let name = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, self.token_key.as_bytes());
        expand(&format!("~/.aws/sso/cache/{}.json", hex(name.as_ref())), self.surroundings.as_ref())
    }

    async fn token(&self) -> Result<String, CredentialsError> {
        let expired = || fault("the session has expired or never began: run `aws sso login`");
        let bytes = self.surroundings.read(&self.path()).map_err(|_| expired())?;
        let token = Value::from_json(&bytes).map_err(|_| fault("the token's file is not JSON"))?;
        let now = self.client.parts().clock.now();
        let left = time(&token, "expiresAt").map(|ends| ends.duration_since(now));
        if left.is_none_or(|left| left < RENEWAL)
            && let Some(renewed) = self.renew(&token, now).await
        {
            return Ok(renewed);
        }
        if left.is_none_or(|left| !left.is_positive()) {
            return Err(expired());
        }
        token.get("accessToken").and_then(Value::as_text).map(str::to_owned).ok_or_else(expired)
    }

    /// A new token for one that came with the means to renew it; `None` if it did not, or the service refuses.
    async fn renew(&self, token: &Value, now: Timestamp) -> Option<String> {
        let text = |name: &str| token.get(name).and_then(Value::as_text);
        time(token, "registrationExpiresAt").filter(|ends| *ends > now)?;
        let mut params: Map = [("grantType", "refresh_token")].into_iter().collect();
        for name in ["clientId", "clientSecret", "refreshToken"] {
            params.push(name, text(name)?);
        }
        let options = CallOptions { credentials: None, ..self.options.clone() };
        let answer = call(&self.client, "sso-oidc", "CreateToken", params, &options, PROVIDER).await.ok()?;
        let secret = answer.value.get("accessToken").and_then(Value::as_text)?;
        let seconds = answer.value.get("expiresIn").and_then(Value::as_i64).unwrap_or_default();
        let ends = now.checked_add(SignedDuration::from_secs(seconds)).ok()?;
        let mut renewed = Map::new();
        for name in ["startUrl", "region"] {
            renewed.push(name, text(name)?);
        }
        renewed.push("accessToken", secret);
        renewed.push("expiresAt", ends.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        for name in ["clientId", "clientSecret", "registrationExpiresAt"] {
            renewed.push(name, text(name)?);
        }
        if let Some(refresh) = answer.value.get("refreshToken") {
            renewed.push("refreshToken", refresh.clone());
        }
        let json = Value::Map(renewed).to_json(JsonStyle::Line);
        // A token that cannot be kept is good all the same.
        let _ = self.surroundings.write_private(&self.path(), json.as_bytes());
        Some(secret.to_owned())
    }
}

fn time(token: &Value, name: &str) -> Option<Timestamp> {
    token.get(name).and_then(Value::as_text)?.replace("UTC", "Z").parse().ok()
}

impl Fetch for Sso {
    fn fetch(&self) -> BoxFuture<'_, Result<Credentials, CredentialsError>> {
        Box::pin(async move {
            let mut params = Map::new();
            params.push("roleName", self.role_name.as_str());
            params.push("accountId", self.account_id.as_str());
            params.push("accessToken", self.token().await?);
            let answer =
                call(&self.client, "sso", "GetRoleCredentials", params, &self.options, PROVIDER).await?;
            let given = answer.value.get("roleCredentials").ok_or_else(|| fault("the answer is empty"))?;
            let text = |name: &str| given.get(name).and_then(Value::as_text).map(str::to_owned);
            let expires = given.get("expiration").and_then(Value::as_i64);
            let missing = || fault("the answer is incomplete");
            Ok(Credentials {
                access_key_id: text("accessKeyId").ok_or_else(missing)?,
                secret_access_key: text("secretAccessKey").ok_or_else(missing)?,
                session_token: text("sessionToken"),
                account_id: Some(self.account_id.clone()),
                expires: expires.and_then(|milliseconds| Timestamp::from_millisecond(milliseconds).ok()),
                method: PROVIDER,
            })
        })
    }
}
