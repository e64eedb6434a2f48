//! Where credentials come from.
//!
//! Invariants: secrets never show in `Debug` or `Display`; sources that fetch keep what they fetched, renew it before
//! it expires, and fetch once however many ask at a time.

pub(crate) mod assume_role;
mod cached;
mod chain;
pub mod config;
mod container;
mod imds;
mod json;
mod process;
mod profile;
mod sso;
mod static_source;
mod surroundings;
mod web_identity;

use std::fmt;

use jiff::Timestamp;

use crate::BoxFuture;

pub use assume_role::{AssumeRole, AssumedRole};
pub use cached::{Cached, Fetch};
pub use chain::{Chain, ChainSettings};
pub use static_source::StaticCredentials;
pub use surroundings::Surroundings;

/// What signs a request.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The access key's id, which is no secret.
    pub access_key_id: String,
    /// The secret key.
    pub secret_access_key: String,
    /// The token of temporary credentials.
    pub session_token: Option<String>,
    /// The account they belong to, where it is known.
    pub account_id: Option<String>,
    /// When they end; `None` for lasting ones.
    pub expires: Option<Timestamp>,
    /// Which kind of source gave them, `env`, `shared-credentials-file` (the AWS CLI's names).
    pub method: &'static str,
}

impl Credentials {
    /// Lasting credentials.
    pub fn new(access_key_id: impl Into<String>, secret_access_key: impl Into<String>) -> Credentials {
        Credentials {
            access_key_id: access_key_id.into(),
            secret_access_key: secret_access_key.into(),
            session_token: None,
            account_id: None,
            expires: None,
            method: "explicit",
        }
    }
}

/// Shows the access key's id only.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .field("session_token", &self.session_token.as_ref().map(|_| "…"))
            .field("account_id", &self.account_id)
            .field("expires", &self.expires)
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

/// Something that gives credentials, whenever a request is signed.
pub trait CredentialSource: Send + Sync + fmt::Debug {
    /// Credentials that are good now.
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, CredentialsError>>;
}

/// Why there are no credentials.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CredentialsError {
    /// No source has any.
    #[error("no source has credentials")]
    None,
    /// What is configured is incomplete or contradicts itself; the text says where.
    #[error("{0}")]
    Configuration(String),
    /// A source that should have credentials could not give them.
    #[error("{provider} gave no credentials: {reason}")]
    Fetch {
        /// Which source, `assume-role`.
        provider: &'static str,
        /// What went wrong, without secrets.
        reason: String,
        /// The service's error code, where a service refused (`AccessDenied`).
        code: Option<String>,
    },
}
