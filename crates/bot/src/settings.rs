//! What an operator can set about the flow.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_cli::Environment;
use policy::Limits;
use slack::{ResponseUrlBases, Secret};

use crate::cache::SharedCache;
use crate::health::Doctor;
use crate::rules::AccountSettings;
use crate::telemetry::{Telemetry, Unmeasured};

/// A secret that may change while the bot runs.
pub trait LiveSecret: Send + Sync {
    /// Its value, and the one before while that counts too.
    fn values(&self) -> Vec<Secret>;

    /// Somebody, who is believed otherwise, brought another value: it may have changed.
    fn doubt(&self) {}
}

impl LiveSecret for Secret {
    fn values(&self) -> Vec<Secret> {
        vec![self.clone()]
    }
}

/// How accounts are found, and how they are entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discovery {
    /// The role in each account, by name (with its path).
    pub role_name: String,
    /// Only accounts below these organizational units or roots; empty is the whole organization.
    pub units: Vec<String>,
    /// Accounts that are left out, by id or name.
    pub exclude: Vec<String>,
    /// Regions of each account; the first is the default.
    pub regions: Vec<String>,
    /// Keys of account tags that become labels.
    pub labels_from_tags: Vec<String>,
    /// Labels that each account bears besides.
    pub labels: BTreeMap<String, String>,
    /// The role that asks Organizations; Bellhop's own credentials without it.
    pub through: Option<String>,
    /// How often.
    pub every: Duration,
    /// How their roles are assumed.
    pub account: AccountSettings,
}

/// What the index holds, and how fresh it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indexing {
    /// Accounts by name; empty is all.
    pub accounts: Vec<String>,
    /// How long after one sweep the next begins.
    pub every: Duration,
    /// Kinds of things.
    pub kinds: Vec<String>,
}

impl Indexing {
    /// The kinds that can be kept, those first that are kept unless others are named.
    pub fn kinds() -> (Vec<&'static str>, Vec<&'static str>) {
        crate::find::indexed_kinds()
    }
}

/// Settings of the flow. `Default` is what `bellhop serve` has without further configuration.
#[derive(Clone)]
pub struct Settings {
    /// Where answers may be posted to.
    pub response_bases: ResponseUrlBases,
    /// Workspaces that are served; empty means all that know the signing secret.
    pub allowed_teams: Vec<String>,
    /// The superseded verification token, where it is asked for besides the signature.
    pub verification_token: Option<Arc<dyn LiveSecret>>,
    /// What stands before the text of a slash command: `/infra-search` → `find`. Others have nothing before them.
    pub commands: BTreeMap<String, String>,
    /// How many commands run at a time.
    pub workers: usize,
    /// How long one command may take.
    pub time_limit: Duration,
    /// How long an identical write counts as typed again by mistake.
    pub repeat_window: Duration,
    /// How long a look at what a command would touch may take.
    pub preview_within: Duration,
    /// How long a caller may take to confirm.
    pub confirm_within: Duration,
    /// How long approvers may take.
    pub approve_within: Duration,
    /// How long closed jobs are kept, to recognise repeats.
    pub retention: Duration,
    /// How long results are kept for `last`.
    pub keep_results: Duration,
    /// How long a shutdown waits for what is running.
    pub drain: Duration,
    /// When approvers who have not answered are reminded.
    pub remind_after: Duration,
    /// The channel in which approvals are asked for; without it, each approver is asked.
    pub approvers_channel: Option<String>,
    /// Usergroups whose people may change grants of the store, freeze and sync.
    pub access_admins: Vec<String>,
    /// Whether admins and owners of the workspace may do so too.
    pub workspace_admins: bool,
    /// How often lists of members are read anew.
    pub sync_every: Duration,
    /// Whether other processes write to the store too: then each request looks at what they have changed.
    pub shared_store: bool,
    /// A cache that these processes share, if there is one.
    pub cache: Option<Arc<dyn SharedCache>>,
    /// How old what Slack said of members may be and still grant.
    pub membership_limits: Limits,
    /// How further accounts are found.
    pub discovery: Option<Discovery>,
    /// What the index is filled with, if there is one.
    pub indexing: Option<Indexing>,
    /// The world that chat lines see; without variables and files.
    pub environment: Environment,
    /// The version that `version` names.
    pub version: String,
    /// Looks at everything for `doctor`, if somebody can.
    pub doctor: Option<Arc<dyn Doctor>>,
    /// Is told how things go.
    pub telemetry: Arc<dyn Telemetry>,
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
            preview_within: Duration::from_secs(2),
            confirm_within: Duration::from_secs(10 * 60),
            approve_within: Duration::from_secs(60 * 60),
            retention: Duration::from_secs(7 * 24 * 3600),
            keep_results: Duration::from_secs(24 * 3600),
            drain: Duration::from_secs(25),
            remind_after: Duration::from_secs(15 * 60),
            approvers_channel: None,
            access_admins: Vec::new(),
            workspace_admins: true,
            sync_every: Duration::from_secs(60 * 60),
            shared_store: false,
            cache: None,
            membership_limits: Limits::default(),
            discovery: None,
            indexing: None,
            environment: Environment::empty(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            doctor: None,
            telemetry: Arc::new(Unmeasured),
        }
    }
}
