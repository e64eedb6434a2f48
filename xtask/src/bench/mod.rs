//! Measurements. Numbers are printed, never judged: what else the machine does would decide.

mod ack;
mod engine;

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::{models, paths, step};

/// Runs the benchmark of that name, or all.
pub(crate) fn run(name: Option<&str>) -> Result<()> {
    match name {
        None => {
            engine::run()?;
            ack::run()
        }
        Some("engine") => engine::run(),
        Some("ack") => ack::run(),
        Some(other) => bail!("no benchmark is called `{other}`; there are: engine, ack"),
    }
}

/// The binary as it is measured.
fn release() -> Result<PathBuf> {
    models::run()?;
    step::step("building bellhop (release)", || {
        step::show(step::cargo().args(["build", "--package", "bellhop", "--release"]))
    })?;
    Ok(paths::build("release").join("bellhop"))
}
