//! Keys in files beside the database, made at first start, readable by their owner only.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};
use aws_call::BoxFuture;
use bot::{KeyId, KeySource, NoKeys, SealKey};
use zeroize::Zeroizing;

/// A kind of key: what its file holds, and how a new one comes about.
pub(crate) trait Key: Sized {
    /// Why a file's content is not such a key, or none can be made.
    type Fault: std::error::Error + Send + Sync + 'static;

    /// The key that a file holds.
    fn parse(content: &[u8]) -> Result<Self, Self::Fault>;

    /// A new key, and the content of its file.
    fn fresh() -> Result<(Self, String), Self::Fault>;
}

/// Those that seal what is kept, the newest last.
pub(crate) struct SealKeys(pub(crate) Vec<Arc<SealKey>>);

impl Key for SealKeys {
    type Fault = bot::SealError;

    fn parse(content: &[u8]) -> Result<Self, bot::SealError> {
        SealKey::parse_all(content).map(SealKeys)
    }

    fn fresh() -> Result<(Self, String), bot::SealError> {
        let (key, digits) = SealKey::fresh()?;
        Ok((SealKeys(vec![Arc::new(key)]), format!("{digits}\n")))
    }
}

/// A file of keys that seal, read again when a key is asked for that is not known yet.
pub(crate) struct KeyFile(pub(crate) PathBuf);

impl KeySource for KeyFile {
    fn keys(&self, _all: bool) -> BoxFuture<'_, Result<Vec<Arc<SealKey>>, NoKeys>> {
        let keys = match load::<SealKeys>(&self.0) {
            Ok(Some(SealKeys(keys))) => Ok(keys),
            Ok(None) => Err(format!("the key file {} is gone", self.0.display())),
            Err(error) => Err(format!("{error:#}")),
        };
        // What was read before still opens what it sealed: a file that is being replaced is no reason to stop.
        let keys = keys.map_err(|what| NoKeys { what, refused: false });
        Box::pin(std::future::ready(keys))
    }
}

/// Adds a key to the file, which seals from now on; its name. The file is there, or is made.
///
/// # Errors
/// The file cannot be read or written, or somebody else is adding one.
pub(crate) fn rotate(path: &Path) -> Result<KeyId> {
    load_or_make::<SealKeys>(path)?;
    #[expect(clippy::disallowed_methods, reason = "the rim: the one place that reads keys")]
    let before = Zeroizing::new(std::fs::read_to_string(path)?);
    let (key, digits) = SealKey::fresh()?;
    let content = Zeroizing::new(format!("{}\n{digits}\n", before.trim_end()));
    SealKeys::parse(content.as_bytes()).map_err(|_| anyhow!("{} is not a key", path.display()))?;
    let beside = path.with_extension("rotating");
    let mut file =
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside).with_context(|| {
            format!("{} cannot be made: is another rotation under way?", beside.display())
        })?;
    file.write_all(content.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&beside, path).with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(key.id())
}

/// Signs the record.
impl Key for store::SigningKey {
    type Fault = store::KeyFault;

    fn parse(content: &[u8]) -> Result<Self, store::KeyFault> {
        store::SigningKey::parse(content)
    }

    fn fresh() -> Result<(Self, String), store::KeyFault> {
        store::SigningKey::fresh()
    }
}

/// Reads the key, or makes one where there is none.
pub(crate) fn load_or_make<K: Key>(path: &Path) -> Result<K> {
    match load(path)? {
        Some(key) => Ok(key),
        None => make(path),
    }
}

/// Reads the key; `None` where there is no file.
pub(crate) fn load<K: Key>(path: &Path) -> Result<Option<K>> {
    let Some(content) = content(path)? else { return Ok(None) };
    K::parse(&content).map(Some).with_context(|| format!("{} is not a key", path.display()))
}

/// Reads what the file of a key holds; `None` where there is no file.
pub(crate) fn content(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>> {
    #[expect(clippy::disallowed_methods, reason = "the rim: the one place that reads keys")]
    let content = std::fs::read(path);
    match content {
        Ok(content) => Ok(Some(Zeroizing::new(content))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

/// A warning if others than its owner may read or change the key; `None` too where there is no file yet.
pub(crate) fn exposure(path: &Path) -> Option<String> {
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    let open = mode & 0o077 != 0;
    open.then(|| {
        let path = path.display();
        format!(
            "the key file {path} has mode {mode:03o}: others than its owner can reach it, and with it whatever it \
             seals or signs; chmod 600 {path}"
        )
    })
}

fn make<K: Key>(path: &Path) -> Result<K> {
    let (key, content) = K::fresh()?;
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

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test stops at the first surprise")]
mod tests {
    use std::fs::{Permissions, set_permissions};

    use super::*;

    #[test]
    fn a_key_that_others_can_reach_is_warned_of() {
        let folder = std::env::temp_dir().join(format!("bellhop-key-{}", testkit::random_hex()));
        std::fs::create_dir(&folder).expect("a folder");
        let path = folder.join("bellhop.db.key");
        assert_eq!(exposure(&path), None, "there is none yet");
        load_or_make::<SealKeys>(&path).expect("a fresh key");
        for (mode, warned) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true), (0o660, true)] {
            set_permissions(&path, Permissions::from_mode(mode)).expect("a mode");
            assert_eq!(exposure(&path).is_some(), warned, "{mode:o}");
        }
        let warning = exposure(&path).expect("a warning");
        assert!(warning.contains("has mode 660") && warning.contains("chmod 600"), "{warning}");
        std::fs::remove_dir_all(&folder).expect("the folder goes");
    }
}
