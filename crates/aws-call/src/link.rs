//! Links of one's own making, signed in their query: what EKS, RDS and DSQL take as a password.

use crate::call::CallOptions;
use crate::client::Client;
use crate::credentials::CredentialsError;
use crate::error::NotSent;
use crate::message::RequestParts;
use crate::outgoing::Outgoing;
use crate::sign::Scheme;

/// A GET request that is signed and never sent from here.
#[derive(Debug, Clone, Copy)]
pub struct Link<'a> {
    /// The address: scheme, host, and port where it is not the scheme's own.
    pub address: &'a str,
    /// The query in order, not encoded.
    pub query: &'a [(&'a str, &'a str)],
    /// Headers that whoever opens the link must send, too.
    pub headers: &'a [(&'a str, &'a str)],
    /// The service's signing name.
    pub signing_name: &'a str,
}

impl Client {
    /// Signs a link with the options' credentials for their region; it is good for so many seconds.
    ///
    /// # Errors
    ///
    /// No credentials, no region, an address that is none.
    pub async fn sign_link(
        &self,
        link: &Link<'_>,
        options: &CallOptions,
        seconds: u32,
    ) -> Result<String, NotSent> {
        let region = options.region.clone().ok_or(NotSent::NoRegion)?;
        let source = options.credentials.as_ref().ok_or(NotSent::Credentials(CredentialsError::None))?;
        let credentials = source.credentials().await?;
        let owned = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let parts = RequestParts {
            method: "GET".to_owned(),
            path: "/".to_owned(),
            query: owned(link.query),
            headers: owned(link.headers),
            ..RequestParts::default()
        };
        let outgoing = Outgoing::new(parts, link.address, false);
        let mut outgoing =
            outgoing.ok_or_else(|| NotSent::Endpoint(format!("no address: {}", link.address)))?;
        let scheme = Scheme::new(link.signing_name, region);
        self.signer(&credentials).presign(&mut outgoing, &scheme, seconds)?;
        Ok(outgoing.url())
    }
}
