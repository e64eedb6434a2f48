//! What is looked at.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aws_call::{CallOptions, Client};
use aws_cli::Globals;
use bot::{Discovery, Health};
use value::{Map, Value};

use crate::config::{Account, Config, CopySettings, Slack, StoreKind};
use crate::doctor::queue::Rings;
use crate::engine::Engine;
use crate::own_aws::{self, OwnFault};

/// What of the configuration is looked at.
#[derive(Clone)]
pub(crate) struct Facts {
    /// How the configuration is called.
    pub(crate) name: String,
    pub(crate) slack: Slack,
    pub(crate) accounts: Vec<Account>,
    pub(crate) discovery: Option<Discovery>,
    /// How many grants there are.
    pub(crate) grants: usize,
    /// The database, where the store is a file.
    pub(crate) database: Option<PathBuf>,
    pub(crate) key_files: Vec<PathBuf>,
    /// The store's table and its region, where it is one.
    pub(crate) table: Option<(String, Option<String>)>,
    /// Where workers of other processes are rung for, if they are.
    pub(crate) rings: Option<Rings>,
    /// Whether commands without a signature are believed.
    pub(crate) legacy_token_only: bool,
    /// The key of KMS for the store's keys.
    pub(crate) kms: Option<String>,
    pub(crate) copy: Option<CopySettings>,
    /// How often the index is made anew, if there is one.
    pub(crate) index_every: Option<Duration>,
    /// How old lists of members may be.
    pub(crate) members_limit: Duration,
    pub(crate) sync_every: Duration,
    pub(crate) console: bool,
    pub(crate) allow_real_aws: bool,
    /// Whether IAM users are found by e-mail addresses.
    pub(crate) by_email: bool,
    pub(crate) public_url: Option<String>,
}

impl Facts {
    /// Those of a configuration.
    pub(crate) fn of(name: &str, config: &Config) -> Facts {
        Facts {
            name: name.to_owned(),
            slack: config.slack.clone(),
            accounts: config.accounts.clone(),
            discovery: config.discovery.clone(),
            grants: config.book.grants.len(),
            database: (config.store.kind == StoreKind::Sqlite).then(|| config.store.path.clone()),
            key_files: config.key_files().map(PathBuf::from).collect(),
            table: match &config.store.kind {
                StoreKind::Sqlite => None,
                StoreKind::DynamoDb { table, region } => Some((table.clone(), region.clone())),
            },
            rings: Rings::of(&config.queue),
            legacy_token_only: config.slack.token_trust().is_some(),
            kms: config.store.key.as_ref().map(|key| key.id.clone()),
            copy: config.audit.copy.clone(),
            index_every: config.index.as_ref().map(|index| index.indexing.every),
            members_limit: config.access.members_limit,
            sync_every: config.access.sync_every,
            console: config.console.enabled,
            allow_real_aws: config.console.allow_real_aws,
            by_email: config.delegations.iter().any(|delegation| delegation.by_email),
            public_url: config.server.public_url.clone(),
        }
    }
}

/// Everything that checks look at.
#[derive(Clone)]
pub(crate) struct Subject {
    pub(crate) facts: Arc<Facts>,
    /// The environment.
    pub(crate) vars: Arc<BTreeMap<String, String>>,
    pub(crate) client: Client,
    pub(crate) engine: Arc<Engine>,
    /// What the bot knows; an error says why it cannot be asked, none that there was nothing to ask yet.
    pub(crate) health: Option<Result<Health, String>>,
    /// How long one check may take.
    pub(crate) patience: Duration,
}

impl Subject {
    /// What calls of a service in Bellhop's own name start from: tried once, and not longer than a check may take.
    pub(crate) fn options(&self, service: &str, region: Option<&str>) -> CallOptions {
        let mut options = self.engine.options(&Globals::default(), service);
        if let Some(region) = region {
            options.region = Some(region.to_owned());
        }
        // Together before the check's own bound, so that the address is named.
        let patience = self.patience.mul_f32(0.4);
        options.connect_timeout = Some(patience);
        options.read_timeout = Some(patience);
        options.retry.max_attempts = 1;
        options
    }

    /// Makes a call in Bellhop's own name.
    ///
    /// # Errors
    /// AWS's code, if it answered with one, and what went wrong.
    pub(crate) async fn call(
        &self,
        service: &str,
        operation: &str,
        params: Map,
        options: &CallOptions,
    ) -> Result<Value, Refused> {
        own_aws::ask(&self.client, service, operation, params, options).await.map_err(|fault| {
            let OwnFault { code, said, .. } = fault;
            let said = if code.is_empty() { said } else { format!("AWS answered {said}") };
            Refused { code, said }
        })
    }
}

/// Why a call has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    /// AWS's code; empty where AWS did not answer.
    pub(crate) code: String,
    /// A sentence without its full stop.
    pub(crate) said: String,
}
