//! `[store]`: where state is kept.

use std::path::PathBuf;
use std::time::Duration;

use crate::config::{Faults, Section, Source};
use crate::keys::KmsKey;

/// The store's settings.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    /// The SQLite database.
    pub(crate) path: PathBuf,
    /// The keys that jobs are sealed with; made at first start.
    pub(crate) key_file: PathBuf,
    /// The key of KMS under which they are kept in the store instead.
    pub(crate) key: Option<KmsKey>,
}

/// Reads the table. Relative paths start at the configuration file's folder.
pub(super) fn read(mut section: Section<'_>, source: &Source<'_>, faults: &mut Faults) -> Store {
    let path = section.text("path", faults).map_or_else(|| "bellhop.db".to_owned(), |spot| spot.value);
    let key_file = section.text("key_file", faults).map_or_else(|| format!("{path}.key"), |spot| spot.value);
    let key = key(&mut section, faults);
    section.finish(faults);
    Store { path: source.folder.join(path), key_file: source.folder.join(key_file), key }
}

/// `key`: `file`, or `kms:` and the key's id, ARN or alias.
fn key(section: &mut Section<'_>, faults: &mut Faults) -> Option<KmsKey> {
    let days = section.number("key_rotate_days", 1..=3650, faults).unwrap_or(90);
    let spot = section.text("key", faults)?;
    let id = spot.value.strip_prefix("kms:").filter(|id| !id.is_empty() && id.len() <= 2048);
    if id.is_none() && spot.value != "file" {
        faults.at(spot.at, format!("store.key: `{}` is neither \"file\" nor a key of KMS", spot.value));
        faults.hint("key = \"kms:alias/bellhop\", or the key's id or ARN behind kms:");
    }
    let rotate_after = Duration::from_secs(days.unsigned_abs() * 86_400);
    Some(KmsKey { id: id?.to_owned(), rotate_after })
}
