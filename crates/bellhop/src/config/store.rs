//! `[store]`: where state is kept.

use std::path::PathBuf;

use crate::config::{Faults, Section, Source};

/// The store's settings.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    /// The SQLite database.
    pub(crate) path: PathBuf,
    /// The key that jobs are sealed with; made at first start.
    pub(crate) key_file: PathBuf,
}

/// Reads the table. Relative paths start at the configuration file's folder.
pub(super) fn read(mut section: Section<'_>, source: &Source<'_>, faults: &mut Faults) -> Store {
    let path = section.text("path", faults).map_or_else(|| "bellhop.db".to_owned(), |spot| spot.value);
    let key_file = section.text("key_file", faults).map_or_else(|| format!("{path}.key"), |spot| spot.value);
    section.finish(faults);
    Store { path: source.folder.join(path), key_file: source.folder.join(key_file) }
}
