//! Credentials of a role, from STS through the client itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use value::{Map, Value};

use crate::BoxFuture;
use crate::call::{Call, CallOptions, WriteRetries};
use crate::client::Client;
use crate::credentials::cached::{Cached, Fetch};
use crate::credentials::{CredentialSource, Credentials, CredentialsError};
use crate::error::CallError;
use crate::message::Answer;

/// Which role, and as whom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AssumeRole {
    /// The role's ARN.
    pub role_arn: String,
    /// The name of the session, which AWS's logs show.
    pub session_name: String,
    /// The source identity, which stays through further roles.
    pub source_identity: Option<String>,
    /// Session tags.
    pub tags: Vec<(String, String)>,
    /// What the role's trust policy may ask of third parties.
    pub external_id: Option<String>,
    /// A policy that cuts the session's rights.
    pub policy: Option<String>,
    /// How long the session lasts; STS's own default is an hour.
    pub duration: Option<Duration>,
    /// The serial number of a device, and the code it shows, where the role asks for one.
    pub mfa: Option<(String, String)>,
}

/// Credentials of a role: kept, renewed before they expire, fetched once however many ask at a time.
#[derive(Debug, Clone)]
pub struct AssumedRole(Cached);

impl AssumedRole {
    /// The role, assumed by those who `base` gives credentials for. `options` say where STS is (region, endpoint) and how
    /// patient to be; their credentials are replaced.
    pub fn new(
        client: Client,
        base: Arc<dyn CredentialSource>,
        options: &CallOptions,
        role: AssumeRole,
    ) -> AssumedRole {
        AssumedRole::telling(client, base, options, role, Arc::default())
    }

    /// The same, telling how much of the room for session policies and tags STS says that sessions take: the most seen, in
    /// percent (`PackedPolicySize`).
    /// Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>.
    pub fn telling(
        client: Client,
        base: Arc<dyn CredentialSource>,
        options: &CallOptions,
        role: AssumeRole,
        packed: Arc<AtomicU64>,
    ) -> AssumedRole {
        let clock = client.parts().clock.clone();
        let options = for_credentials(options, Some(base));
        AssumedRole(Cached::new(RoleFetch { client, options, role, packed }, clock))
    }
}

impl CredentialSource for AssumedRole {
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, CredentialsError>> {
        self.0.credentials()
    }
}

/// Options for calls that yield credentials: asking twice for a session does no harm.
pub(crate) fn for_credentials(options: &CallOptions, base: Option<Arc<dyn CredentialSource>>) -> CallOptions {
    let mut options = options.clone();
    options.credentials = base;
    options.retry.writes = WriteRetries::LikeAwsCli;
    options.parse = crate::ParseOptions::default();
    options
}

#[derive(Debug)]
struct RoleFetch {
    client: Client,
    options: CallOptions,
    role: AssumeRole,
    packed: Arc<AtomicU64>,
}

impl RoleFetch {
    fn params(&self) -> Map {
        let role = &self.role;
        let mut params = Map::new();
        params.push("RoleArn", role.role_arn.as_str());
        params.push("RoleSessionName", role.session_name.as_str());
        if let Some(policy) = &role.policy {
            params.push("Policy", policy.as_str());
        }
        if let Some(duration) = role.duration {
            params.push("DurationSeconds", i64::try_from(duration.as_secs()).unwrap_or(3600));
        }
        if !role.tags.is_empty() {
            let tag = |(key, value): &(String, String)| {
                Value::Map([("Key", key.as_str()), ("Value", value.as_str())].into_iter().collect())
            };
            params.push("Tags", role.tags.iter().map(tag).collect::<Vec<_>>());
        }
        if let Some(id) = &role.external_id {
            params.push("ExternalId", id.as_str());
        }
        if let Some((serial, code)) = &role.mfa {
            params.push("SerialNumber", serial.as_str());
            params.push("TokenCode", code.as_str());
        }
        if let Some(identity) = &role.source_identity {
            params.push("SourceIdentity", identity.as_str());
        }
        params
    }
}

impl Fetch for RoleFetch {
    fn fetch(&self) -> BoxFuture<'_, Result<Credentials, CredentialsError>> {
        Box::pin(async move {
            let answer =
                call_sts(&self.client, "AssumeRole", self.params(), &self.options, "assume-role").await?;
            let packed = answer.value.get("PackedPolicySize").and_then(Value::as_i64).unwrap_or(0);
            self.packed.fetch_max(u64::try_from(packed).unwrap_or(0), Ordering::Relaxed);
            from_sts(&answer, "assume-role")
        })
    }
}

/// Calls STS on behalf of a source.
pub(crate) async fn call_sts(
    client: &Client,
    operation: &str,
    params: Map,
    options: &CallOptions,
    provider: &'static str,
) -> Result<Answer, CredentialsError> {
    call(client, "sts", operation, params, options, provider).await
}

/// Calls a service on behalf of a source.
pub(crate) async fn call(
    client: &Client,
    service: &str,
    operation: &str,
    params: Map,
    options: &CallOptions,
    provider: &'static str,
) -> Result<Answer, CredentialsError> {
    let fetch = |reason: String, code| CredentialsError::Fetch { provider, reason, code };
    let service = client.parts().catalog.open(service).map_err(|error| fetch(error.to_string(), None))?;
    // The client signs with credentials, and here credentials come from the client: the box ends that circle.
    let call = Call::new(service, operation, params);
    let called: BoxFuture<'_, _> = Box::pin(client.call(&call, options));
    called.await.map_err(|error| match error.service_error() {
        Some(said) => fetch(said.to_string(), Some(said.code.clone())),
        None => fetch(reason_of(&error), None),
    })
}

/// The chain of an error's reasons.
fn reason_of(error: &CallError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}

/// Reads `Credentials` and the account from an answer of STS.
pub(crate) fn from_sts(answer: &Answer, provider: &'static str) -> Result<Credentials, CredentialsError> {
    let incomplete =
        || CredentialsError::Fetch { provider, reason: "the answer is incomplete".to_owned(), code: None };
    let given = answer.value.get("Credentials").ok_or_else(incomplete)?;
    let text = |name: &str| given.get(name).and_then(Value::as_text).map(str::to_owned);
    let expires = text("Expiration").and_then(|text| text.parse::<Timestamp>().ok());
    let arn = answer.value.get("AssumedRoleUser").and_then(|user| user.get("Arn")).and_then(Value::as_text);
    Ok(Credentials {
        access_key_id: text("AccessKeyId").ok_or_else(incomplete)?,
        secret_access_key: text("SecretAccessKey").ok_or_else(incomplete)?,
        session_token: text("SessionToken"),
        account_id: arn.and_then(|arn| arn.split(':').nth(4)).map(str::to_owned),
        expires,
        method: provider,
    })
}
