//! No committed file may name a folder of one machine, or the host of a package registry.

use anyhow::{Result, bail};

use crate::{paths, step};

// Written apart, so that this file does not find itself.
const FORBIDDEN: [[&str; 2]; 7] = [
    ["/ro", "ot/"],
    ["/wo", "rk/"],
    ["pypi", ".org"],
    ["python", "hosted.org"],
    ["crates", ".io"],
    ["npmjs", ".org"],
    ["deb.debian", ".org"],
];

/// An error that lists every place.
pub(super) fn check() -> Result<()> {
    let root = paths::root();
    let listed =
        step::quiet(std::process::Command::new("git").arg("-C").arg(&root).args(["ls-files", "-z"]))?;
    let mut found = Vec::new();
    // Cargo itself names its registry in lock files.
    for file in listed.split('\0').filter(|file| !file.is_empty() && !file.ends_with("Cargo.lock")) {
        // Pictures and files that are gone from the work tree say nothing.
        let Ok(text) = std::fs::read_to_string(root.join(file)) else { continue };
        for (number, line) in text.lines().enumerate() {
            if FORBIDDEN.iter().any(|parts| line.contains(&parts.concat())) {
                found.push(format!("{file}:{}", number + 1));
            }
        }
    }
    if !found.is_empty() {
        bail!("machine paths or registry hosts:\n  {}", found.join("\n  "));
    }
    Ok(())
}
