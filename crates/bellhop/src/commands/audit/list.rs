//! `bellhop audit list`: who did what, for people.

use anyhow::Result;
use bot::journal::{Entry, Filter, Position, search};

use crate::commands::{Settings, say};

/// Which rows.
#[derive(clap::Args)]
pub(in crate::commands) struct Arguments {
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    selection: super::Selection,
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// Rows before that one, or behind the end of an earlier list.
    #[arg(long, value_name = "ROW")]
    before: Option<Position>,
    /// Steps on the way too, such as the announcement of a call.
    #[arg(long)]
    all: bool,
}

/// Shows them.
pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let filter = Filter { steps: arguments.all, ..arguments.selection.filter()? };
    let (store, runtime, _) = super::open(&arguments.settings)?;
    let found =
        runtime.block_on(search(&*store, &filter, arguments.before.as_ref(), arguments.limit, u64::MAX))?;
    for entry in &found.entries {
        say(&line(entry));
    }
    if found.entries.len() == arguments.limit && found.more {
        say(&format!("more: --before {}", found.looked_to));
    }
    Ok(())
}

fn line(entry: &Entry) -> String {
    let facts =
        [entry.row.kind.clone(), entry.fact("user"), entry.fact("account"), entry.what(), entry.came_of_it()];
    let facts: Vec<String> = facts.into_iter().filter(|fact| !fact.is_empty()).collect();
    format!("{:>8}  {}  {}", entry.row.place().to_string(), entry.time(false), facts.join("  "))
}
