//! `[store]`: where state is kept.

use std::path::PathBuf;
use std::time::Duration;

use crate::config::section::Spot;
use crate::config::{Faults, Section, Source};
use crate::keys::KmsKey;

/// The store's settings.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    /// What keeps it.
    pub(crate) kind: StoreKind,
    /// The SQLite database; other files that have no path of their own lie beside it, whatever the kind.
    pub(crate) path: PathBuf,
    /// The keys that jobs are sealed with; made at first start.
    pub(crate) key_file: PathBuf,
    /// The key of KMS under which they are kept in the store instead.
    pub(crate) key: Option<KmsKey>,
}

/// What keeps state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum StoreKind {
    /// A database in a local file: one process at a time works on its jobs.
    Sqlite,
    /// A table that many processes share.
    DynamoDb {
        /// Its name.
        table: String,
        /// Its region; Bellhop's own without it.
        region: Option<String>,
    },
}

/// Reads the table. Relative paths start at the configuration file's folder.
pub(super) fn read(mut section: Section<'_>, source: &Source<'_>, faults: &mut Faults) -> Store {
    let path = section.text("path", faults).map_or_else(|| "bellhop.db".to_owned(), |spot| spot.value);
    let key_file = section.text("key_file", faults).map_or_else(|| format!("{path}.key"), |spot| spot.value);
    let key = key(&mut section, faults);
    let kind = kind(&mut section, faults);
    section.finish(faults);
    Store { kind, path: source.folder.join(path), key_file: source.folder.join(key_file), key }
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

fn kind(section: &mut Section<'_>, faults: &mut Faults) -> StoreKind {
    let kind = section.text("kind", faults);
    let table = section.text("table", faults);
    let region = section.text("region", faults);
    let Some(kind) = kind.filter(|kind| kind.value != "sqlite") else {
        for spot in [&table, &region].into_iter().flatten() {
            faults.at(spot.at, "store: table and region belong to kind = \"dynamodb\"".to_owned());
        }
        return StoreKind::Sqlite;
    };
    if kind.value != "dynamodb" {
        faults.at(kind.at, format!("store.kind: \"{}\" is neither \"sqlite\" nor \"dynamodb\"", kind.value));
    }
    let table = table.unwrap_or_else(|| Spot { value: "bellhop".to_owned(), at: kind.at });
    if !is_table(&table.value) {
        faults.at(table.at, format!("store.table: \"{}\" is no name of a table", table.value));
    }
    StoreKind::DynamoDb { table: table.value, region: region.map(|spot| spot.value) }
}

/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>.
fn is_table(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    (3..=255).contains(&name.len()) && name.chars().all(allowed)
}
