//! Accounts that nobody wrote down: the organisation's, asked for from time to time and kept in the store.
//!
//! Invariants: an account of the file is never replaced by a found one; what could not be asked leaves the accounts as
//! they were; what was found last is there at the next start, before Organizations has answered.

mod name;
mod organization;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use policy::Account;
use serde::{Deserialize, Serialize};
use store::{Batch, Change, Committed, Expect, Page, Record, StoreError, UnixMillis};

use crate::bot::Inner;
use crate::lookup::{Looker, LookupFault};
use crate::outcome::causes;
use crate::record;
use crate::roles::RoleSession;
use crate::rules::{FoundAccount, Rules};
use crate::settings::Discovery;

/// The kind of the records.
const KIND: &str = "account";
/// The version of their bodies.
const VERSION: u32 = 1;
/// How long one question to Organizations may take, its pages together.
const LIMIT: Duration = Duration::from_secs(60);
/// After a failure it is asked again this soon.
const AGAIN: Duration = Duration::from_secs(60);
/// How many records are read or changed at a time.
const STEP: usize = 50;

/// An account as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    version: u32,
    name: String,
    role_arn: String,
    labels: BTreeMap<String, String>,
}

/// Why discovery found nothing new.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("Organizations did not answer")]
    Lookup(#[from] LookupFault),
    #[error("the store failed")]
    Store(#[from] StoreError),
    #[error("Bellhop has no credentials of its own")]
    NoCredentials,
}

/// Takes up what was found before.
///
/// # Errors
/// The store failed.
pub(crate) async fn take_up_kept(inner: &Inner) -> Result<(), StoreError> {
    if let Some(discovery) = &inner.settings.discovery {
        take_up(inner, discovery, &kept(inner).await?);
    }
    Ok(())
}

/// Asks as often as configured, for ever.
pub(crate) async fn keep(inner: &Inner) {
    let Some(discovery) = &inner.settings.discovery else { return };
    loop {
        let asked = once(inner, discovery).await;
        inner.clock.pause(if asked { discovery.every } else { AGAIN.min(discovery.every) }).await;
    }
}

/// Asks now. Tells whether there was an answer.
pub(crate) async fn once(inner: &Inner, discovery: &Discovery) -> bool {
    match ask(inner, discovery).await {
        Ok(count) => {
            tracing::info!(accounts = count, "asked Organizations for accounts");
            true
        }
        Err(fault) => {
            tracing::warn!(fault = causes(&fault), "accounts could not be discovered; those known stay");
            false
        }
    }
}

/// Asks, keeps and takes up what there is now. Returns how many accounts there are.
async fn ask(inner: &Inner, discovery: &Discovery) -> Result<usize, Fault> {
    let looker = looker(inner, discovery)?;
    let members =
        organization::members(inner, &looker, &discovery.units, &discovery.labels_from_tags).await?;
    let before = kept(inner).await?;
    let now = wanted(members, discovery, &before, &inner.rules.get());
    write(inner, &before, &now).await?;
    let count = now.len();
    take_up(inner, discovery, &now);
    Ok(count)
}

/// As whom Organizations is asked: Bellhop itself, or the role named for it.
fn looker(inner: &Inner, discovery: &Discovery) -> Result<Looker, Fault> {
    // Organizations is one for a partition; any region of it leads there.
    let region = discovery.regions.first().cloned().unwrap_or_else(|| "us-east-1".to_owned());
    let credentials = match &discovery.through {
        None => inner.sessions.own().ok_or(Fault::NoCredentials)?,
        Some(role_arn) => {
            let session = RoleSession {
                role_arn: role_arn.clone(),
                region: region.clone(),
                session_name: "bellhop-discovery".to_owned(),
                source_identity: None,
                tags: Vec::new(),
                external_id: discovery.account.external_id.clone(),
                policy: None,
                duration: None,
            };
            inner.sessions.open(&session).0
        }
    };
    Ok(Looker { region, credentials, limit: LIMIT })
}

/// The accounts to keep, by id, without those excluded. An account that is known keeps its name, so that no grant ever
/// moves to another account by a change in Organizations.
fn wanted(
    members: Vec<organization::Member>,
    discovery: &Discovery,
    before: &BTreeMap<String, Kept>,
    rules: &Rules,
) -> BTreeMap<String, Kept> {
    let in_use = rules.book.accounts.iter().map(|account| account.name.clone());
    let mut taken: BTreeSet<String> = in_use.chain(before.values().map(|kept| kept.name.clone())).collect();
    let mut found = BTreeMap::new();
    for member in members {
        let excluded = |text: &String| *text == member.id || *text == member.name;
        if discovery.exclude.iter().any(excluded) {
            continue;
        }
        let known = before.get(&member.id).map(|kept| kept.name.clone());
        let name = known.unwrap_or_else(|| name::of(&member.name, &member.id, &taken));
        taken.insert(name.clone());
        let role_arn = format!("arn:{}:iam::{}:role/{}", member.partition, member.id, discovery.role_name);
        let mut labels = discovery.labels.clone();
        labels.extend(member.tags);
        found.insert(member.id, Kept { version: VERSION, name, role_arn, labels });
    }
    found
}

/// Puts the accounts among the rules.
fn take_up(inner: &Inner, discovery: &Discovery, accounts: &BTreeMap<String, Kept>) {
    let found = accounts.values().map(|kept| FoundAccount {
        account: Account {
            name: kept.name.clone(),
            role_arn: kept.role_arn.clone(),
            regions: discovery.regions.clone(),
            labels: kept.labels.clone(),
        },
        settings: discovery.account.clone(),
    });
    inner.rules.set_found(found.collect());
}

/// What the store has, by account id.
async fn kept(inner: &Inner) -> Result<BTreeMap<String, Kept>, StoreError> {
    let (mut all, mut after) = (BTreeMap::new(), None);
    loop {
        let page = Page { kind: KIND, prefix: String::new(), after, limit: STEP as u32 };
        let records = inner.store.records(page, inner.clock.millis()).await?;
        let whole = records.len() < STEP;
        after = records.last().map(|record| record.key.clone());
        all.extend(records.iter().filter_map(read));
        if whole {
            return Ok(all);
        }
    }
}

/// A record of another version is found anew.
fn read(record: &Record) -> Option<(String, Kept)> {
    let kept: Kept = serde_json::from_slice(&record.body).ok()?;
    (kept.version == VERSION).then(|| (record.key.clone(), kept))
}

/// Writes what changed, with a row of the audit for each account that came, changed or went.
async fn write(
    inner: &Inner,
    before: &BTreeMap<String, Kept>,
    now: &BTreeMap<String, Kept>,
) -> Result<(), StoreError> {
    let at = inner.clock.millis();
    let mut steps = Vec::new();
    for (id, kept) in now.iter().filter(|(id, kept)| before.get(*id) != Some(*kept)) {
        let word = if before.contains_key(id) { "changed" } else { "found" };
        let body = serde_json::to_vec(kept).map_err(|error| StoreError::Failed(error.to_string()))?;
        steps.push((Change::put(KIND, id.clone(), Expect::Any, body, None), row(at, word, id, kept)));
    }
    for (id, kept) in before.iter().filter(|(id, _)| !now.contains_key(*id)) {
        steps.push((Change::remove(KIND, id.clone(), Expect::Any), row(at, "gone", id, kept)));
    }
    for step in steps.chunks(STEP) {
        let (changes, rows) = step.iter().cloned().unzip();
        match inner.store.commit(Batch { now: at, changes, job: None, rows }).await? {
            Committed::Done(_) => {}
            other => return Err(StoreError::Failed(format!("accounts could not be kept: {other:?}"))),
        }
    }
    Ok(())
}

fn row(at: UnixMillis, word: &'static str, id: &str, kept: &Kept) -> store::NewAuditRow {
    record::account(at, word, id, &kept.name, &kept.role_arn)
}
