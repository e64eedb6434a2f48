//! `bellhop store`: makes a table, and moves what is kept.
//!
//! Nobody else may use a store meanwhile: the lock of a database sees to that, of a table only whoever runs this.

mod file;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, bail};
use store::dynamodb::Made;
use store::portable::{self, Portable, Room};
use store::{Holder, Verification};

use crate::commands::{Settings, mention};
use crate::config::{self, Config, StoreKind};
use crate::own_aws::OwnAws;
use crate::{environment, wiring};

/// What to do with the store.
#[derive(clap::Subcommand)]
pub(super) enum Action {
    /// Makes the table of DynamoDB that the configuration names; one of an older format gets today's, once Bellhop is stopped.
    #[command(after_help = "Example:\n  bellhop store create-table --config bellhop.toml")]
    CreateTable(Where),
    /// Writes everything that the store keeps into a new file. Keys are not in it.
    #[command(after_help = "Example:\n  bellhop store backup bellhop-2026-11-21.backup")]
    Backup(file::Backup),
    /// Puts a backup into an empty store; one that was interrupted is run again.
    #[command(after_help = "Example:\n  bellhop store restore bellhop-2026-11-21.backup")]
    Restore(file::Restore),
    /// Copies everything from one kind of store into an empty one of another; one that was interrupted is run again.
    #[command(after_help = "Example:\n  bellhop store migrate --from sqlite --to dynamodb --table bellhop")]
    Migrate(Migrate),
}

/// Where stores are.
#[derive(clap::Args)]
pub(in crate::commands) struct Where {
    #[command(flatten)]
    settings: Settings,
    /// The database [default: `[store] path`].
    #[arg(long, value_name = "FILE")]
    path: Option<PathBuf>,
    /// The table [default: `[store] table`, or bellhop].
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// The table's region [default: `[store] region`, or Bellhop's own].
    #[arg(long)]
    region: Option<String>,
}

/// From where to where.
#[derive(clap::Args)]
pub(in crate::commands) struct Migrate {
    #[command(flatten)]
    place: Where,
    /// What is copied.
    #[arg(long)]
    from: Kind,
    /// Where it goes.
    #[arg(long)]
    to: Kind,
    /// Removes everything from the target first, if there is something.
    #[arg(long)]
    replace: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    Sqlite,
    Dynamodb,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Sqlite => "sqlite",
            Kind::Dynamodb => "dynamodb",
        }
    }
}

/// A configuration, and what it says of stores unless the line says otherwise.
struct Opened<'a> {
    place: &'a Where,
    vars: BTreeMap<String, String>,
    config: Config,
}

impl Where {
    fn opened(&self) -> Result<Opened<'_>> {
        let vars = environment::read();
        let config = config::load_offline(&self.settings.path(&vars), &vars)?;
        Ok(Opened { place: self, vars, config })
    }
}

impl Opened<'_> {
    /// What the configuration keeps its state in.
    fn kind(&self) -> Kind {
        match self.config.store.kind {
            StoreKind::Sqlite => Kind::Sqlite,
            StoreKind::DynamoDb { .. } => Kind::Dynamodb,
        }
    }

    fn table(&self) -> Result<store::dynamodb::DynamoStore> {
        let (table, region) = match &self.config.store.kind {
            StoreKind::DynamoDb { table, region } => (table.as_str(), region.as_deref()),
            StoreKind::Sqlite => ("bellhop", None),
        };
        let table = self.place.table.as_deref().unwrap_or(table);
        wiring::store::dynamodb(table, self.place.region.as_deref().or(region), &OwnAws::new(&self.vars)?)
    }

    /// The store of that kind; a database that is read must be there.
    fn store(&self, kind: Kind, reading: bool) -> Result<Arc<dyn Portable>> {
        if kind == Kind::Dynamodb {
            return Ok(Arc::new(self.table()?));
        }
        let path = self.place.path.as_deref().unwrap_or(&self.config.store.path);
        if reading && !path.exists() {
            bail!("there is no store at {}", path.display());
        }
        Ok(Arc::new(wiring::store::sqlite(path, Holder::Owner)?))
    }
}

/// Does it.
pub(super) fn run(action: &Action) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match action {
        Action::CreateTable(place) => runtime.block_on(create_table(place)),
        Action::Backup(arguments) => runtime.block_on(file::backup(arguments)),
        Action::Restore(arguments) => runtime.block_on(file::restore(arguments)),
        Action::Migrate(arguments) => runtime.block_on(migrate(arguments)),
    }
}

async fn create_table(place: &Where) -> Result<()> {
    let opened = place.opened()?;
    let table = opened.table()?;
    match table.create_table().await? {
        Made::Today => mention(&format!("the table {} is there", table.table())),
        Made::Raised { from } => {
            mention(&format!("the table {} had format {from}, and has today's now", table.table()));
            mention("restart whatever uses it: older versions of Bellhop do not open it any more");
        }
    }
    Ok(())
}

async fn migrate(arguments: &Migrate) -> Result<()> {
    let Migrate { place, from, to, replace } = arguments;
    if from == to {
        bail!("--from and --to name the same kind of store");
    }
    let opened = place.opened()?;
    let source = opened.store(*from, true)?;
    let target = opened.store(*to, false)?;
    let copy = format!("{} to {}", from.name(), to.name());
    make_room(&*target, &copy, *replace).await?;
    let count = portable::copy(&*source, &*target).await?;
    portable::mark(&*target, &copy, true).await?;
    mention(&format!("{count} entries were copied from {copy}"));
    verified(&*target).await?;
    mention(&format!("[store] kind = \"{}\" makes Bellhop use it; the keys stay where they are", to.name()));
    Ok(())
}

/// Sees to it that a copy of that name can be put into the store, and says there that it has begun.
async fn make_room(target: &dyn Portable, copy: &str, replace: bool) -> Result<()> {
    match portable::room_for(target, copy).await? {
        Room::Empty => {}
        Room::Begun => mention("an earlier run was interrupted; it is done again"),
        Room::Taken if replace => target.clear().await?,
        Room::Taken => bail!("something is in the target already; --replace removes it first"),
    }
    Ok(portable::mark(target, copy, false).await?)
}

/// Says whether the record came over whole.
async fn verified(target: &dyn Portable) -> Result<()> {
    match store::verify(target).await? {
        Verification::Whole { rows } => mention(&format!("its audit log is whole: {rows} rows")),
        Verification::Broken { at, .. } => {
            bail!("its audit log is broken at row {at}: see whether it was so before (bellhop audit verify)")
        }
    }
    Ok(())
}
