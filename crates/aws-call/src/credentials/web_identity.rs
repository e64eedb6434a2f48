//! Credentials for a token of another identity provider, which lies in a file that others keep fresh.

use std::sync::Arc;

use value::Map;

use crate::BoxFuture;
use crate::call::CallOptions;
use crate::client::Client;
use crate::credentials::assume_role::{call_sts, from_sts};
use crate::credentials::cached::Fetch;
use crate::credentials::surroundings::{Surroundings, expand};
use crate::credentials::{Credentials, CredentialsError};

const PROVIDER: &str = "assume-role-with-web-identity";

#[derive(Debug)]
pub(super) struct WebIdentity {
    pub(super) client: Client,
    pub(super) options: CallOptions,
    pub(super) surroundings: Arc<dyn Surroundings>,
    pub(super) token_file: String,
    pub(super) role_arn: String,
    pub(super) session_name: String,
}

impl Fetch for WebIdentity {
    fn fetch(&self) -> BoxFuture<'_, Result<Credentials, CredentialsError>> {
        Box::pin(async move {
            let fault = |reason: String| CredentialsError::Fetch { provider: PROVIDER, reason, code: None };
            let path = expand(&self.token_file, self.surroundings.as_ref());
            let token =
                self.surroundings.read(&path).map_err(|error| fault(format!("token file: {error}")))?;
            let token = String::from_utf8(token).map_err(|_| fault("token file: not UTF-8".to_owned()))?;
            let mut params = Map::new();
            params.push("RoleArn", self.role_arn.as_str());
            params.push("RoleSessionName", self.session_name.as_str());
            params.push("WebIdentityToken", token.trim_end());
            let operation = "AssumeRoleWithWebIdentity";
            let answer = call_sts(&self.client, operation, params, &self.options, PROVIDER).await?;
            from_sts(&answer, PROVIDER)
        })
    }
}
