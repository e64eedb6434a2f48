//! Reads the members of every group that matters: those never read, those read long ago, those in doubt, and all of them
//! when somebody asks.

use std::collections::BTreeSet;
use std::time::Duration;

use slack::WebApi;
use slack::web::{AuthTest, Identity};
use store::{Batch, Change, Expect, StoreError, UnixMillis};

use super::ask::{self, AskFault};
use super::kept::{self, MEMBERS};
use super::{Fault, GroupOf, Wanted, locked, progress, wanted};
use crate::bot::Inner;
use crate::clock::in_millis;
use crate::follow;

/// The longest time between two looks at what is due.
const LOOK: Duration = Duration::from_secs(30);
/// How long until a group that could not be read is tried again; it doubles.
const AGAIN_MS: i64 = 60_000;
/// The longest.
const LONGEST_MS: i64 = 30 * 60_000;
/// How often the message moves at most.
const MOVES_MS: i64 = 2_000;

/// Reads what is due, for as long as it is polled.
pub(crate) async fn keep(inner: &Inner) {
    let Some(web) = &inner.web else { return std::future::pending().await };
    let identity = loop {
        match identity(inner, web).await {
            Some(identity) => break identity,
            None => inner.clock.pause(LOOK).await,
        }
    };
    loop {
        match turn(inner, web, identity).await {
            Ok(true) => {}
            Ok(false) => {
                tokio::select! {
                    () = inner.members.bell.notified() => {}
                    () = inner.clock.pause(LOOK) => {}
                }
            }
            Err(error) => {
                inner.note::<()>(Err(error));
                inner.clock.pause(LOOK).await;
            }
        }
    }
}

/// Reads what is due, once.
pub(crate) async fn once(inner: &Inner) {
    let Some(web) = &inner.web else { return };
    if let Some(identity) = identity(inner, web).await {
        inner.note(turn(inner, web, identity).await);
    }
}

/// Whose token it is: that says which workspaces are read. Slack is asked until it has said so once: another token of the
/// same app is of the same workspace.
async fn identity<'a>(inner: &'a Inner, web: &WebApi) -> Option<&'a Identity> {
    match inner.members.identity.get_or_try_init(|| web.ask(&AuthTest)).await {
        Ok(identity) => Some(identity),
        Err(error) => {
            tracing::error!(%error, "slack does not say whose the bot token is; no list of members is read until it does");
            None
        }
    }
}

/// The workspaces whose groups are read.
fn teams(inner: &Inner, identity: &Identity) -> Vec<String> {
    if identity.is_enterprise_install {
        return inner.settings.allowed_teams.clone();
    }
    identity.team_id.iter().cloned().collect()
}

/// Reads all that is due now. Tells whether there was anything.
async fn turn(inner: &Inner, web: &WebApi, identity: &Identity) -> Result<bool, StoreError> {
    super::load(inner, None).await?;
    // Another process may have read a list meanwhile.
    follow::follow(inner).await;
    let mut wanted = wanted::under_way(inner).await?;
    let mut due = due(inner, &teams(inner, identity), wanted.as_ref());
    let (mut read, total) = (0, due.len());
    let mut moved_at = UnixMillis(0);
    while let Some(group) = due.pop_first() {
        if let Some(wanted) = &mut wanted
            && inner.clock.millis().since(moved_at) >= MOVES_MS
        {
            moved_at = inner.clock.millis();
            let text =
                format!("Reading who is in which group: {read} of {total} read, now {}.", shown(&group.1));
            progress::tell(inner, wanted, &text).await;
        }
        let for_team = identity.is_enterprise_install.then_some(group.0.as_str());
        // What comes into doubt while it is read is read again.
        let again = locked(&inner.members.again).remove(&group);
        match one(inner, web, &group, for_team).await {
            Ok(()) => {
                read += 1;
                locked(&inner.members.faults).remove(&group);
            }
            Err(AskFault::Store(error)) => return Err(error),
            Err(fault) => {
                failed(inner, &group, &fault);
                if again {
                    locked(&inner.members.again).insert(group);
                }
            }
        }
    }
    if let Some(mut wanted) = wanted {
        progress::tell(inner, &mut wanted, &summary(inner, read, total)).await;
        wanted::finish(inner).await?;
    }
    Ok(total > 0)
}

/// The groups that are to be read now.
fn due(inner: &Inner, teams: &[String], wanted: Option<&Wanted>) -> BTreeSet<GroupOf> {
    let now = inner.clock.millis();
    let old = now.plus(-in_millis(inner.settings.sync_every));
    let before = wanted.map_or(old.0, |wanted| wanted.since.max(old.0));
    let table = inner.members.table();
    let listed = |team: &str, group: &str| {
        table.groups().find(|known| known.team == team && known.group == group).and_then(|known| known.listed)
    };
    let again = locked(&inner.members.again).clone();
    let faults = locked(&inner.members.faults);
    let asked_since = |fault: &Fault| wanted.is_some_and(|wanted| fault.tried.0 < wanted.since);
    let waits =
        |group: &GroupOf| faults.get(group).is_some_and(|fault| fault.next > now && !asked_since(fault));
    let needed = super::needed(inner);
    let all = teams.iter().flat_map(|team| needed.iter().map(move |group| (team.clone(), group.clone())));
    let is_due =
        |group: &GroupOf| again.contains(group) || listed(&group.0, &group.1).is_none_or(|at| at < before);
    all.filter(|group| is_due(group) && !waits(group)).collect()
}

/// Reads one group, makes the list durable, and lets it count.
async fn one(inner: &Inner, web: &WebApi, group: &GroupOf, for_team: Option<&str>) -> Result<(), AskFault> {
    let listed = ask::members(inner, web, group, for_team).await?;
    let old = kept::chunks_of(inner, group).await?;
    let changes = kept::list(&inner.seal, group, &listed.members, listed.since, old)?;
    let now = inner.clock.millis();
    inner.store.commit(Batch { now, changes, job: None, rows: Vec::new() }).await?;
    let (team, id) = (group.0.as_str(), group.1.as_str());
    let users = listed.members.iter().map(String::as_str);
    inner.members.change(|table| table.list(team, id, users, listed.since.0));
    tracing::info!(team, group = id, members = listed.members.len(), "read who is in a group");
    ask::remove(inner, listed.parts).await?;
    ask::remove(inner, outdated(inner, group, listed.since).await?).await?;
    Ok(())
}

/// Changes that the list knows: they came before its reading began.
async fn outdated(
    inner: &Inner,
    (team, group): &GroupOf,
    since: UnixMillis,
) -> Result<Vec<Change>, StoreError> {
    let prefix = format!("delta/{team}/{group}/");
    let mut outdated = Vec::new();
    kept::each(inner, MEMBERS, &prefix, 500, |record| {
        let at = record.key[prefix.len()..].split('/').next().and_then(|at| at.parse::<i64>().ok());
        if at.is_some_and(|at| at < since.0) {
            outdated.push(Change::remove(MEMBERS, record.key, Expect::Any));
        }
    })
    .await?;
    Ok(outdated)
}

fn failed(inner: &Inner, group: &GroupOf, fault: &AskFault) {
    inner.counters.unread_groups.add();
    let mut faults = locked(&inner.members.faults);
    let times = faults.get(group).map_or(0, |fault| fault.times) + 1;
    let pause = AGAIN_MS.saturating_mul(1 << times.saturating_sub(1).min(10)).min(LONGEST_MS);
    let (why, tried) = (fault.to_string(), inner.clock.millis());
    tracing::warn!(team = group.0, group = group.1, why, times, "could not read who is in a group");
    faults.insert(group.clone(), Fault { times, tried, next: tried.plus(pause), why });
}

fn summary(inner: &Inner, read: usize, total: usize) -> String {
    let mut text = format!("Read who is in which group: {read} of {total}.");
    for ((_, group), fault) in locked(&inner.members.faults).iter().take(10) {
        text.push_str(&format!("\n{} could not be read: {}.", shown(group), fault.why));
    }
    text
}

/// As Slack shows a usergroup or channel, without calling anybody.
fn shown(group: &str) -> String {
    if group.starts_with('S') { format!("`{group}`") } else { format!("<#{group}>") }
}
