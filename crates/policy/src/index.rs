//! Which rules concern somebody: each subject id has a list of the rules that name it.

use crate::hash::ById;
use crate::memberships::Membership;
use crate::set::{Bits, Set};
use crate::{Actor, ActorKind, Place, Subjects};

/// Rules by their subjects. Rules are numbers.
#[derive(Debug, Default)]
pub(crate) struct Index {
    users: ById<Set>,
    /// Usergroups and channels; their ids cannot be confused.
    groups: ById<Set>,
    admins: Set,
    /// Rules about every full member.
    members: Set,
    /// Rules about anybody at all; only denies can be.
    anybody: Set,
    /// Rules that name a group.
    pub(crate) of_groups: Set,
}

/// Which of somebody's groups count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Count {
    /// Those whose list is fresh.
    Fresh,
    /// Those whose list is not.
    Stale,
    /// All.
    All,
}

impl Index {
    /// Enters a grant.
    pub(crate) fn add_grant(&mut self, rule: u32, subjects: &Subjects) {
        self.add(rule, subjects);
        if subjects.everyone {
            self.members.push(rule);
        }
    }

    /// Enters a deny: about everyone is about anybody at all, and so is one that names nobody.
    pub(crate) fn add_deny(&mut self, rule: u32, subjects: &Subjects) {
        self.add(rule, subjects);
        if subjects.everyone || subjects.is_empty() {
            self.anybody.push(rule);
        }
    }

    fn add(&mut self, rule: u32, subjects: &Subjects) {
        for id in &subjects.users {
            let number = self.users.number(id);
            self.users.at_mut(number).push(rule);
        }
        for id in subjects.usergroups.iter().chain(&subjects.channels) {
            let number = self.groups.number(id);
            self.groups.at_mut(number).push(rule);
            self.of_groups.push(rule);
        }
        if subjects.admins {
            self.admins.push(rule);
        }
    }

    /// Adds the grants about the actor: for outsiders only those that name their id.
    pub(crate) fn grants(&self, found: &mut Bits, actor: &Actor<'_>, place: &Place<'_>) {
        self.by_id(found, actor.user);
        if actor.kind_in(place) == ActorKind::Member {
            self.of_members(found, actor, place);
            self.groups_that(actor, Count::Fresh).for_each(|(_, rules)| found.add(rules));
        }
    }

    /// Adds the denies about the actor; one about a group holds for outsiders in it too, and by a list of any age.
    pub(crate) fn denies(&self, found: &mut Bits, actor: &Actor<'_>, place: &Place<'_>) {
        self.by_id(found, actor.user);
        found.add(&self.anybody);
        self.of_members(found, actor, place);
        self.groups_that(actor, Count::All).for_each(|(_, rules)| found.add(rules));
    }

    fn by_id(&self, found: &mut Bits, user: &str) {
        if let Some(number) = self.users.find(user) {
            found.add(self.users.at(number));
        }
    }

    fn of_members(&self, found: &mut Bits, actor: &Actor<'_>, place: &Place<'_>) {
        if let Some(number) = self.groups.find(place.channel) {
            found.add(self.groups.at(number));
        }
        if actor.admin {
            found.add(&self.admins);
        }
        found.add(&self.members);
    }

    /// Groups of the actor that count, each with the rules that name it.
    pub(crate) fn groups_that<'a>(
        &'a self,
        actor: &Actor<'a>,
        count: Count,
    ) -> impl Iterator<Item = (&'a str, &'a Set)> {
        let counts = move |membership: &Membership<'_>| match count {
            Count::Fresh => membership.fresh,
            Count::Stale => !membership.fresh,
            Count::All => true,
        };
        actor.groups.iter().filter(counts).filter_map(|membership| {
            let number = self.groups.find_hashed(membership.id, membership.hash)?;
            Some((membership.id, self.groups.at(number)))
        })
    }

    /// Groups that some rule names but of which nothing is known, each with its rules.
    pub(crate) fn unknown_groups<'a>(
        &'a self,
        actor: &Actor<'a>,
    ) -> impl Iterator<Item = (&'a str, &'a Set)> {
        let groups = actor.groups;
        self.groups.iter().filter(move |(id, _)| !groups.are_told_of(id))
    }

    /// Every group that some rule names.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().map(|(id, _)| id)
    }

    /// Every user that some rule names.
    pub(crate) fn users(&self) -> impl Iterator<Item = &str> {
        self.users.iter().map(|(id, _)| id)
    }
}
