//! `bellhop audit`: the record of what was asked, allowed, done and refused.

mod export;
mod list;
mod verify;

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use bot::journal::Filter;
use store::{Holder, SigningKey, Store, UnixMillis};

use crate::commands::{Settings, say};
use crate::config::Config;
use crate::own_aws::OwnAws;
use crate::{clock, config, environment, keys, wiring};

/// What to do with the record.
#[derive(clap::Subcommand)]
pub(super) enum Action {
    /// Walks the chain of hashes and its signatures; fails at the first row that is not as it was written.
    #[command(after_help = "Examples:\n  bellhop audit verify --config bellhop.toml\n  \
        bellhop audit verify --public-key auditor/bellhop.pub --holds 1200:5f0c…")]
    Verify(verify::Arguments),
    /// Writes rows to standard output, oldest first.
    #[command(after_help = "Example:\n  bellhop audit export --since 2026-11-01 --format csv > november.csv")]
    Export(export::Arguments),
    /// Shows who did what, newest first.
    #[command(after_help = "Example:\n  bellhop audit list --who U0ALICE --since 7d")]
    List(list::Arguments),
    /// Prints the public key that signatures are checked with.
    #[command(after_help = "Example:\n  bellhop audit key > auditor/bellhop.pub")]
    Key(Settings),
}

/// Which rows.
#[derive(clap::Args)]
struct Selection {
    /// The Slack user who did, confirmed or approved it.
    #[arg(long, value_name = "USER")]
    who: Option<String>,
    /// A part of the line or the action.
    #[arg(long, value_name = "TEXT")]
    what: Option<String>,
    /// The account's name.
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// The channel's id.
    #[arg(long)]
    channel: Option<String>,
    /// A kind of row or an outcome: denied, rejected, done …
    #[arg(long)]
    kind: Option<String>,
    /// The request id.
    #[arg(long, value_name = "ID")]
    job: Option<String>,
    /// Not before: 2h, 7d, 2026-11-21, 2026-11-21T13:40 (UTC).
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Before.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

impl Selection {
    fn filter(&self) -> Result<Filter> {
        let now = UnixMillis(i64::try_from(clock::seconds()).unwrap_or(i64::MAX / 1000).saturating_mul(1000));
        let mut filter = Filter::default();
        let given = [
            ("who", &self.who),
            ("what", &self.what),
            ("account", &self.account),
            ("channel", &self.channel),
            ("kind", &self.kind),
            ("job", &self.job),
            ("since", &self.since),
            ("until", &self.until),
        ];
        for (name, value) in given {
            if let Some(value) = value {
                filter.set(name, value, now)?;
            }
        }
        Ok(filter)
    }
}

/// Does it.
pub(super) fn run(action: &Action) -> Result<()> {
    match action {
        Action::Verify(arguments) => verify::run(arguments),
        Action::Export(arguments) => export::run(arguments),
        Action::List(arguments) => list::run(arguments),
        Action::Key(settings) => {
            let (_, config) = load(settings)?;
            let key = match kept_key(&config)? {
                Some(key) => key,
                None => keys::file::load_or_make(&config.audit.key_file)?,
            };
            say(&key.public().to_string());
            Ok(())
        }
    }
}

/// The key that signs the record, if it is kept in the store.
fn kept_key(config: &Config) -> Result<Option<SigningKey>> {
    if !config.audit.key_in_store {
        return Ok(None);
    }
    let aws = OwnAws::new(&environment::read())?;
    let store = wiring::store::open(&config.store, Holder::Guest, &aws)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let ring = keys::ring(&config.store, &store, &aws).await?;
        keys::signing(config, &store, &ring, &aws).await.map(Some)
    })
}

fn load(settings: &Settings) -> Result<(BTreeMap<String, String>, Config)> {
    let vars = environment::read();
    let config = config::load_offline(&settings.path(&vars), &vars)?;
    Ok((vars, config))
}

/// The store that the configuration names, beside whoever is using it, and something to wait for it with.
fn open(settings: &Settings) -> Result<(Arc<dyn Store>, tokio::runtime::Runtime, Config)> {
    let (vars, config) = load(settings)?;
    let store = wiring::store::existing(&config.store, &vars)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok((store, runtime, config))
}
