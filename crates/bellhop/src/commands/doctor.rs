//! `bellhop doctor`: looks at everything that Bellhop needs, and says what to do about what is wrong.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use bot::{Finding, Health};
use store::Holder;

use crate::commands::{Settings, say};
use crate::config::{self, Config};
use crate::doctor::report::{self, Counts};
use crate::doctor::{self, Facts, Only, PATIENCE, Subject};
use crate::engine::{self, Engine};
use crate::telemetry::Telemetry;
use crate::{environment, wiring};

/// What to look at, and how to tell it.
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    settings: Settings,
    /// The address that Slack knows Bellhop by, up to the path [default: [server] public_url].
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Only these groups or checks: `slack`, `scopes`, `store:disk`.
    #[arg(long, value_name = "CHECK", value_delimiter = ',')]
    only: Vec<String>,
    /// Tells only what is not in order.
    #[arg(long, short)]
    quiet: bool,
    /// Tells it as one JSON object.
    #[arg(long)]
    json: bool,
    /// How many seconds one check may take.
    #[arg(long, value_name = "SECONDS", default_value_t = PATIENCE.as_secs(), value_parser = clap::value_parser!(u64).range(1..=600))]
    timeout: u64,
}

/// Looks, tells, and says by the exit code how it stands.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let only = Only(arguments.only.clone());
    if let [first, ..] = only.unknown().as_slice() {
        bail!("there is no check `{first}`; `bellhop doctor` without --only lists them all");
    }
    let vars = environment::read();
    let path = arguments.settings.path(&vars);
    let found = match config::load(&path, &vars) {
        Err(error) => doctor::unreadable(&error),
        Ok(config) => {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            let runtime = runtime.context("the runtime cannot be started")?;
            let found = runtime.block_on(examine(config, &path, vars, arguments, &only))?;
            // A lookup of a name that hangs is not waited for.
            runtime.shutdown_background();
            found
        }
    };
    let (quiet, counts) = (arguments.quiet, Counts::of(&found));
    let told = if arguments.json { report::json(&found, quiet)? } else { report::text(&found, quiet) };
    say(told.trim_end());
    Ok(ExitCode::from(counts.exit_code()))
}

async fn examine(
    config: Config,
    path: &Path,
    vars: BTreeMap<String, String>,
    arguments: &Arguments,
    only: &Only,
) -> Result<Vec<Finding>> {
    let mut facts = Facts::of(&path.display().to_string(), &config);
    if let Some(url) = &arguments.url {
        facts.public_url = Some(url.trim_end_matches('/').to_owned());
    }
    let client = engine::client(&vars, engine::catalog(&vars))?;
    let engine = Arc::new(Engine::for_chat(vars.clone(), &client)?);
    let patience = Duration::from_secs(arguments.timeout);
    let asks_the_bot = facts.database.as_ref().is_none_or(|path| path.exists())
        && facts.key_files.iter().all(|path| path.exists());
    let health = if asks_the_bot { Some(health(config, vars.clone(), patience).await) } else { None };
    let subject = Subject { facts: Arc::new(facts), vars: Arc::new(vars), client, engine, health, patience };
    Ok(doctor::examine(&subject, only).await)
}

/// What a bot of this configuration knows; the one that runs goes on beside it.
async fn health(
    config: Config,
    vars: BTreeMap<String, String>,
    patience: Duration,
) -> Result<Health, String> {
    let asking = async {
        let wired = wiring::bot(config, vars, Holder::Guest, &[], &Telemetry::silent())
            .await
            .map_err(|error| format!("{error:#}"))?;
        Ok(wired.bot.health().await)
    };
    let late = |_| Err(format!("it did not answer within {} s", patience.as_secs()));
    tokio::time::timeout(patience, asking).await.unwrap_or_else(late)
}
