//! The key that jobs are sealed with: a file beside the database, made at first start, readable by its owner only.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use bot::SealKey;

/// Reads the key, or makes one where there is none.
pub(crate) fn load_or_make(path: &Path) -> Result<SealKey> {
    #[expect(clippy::disallowed_methods, reason = "the rim: the one place that reads this key")]
    let content = std::fs::read(path);
    match content {
        Ok(content) => SealKey::parse(&content).with_context(|| format!("{} is not a key", path.display())),
        Err(error) if error.kind() == ErrorKind::NotFound => make(path),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

fn make(path: &Path) -> Result<SealKey> {
    let (key, content) = SealKey::fresh()?;
    // Beside its place first: another process must see the key whole or not at all.
    let beside = path.with_extension(format!("new-{}", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside);
    let written = file.as_mut().map_err(|error| std::io::Error::from(error.kind())).and_then(|file| {
        file.write_all(content.as_bytes())?;
        file.sync_all()
    });
    written.with_context(|| format!("{} cannot be written", beside.display()))?;
    // A link fails where a file is already: whoever came first has made the key.
    let linked = std::fs::hard_link(&beside, path);
    std::fs::remove_file(&beside).with_context(|| format!("{} cannot be removed", beside.display()))?;
    match linked {
        Ok(()) => Ok(key),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => load_or_make(path),
        Err(error) => Err(error).with_context(|| format!("{} cannot be made", path.display())),
    }
}
