//! Credentials in the JSON forms that processes, containers and instances give them in.

use jiff::Timestamp;
use value::Value;

use crate::credentials::{Credentials, CredentialsError};

/// Reads `AccessKeyId`, `SecretAccessKey`, the token under either of its names, `Expiration`, `AccountId`.
pub(super) fn read(text: &[u8], provider: &'static str) -> Result<Credentials, CredentialsError> {
    let fault = |reason: &str| CredentialsError::Fetch { provider, reason: reason.to_owned(), code: None };
    // What the parser says could quote the text, which is secret.
    let tree = Value::from_json(text).map_err(|_| fault("what it gave is not JSON"))?;
    from_tree(&tree, provider)
}

/// The same, from a tree.
pub(super) fn from_tree(tree: &Value, provider: &'static str) -> Result<Credentials, CredentialsError> {
    let fault = |reason: &str| CredentialsError::Fetch { provider, reason: reason.to_owned(), code: None };
    let text = |name: &str| tree.get(name).and_then(Value::as_text).map(str::to_owned);
    let expires = match text("Expiration") {
        Some(text) => Some(text.parse::<Timestamp>().map_err(|_| fault("`Expiration` is no time"))?),
        None => None,
    };
    Ok(Credentials {
        access_key_id: text("AccessKeyId").ok_or_else(|| fault("`AccessKeyId` is missing"))?,
        secret_access_key: text("SecretAccessKey").ok_or_else(|| fault("`SecretAccessKey` is missing"))?,
        session_token: text("SessionToken").or_else(|| text("Token")),
        account_id: text("AccountId"),
        expires,
        method: provider,
    })
}
