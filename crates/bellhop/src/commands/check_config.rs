//! `bellhop check-config`: every fault at once, or a summary; or what one configuration gives and takes beside another.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;

use crate::commands::{Settings, say};
use crate::keys::file as key_file;
use crate::{config, environment};

/// What to check.
#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    settings: Settings,
    /// Compares two configurations instead, and tells what the second gives and takes.
    #[arg(long, num_args = 2, value_names = ["OLD", "NEW"], conflicts_with = "config")]
    diff: Option<Vec<PathBuf>>,
    /// Does not ask AWS for the secrets that the configuration refers to.
    #[arg(long)]
    offline: bool,
}

/// What the exit code of `--diff` says when something widens.
const WIDENS: u8 = 3;

/// Reads the configuration, or two to compare; a fault is an error.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode> {
    match arguments.diff.as_deref() {
        Some([old, new]) => diff(old, new),
        _ => check(&arguments.settings, arguments.offline).map(|()| ExitCode::SUCCESS),
    }
}

/// Reads the configuration; a fault is an error.
fn check(settings: &Settings, offline: bool) -> Result<()> {
    let vars = environment::read();
    let path = settings.path(&vars);
    let config = if offline { config::load_offline(&path, &vars)? } else { config::load(&path, &vars)? };
    say(&format!("{}: good", path.display()));
    say(&format!("  listens on {}", config.server.listen));
    for account in &config.accounts {
        let account = &account.policy;
        let id = account.id().unwrap_or_default();
        say(&format!("  account {} ({id}), {}", account.name, account.regions.join(", ")));
    }
    let every = config.secrets.every.as_secs();
    for (key, reference) in &config.secrets.references {
        let again =
            if reference.can_change() { format!(", read again every {every} s") } else { String::new() };
        say(&format!("  {key} from {reference}{again}"));
    }
    for warning in config.key_files().filter_map(key_file::exposure) {
        say(&format!("  warning: {warning}"));
    }
    Ok(())
}

/// Compares two configurations.
fn diff(old: &Path, new: &Path) -> Result<ExitCode> {
    let vars = environment::read();
    let (old, new) = (config::load_offline(old, &vars)?, config::load_offline(new, &vars)?);
    let difference = config::difference((&old.book, &old.delegations), (&new.book, &new.delegations))?;
    config::told(&difference).iter().for_each(|line| say(line));
    Ok(if difference.widens.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(WIDENS) })
}
