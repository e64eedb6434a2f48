//! Where things are.

use std::path::PathBuf;

/// The folder that holds the workspace's manifest.
pub(crate) fn root() -> PathBuf {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    manifest.and_then(|xtask| xtask.parent().map(PathBuf::from)).unwrap_or_else(|| PathBuf::from("."))
}

/// What is fetched or made by hand lives here, whatever folder cargo builds into.
pub(crate) fn cache(name: &str) -> PathBuf {
    root().join("target").join(name)
}

/// Where cargo puts what it builds.
pub(crate) fn build(profile: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    target.unwrap_or_else(|| root().join("target")).join(profile)
}
