//! Programs that tests start and no package registry has: Debian's `chromium`, for the console's page,
//! `redis-server`, for the shared cache, and `strace`. They are installed where they are missing.

use std::process::Command;

use anyhow::{Context as _, Result};

use crate::step;

/// The programs, with the packages that bring them.
const PROGRAMS: [(&str, &[&str]); 3] = [
    ("chromium", &["chromium", "fonts-liberation"]),
    ("redis-server", &["redis-server"]),
    ("strace", &["strace"]),
];

/// Sees to it that they can be started. Says so and goes on where one cannot be had: the tests that need it then fail and
/// say why.
pub(crate) fn ensure() -> Result<()> {
    PROGRAMS.iter().try_for_each(|(program, packages)| see_to(program, packages))
}

/// Sees to it that one can be started, by installing the packages that bring it.
pub(crate) fn see_to(program: &str, packages: &[&str]) -> Result<()> {
    if step::exists(program) {
        return Ok(());
    }
    if !step::exists("apt-get") {
        step::say(&format!(
            "==> no {program} here and no apt-get to install it with: what needs it will fail"
        ));
        return Ok(());
    }
    step::step(program, || {
        install(packages).or_else(|_| {
            step::quiet(Command::new("apt-get").args(["update", "-q"]))?;
            install(packages)
        })
    })
}

fn install(packages: &[&str]) -> Result<()> {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command.args(["install", "-y", "-q", "--no-install-recommends"]).args(packages);
    step::quiet(&mut command).with_context(|| format!("{} cannot be installed", packages.join(" "))).map(drop)
}
