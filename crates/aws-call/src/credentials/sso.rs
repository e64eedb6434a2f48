//! Credentials of IAM Identity Center, for a token that `aws sso login` left in a file.
//!
//! Absent on purpose: logging in, and renewing the token; both need a browser or write the file.

use std::sync::Arc;

use aws_lc_rs::digest;
use jiff::Timestamp;
use value::{Map, Value};

use crate::BoxFuture;
use crate::call::CallOptions;
use crate::client::Client;
use crate::credentials::assume_role::call;
use crate::credentials::cached::Fetch;
use crate::credentials::surroundings::{Surroundings, expand};
use crate::credentials::{Credentials, CredentialsError};
use crate::sign::hex;

const PROVIDER: &str = "sso";

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
    fn token(&self) -> Result<String, CredentialsError> {
        let name = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, self.token_key.as_bytes());
        let path =
            expand(&format!("~/.aws/sso/cache/{}.json", hex(name.as_ref())), self.surroundings.as_ref());
        let expired = || fault("the session has expired or never began: run `aws sso login`");
        let bytes = self.surroundings.read(&path).map_err(|_| expired())?;
        let tree = Value::from_json(&bytes).map_err(|_| fault("the token's file is not JSON"))?;
        let text = |name: &str| tree.get(name).and_then(Value::as_text);
        let ends = text("expiresAt").and_then(|text| text.replace("UTC", "Z").parse::<Timestamp>().ok());
        if ends.is_none_or(|ends| ends <= self.client.parts().clock.now()) {
            return Err(expired());
        }
        text("accessToken").map(str::to_owned).ok_or_else(expired)
    }
}

impl Fetch for Sso {
    fn fetch(&self) -> BoxFuture<'_, Result<Credentials, CredentialsError>> {
        Box::pin(async move {
            let mut params = Map::new();
            params.push("roleName", self.role_name.as_str());
            params.push("accountId", self.account_id.as_str());
            params.push("accessToken", self.token()?);
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
