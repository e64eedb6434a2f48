//! What a profile of the shared files says about credentials.

use std::sync::Arc;
use std::time::Duration;

use crate::call::CallOptions;
use crate::client::Client;
use crate::credentials::assume_role::for_credentials;
use crate::credentials::cached::{Cached, Fetch};
use crate::credentials::chain::{from_container, from_environment, from_instance, partial};
use crate::credentials::config::{Section, SharedConfig};
use crate::credentials::process::Process;
use crate::credentials::sso::Sso;
use crate::credentials::surroundings::Surroundings;
use crate::credentials::web_identity::WebIdentity;
use crate::credentials::{
    AssumeRole, AssumedRole, CredentialSource, Credentials, CredentialsError, StaticCredentials,
};

/// A source that others may share.
pub(super) type Source = Arc<dyn CredentialSource>;

type Found = Result<Option<Source>, CredentialsError>;

/// Turns profiles into sources.
pub(super) struct Finder<'a> {
    pub(super) client: &'a Client,
    pub(super) options: &'a CallOptions,
    pub(super) surroundings: &'a Arc<dyn Surroundings>,
    pub(super) shared: &'a SharedConfig,
    /// Whether the environment's web identity counts.
    pub(super) environment: bool,
}

fn configuration(text: String) -> CredentialsError {
    CredentialsError::Configuration(text)
}

impl Finder<'_> {
    /// What the profile says, its role first; `None` if it says nothing of credentials.
    pub(super) fn of_profile(&self, name: &str) -> Found {
        self.of_profile_after(name, &mut Vec::new())
    }

    /// `visited` are the profiles that led here.
    fn of_profile_after(&self, name: &str, visited: &mut Vec<String>) -> Found {
        let section = self.shared.profile(name);
        if section.get("role_arn").is_some() && section.get("web_identity_token_file").is_none() {
            return self.role(name, &section, visited).map(Some);
        }
        self.own(name, &section)
    }

    /// What the profile says besides a role that it names.
    fn own(&self, name: &str, section: &Section) -> Found {
        if let Some(source) = self.web_identity(section)? {
            return Ok(Some(source));
        }
        if let Some(source) = self.sso(name, section)? {
            return Ok(Some(source));
        }
        if let Some(source) = keys(section)? {
            return Ok(Some(source));
        }
        let Some(command) = section.get("credential_process") else { return Ok(None) };
        let command = command.to_owned();
        Ok(Some(self.keep(Process { command, surroundings: self.surroundings.clone() })))
    }

    fn keep(&self, source: impl Fetch + 'static) -> Source {
        Arc::new(Cached::new(source, self.client.parts().clock.clone()))
    }

    fn role(
        &self,
        name: &str,
        section: &Section,
        visited: &mut Vec<String>,
    ) -> Result<Source, CredentialsError> {
        let base = match (section.get("source_profile"), section.get("credential_source")) {
            (Some(_), Some(_)) => {
                return Err(configuration(format!(
                    "The profile \"{name}\" contains both source_profile and credential_source."
                )));
            }
            (None, None) => return Err(partial("assume-role", "source_profile or credential_source")),
            (Some(source), None) => self.source_profile(name, source, visited)?,
            (None, Some(source)) => self.named_source(name, source)?,
        };
        let mfa = match section.get("mfa_serial") {
            Some(serial) => {
                let code = self.surroundings.ask(&format!("Enter MFA code for {serial}: "));
                let code =
                    code.map_err(|_| configuration("an MFA code cannot be asked for here".to_owned()))?;
                Some((serial.to_owned(), code))
            }
            None => None,
        };
        let role = AssumeRole {
            role_arn: section.get("role_arn").unwrap_or_default().to_owned(),
            session_name: self.session_name(section),
            external_id: section.get("external_id").map(str::to_owned),
            duration: section
                .get("duration_seconds")
                .and_then(|text| text.parse().ok())
                .map(Duration::from_secs),
            mfa,
            ..AssumeRole::default()
        };
        Ok(Arc::new(AssumedRole::new(self.client.clone(), base, self.options, role)))
    }

    fn session_name(&self, section: &Section) -> String {
        let given = section.get("role_session_name").map(str::to_owned);
        given.unwrap_or_else(|| format!("bellhop-session-{}", self.client.parts().clock.now().as_second()))
    }

    fn source_profile(
        &self,
        name: &str,
        source: &str,
        visited: &mut Vec<String>,
    ) -> Result<Source, CredentialsError> {
        if !self.shared.profiles.contains_key(source) {
            return Err(configuration(format!(
                "The source_profile \"{source}\" referenced in the profile \"{name}\" does not exist."
            )));
        }
        let section = self.shared.profile(source);
        visited.push(name.to_owned());
        // A profile may lead to its own keys, but to no profile twice.
        let found = if source == name {
            keys(&section)?
        } else if visited.iter().any(|seen| seen == source) {
            None
        } else {
            self.of_profile_after(source, visited)?
        };
        match found {
            Some(found) => Ok(found),
            None if visited.iter().any(|seen| seen == source) => Err(configuration(format!(
                "Infinite loop in credential configuration detected. Attempting to load from profile {source} which \
                 has already been visited. Visited profiles: {visited:?}"
            ))),
            None => Err(configuration(format!("The source profile \"{source}\" must have credentials."))),
        }
    }

    fn named_source(&self, name: &str, source: &str) -> Result<Source, CredentialsError> {
        let found = match source.to_ascii_lowercase().as_str() {
            "environment" => from_environment(self.surroundings.as_ref())?,
            "ecscontainer" => from_container(self.client, self.surroundings),
            "ec2instancemetadata" => from_instance(self.client, self.surroundings),
            _ => {
                return Err(configuration(format!(
                    "The credential source \"{source}\" referenced in profile \"{name}\" is not valid."
                )));
            }
        };
        found.ok_or_else(|| CredentialsError::Fetch {
            provider: "assume-role",
            reason: format!(
                "no credentials found in credential_source {source} referenced in profile {name}"
            ),
            code: None,
        })
    }

    fn web_identity(&self, section: &Section) -> Found {
        let var = |name: &str| if self.environment { self.surroundings.var(name) } else { None };
        let setting =
            |variable: &str, name: &str| var(variable).or_else(|| section.get(name).map(str::to_owned));
        let Some(token_file) = setting("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file") else {
            return Ok(None);
        };
        let Some(role_arn) = setting("AWS_ROLE_ARN", "role_arn") else {
            return Err(configuration(
                "The provided profile or the current environment is configured to assume role with web identity but \
                 has no role ARN configured. Ensure that the profile has the role_arn configuration set or the \
                 AWS_ROLE_ARN env var is set."
                    .to_owned(),
            ));
        };
        let session_name = var("AWS_ROLE_SESSION_NAME").unwrap_or_else(|| self.session_name(section));
        Ok(Some(self.keep(WebIdentity {
            client: self.client.clone(),
            options: for_credentials(self.options, None),
            surroundings: self.surroundings.clone(),
            token_file,
            role_arn,
            session_name,
        })))
    }

    fn sso(&self, name: &str, section: &Section) -> Found {
        let session_name = section.get("sso_session");
        if session_name.is_none() && section.get("sso_start_url").is_none() {
            return Ok(None);
        }
        let session = match session_name {
            Some(session) => self.shared.sso_sessions.get(session).ok_or_else(|| {
                configuration(format!("The specified sso-session does not exist: \"{session}\""))
            })?,
            None => section,
        };
        let needed = |setting: &str| {
            let value = section.get(setting).or_else(|| session.get(setting));
            value.map(str::to_owned).ok_or_else(|| {
                configuration(format!(
                    "The profile \"{name}\" is configured to use SSO but is missing required configuration: {setting}"
                ))
            })
        };
        let mut options = for_credentials(self.options, None);
        options.region = Some(needed("sso_region")?);
        let start_url = needed("sso_start_url")?;
        Ok(Some(self.keep(Sso {
            client: self.client.clone(),
            options,
            surroundings: self.surroundings.clone(),
            token_key: session_name.map_or(start_url, str::to_owned),
            account_id: needed("sso_account_id")?,
            role_name: needed("sso_role_name")?,
        })))
    }
}

/// Keys that stand in the profile itself.
fn keys(section: &Section) -> Found {
    let Some(id) = section.get("aws_access_key_id") else { return Ok(None) };
    let Some(secret) = section.get("aws_secret_access_key") else {
        return Err(partial("shared-credentials-file", "aws_secret_access_key"));
    };
    let mut credentials = Credentials::new(id, secret);
    credentials.session_token = section.get("aws_session_token").map(str::to_owned);
    credentials.account_id = section.get("aws_account_id").map(str::to_owned);
    credentials.method = "shared-credentials-file";
    Ok(Some(Arc::new(StaticCredentials::new(credentials))))
}
