//! The AWS engine in the real world: this machine's environment, files and network.

mod machine;
mod options;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use aws_call::credentials::config::SharedConfig;
use aws_call::credentials::{Chain, ChainSettings};
use aws_call::{CallOptions, Client, CredentialSource, WriteRetries};
use aws_cli::{Environment, Globals};
use aws_model::Catalog;

use crate::config::is_loopback;
use machine::Machine;

/// What a command line of the terminal sees.
pub(crate) fn environment(vars: BTreeMap<String, String>) -> Environment {
    machine::environment(vars)
}

/// The models of this binary, and those that the user has added.
pub(crate) fn catalog(vars: &BTreeMap<String, String>) -> Catalog {
    let mut folders: Vec<PathBuf> =
        vars.get("AWS_DATA_PATH").map(|paths| std::env::split_paths(paths).collect()).unwrap_or_default();
    folders.extend(machine::home(vars).map(|home| home.join(".aws/models")));
    folders.retain(|folder| folder.is_dir());
    if folders.is_empty() { Catalog::embedded() } else { Catalog::embedded().with_directories(folders) }
}

/// Whether every service is called on this machine: a test's AWS, not a real one.
pub(crate) fn is_local(vars: &BTreeMap<String, String>) -> bool {
    let local = |url: &String| {
        let host = url.parse::<axum::http::Uri>().ok().and_then(|url| url.host().map(str::to_owned));
        host.is_some_and(|host| is_loopback(&host))
    };
    let own = vars.iter().filter(|(name, _)| name.starts_with("AWS_ENDPOINT_URL_"));
    vars.get("AWS_ENDPOINT_URL").is_some_and(local) && own.map(|(_, url)| url).all(local)
}

/// Where settings are found.
struct World {
    catalog: Catalog,
    machine: Arc<Machine>,
    shared: SharedConfig,
    profile: String,
}

/// How calls are made here: settings, and the caller's own credentials.
pub(crate) struct Engine {
    world: World,
    /// The chain; it looks when it is first asked.
    credentials: Arc<dyn CredentialSource>,
    writes: WriteRetries,
}

impl Engine {
    /// For a line of the terminal, which may name a profile and retries as the AWS CLI does.
    ///
    /// # Errors
    /// A shared file cannot be read as one.
    pub(crate) fn for_terminal(env: &Environment, globals: &Globals, client: &Client) -> Result<Engine> {
        Engine::new(env.clone(), globals, client, WriteRetries::LikeAwsCli)
    }

    /// For commands from Slack: a write that may have happened is not repeated.
    ///
    /// # Errors
    /// A shared file cannot be read as one.
    pub(crate) fn for_chat(vars: BTreeMap<String, String>, client: &Client) -> Result<Engine> {
        Engine::new(environment(vars), &Globals::default(), client, WriteRetries::Careful)
    }

    fn new(env: Environment, globals: &Globals, client: &Client, writes: WriteRetries) -> Result<Engine> {
        let machine = Arc::new(Machine(env));
        let shared = SharedConfig::load(machine.as_ref())?;
        let from_environment =
            ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"].iter().find_map(|name| machine.0.var(name));
        let from_environment = from_environment.map(str::to_owned);
        // Only a profile named on the line itself keeps the environment's keys from counting.
        let explicit = globals.profile.clone().filter(|_| globals.profile != from_environment);
        let profile = explicit.clone().or(from_environment).unwrap_or_else(|| "default".to_owned());
        let world = World { catalog: client.parts().catalog.clone(), machine, shared, profile };
        let settings = ChainSettings {
            profile: explicit,
            shared: world.shared.clone(),
            options: options::read(&world, globals, "sts"),
        };
        let surroundings = Arc::clone(&world.machine);
        let credentials = Arc::new(Chain::new(client.clone(), surroundings, settings));
        Ok(Engine { world, credentials, writes })
    }

    /// The caller's own credentials.
    pub(crate) fn credentials(&self) -> Arc<dyn CredentialSource> {
        Arc::clone(&self.credentials)
    }

    /// What calls of that service (`ec2`) start from.
    pub(crate) fn options(&self, globals: &Globals, service: &str) -> CallOptions {
        let mut options = options::read(&self.world, globals, service);
        if !globals.unsigned {
            options.credentials = Some(self.credentials());
        }
        options.retry.writes = self.writes;
        options
    }

    /// The output format that the profile names.
    pub(crate) fn output(&self) -> Option<String> {
        self.world.shared.profile(&self.world.profile).get("output").map(str::to_owned)
    }
}
