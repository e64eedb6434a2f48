//! Node and npm, and projects made of pinned packages: kept under `target/`, made again when their files change.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::{paths, step};

/// Sees to it that `node` and `npm` can be started. Says so and goes on where they cannot be had.
pub(crate) fn ensure() -> Result<()> {
    if step::exists("node") && step::exists("npm") {
        return Ok(());
    }
    if !step::exists("apt-get") {
        step::say("==> no node and npm here and no apt-get to install them with: what needs them will fail");
        return Ok(());
    }
    step::step("Node and npm", || {
        apt().or_else(|_| {
            step::quiet(Command::new("apt-get").args(["update", "-q"]))?;
            apt()
        })
    })
}

fn apt() -> Result<()> {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command.args(["install", "-y", "-q", "--no-install-recommends", "nodejs", "npm"]);
    step::quiet(&mut command).context("node and npm cannot be installed").map(drop)
}

/// The project's folder, with what its `package-lock.json` names, to the last package. Nothing of it is run.
pub(crate) fn project(name: &str, files: &[(&str, &str)]) -> Result<PathBuf> {
    let folder = paths::cache(name);
    let mark = folder.join("made-from");
    let made_from: String = files.iter().map(|(_, content)| *content).collect();
    if std::fs::read_to_string(&mark).is_ok_and(|before| before == made_from) {
        return Ok(folder);
    }
    step::step(&format!("npm packages ({name})"), || {
        std::fs::create_dir_all(&folder)?;
        for (name, content) in files {
            std::fs::write(folder.join(name), content)?;
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder);
        step::quiet(&mut npm)?;
        std::fs::write(&mark, &made_from).context("the project's mark cannot be written")
    })?;
    Ok(folder)
}
