//! `[index]`: what is found without asking AWS, and how fresh it is kept. Without the table there is no index.

use std::path::PathBuf;
use std::time::Duration;

use bot::Indexing;

use crate::config::accounts::Account;
use crate::config::section::nearest;
use crate::config::{Faults, Section, Source, Store};

/// The index's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Index {
    /// Its file.
    pub(crate) path: PathBuf,
    /// What is kept in it.
    pub(crate) indexing: Indexing,
}

/// Reads the table. Relative paths start at the configuration file's folder.
pub(super) fn read(
    mut section: Section<'_>,
    store: &Store,
    accounts: &[Account],
    discovered: bool,
    source: &Source<'_>,
    faults: &mut Faults,
) -> Option<Index> {
    if !section.is_there() {
        return None;
    }
    let path = match section.text("path", faults) {
        Some(spot) => source.folder.join(spot.value),
        None => {
            let mut beside = store.path.clone().into_os_string();
            beside.push(".index");
            PathBuf::from(beside)
        }
    };
    let names = || accounts.iter().map(|account| account.policy.name.as_str());
    let chosen = section.texts("accounts", faults).unwrap_or_default();
    // An account that is discovered may have any name.
    for spot in chosen.iter().filter(|spot| !discovered && !names().any(|name| name == spot.value)) {
        faults.at(spot.at, format!("index.accounts: there is no account `{}`", spot.value));
        if let Some(close) = nearest(&spot.value, names()) {
            faults.hint(format!("did you mean `{close}`?"));
        }
    }
    let minutes = section.number("every_minutes", 1..=7 * 24 * 60, faults).unwrap_or(30);
    let (usual, all) = Indexing::kinds();
    let kinds = section.texts("kinds", faults);
    for spot in kinds.iter().flatten().filter(|spot| !all.contains(&spot.value.as_str())) {
        faults.at(spot.at, format!("index.kinds: there is no kind `{}`", spot.value));
        let close = nearest(&spot.value, all.iter().copied());
        faults.hint(close.map_or_else(
            || format!("kinds are {}", all.join(", ")),
            |close| format!("did you mean `{close}`?"),
        ));
    }
    let kinds = match kinds {
        Some(kinds) => kinds.into_iter().map(|spot| spot.value).collect(),
        None => usual.into_iter().map(str::to_owned).collect(),
    };
    section.finish(faults);
    let indexing = Indexing {
        accounts: chosen.into_iter().map(|spot| spot.value).collect(),
        every: Duration::from_secs(minutes.unsigned_abs() * 60),
        kinds,
    };
    Some(Index { path, indexing })
}
