//! `bellhop store backup` and `restore`: a file that holds everything.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use store::portable;

use super::Where;
use crate::commands::mention;

/// Where to.
#[derive(clap::Args)]
pub(in crate::commands) struct Backup {
    #[command(flatten)]
    place: Where,
    /// The file to make; it must not be there.
    file: PathBuf,
}

/// Where from.
#[derive(clap::Args)]
pub(in crate::commands) struct Restore {
    #[command(flatten)]
    place: Where,
    /// The backup.
    file: PathBuf,
    /// Removes everything from the store first, if there is something.
    #[arg(long)]
    replace: bool,
}

/// Writes it.
pub(super) async fn backup(arguments: &Backup) -> Result<()> {
    let opened = arguments.place.opened()?;
    let store = opened.store(opened.kind(), true)?;
    let name = arguments.file.display();
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&arguments.file);
    let file = file.with_context(|| format!("{name} cannot be made"))?;
    let mut out = BufWriter::new(file);
    let summary =
        portable::write(&*store, &mut out).await.with_context(|| format!("{name} is not complete"))?;
    out.get_ref().sync_all().with_context(|| format!("{name} may not be on the disk"))?;
    mention(&format!("{name} holds {} entries; sha256 {}", summary.entries, summary.sha256));
    Ok(())
}

/// Checks it, and reads it into the store.
pub(super) async fn restore(arguments: &Restore) -> Result<()> {
    let Restore { place, file, replace } = arguments;
    let name = file.display();
    let checked = portable::check(&mut open(file)?);
    let summary = checked.with_context(|| format!("{name} was not restored, and nothing was changed"))?;
    let opened = place.opened()?;
    let store = opened.store(opened.kind(), false)?;
    super::make_room(&*store, &summary.sha256, *replace).await?;
    let again = "the store is not complete; run the same again";
    portable::read(&mut open(file)?, &*store).await.context(again)?;
    portable::mark(&*store, &summary.sha256, true).await.context(again)?;
    mention(&format!("{} entries were restored", summary.entries));
    super::verified(&*store).await
}

fn open(path: &Path) -> Result<BufReader<File>> {
    let file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
    Ok(BufReader::new(file))
}
