//! The engine against published vectors and recordings.

use std::path::PathBuf;

/// Runs the suites; with a folder, the recordings in it.
pub(crate) fn run(_recorded: Option<PathBuf>) -> anyhow::Result<()> {
    anyhow::bail!("not built yet")
}
