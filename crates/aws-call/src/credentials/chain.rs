//! The AWS CLI's order of sources: environment, profile (roles, web identity, Identity Center, keys, processes),
//! container, instance. The first that has credentials is kept.

use std::sync::Arc;

use tokio::sync::OnceCell;

use crate::BoxFuture;
use crate::call::CallOptions;
use crate::client::Client;
use crate::credentials::cached::Cached;
use crate::credentials::config::SharedConfig;
use crate::credentials::container::{self, Container};
use crate::credentials::imds::Imds;
use crate::credentials::profile::{Finder, Source};
use crate::credentials::surroundings::Surroundings;
use crate::credentials::{CredentialSource, Credentials, CredentialsError, StaticCredentials};

/// What a chain looks through.
#[derive(Debug, Clone)]
pub struct ChainSettings {
    /// The profile that the user named (`--profile`); the environment's keys then do not count. `None` takes
    /// `AWS_PROFILE`, `AWS_DEFAULT_PROFILE`, else `default`.
    pub profile: Option<String>,
    /// Both shared files.
    pub shared: SharedConfig,
    /// How STS and Identity Center are called: region, endpoint, patience. Their credentials are replaced.
    pub options: CallOptions,
}

/// The chain. It looks when it is first asked; what it found it keeps.
#[derive(Debug)]
pub struct Chain {
    client: Client,
    surroundings: Arc<dyn Surroundings>,
    settings: ChainSettings,
    found: OnceCell<Source>,
}

impl Chain {
    /// A chain that has not looked yet.
    pub fn new(client: Client, surroundings: Arc<dyn Surroundings>, settings: ChainSettings) -> Chain {
        Chain { client, surroundings, settings, found: OnceCell::new() }
    }

    fn find(&self) -> Result<Vec<Source>, CredentialsError> {
        let explicit = self.settings.profile.is_some();
        let var = |name: &&str| self.surroundings.var(name);
        let named = self.settings.profile.clone();
        let named = named.or_else(|| ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"].iter().find_map(var));
        let shared = &self.settings.shared;
        if let Some(name) = &named
            && !shared.profiles.contains_key(name)
        {
            let text = format!("The config profile ({name}) could not be found");
            return Err(CredentialsError::Configuration(text));
        }
        if !explicit && let Some(keys) = from_environment(self.surroundings.as_ref())? {
            return Ok(vec![keys]);
        }
        let finder = Finder {
            client: &self.client,
            options: &self.settings.options,
            surroundings: &self.surroundings,
            shared,
            environment: !explicit,
        };
        if let Some(source) = finder.of_profile(named.as_deref().unwrap_or("default"))? {
            return Ok(vec![source]);
        }
        let container = from_container(&self.client, &self.surroundings).into_iter();
        Ok(container.chain(from_instance(&self.client, &self.surroundings)).collect())
    }

    /// Tries what was found; an instance's service that does not answer counts as absent.
    async fn first(&self) -> Result<Source, CredentialsError> {
        let found = self.find()?;
        let Some(source) = found.into_iter().next() else { return Err(CredentialsError::None) };
        match source.credentials().await {
            Err(CredentialsError::Fetch { provider: "iam-role", .. }) => Err(CredentialsError::None),
            Err(error) => Err(error),
            Ok(_) => Ok(source),
        }
    }
}

impl CredentialSource for Chain {
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, CredentialsError>> {
        Box::pin(async move { self.found.get_or_try_init(|| self.first()).await?.credentials().await })
    }
}

/// The keys that the environment has, if any.
pub(super) fn from_environment(surroundings: &dyn Surroundings) -> Result<Option<Source>, CredentialsError> {
    let var = |name: &str| surroundings.var(name);
    let Some(id) = var("AWS_ACCESS_KEY_ID") else { return Ok(None) };
    let Some(secret) = var("AWS_SECRET_ACCESS_KEY") else {
        return Err(partial("env", "AWS_SECRET_ACCESS_KEY"));
    };
    let mut credentials = Credentials::new(id, secret);
    credentials.session_token = var("AWS_SESSION_TOKEN").or_else(|| var("AWS_SECURITY_TOKEN"));
    credentials.account_id = var("AWS_ACCOUNT_ID");
    credentials.expires = var("AWS_CREDENTIAL_EXPIRATION").and_then(|text| text.parse().ok());
    credentials.method = "env";
    Ok(Some(Arc::new(StaticCredentials::new(credentials))))
}

/// The AWS CLI's text for keys of which one half is missing.
pub(super) fn partial(provider: &str, missing: &str) -> CredentialsError {
    CredentialsError::Configuration(format!("Partial credentials found in {provider}, missing: {missing}"))
}

/// The container's service, if the environment names one.
pub(super) fn from_container(client: &Client, surroundings: &Arc<dyn Surroundings>) -> Option<Source> {
    let url = container::url(surroundings.as_ref())?;
    let source = Container { client: client.clone(), surroundings: surroundings.clone(), url };
    Some(Arc::new(Cached::new(source, client.parts().clock.clone())))
}

/// The instance's service, unless it is turned off.
pub(super) fn from_instance(client: &Client, surroundings: &Arc<dyn Surroundings>) -> Option<Source> {
    let source = Imds::new(client.clone(), surroundings)?;
    Some(Arc::new(Cached::new(source, client.parts().clock.clone())))
}
