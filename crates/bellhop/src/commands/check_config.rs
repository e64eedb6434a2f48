//! `bellhop check-config`: every fault at once, or a summary of who may do what.

use crate::commands::{Settings, say};
use crate::{config, environment, key_file};

/// Reads the configuration; a fault is an error.
pub(super) fn run(settings: &Settings) -> anyhow::Result<()> {
    let vars = environment::read();
    let path = settings.path(&vars);
    let config = config::load(&path, &vars)?;
    say(&format!("{}: good", path.display()));
    say(&format!("  listens on {}", config.server.listen));
    for account in &config.accounts {
        let account = &account.policy;
        let id = account.id().unwrap_or_default();
        say(&format!("  account {} ({id}), {}", account.name, account.regions.join(", ")));
    }
    for warning in config.key_files().filter_map(key_file::exposure) {
        say(&format!("  warning: {warning}"));
    }
    Ok(())
}
