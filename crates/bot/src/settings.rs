//! What an operator can set about the flow.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_cli::Environment;
use slack::{ResponseUrlBases, Secret};

/// Settings of the flow. `Default` is what `bellhop serve` has without further configuration.
#[derive(Clone)]
pub struct Settings {
    /// Where answers may be posted to.
    pub response_bases: ResponseUrlBases,
    /// Workspaces that are served; empty means all that know the signing secret.
    pub allowed_teams: Vec<String>,
    /// The superseded verification token, where it is asked for besides the signature.
    pub verification_token: Option<Secret>,
    /// What stands before the text of a slash command: `/infra-search` → `find`. Others have nothing before them.
    pub commands: BTreeMap<String, String>,
    /// How many commands run at a time.
    pub workers: usize,
    /// How long one command may take.
    pub time_limit: Duration,
    /// How long an identical write counts as typed again by mistake.
    pub repeat_window: Duration,
    /// How long a caller may take to confirm.
    pub confirm_within: Duration,
    /// How long approvers may take.
    pub approve_within: Duration,
    /// How long closed jobs are kept, to recognise repeats.
    pub retention: Duration,
    /// How long a shutdown waits for what is running.
    pub drain: Duration,
    /// The world that chat lines see; without variables and files.
    pub environment: Environment,
    /// The version that `version` names.
    pub version: String,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            response_bases: ResponseUrlBases::slack(),
            allowed_teams: Vec::new(),
            verification_token: None,
            commands: BTreeMap::new(),
            workers: 16,
            time_limit: Duration::from_secs(15 * 60),
            repeat_window: Duration::from_secs(60),
            confirm_within: Duration::from_secs(10 * 60),
            approve_within: Duration::from_secs(60 * 60),
            retention: Duration::from_secs(7 * 24 * 3600),
            drain: Duration::from_secs(25),
            environment: Environment::empty(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}
