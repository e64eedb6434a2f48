//! The store that a configuration names.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use store::dynamodb::DynamoStore;
use store::sqlite::SqliteStore;
use store::{Holder, Store};

use crate::config::{self, StoreKind};
use crate::own_aws::OwnAws;

/// Opens it, as the process that owns its jobs or as one that runs only what it enqueues itself. A table has no owner:
/// there both are the same.
pub(crate) fn open(config: &config::Store, holder: Holder, aws: &OwnAws) -> Result<Arc<dyn Store>> {
    Ok(match &config.kind {
        StoreKind::Sqlite => Arc::new(sqlite(&config.path, holder)?),
        StoreKind::DynamoDb { table, region } => Arc::new(dynamodb(table, region.as_deref(), aws)?),
    })
}

/// A database in a file.
pub(crate) fn sqlite(path: &Path, holder: Holder) -> Result<SqliteStore> {
    SqliteStore::open(path, holder).with_context(|| format!("the store {}", path.display()))
}

/// A table, with Bellhop's own credentials.
pub(crate) fn dynamodb(table: &str, region: Option<&str>, aws: &OwnAws) -> Result<DynamoStore> {
    let mut options = aws.options("dynamodb");
    if let Some(region) = region {
        options.region = Some(region.to_owned());
    }
    if options.region.is_none() {
        bail!("the table {table} has no region: set [store] region, or AWS_REGION");
    }
    DynamoStore::new(aws.client().clone(), options, table).with_context(|| format!("the table {table}"))
}

/// Opens what is there, for a command beside whoever is using it.
///
/// # Errors
/// It is a file, and not there: nothing is made.
pub(crate) fn existing(config: &config::Store, vars: &BTreeMap<String, String>) -> Result<Arc<dyn Store>> {
    if config.kind == StoreKind::Sqlite {
        if !config.path.exists() {
            bail!("there is no store at {}", config.path.display());
        }
        return Ok(Arc::new(sqlite(&config.path, Holder::Guest)?));
    }
    open(config, Holder::Guest, &OwnAws::new(vars)?)
}
