//! Which rules concern somebody: each subject id has a list of the rules that name it.

use crate::hash::ById;
use crate::memberships::Membership;
use crate::{Actor, ActorKind, Place, Subjects};

/// Rules by their subjects. Rules are numbers.
#[derive(Debug, Default)]
pub(crate) struct Index {
    users: ById<Vec<u32>>,
    /// Usergroups and channels; their ids cannot be confused.
    groups: ById<Vec<u32>>,
    admins: Vec<u32>,
    /// Rules about every full member.
    members: Vec<u32>,
    /// Rules about anybody at all; only denies can be.
    anybody: Vec<u32>,
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
        }
        if subjects.admins {
            self.admins.push(rule);
        }
    }

    /// Rules that name the user's own id.
    pub(crate) fn by_id(&self, user: &str) -> &[u32] {
        self.users.find(user).map_or(&[], |number| self.users.at(number))
    }

    /// Grants about the actor: outsiders only by their id. In no order, and one that names them twice comes twice.
    pub(crate) fn grants<'a>(&'a self, actor: &Actor<'a>, place: &Place<'_>) -> impl Iterator<Item = u32> {
        let member = actor.kind_in(place) == ActorKind::Member;
        let groups = self.by_groups(actor, Count::Fresh).filter(move |_| member);
        self.by_id(actor.user).iter().copied().chain(self.of_members(actor, place, member)).chain(groups)
    }

    /// Denies about the actor; one about a group holds for outsiders in it too, and by a list of any age.
    pub(crate) fn denies<'a>(&'a self, actor: &Actor<'a>, place: &Place<'_>) -> impl Iterator<Item = u32> {
        let named = self.by_id(actor.user).iter().chain(&self.anybody).copied();
        named.chain(self.of_members(actor, place, true)).chain(self.by_groups(actor, Count::All))
    }

    fn by_groups<'a>(&'a self, actor: &Actor<'a>, count: Count) -> impl Iterator<Item = u32> {
        self.groups_that(actor, count).flat_map(|(_, rules)| rules.iter().copied())
    }

    /// Groups of the actor that count, each with the rules that name it.
    pub(crate) fn groups_that<'a>(
        &'a self,
        actor: &Actor<'a>,
        count: Count,
    ) -> impl Iterator<Item = (&'a str, &'a [u32])> {
        let counts = move |membership: &Membership<'_>| match count {
            Count::Fresh => membership.fresh,
            Count::Stale => !membership.fresh,
            Count::All => true,
        };
        actor.groups.iter().filter(counts).filter_map(|membership| {
            let number = self.groups.find_hashed(membership.id, membership.hash)?;
            Some((membership.id, self.groups.at(number).as_slice()))
        })
    }

    /// Groups that some rule names but of which nothing is known, each with its rules.
    pub(crate) fn unknown_groups<'a>(
        &'a self,
        actor: &Actor<'a>,
    ) -> impl Iterator<Item = (&'a str, &'a [u32])> {
        let groups = actor.groups;
        let unknown = self.groups.iter().filter(move |(id, _)| !groups.are_told_of(id));
        unknown.map(|(id, rules)| (id, rules.as_slice()))
    }

    /// Every group that some rule names.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().map(|(id, _)| id)
    }

    /// Every user that some rule names.
    pub(crate) fn users(&self) -> impl Iterator<Item = &str> {
        self.users.iter().map(|(id, _)| id)
    }

    fn of_members(&self, actor: &Actor<'_>, place: &Place<'_>, member: bool) -> impl Iterator<Item = u32> {
        let here =
            self.groups.find(place.channel).map_or(&[][..], |number| self.groups.at(number).as_slice());
        let admins = if actor.admin { &self.admins[..] } else { &[] };
        [here, admins, &self.members].into_iter().flatten().copied().filter(move |_| member)
    }
}
