//! Slack's own models and types, against which everything that the tests send is held.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::{node, paths, step};

const FILES: [(&str, &str); 3] = [
    ("package.json", include_str!("../oracles/package.json")),
    ("package-lock.json", include_str!("../oracles/package-lock.json")),
    ("types.mjs", include_str!("../oracles/types.mjs")),
];

/// Makes what the tests need.
pub(crate) fn ensure() -> Result<PathBuf> {
    node::ensure()?;
    node::project("oracles", &FILES)
}

/// An empty folder for what the tests send.
pub(crate) fn folder() -> Result<PathBuf> {
    let folder = paths::cache("sent");
    crate::demo::clear(&folder)?;
    Ok(folder)
}

/// Holds all that the tests left in that folder against all three.
pub(crate) fn judge(programs: &Path, sent: &Path) -> Result<()> {
    let project = ensure()?;
    let mut all = String::new();
    for file in std::fs::read_dir(sent)? {
        all.push_str(&std::fs::read_to_string(file?.path())?);
    }
    let mut lines: Vec<&str> = all.lines().collect();
    lines.sort_unstable();
    lines.dedup();
    let file = paths::cache("sent.jsonl");
    std::fs::write(&file, lines.join("\n")).context("what was sent cannot be written together")?;
    step::step(&format!("{} messages and modals against Slack's models and types", lines.len()), || {
        let script = paths::root().join("xtask/oracles/check.py");
        step::quiet(Command::new(programs.join("python")).arg(script).arg(&file))?;
        step::quiet(Command::new("node").arg("types.mjs").arg(&file).current_dir(&project))
    })
    .map(drop)
}
