//! Credentials that are simply there.

use crate::BoxFuture;
use crate::credentials::{CredentialSource, Credentials, CredentialsError};

/// Always the same credentials.
#[derive(Debug, Clone)]
pub struct StaticCredentials(Credentials);

impl StaticCredentials {
    /// A source of those credentials.
    pub fn new(credentials: Credentials) -> StaticCredentials {
        StaticCredentials(credentials)
    }
}

impl CredentialSource for StaticCredentials {
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, CredentialsError>> {
        let credentials = self.0.clone();
        Box::pin(async move { Ok(credentials) })
    }
}
