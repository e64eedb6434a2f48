//! Credentials that ECS and EKS hand to a container over local HTTP.

use std::sync::Arc;

use crate::BoxFuture;
use crate::client::Client;
use crate::credentials::cached::Fetch;
use crate::credentials::imds::{get, split_host};
use crate::credentials::surroundings::{Surroundings, expand};
use crate::credentials::{Credentials, CredentialsError, json};

const PROVIDER: &str = "container-role";
/// Addresses that may be asked without TLS: ECS's, EKS's, the machine's own.
const HOSTS: [&str; 5] = ["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]", "localhost", "[::1]"];

#[derive(Debug)]
pub(super) struct Container {
    pub(super) client: Client,
    pub(super) surroundings: Arc<dyn Surroundings>,
    pub(super) url: String,
}

fn fault(reason: impl Into<String>) -> CredentialsError {
    CredentialsError::Fetch { provider: PROVIDER, reason: reason.into(), code: None }
}

/// The URL that the environment names, if it names one.
pub(super) fn url(surroundings: &dyn Surroundings) -> Option<String> {
    match surroundings.var("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
        Some(path) => Some(format!("http://169.254.170.2{path}")),
        None => surroundings.var("AWS_CONTAINER_CREDENTIALS_FULL_URI"),
    }
}

fn is_allowed(url: &str) -> bool {
    let Some((scheme, host)) = split_host(url) else { return false };
    let loopback = host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback());
    scheme == "https" || loopback || HOSTS.contains(&host)
}

impl Container {
    fn token(&self) -> Result<Option<String>, CredentialsError> {
        let variable = |name: &str| self.surroundings.var(name);
        let token = match variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
            Some(file) => {
                let path = expand(&file, self.surroundings.as_ref());
                let bytes = self.surroundings.read(&path).map_err(|error| fault(error.to_string()))?;
                Some(String::from_utf8(bytes).map_err(|_| fault("the token is not UTF-8"))?)
            }
            None => variable("AWS_CONTAINER_AUTHORIZATION_TOKEN"),
        };
        match token {
            Some(token) if token.contains(['\r', '\n']) => Err(fault("the token has several lines")),
            token => Ok(token),
        }
    }
}

impl Fetch for Container {
    fn fetch(&self) -> BoxFuture<'_, Result<Credentials, CredentialsError>> {
        Box::pin(async move {
            if !is_allowed(&self.url) {
                return Err(fault("the configured URL is neither https nor the machine's own"));
            }
            let token = self.token()?;
            let mut headers = vec![("accept", "application/json")];
            headers.extend(token.as_deref().map(|token| ("authorization", token)));
            let (status, body) = get(&self.client, "GET", &self.url, &headers).await.map_err(fault)?;
            if status != 200 {
                return Err(fault(format!("status {status}")));
            }
            json::read(&body, PROVIDER)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_addresses_go_without_tls() {
        for (url, expected) in [
            ("http://169.254.170.2/v2/x", true),
            ("http://127.0.0.1:8080/x", true),
            ("https://example.com/x", true),
            ("http://example.com/x", false),
            ("http://169.254.170.2@example.com/x", false),
            ("http://127.0.0.1.example.com/x", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(is_allowed(url), expected, "{url}");
        }
    }
}
