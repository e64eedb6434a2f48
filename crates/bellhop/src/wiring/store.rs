//! The store that a configuration names.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use store::sqlite::SqliteStore;
use store::{Holder, Store};

use crate::config;

/// Opens it, as the process that owns its jobs or as one that runs only what it enqueues itself.
pub(crate) fn open(config: &config::Store, holder: Holder) -> Result<Arc<dyn Store>> {
    let path = &config.path;
    let store = SqliteStore::open(path, holder).with_context(|| format!("the store {}", path.display()))?;
    Ok(Arc::new(store))
}
