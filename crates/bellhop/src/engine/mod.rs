//! The AWS engine in the real world: this machine's environment, files and network.

mod machine;
mod options;
mod trace;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use aws_call::credentials::config::{SharedConfig, endpoint_url};
use aws_call::credentials::{Chain, ChainSettings};
use aws_call::transport::{HyperTransport, Proxies, Transport, Trust};
use aws_call::{CallOptions, Client, ClientParts, CredentialSource, OsRandom, SystemClock, WriteRetries};
use aws_cli::{Environment, Globals};
use aws_model::Catalog;

use crate::config::is_loopback;
use machine::Machine;
use trace::Traced;

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
    let named = vars.get("AWS_ENDPOINT_URL").is_some_and(local) && own.map(|(_, url)| url).all(local);
    named && endpoint_in_use(vars).as_ref().is_some_and(local)
}

/// Where calls go once it is seen whether the environment or the profile forgets configured endpoints.
fn endpoint_in_use(vars: &BTreeMap<String, String>) -> Option<String> {
    let world = World::look(environment(vars.clone()), &Globals::default(), Catalog::embedded()).ok()?;
    endpoint_url(world.machine.as_ref(), &world.shared, &world.profile, "STS")
}

/// Where settings are found.
struct World {
    catalog: Catalog,
    machine: Arc<Machine>,
    shared: SharedConfig,
    profile: String,
}

impl World {
    fn look(env: Environment, globals: &Globals, catalog: Catalog) -> Result<World> {
        let machine = Arc::new(Machine(env));
        let shared = SharedConfig::load(machine.as_ref())?;
        let from_environment = profile_of_environment(&machine.0);
        let named = globals.profile.clone().or(from_environment);
        if let Some(name) = named.as_ref().filter(|name| !shared.profiles.contains_key(*name)) {
            anyhow::bail!("The config profile ({name}) could not be found");
        }
        let profile = named.unwrap_or_else(|| "default".to_owned());
        Ok(World { catalog, machine, shared, profile })
    }

    /// A setting of the profile.
    fn setting(&self, name: &str) -> Option<String> {
        self.shared.profile(&self.profile).get(name).map(str::to_owned)
    }

    /// The transport that the options of the line and the profile ask for.
    fn transport(&self, globals: &Globals) -> Result<Arc<dyn Transport>> {
        let trust = match globals.ca_bundle.clone().or_else(|| self.setting("ca_bundle")) {
            _ if globals.no_verify_ssl => Trust::Anyone,
            None => Trust::Mozilla,
            Some(path) => {
                let env = &self.machine.0;
                let pem = env.files.read(&env.expand_path(&path));
                Trust::Bundle(pem.with_context(|| format!("the bundle {path} cannot be read"))?)
            }
        };
        let transport: Arc<dyn Transport> =
            Arc::new(HyperTransport::through(proxies(&self.machine.0)?, trust));
        Ok(if globals.debug { Arc::new(Traced(transport)) } else { transport })
    }
}

/// The client of a server: for AWS, and for Slack's addresses.
///
/// # Errors
/// The environment names a proxy that cannot be spoken to.
pub(crate) fn client(vars: &BTreeMap<String, String>, catalog: Catalog) -> Result<Client> {
    let proxies = proxies(&environment(vars.clone()))?;
    Ok(Client::from_parts(ClientParts {
        transport: Arc::new(HyperTransport::through(proxies, Trust::Mozilla)),
        clock: Arc::new(SystemClock),
        random: Arc::new(OsRandom),
        catalog,
    }))
}

/// The proxy that the environment names, as for other programs: names in lower case win.
///
/// # Errors
/// It cannot be spoken to.
pub(crate) fn proxies(env: &Environment) -> Result<Proxies> {
    let first = |names: [&str; 2]| names.into_iter().find_map(|name| env.var(name)).map(str::to_owned);
    let (proxy, except) = (first(["https_proxy", "HTTPS_PROXY"]), first(["no_proxy", "NO_PROXY"]));
    Proxies::read(proxy.as_deref(), except.as_deref()).context("HTTPS_PROXY")
}

fn profile_of_environment(env: &Environment) -> Option<String> {
    ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"].iter().find_map(|name| env.var(name)).map(str::to_owned)
}

/// How calls are made here: settings, and the caller's own credentials.
pub(crate) struct Engine {
    world: World,
    client: Client,
    /// The chain; it looks when it is first asked.
    credentials: Arc<dyn CredentialSource>,
    writes: WriteRetries,
}

impl Engine {
    /// For a line of the terminal, which may name a profile, retries, timeouts and trust as the AWS CLI does.
    ///
    /// # Errors
    /// A shared file cannot be read as one, the profile does not exist, or a bundle of authorities cannot be read.
    pub(crate) fn for_terminal(env: &Environment, globals: &Globals, catalog: Catalog) -> Result<Engine> {
        let world = World::look(env.clone(), globals, catalog.clone())?;
        let client = Client::from_parts(ClientParts {
            transport: world.transport(globals)?,
            clock: Arc::new(SystemClock),
            random: Arc::new(OsRandom),
            catalog,
        });
        Ok(Engine::new(world, globals, client, WriteRetries::LikeAwsCli))
    }

    /// For commands from Slack: a write that may have happened is not repeated.
    ///
    /// # Errors
    /// A shared file cannot be read as one, or the environment's profile does not exist.
    pub(crate) fn for_chat(vars: BTreeMap<String, String>, client: &Client) -> Result<Engine> {
        let globals = Globals::default();
        let world = World::look(environment(vars), &globals, client.parts().catalog.clone())?;
        Ok(Engine::new(world, &globals, client.clone(), WriteRetries::Careful))
    }

    fn new(world: World, globals: &Globals, client: Client, writes: WriteRetries) -> Engine {
        // Only a profile named on the line itself keeps the environment's keys from counting.
        let from_environment = profile_of_environment(&world.machine.0);
        let explicit = globals.profile.clone().filter(|_| globals.profile != from_environment);
        let settings = ChainSettings {
            profile: explicit,
            shared: world.shared.clone(),
            options: options::read(&world, globals, "sts"),
        };
        let surroundings = Arc::clone(&world.machine);
        let credentials = Arc::new(Chain::new(client.clone(), surroundings, settings));
        Engine { world, client, credentials, writes }
    }

    /// The client that goes with these settings.
    pub(crate) fn client(&self) -> &Client {
        &self.client
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

    /// What the profile says where neither the line nor the environment does.
    pub(crate) fn complete(&self, globals: &mut Globals) {
        globals.output = globals.output.take().or_else(|| self.world.setting("output"));
        globals.error_format = globals.error_format.take().or_else(|| self.world.setting("cli_error_format"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgotten_endpoints_are_no_local_aws() {
        let is = |vars: &[(&str, &str)]| {
            let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            let base = [("AWS_CONFIG_FILE", "/dev/null"), ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")];
            is_local(&base.iter().chain(vars).map(own).collect())
        };
        let here = ("AWS_ENDPOINT_URL", "http://127.0.0.1:5000");
        assert!(is(&[here]));
        assert!(!is(&[]));
        assert!(!is(&[("AWS_ENDPOINT_URL", "http://127.0.0.1.example.com/")]));
        assert!(!is(&[here, ("AWS_ENDPOINT_URL_EC2", "https://ec2.us-east-1.amazonaws.com")]));
        assert!(!is(&[here, ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")]));
    }
}
