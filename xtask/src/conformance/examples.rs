//! The AWS CLI's documentation examples: what PyPI's `awscli` (v1) would send for them, held against ours.
//!
//! One Python process runs the package's own driver over the command lines of its pages and writes down each first
//! request (`examples_v1.py`); the replay that knows recordings compares them with what `--print-request` prints. Nothing is
//! sent by either. v1 and v2 differ in places: each is listed with its reason in the replay's `version_1.rs`.

use std::process::Command;

use anyhow::{Context as _, Result};

use crate::{models, paths, step, venv};

/// Every so many command lines, unless all are asked for: some 500 of 7,100.
const STEP: &str = "14";

/// Runs them. `all`: not only a slice.
pub(crate) fn run(all: bool, words: &[&str]) -> Result<()> {
    let wheel = models::wheel()?;
    let programs = venv::ensure()?;
    let folder = paths::cache("examples-v1");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    step::step("Asking AWS CLI v1 for its requests", || {
        let mut python = Command::new(programs.join("python"));
        python
            .arg(paths::root().join("xtask/examples_v1.py"))
            .arg(folder.join("examples.jsonl"))
            .arg(if all { "1" } else { STEP })
            .env("PYTHONDONTWRITEBYTECODE", "1");
        step::quiet(&mut python).map(|told| step::say(&format!("    {}", told.trim())))
    })?;
    let mut command = step::cargo();
    command
        .args(["run", "--quiet", "--package", "aws-cli", "--example", "conformance", "--"])
        .arg(&folder)
        .arg("--version-1")
        .args(words)
        .env("BELLHOP_BOTOCORE_WHEEL", &wheel);
    step::say("==> Comparing them with ours");
    step::show(&mut command)
}
