//! Keeps the index fresh: lists what there is, a little at a time, in each configured account.
//!
//! It asks as Bellhop itself, in the accounts' own roles, in sessions that can only read; a caller sees of it what the
//! caller could have listed. Invariants: a listing that failed or was cut leaves what was known before; what vanished
//! goes with the listing that no longer has it; one account that throttles slows down that account alone.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_call::BoxFuture;
use aws_cli::{Parsed, Profile};
use futures_util::StreamExt as _;
use futures_util::stream;
use policy::Account;
use store::index::{Entry, Index, Scope};
use value::Value;

use super::kinds::{self, By, Kind};
use super::thing::{self, Thing};
use crate::bot::Inner;
use crate::lookup::{Looker, LookupFault, lookup};
use crate::settings::Indexing;

/// How long one listing may take, its pages together.
const LIMIT: Duration = Duration::from_secs(120);
/// How many accounts are listed at a time.
const ACCOUNTS: usize = 4;
/// How long an account rests between two listings.
const BREATH: Duration = Duration::from_millis(250);
/// How long it rests after it throttled, the first time; twice as long each time after.
const REST: Duration = Duration::from_secs(5);
/// The longest such rest.
const LONGEST_REST: Duration = Duration::from_secs(300);
/// How many of a cluster's services or tasks are described at a time: as many services as ECS takes.
const AT_A_TIME: usize = 10;
/// The most things of one listing that are kept.
const MOST: usize = 200_000;

/// The kinds that are listed unless the configuration names others.
pub(crate) const KINDS: &[&str] = &[
    "instance",
    "network-interface",
    "elastic-ip",
    "load-balancer",
    "classic-load-balancer",
    "database",
    "database-cluster",
    "function",
    "bucket",
    "cluster",
    "ecs-service",
    "ecs-task",
    "auto-scaling-group",
    "hosted-zone",
    "user",
    "stack",
];

/// Sweeps as often as configured, for ever.
pub(crate) async fn keep(inner: &Inner) {
    let (Some(index), Some(indexing)) = (inner.index.as_deref(), &inner.settings.indexing) else { return };
    loop {
        let (done, failed) = sweep(inner, index, indexing).await;
        tracing::info!(listings = done, failed, "swept the index");
        inner.clock.pause(indexing.every).await;
    }
}

/// Lists everything once. Returns how many listings were made and how many failed.
pub(crate) async fn sweep(inner: &Inner, index: &dyn Index, indexing: &Indexing) -> (usize, usize) {
    let rules = inner.rules.get();
    let accounts = one_of_each(rules.policy.accounts(), &indexing.accounts);
    let kinds: Vec<&'static Kind> = indexing.kinds.iter().filter_map(|name| kinds::named(name)).collect();
    forget_others(inner, index, &accounts, &kinds).await;
    let mut sweeping: Vec<BoxFuture<'_, (usize, usize)>> = Vec::with_capacity(accounts.len());
    for account in &accounts {
        sweeping.push(Box::pin(of_account(inner, index, account, &kinds)));
    }
    let counts: Vec<(usize, usize)> = stream::iter(sweeping).buffer_unordered(ACCOUNTS).collect().await;
    counts.into_iter().fold((0, 0), |(done, failed), (more, other)| (done + more, failed + other))
}

/// The accounts to sweep, each AWS account once, by the name that stands first.
fn one_of_each(accounts: &[Account], chosen: &[String]) -> Vec<Account> {
    let mut seen = BTreeSet::new();
    let wanted = |account: &&Account| chosen.is_empty() || chosen.contains(&account.name);
    let first = |account: &&Account| account.id().is_some_and(|id| seen.insert(id.to_owned()));
    accounts.iter().filter(wanted).filter(first).cloned().collect()
}

/// Forgets what is not swept any more: nobody would notice that it is old.
async fn forget_others(inner: &Inner, index: &dyn Index, accounts: &[Account], kinds: &[&'static Kind]) {
    let regions: BTreeMap<&str, &Vec<String>> =
        accounts.iter().filter_map(|account| Some((account.id()?, &account.regions))).collect();
    for listed in index.listed() {
        let scope = listed.scope;
        let region =
            regions.get(scope.account.as_str()).is_some_and(|regions| regions.contains(&scope.region));
        if !region || !kinds.iter().any(|kind| kind.name == scope.kind) {
            inner.note(index.forget(scope).await);
        }
    }
}

/// Lists every kind in every region of an account, one after the other.
async fn of_account(
    inner: &Inner,
    index: &dyn Index,
    account: &Account,
    kinds: &[&'static Kind],
) -> (usize, usize) {
    let (mut done, mut failed) = (0, 0);
    let mut rest = REST;
    for (number, region) in account.regions.iter().enumerate() {
        if inner.regions.is_off(account, region) {
            continue;
        }
        for kind in kinds.iter().filter(|kind| number == 0 || !is_once(kind)) {
            inner.clock.pause(BREATH).await;
            let listed = list(inner, account, region, kind).await;
            match listed {
                Ok(entries) => {
                    rest = REST;
                    done += 1;
                    let scope = Scope {
                        account: account.id().unwrap_or_default().to_owned(),
                        region: region.clone(),
                        kind: kind.name.to_owned(),
                    };
                    inner.note(index.replace(scope, inner.clock.millis(), entries).await);
                }
                Err(fault) => {
                    failed += 1;
                    tracing::debug!(account = account.name, region, kind = kind.name, fault = %fault, "a listing failed; what was known stays");
                    if is_throttling(&fault) {
                        inner.clock.pause(rest).await;
                        rest = rest.saturating_mul(2).min(LONGEST_REST);
                    }
                }
            }
        }
    }
    (done, failed)
}

/// What an account lists once, whatever the region.
fn is_once(kind: &Kind) -> bool {
    matches!(kind.name, "bucket" | "hosted-zone" | "distribution" | "user" | "role")
}

fn is_throttling(fault: &LookupFault) -> bool {
    let LookupFault::Refused { code, .. } = fault else { return false };
    ["Throttl", "RequestLimitExceeded", "TooManyRequests", "SlowDown"].iter().any(|sign| code.contains(sign))
}

async fn list(
    inner: &Inner,
    account: &Account,
    region: &str,
    kind: &Kind,
) -> Result<Vec<Entry>, LookupFault> {
    let settings = inner.rules.get().accounts.get(&account.name).cloned().unwrap_or_default();
    let prefix = prefix_of(inner, kind).ok_or_else(|| LookupFault::NoRead(kind.list.to_owned()))?;
    let session = inner.sessions.for_sweep(&inner.catalog, account, &settings, &prefix);
    let session = session.map_err(|fault| LookupFault::Unanswered(fault.to_string()))?;
    let (credentials, _) = inner.sessions.open(&session);
    let looker = Looker { region: region.to_owned(), credentials, limit: LIMIT };
    if let By::InCluster(..) = kind.by {
        let things = in_clusters(inner, &looker, kind).await?;
        return Ok(things.iter().map(Thing::entry).collect());
    }
    let mut words: Vec<&str> = kind.list.split(' ').collect();
    if kind.name == "image" {
        words.extend(["--owners", "self"]);
    }
    let answer = lookup(inner, &looker, &words).await?;
    let mut things = thing::listed(kind, &answer);
    if kind.name == "user" {
        things.extend(keys_of(inner, &looker, &things).await?);
    }
    if kind.name == "hosted-zone" {
        things.extend(records_of(inner, &looker, &things).await?);
    }
    things.truncate(MOST);
    Ok(things.iter().map(Thing::entry).collect())
}

/// What the clusters of ECS hold of a kind: listed by ARN cluster by cluster, then described some at a time.
async fn in_clusters(inner: &Inner, looker: &Looker, kind: &Kind) -> Result<Vec<Thing>, LookupFault> {
    let By::InCluster(call, option, _) = kind.by else { return Ok(Vec::new()) };
    let clusters = lookup(inner, looker, &["ecs", "list-clusters"]).await?;
    let mut found = Vec::new();
    for cluster in thing::items(&clusters, "clusterArns[]").into_iter().filter_map(Value::as_text) {
        inner.clock.pause(BREATH).await;
        let words: Vec<&str> = kind.list.split(' ').chain(["--cluster", cluster]).collect();
        let listed = lookup(inner, looker, &words).await?;
        let arns: Vec<&str> =
            thing::items(&listed, kind.items).into_iter().filter_map(Value::as_text).take(MOST).collect();
        for some in arns.chunks(AT_A_TIME) {
            inner.clock.pause(BREATH).await;
            let words = call.split(' ').chain(["--cluster", cluster, option]).chain(some.iter().copied());
            let answer = lookup(inner, looker, &words.collect::<Vec<_>>()).await?;
            found.extend(thing::asked(kind, &answer));
        }
        if found.len() >= MOST {
            break;
        }
    }
    found.truncate(MOST);
    Ok(found)
}

/// What IAM calls the service of a listing.
fn prefix_of(inner: &Inner, kind: &Kind) -> Option<String> {
    let parsed = aws_cli::parse(&inner.catalog, &kind.listing(), &inner.settings.environment, Profile::Chat);
    let Ok(Parsed::Call(invocation)) = parsed else { return None };
    Some(invocation.iam_action.split(':').next()?.to_owned())
}

/// Access keys of users. An id is kept as a name to be found by, and shows masked.
async fn keys_of(inner: &Inner, looker: &Looker, users: &[Thing]) -> Result<Vec<Thing>, LookupFault> {
    let mut keys = Vec::new();
    for user in users {
        inner.clock.pause(BREATH).await;
        let answer = lookup(inner, looker, &["iam", "list-access-keys", "--user-name", &user.id]).await?;
        keys.extend(super::key::listed(&answer, &user.id));
    }
    Ok(keys)
}

/// Records of zones.
async fn records_of(inner: &Inner, looker: &Looker, zones: &[Thing]) -> Result<Vec<Thing>, LookupFault> {
    let mut records = Vec::new();
    for zone in zones {
        inner.clock.pause(BREATH).await;
        let words = ["route53", "list-resource-record-sets", "--hosted-zone-id", &zone.id];
        let answer = lookup(inner, looker, &words).await?;
        records.extend(super::record::listed(&answer, &zone.called()));
        if records.len() > MOST {
            break;
        }
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_that_are_swept_exist() {
        for name in KINDS {
            assert!(kinds::named(name).is_some(), "{name}");
        }
    }

    #[test]
    fn an_account_with_two_names_is_swept_once() {
        let account =
            |name: &str, id: &str| Account::new(name, &format!("arn:aws:iam::{id}:role/r"), &["eu-west-1"]);
        let accounts =
            [account("a", "111111111111"), account("b", "111111111111"), account("c", "222222222222")];
        let names = |chosen: &[&str]| {
            let chosen: Vec<String> = chosen.iter().map(|name| (*name).to_owned()).collect();
            one_of_each(&accounts, &chosen).into_iter().map(|account| account.name).collect::<Vec<_>>()
        };
        assert_eq!(names(&[]), ["a", "c"]);
        assert_eq!(names(&["b"]), ["b"]);
    }
}
