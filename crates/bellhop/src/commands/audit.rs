//! `bellhop audit`: the record of what was asked, allowed, done and refused.

use anyhow::{Context as _, Result, bail};
use store::sqlite::SqliteStore;
use store::{Break, Holder, Verification};

use crate::commands::{Settings, say};
use crate::{config, environment};

/// What to do with the record.
#[derive(clap::Subcommand)]
pub(super) enum Action {
    /// Walks the chain of hashes; fails at the first row that is not as it was written.
    #[command(after_help = "Example:\n  bellhop audit verify --config bellhop.toml")]
    Verify(Settings),
}

/// Does it.
pub(super) fn run(action: &Action) -> Result<()> {
    let Action::Verify(settings) = action;
    let vars = environment::read();
    let config = config::load(&settings.path(&vars), &vars)?;
    let path = &config.store.path;
    if !path.exists() {
        bail!("there is no store at {}", path.display());
    }
    let store =
        SqliteStore::open(path, Holder::Guest).with_context(|| format!("the store {}", path.display()))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match runtime.block_on(store::verify(&store))? {
        Verification::Whole { rows } => {
            say(&format!("the audit log is whole: {rows} rows"));
            Ok(())
        }
        Verification::Broken { seq, what } => bail!("the audit log is broken at row {seq}: {}", told(what)),
    }
}

fn told(what: Break) -> &'static str {
    match what {
        Break::Altered => "it is not as it was written",
        Break::Missing => "it is missing",
        Break::Unrecorded => "it was not written by Bellhop",
    }
}
