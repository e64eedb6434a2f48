//! What is shipped: the binary of the `dist` profile, and its size.

use anyhow::{Context as _, Result};

use crate::{models, paths, step};

/// Builds it.
pub(crate) fn run() -> Result<()> {
    models::run()?;
    step::step("building bellhop for shipping", || {
        step::show(step::cargo().args(["build", "--package", "bellhop", "--profile", "dist", "--locked"]))
    })?;
    let binary = paths::build("dist").join("bellhop");
    let size = std::fs::metadata(&binary).context("no binary was built")?.len();
    step::say(&format!("{} ({:.1} MB)", binary.display(), size as f64 / 1e6));
    Ok(())
}
