//! A headless browser for the console's tests: Debian's `chromium`, installed when it is missing.

use std::process::Command;

use anyhow::{Context as _, Result};

use crate::step;

/// Sees to it that `chromium` can be started. Says so and goes on where it cannot be had: the browser tests then fail
/// and say why.
pub(crate) fn ensure() -> Result<()> {
    if step::exists("chromium") {
        return Ok(());
    }
    if !step::exists("apt-get") {
        step::say("==> no chromium here and no apt-get to install it with: the browser tests will fail");
        return Ok(());
    }
    step::step("Chromium", || {
        install().or_else(|_| {
            step::quiet(Command::new("apt-get").args(["update", "-q"]))?;
            install()
        })
    })
}

fn install() -> Result<()> {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command.args(["install", "-y", "-q", "--no-install-recommends", "chromium", "fonts-liberation"]);
    step::quiet(&mut command).context("chromium cannot be installed").map(drop)
}
