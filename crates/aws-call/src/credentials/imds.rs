//! Credentials of an EC2 instance, from its metadata service (version 2: a token first).

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::BoxFuture;
use crate::client::Client;
use crate::credentials::cached::Fetch;
use crate::credentials::surroundings::Surroundings;
use crate::credentials::{Credentials, CredentialsError, json};
use crate::transport::Limits;

const PROVIDER: &str = "iam-role";
const PATH: &str = "/latest/meta-data/iam/security-credentials/";
/// The longest answer that is read.
const LONGEST: usize = 64 * 1024;
/// Elsewhere than on an instance nobody answers, and the caller waits for this.
const PATIENCE: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Imds {
    client: Client,
    endpoint: String,
}

fn fault(reason: impl Into<String>) -> CredentialsError {
    CredentialsError::Fetch { provider: PROVIDER, reason: reason.into(), code: None }
}

impl Imds {
    /// The instance's service, unless the environment turns it off.
    pub(super) fn new(client: Client, surroundings: &Arc<dyn Surroundings>) -> Option<Imds> {
        let disabled = surroundings.var("AWS_EC2_METADATA_DISABLED");
        if disabled.is_some_and(|text| text.eq_ignore_ascii_case("true")) {
            return None;
        }
        let endpoint = surroundings.var("AWS_EC2_METADATA_SERVICE_ENDPOINT");
        let v6 = surroundings.var("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
        let usual = match v6 {
            Some(mode) if mode.eq_ignore_ascii_case("ipv6") => "http://[fd00:ec2::254]",
            _ => "http://169.254.169.254",
        };
        let endpoint = endpoint.unwrap_or_else(|| usual.to_owned());
        Some(Imds { client, endpoint: endpoint.trim_end_matches('/').to_owned() })
    }

    async fn text(&self, method: &str, path: &str, header: (&str, &str)) -> Result<String, CredentialsError> {
        let url = format!("{}{path}", self.endpoint);
        let (status, body) = get(&self.client, method, &url, &[header]).await.map_err(fault)?;
        if status != 200 {
            return Err(fault(format!("status {status}")));
        }
        String::from_utf8(body.to_vec()).map_err(|_| fault("an answer is not UTF-8"))
    }
}

impl Fetch for Imds {
    fn fetch(&self) -> BoxFuture<'_, Result<Credentials, CredentialsError>> {
        Box::pin(async move {
            let lifetime = ("x-aws-ec2-metadata-token-ttl-seconds", "21600");
            let token = self.text("PUT", "/latest/api/token", lifetime).await?;
            let shown = ("x-aws-ec2-metadata-token", token.trim());
            let role = self.text("GET", PATH, shown).await?;
            let role = role.lines().next().unwrap_or_default().trim();
            let given = self.text("GET", &format!("{PATH}{role}"), shown).await?;
            json::read(given.as_bytes(), PROVIDER)
        })
    }
}

/// Scheme and host of a URL.
pub(super) fn split_host(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    if authority.contains('@') {
        return None;
    }
    let end = authority.rfind(']').map_or(0, |index| index + 1);
    let host = authority[end..].find(':').map_or(authority, |colon| &authority[..end + colon]);
    Some((scheme, host))
}

/// One small exchange with a local service: status and body, or a reason without secrets.
pub(super) async fn get(
    client: &Client,
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
) -> Result<(u16, Bytes), String> {
    let mut request = http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Bytes::new()).map_err(|error| error.to_string())?;
    let limits = Limits { connect: Some(PATIENCE), read: Some(PATIENCE), total: Some(PATIENCE * 5) };
    let answer = client.parts().transport.send(request, limits).await.map_err(|error| error.to_string())?;
    let (status, mut body) = (answer.status, answer.body);
    let mut whole = Vec::new();
    while let Some(piece) = body.next().await.map_err(|error| error.to_string())? {
        whole.extend_from_slice(&piece);
        if whole.len() > LONGEST {
            return Err("an answer is too long".to_owned());
        }
    }
    Ok((status, whole.into()))
}
