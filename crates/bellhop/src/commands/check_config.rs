//! `bellhop check-config`: every fault at once, or a summary of who may do what.

use crate::commands::{Settings, say};
use crate::{config, environment, seal_key};

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
    if let Some(warning) = seal_key::exposure(&config.store.key_file) {
        say(&format!("  warning: {warning}"));
    }
    Ok(())
}
