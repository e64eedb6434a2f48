//! The quick checks: format, lints, and what must not stand in the project.

mod directions;
mod paths_in_files;

use anyhow::Result;

use crate::{models, step};

/// Runs them all.
pub(crate) fn run() -> Result<()> {
    models::run()?;
    step::step("format", || step::quiet(step::cargo().args(["fmt", "--all", "--check"])).map(drop))?;
    step::step("directions between crates", directions::check)?;
    step::step("stray paths and hosts", paths_in_files::check)?;
    step::step("lints", || {
        let words = ["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"];
        step::show(step::cargo().args(words))
    })
}
