//! Who is in which usergroups and channels, and what kind of user everybody is: a table in memory, with ages.
//!
//! Invariants: looking somebody up allocates nothing and takes time by the number of their own groups; a list that
//! was not refreshed within its limit grants nothing, while a deny still holds by what was known last; a user of whom
//! nothing is known is [`ActorKind::Unknown`]. Groups and users are told apart by workspace.
//! Absent on purpose: Slack, clocks (callers hand in milliseconds since 1970), and who is asked for the lists.

use std::collections::{HashMap, VecDeque};

use crate::hash::{ById, hash_of};
use crate::{Actor, ActorKind};

/// How long what Slack said is believed, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Lists of members.
    pub groups: i64,
    /// What kind of user somebody is.
    pub users: i64,
}

/// The table.
#[derive(Debug, Default, Clone)]
pub struct Memberships {
    limits: Limits,
    teams: HashMap<Box<str>, Team>,
}

#[derive(Debug, Default, Clone)]
pub(crate) struct Team {
    users: ById<User>,
    groups: ById<Group>,
}

#[derive(Debug, Default, Clone)]
struct User {
    /// Kind, whether admin, and when that was said.
    facts: Option<(ActorKind, bool, i64)>,
    /// Numbers of groups, sorted.
    groups: Vec<u32>,
}

#[derive(Debug, Default, Clone)]
struct Group {
    /// When the whole list was last read; `None` never.
    listed: Option<i64>,
    /// Numbers of users, sorted.
    members: Vec<u32>,
    /// Who came and went since, oldest first: a list that was being read meanwhile may not know it.
    changes: VecDeque<Change>,
}

#[derive(Debug, Clone, Copy)]
struct Change {
    at: i64,
    user: u32,
    joined: bool,
}

/// How many changes of a group are kept; far more than happen while its list is read.
const MOST_CHANGES: usize = 4096;

/// What is known of one group, for reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupState<'a> {
    /// The workspace.
    pub team: &'a str,
    /// The usergroup's or channel's id.
    pub group: &'a str,
    /// How many people are in it.
    pub members: usize,
    /// When the whole list was last read, milliseconds; `None` never.
    pub listed: Option<i64>,
}

/// The groups of one user.
#[derive(Clone, Copy)]
pub struct Groups<'a>(Kind<'a>);

#[derive(Clone, Copy)]
enum Kind<'a> {
    Unknown,
    Listed(&'a [&'a str]),
    Kept { team: &'a Team, groups: &'a [u32], oldest: i64 },
}

/// One group that a user is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Membership<'a> {
    pub(crate) id: &'a str,
    pub(crate) hash: u64,
    /// Whether that was refreshed within its limit.
    pub(crate) fresh: bool,
}

impl Default for Limits {
    /// A day for lists, a week for users.
    fn default() -> Limits {
        const HOUR: i64 = 3_600_000;
        Limits { groups: 24 * HOUR, users: 7 * 24 * HOUR }
    }
}

impl Memberships {
    /// An empty table.
    pub fn new(limits: Limits) -> Memberships {
        Memberships { limits, teams: HashMap::new() }
    }

    /// Sets the whole list of a group; whoever is not on it is out. Reading it began at `since`: who came or went after
    /// that is counted by that, whatever the list says.
    pub fn list<'u>(
        &mut self,
        team: &str,
        group: &str,
        members: impl IntoIterator<Item = &'u str>,
        since: i64,
    ) {
        let team = self.team(team);
        let number = team.groups.number(group);
        let mut now: Vec<u32> = members.into_iter().map(|user| team.users.number(user)).collect();
        now.sort_unstable();
        now.dedup();
        let entry = team.groups.at_mut(number);
        entry.listed = Some(since);
        entry.changes.retain(|change| change.at >= since);
        for change in &entry.changes {
            if change.joined { insert(&mut now, change.user) } else { remove(&mut now, change.user) }
        }
        let before = std::mem::replace(&mut entry.members, now.clone());
        for user in before.iter().filter(|user| now.binary_search(user).is_err()) {
            remove(&mut team.users.at_mut(*user).groups, number);
        }
        for user in now.iter().filter(|user| before.binary_search(user).is_err()) {
            insert(&mut team.users.at_mut(*user).groups, number);
        }
    }

    /// Somebody joined. The list becomes no fresher by it.
    pub fn join(&mut self, team: &str, group: &str, user: &str, at: i64) {
        let team = self.team(team);
        let (group, user) = (team.groups.number(group), team.users.number(user));
        team.groups.at_mut(group).change(Change { at, user, joined: true });
        insert(&mut team.users.at_mut(user).groups, group);
    }

    /// Somebody left.
    pub fn leave(&mut self, team: &str, group: &str, user: &str, at: i64) {
        let team = self.team(team);
        let (group, user) = (team.groups.number(group), team.users.number(user));
        team.groups.at_mut(group).change(Change { at, user, joined: false });
        remove(&mut team.users.at_mut(user).groups, group);
    }

    /// A channel was archived or a usergroup switched off: nobody is in it.
    pub fn empty(&mut self, team: &str, group: &str, at: i64) {
        self.list(team, group, [], at);
    }

    /// What kind of user somebody is, and whether an admin or owner, as said at that moment.
    pub fn user(&mut self, team: &str, user: &str, kind: ActorKind, admin: bool, at: i64) {
        let team = self.team(team);
        let user = team.users.number(user);
        team.users.at_mut(user).facts = Some((kind, admin, at));
    }

    /// Somebody as an actor, by what is known at `now`. Elevations are not known here.
    pub fn actor<'a>(&'a self, team: &'a str, user: &'a str, now: i64) -> Actor<'a> {
        let unknown =
            Actor { kind: ActorKind::Unknown, groups: Groups::UNKNOWN, ..Actor::member(team, user) };
        let Some(known) = self.teams.get(team) else { return unknown };
        let oldest = now.saturating_sub(self.limits.groups);
        let found = known.users.find(user).map(|number| known.users.at(number));
        let groups = found.map_or(&[][..], |user| user.groups.as_slice());
        let (kind, admin) = match found.and_then(|user| user.facts) {
            // Who was switched off stays so however long ago that was said.
            Some((ActorKind::Deactivated, ..)) => (ActorKind::Deactivated, false),
            Some((kind, admin, at)) if at >= now.saturating_sub(self.limits.users) => (kind, admin),
            Some(_) | None => (ActorKind::Unknown, false),
        };
        Actor { kind, admin, groups: Groups(Kind::Kept { team: known, groups, oldest }), ..unknown }
    }

    /// Every group that is kept, in no order.
    pub fn groups(&self) -> impl Iterator<Item = GroupState<'_>> {
        self.teams.iter().flat_map(|(team, known)| {
            known.groups.iter().map(move |(group, state)| GroupState {
                team,
                group,
                members: state.members.len(),
                listed: state.listed,
            })
        })
    }

    fn team(&mut self, team: &str) -> &mut Team {
        if !self.teams.contains_key(team) {
            self.teams.insert(team.into(), Team::default());
        }
        self.teams.entry(team.into()).or_default()
    }
}

impl Group {
    fn change(&mut self, change: Change) {
        if self.changes.len() == MOST_CHANGES {
            self.changes.pop_front();
        }
        self.changes.push_back(change);
        let apply = if change.joined { insert } else { remove };
        apply(&mut self.members, change.user);
    }
}

impl<'a> Groups<'a> {
    /// No group at all.
    pub const NONE: Groups<'static> = Groups(Kind::Listed(&[]));
    /// Nothing is known.
    pub(crate) const UNKNOWN: Groups<'static> = Groups(Kind::Unknown);

    /// Exactly these ids of usergroups and channels.
    pub fn listed(ids: &'a [&'a str]) -> Groups<'a> {
        Groups(Kind::Listed(ids))
    }

    /// Whether it is known, or was once, who is in the group.
    pub(crate) fn are_told_of(self, id: &str) -> bool {
        match self.0 {
            Kind::Unknown => false,
            Kind::Listed(_) => true,
            Kind::Kept { team, .. } => {
                team.groups.find(id).is_some_and(|number| team.groups.at(number).listed.is_some())
            }
        }
    }

    /// Ids of those whose lists are fresh.
    pub fn fresh(self) -> impl Iterator<Item = &'a str> {
        self.iter().filter(|membership| membership.fresh).map(|membership| membership.id)
    }

    /// Each of them.
    pub(crate) fn iter(self) -> impl Iterator<Item = Membership<'a>> {
        let (listed, kept) = match self.0 {
            Kind::Unknown => (&[][..], None),
            Kind::Listed(ids) => (ids, None),
            Kind::Kept { team, groups, oldest } => (&[][..], Some((team, groups, oldest))),
        };
        let listed = listed.iter().map(|id| Membership { id, hash: hash_of(id), fresh: true });
        let kept = kept.into_iter().flat_map(|(team, groups, oldest)| {
            groups.iter().map(move |number| {
                let (id, hash) = team.groups.id(*number);
                let fresh = team.groups.at(*number).listed.is_some_and(|at| at >= oldest);
                Membership { id, hash, fresh }
            })
        });
        listed.chain(kept)
    }
}

impl std::fmt::Debug for Groups<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter().map(|membership| membership.id)).finish()
    }
}

fn insert(sorted: &mut Vec<u32>, number: u32) {
    if let Err(place) = sorted.binary_search(&number) {
        sorted.insert(place, number);
    }
}

fn remove(sorted: &mut Vec<u32>, number: u32) {
    if let Ok(place) = sorted.binary_search(&number) {
        sorted.remove(place);
    }
}
