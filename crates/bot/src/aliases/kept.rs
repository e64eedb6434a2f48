//! Aliases as records: sealed, bound to whose they are and to their name, bounded in number.

use serde::{Deserialize, Serialize};
use store::{Change, Expect, Page, Record, StoreError, UnixMillis};

use super::Scope;
use crate::bot::Inner;
use crate::request::Caller;
use crate::seal::{Keyring, Purpose, SealError};

/// The kind of these records in the store.
const ALIASES: &str = "alias";
/// The version of [`Stored`].
const VERSION: u32 = 1;
/// How many aliases one scope may hold.
pub(crate) const MOST: usize = 100;

/// An alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alias {
    pub(crate) name: String,
    pub(crate) scope: Scope,
    /// The line, with `$1`, `$name`, `$*` in it.
    pub(crate) line: String,
    pub(crate) description: Option<String>,
    /// Who set it.
    pub(crate) by: String,
    pub(crate) at: UnixMillis,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    by: String,
    at: i64,
    line: String,
    description: Option<String>,
}

/// The beginning of the keys of a scope's aliases.
fn prefix(caller: &Caller, scope: Scope) -> String {
    let Caller { tenant, user, channel, .. } = caller;
    match scope {
        Scope::Me => format!("{tenant}/me/{user}/"),
        Scope::Channel => format!("{tenant}/channel/{channel}/"),
        Scope::Workspace => format!("{tenant}/workspace/"),
    }
}

/// The key of an alias as its caller sees it.
pub(crate) fn key(caller: &Caller, scope: Scope, name: &str) -> String {
    format!("{}{name}", prefix(caller, scope))
}

/// The change that makes or replaces an alias.
///
/// # Errors
/// It cannot be sealed.
pub(crate) fn stored(seal: &Keyring, caller: &Caller, alias: &Alias) -> Result<Change, SealError> {
    let key = key(caller, alias.scope, &alias.name);
    let Alias { line, description, by, at, .. } = alias.clone();
    // Texts are nothing that JSON cannot hold.
    let plain =
        serde_json::to_vec(&Stored { version: VERSION, by, at: at.0, line, description }).unwrap_or_default();
    let body = seal.seal(Purpose::Alias, &[ALIASES, &key], &plain)?;
    Ok(Change::put(ALIASES, key, Expect::Any, body, None))
}

/// The change that takes an alias away.
pub(crate) fn removed(key: String) -> Change {
    Change::remove(ALIASES, key, Expect::Any)
}

/// The alias of that name that counts for the caller: theirs, then the channel's, then the workspace's.
pub(super) async fn find(inner: &Inner, caller: &Caller, name: &str) -> Result<Option<Alias>, StoreError> {
    let now = inner.clock.millis();
    for scope in Scope::ALL {
        let record = inner.store.record(ALIASES, &key(caller, scope, name), now).await?;
        if let Some(alias) = record.and_then(|record| read(&inner.seal, &record, scope)) {
            return Ok(Some(alias));
        }
    }
    Ok(None)
}

impl Alias {
    /// All of a scope, by their names.
    ///
    /// # Errors
    /// The store does not answer.
    pub(crate) async fn all(inner: &Inner, caller: &Caller, scope: Scope) -> Result<Vec<Alias>, StoreError> {
        let limit = u32::try_from(2 * MOST).unwrap_or(u32::MAX);
        let page = Page { kind: ALIASES, prefix: prefix(caller, scope), after: None, limit };
        let records = inner.store.records(page, inner.clock.millis()).await?;
        Ok(records.iter().filter_map(|record| read(&inner.seal, record, scope)).collect())
    }
}

/// A record that was not sealed here for its key is no alias.
fn read(seal: &Keyring, record: &Record, scope: Scope) -> Option<Alias> {
    let plain = seal.open(Purpose::Alias, &[ALIASES, &record.key], &record.body).ok();
    let stored: Option<Stored> = plain.and_then(|plain| serde_json::from_slice(&plain).ok());
    let Some(Stored { by, at, line, description, .. }) = stored.filter(|stored| stored.version == VERSION)
    else {
        tracing::error!(
            key = record.key,
            "an alias in the store was not made by this bot; it is passed over"
        );
        return None;
    };
    let (_, name) = record.key.rsplit_once('/')?;
    Some(Alias { name: name.to_owned(), scope, line, description, by, at: UnixMillis(at) })
}
