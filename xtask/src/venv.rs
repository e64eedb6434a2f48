//! The Python environment with moto, Slack's own library and the AWS CLI: made once, kept under `target/venv`,
//! made again when `requirements.txt` changes.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use aws_lc_rs::digest;

use crate::{paths, step};

/// The folder of the environment's programs, making the environment first if need be.
pub(crate) fn ensure() -> Result<PathBuf> {
    tools("venv", "xtask/requirements.txt", "moto, slack_sdk, awscli")
}

/// The same for an environment of that name under `target`, made from that file.
pub(crate) fn tools(name: &str, requirements: &str, what: &str) -> Result<PathBuf> {
    let folder = paths::cache(name);
    let wanted = paths::root().join(requirements);
    let mark = folder.join("made-from");
    let fingerprint = fingerprint_of(&wanted)?;
    if std::fs::read_to_string(&mark).is_ok_and(|made_from| made_from == fingerprint) {
        return Ok(folder.join("bin"));
    }
    step::step(&format!("Python environment ({what})"), || {
        // A half-made environment has no mark; `--clear` starts over.
        step::quiet(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))
            .context("python3 with its venv module is needed")?;
        let mut pip = Command::new(folder.join("bin/python"));
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--require-hashes",
            "-r",
        ]);
        step::quiet(pip.arg(&wanted))?;
        std::fs::write(&mark, &fingerprint).context("the environment's mark cannot be written")
    })?;
    Ok(folder.join("bin"))
}

fn fingerprint_of(file: &Path) -> Result<String> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let digest = digest::digest(&digest::SHA256, &bytes);
    Ok(digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
}
