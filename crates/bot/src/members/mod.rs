//! Who is in which usergroups and channels, and what kind of user everybody is: read from Slack, kept in the store, looked
//! up in memory.
//!
//! The way: [`sync`] reads whole lists, now and then and on demand; [`event`] applies at once what Slack says meanwhile;
//! [`kept`] makes both durable and reads them at start; [`mod@meet`] asks about somebody who is seen for the first time.
//!
//! Invariants: a reader sees a table as a whole, before a change or after it; what an event said is not undone by a list
//! whose reading began before it; what cannot be learnt, or not in time, grants nothing. Without a bot token nothing can be
//! learnt: everybody who speaks counts as a member, and is in no group but the channel in which they speak.
//! Absent on purpose: what follows from all this, which is the policy's business.

mod ask;
pub(crate) mod event;
mod kept;
mod meet;
mod progress;
pub(crate) mod sync;
mod wanted;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use policy::{Actor, Approval, Limits, Memberships};
use slack::web::Identity;
use store::UnixMillis;
use tokio::sync::{Notify, OnceCell};

use crate::bot::Inner;
use crate::cache;
use crate::health::GroupHealth;
use event::Order;

pub(crate) use wanted::{Wanted, want};

/// A usergroup or channel of a workspace.
pub(crate) type GroupOf = (String, String);

/// The table, and what is under way about it.
pub(crate) struct Members {
    table: RwLock<Arc<Memberships>>,
    loaded: OnceCell<()>,
    /// Whose the bot token is, once Slack has said so.
    identity: OnceCell<Identity>,
    order: Mutex<Order>,
    /// Groups that are to be read again soon.
    again: Mutex<BTreeSet<GroupOf>>,
    /// Groups that could not be read: how often, when to try again, why.
    faults: Mutex<BTreeMap<GroupOf, Fault>>,
    /// Rung when there is something to read.
    bell: Notify,
}

/// Why a group could not be read.
#[derive(Debug, Clone)]
struct Fault {
    times: u32,
    tried: UnixMillis,
    next: UnixMillis,
    why: String,
}

/// What is known at a moment.
pub(crate) struct Known {
    table: Arc<Memberships>,
    /// Nothing can be known: whoever speaks counts as a member.
    assumed: bool,
    now: UnixMillis,
}

impl Members {
    pub(crate) fn new(limits: Limits) -> Members {
        Members {
            table: RwLock::new(Arc::new(Memberships::new(limits))),
            loaded: OnceCell::new(),
            identity: OnceCell::new(),
            order: Mutex::default(),
            again: Mutex::default(),
            faults: Mutex::default(),
            bell: Notify::new(),
        }
    }

    /// The table of this moment.
    fn table(&self) -> Arc<Memberships> {
        Arc::clone(&self.table.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the table: whoever looked before keeps what they saw.
    fn change(&self, change: impl FnOnce(&mut Memberships)) {
        change(Arc::make_mut(&mut self.table.write().unwrap_or_else(PoisonError::into_inner)));
    }

    /// Has groups read again soon.
    fn read_again(&self, groups: impl IntoIterator<Item = GroupOf>) {
        let mut again = locked(&self.again);
        let before = again.len();
        again.extend(groups);
        if again.len() > before {
            self.bell.notify_one();
        }
    }

    /// Rules have changed: they may name further groups.
    pub(crate) fn look(&self) {
        self.bell.notify_one();
    }
}

/// Reads what the store holds, unless that was done before.
///
/// # Errors
/// The store does not answer.
pub(crate) async fn load(inner: &Inner, stamp: Option<u64>) -> Result<(), store::StoreError> {
    let members = &inner.members;
    members.loaded.get_or_try_init(|| reload(inner, stamp)).await?;
    Ok(())
}

/// Reads everything again, from the cache where it has what holds at that stamp.
///
/// # Errors
/// The store does not answer: what was known stays.
pub(crate) async fn reload(inner: &Inner, stamp: Option<u64>) -> Result<(), store::StoreError> {
    let cached = match stamp {
        Some(stamp) => cache::members(inner, stamp).await,
        None => None,
    };
    let records = match (cached, stamp) {
        (Some(records), _) => records,
        (None, stamp) => {
            let records = kept::records(inner).await?;
            if let Some(stamp) = stamp {
                cache::put_members(inner, stamp, &records).await;
            }
            records
        }
    };
    let (table, order) = kept::table(inner, &records);
    *inner.members.table.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(table);
    *locked(&inner.members.order) = order;
    Ok(())
}

/// Reads again what those names stand for: `group/T1/S1`, `user/T1/U1`.
///
/// # Errors
/// The store does not answer.
pub(crate) async fn read_again(inner: &Inner, names: &BTreeSet<String>) -> Result<(), store::StoreError> {
    for name in names {
        match name.split('/').collect::<Vec<_>>()[..] {
            ["group", team, group] => kept::group(inner, &(team.to_owned(), group.to_owned())).await?,
            ["user", team, user] => kept::somebody(inner, team, user).await?,
            _ => {}
        }
    }
    Ok(())
}

/// What is known while nothing can be known: nobody is anybody.
pub(crate) fn nobody(inner: &Inner) -> Known {
    Known { table: Arc::default(), assumed: false, now: inner.clock.millis() }
}

/// What is known about that user now; asks Slack about somebody who was not seen before, for a moment.
pub(crate) async fn known(inner: &Inner, team: &str, user: &str) -> Known {
    if inner.web.is_some() {
        inner.note(load(inner, None).await);
        meet::meet(inner, team, user).await;
    }
    at_once(inner)
}

/// What is known now, of everybody who was seen before.
pub(crate) fn at_once(inner: &Inner) -> Known {
    Known { table: inner.members.table(), assumed: inner.web.is_none(), now: inner.clock.millis() }
}

impl Known {
    /// Nothing, as without a token.
    #[cfg(test)]
    pub(crate) fn nothing() -> Known {
        Known { table: Arc::default(), assumed: true, now: UnixMillis(0) }
    }

    /// Somebody, by what is known.
    pub(crate) fn actor<'a>(&'a self, team: &'a str, user: &'a str) -> Actor<'a> {
        if self.assumed {
            return Actor::member(team, user);
        }
        self.table.actor(team, user, self.now.0)
    }

    /// Whether somebody is among these users, usergroups and channels, as a full member.
    pub(crate) fn is_among(&self, ids: &[String], team: &str, user: &str) -> bool {
        Approval { approvers: ids.to_vec(), count: 1 }.admits(&self.actor(team, user))
    }
}

/// How many people are in a group, by its last list; `None` if it was never read.
pub(crate) fn count(inner: &Inner, team: &str, group: &str) -> Option<usize> {
    let table = inner.members.table();
    let found = table.groups().find(|known| known.team == team && known.group == group);
    found.filter(|known| known.listed.is_some()).map(|known| known.members)
}

/// Whether somebody may change rights from Slack: an admin or owner of the workspace, or of a usergroup that is configured
/// for it.
pub(crate) fn is_administrator(inner: &Inner, known: &Known, team: &str, user: &str) -> bool {
    let settings = &inner.settings;
    (settings.workspace_admins && known.actor(team, user).admin)
        || known.is_among(&settings.access_admins, team, user)
}

/// Ids of the groups whose members must be known.
fn needed(inner: &Inner) -> BTreeSet<String> {
    let rules = inner.rules.get();
    let mut ids: BTreeSet<String> = rules.policy.groups().into_iter().map(str::to_owned).collect();
    ids.extend(inner.settings.access_admins.iter().cloned());
    ids
}

/// How fresh what is known of each group is that rules name.
pub(crate) fn ages(inner: &Inner) -> Vec<GroupHealth> {
    let (table, now, faults) = (inner.members.table(), inner.clock.millis(), locked(&inner.members.faults));
    let health = |id: String| {
        let listed = table.groups().filter(|known| known.group == id).filter_map(|known| known.listed).min();
        let age = listed.map(|at| Duration::from_millis(now.since(UnixMillis(at)).max(0).unsigned_abs()));
        let fault = faults.iter().find(|((_, group), _)| *group == id).map(|(_, fault)| fault.why.clone());
        GroupHealth { id, age, fault }
    };
    needed(inner).into_iter().map(health).collect()
}

/// Says once what cannot be had without a token.
pub(crate) fn tell_what_is_missing(inner: &Inner) {
    if inner.web.is_some() {
        return;
    }
    let groups = needed(inner);
    let (usergroups, channels): (Vec<_>, Vec<_>) = groups.iter().partition(|id| id.starts_with('S'));
    if !usergroups.is_empty() {
        tracing::warn!(
            usergroups = ?usergroups,
            "rules name usergroups, whose members cannot be known without slack.bot_token: their grants give nothing"
        );
    }
    if !channels.is_empty() {
        tracing::warn!(
            channels = ?channels,
            "rules name channels, whose members cannot be known without slack.bot_token: only whoever speaks there counts"
        );
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
