//! What Slack's events change about memberships. Pure but for the order in which events came; the caller makes the
//! changes durable and then has them applied.
//!
//! Events may come late and out of order. Who left is out at once, whatever came before. Who came is in, unless they are
//! known to have left since; then, and whenever the order is in doubt, the whole list is read again.

use std::collections::HashMap;

use policy::ActorKind;
use slack::{Event, EventKind, User};
use store::{Change, UnixMillis};

use super::kept::{self, Delta};
use super::{GroupOf, locked};
use crate::bot::Inner;

/// How many people's leaving is remembered.
const REMEMBERED: usize = 50_000;

/// When what happened last, by Slack's clock in milliseconds.
#[derive(Default)]
pub(super) struct Order {
    latest: HashMap<GroupOf, i64>,
    left: HashMap<(GroupOf, String), i64>,
}

/// What an event changes.
#[derive(Default)]
pub(crate) struct Effect {
    /// Changes of records, for the step that also marks the event.
    pub(crate) changes: Vec<Change>,
    moved: Option<(GroupOf, Delta)>,
    user: Option<(String, String, ActorKind, bool, UnixMillis)>,
    /// The group whose list is in doubt.
    again: Option<GroupOf>,
}

impl Order {
    pub(super) fn note(&mut self, group: &GroupOf, delta: &Delta) {
        let latest = self.latest.entry(group.clone()).or_insert(delta.happened);
        *latest = (*latest).max(delta.happened);
        if self.left.len() > REMEMBERED {
            // Who left long ago is on no list that is still read.
            let mut times: Vec<i64> = self.left.values().copied().collect();
            times.sort_unstable();
            let middle = times[times.len() / 2];
            self.left.retain(|_, at| *at > middle);
        }
        for user in &delta.left {
            self.left.insert((group.clone(), user.clone()), delta.happened);
        }
    }

    fn has_left_since(&self, group: &GroupOf, user: &str, happened: i64) -> bool {
        self.left.get(&(group.clone(), user.to_owned())).is_some_and(|left| *left >= happened)
    }

    fn is_late(&self, group: &GroupOf, happened: i64) -> bool {
        self.latest.get(group).is_some_and(|latest| happened < *latest)
    }
}

/// What an event changes, if it is about a group or user that matters.
pub(crate) fn of(inner: &Inner, event: &Event, now: UnixMillis) -> Effect {
    let team = event.tenant();
    let happened = event.event_time.and_then(|seconds| i64::try_from(seconds).ok()?.checked_mul(1000));
    let happened = happened.map_or(now.0, |at| at.min(now.0));
    let group = |id: &str| (team.to_owned(), id.to_owned());
    let (group, joined, left, emptied, doubt) = match &event.kind {
        EventKind::MemberJoinedChannel { user, channel } => {
            (group(channel), vec![user.clone()], Vec::new(), false, false)
        }
        EventKind::MemberLeftChannel { user, channel } => {
            (group(channel), Vec::new(), vec![user.clone()], false, false)
        }
        EventKind::SubteamMembersChanged { usergroup, added, removed, is_whole } => {
            let is_kept = added.len() + removed.len() <= kept::DELTA_IDS;
            (group(usergroup), added.clone(), removed.clone(), false, !is_whole || !is_kept)
        }
        EventKind::SubteamUpdated(usergroup) => {
            (group(&usergroup.id), Vec::new(), Vec::new(), usergroup.is_disabled, true)
        }
        EventKind::ChannelArchive { channel } => (group(channel), Vec::new(), Vec::new(), true, false),
        EventKind::UserChange(user) | EventKind::TeamJoin(user) => return of_user(inner, team, user, now),
        EventKind::Other(_) => return Effect::default(),
    };
    if !matters(inner, &group) {
        return Effect::default();
    }
    let order = locked(&inner.members.order);
    let doubtful = |user: &String| order.has_left_since(&group, user, happened);
    let again = doubt || order.is_late(&group, happened) || joined.iter().any(doubtful);
    let joined = joined.into_iter().filter(|user| !order.has_left_since(&group, user, happened)).collect();
    drop(order);
    // Slack counts seconds: a list that was begun within that second may not know it yet.
    let joined_at = happened.saturating_add(999).min(now.0);
    let delta = Delta { happened, joined_at, left_at: now.0, joined, left, emptied, ..Delta::default() };
    Effect {
        changes: vec![kept::delta(&inner.seal, &group, &event.event_id, &delta, now)],
        again: again.then(|| group.clone()),
        moved: Some((group, delta)),
        user: None,
    }
}

/// Only whoever was seen before: others are asked about when they are.
fn of_user(inner: &Inner, team: &str, user: &User, now: UnixMillis) -> Effect {
    let table = inner.members.table();
    let known = table.actor(team, &user.id, now.0);
    let (kind, admin) = kind_of(team, user);
    let is_news = known.kind != ActorKind::Unknown && (known.kind, known.admin) != (kind, admin);
    if !is_news && kind != ActorKind::Deactivated {
        return Effect::default();
    }
    Effect {
        changes: kept::user(&inner.seal, team, &user.id, kind, admin, now).into_iter().collect(),
        user: Some((team.to_owned(), user.id.clone(), kind, admin, now)),
        ..Effect::default()
    }
}

/// The table follows what is durable by now.
pub(crate) fn apply(inner: &Inner, effect: Effect) {
    let members = &inner.members;
    if let Some((group, delta)) = effect.moved {
        locked(&members.order).note(&group, &delta);
        members.change(|table| kept::apply(table, &group, &delta));
    }
    if let Some((team, user, kind, admin, at)) = effect.user {
        members.change(|table| table.user(&team, &user, kind, admin, at.0));
    }
    members.read_again(effect.again);
}

fn matters(inner: &Inner, (team, group): &GroupOf) -> bool {
    let is_kept = inner.members.table().groups().any(|known| known.team == team && known.group == group);
    is_kept || super::needed(inner).contains(group)
}

/// What kind of user somebody is, and whether an admin or owner. Never by name.
pub(super) fn kind_of(team: &str, user: &User) -> (ActorKind, bool) {
    let elsewhere = user.enterprise_id.is_none() && user.team_id.as_deref().is_some_and(|own| own != team);
    let kind = if user.is_deleted {
        ActorKind::Deactivated
    } else if user.is_bot {
        ActorKind::Bot
    } else if user.is_stranger || elsewhere {
        ActorKind::Stranger
    } else if user.is_guest {
        ActorKind::Guest
    } else {
        ActorKind::Member
    };
    let admin = user.is_admin || user.is_owner || user.is_primary_owner;
    (kind, admin && kind == ActorKind::Member)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_told_apart_by_what_slack_says_of_them() {
        let user = || User { id: "U1".to_owned(), team_id: Some("T1".to_owned()), ..User::default() };
        let cases = [
            (user(), ActorKind::Member, false),
            (User { is_owner: true, ..user() }, ActorKind::Member, true),
            (User { is_admin: true, is_guest: true, ..user() }, ActorKind::Guest, false),
            (User { is_admin: true, is_deleted: true, ..user() }, ActorKind::Deactivated, false),
            (User { is_bot: true, ..user() }, ActorKind::Bot, false),
            (User { is_stranger: true, ..user() }, ActorKind::Stranger, false),
            (User { is_admin: true, team_id: Some("T2".to_owned()), ..user() }, ActorKind::Stranger, false),
            (User { name: Some("admin".to_owned()), ..user() }, ActorKind::Member, false),
        ];
        for (user, kind, admin) in cases {
            assert_eq!(kind_of("T1", &user), (kind, admin), "{user:?}");
        }
    }
}
