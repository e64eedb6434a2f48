//! Rules checked and indexed, so that a decision looks only at what concerns its caller.
//!
//! Each subject id has a list of the rules that name it; a decision walks the lists of one user, their usergroups
//! and channels, and everyone. Rules are numbered in the order of the file, which decides between equals.

use std::collections::HashMap;

use crate::check::{Check, DIRECT};
use crate::fault::{Fault, RuleName};
use crate::pattern::Action;
use crate::{
    Account, Actor, ActorKind, Deny, Grant, Level, Levels, Need, Pattern, Place, PlaceKind, Subjects,
};

/// Checked rules. See [`crate::decide`].
#[derive(Debug, Default)]
pub struct Policy {
    pub(crate) accounts: Vec<Account>,
    pub(crate) grants: Vec<Rule>,
    pub(crate) denies: Vec<Rule>,
    grant_index: Index,
    deny_index: Index,
    /// Levels that ask for confirmation where the grant says nothing about them.
    pub(crate) confirm: Levels,
}

/// One checked rule, a grant or a deny.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) name: RuleName,
    /// Positions in [`Policy::accounts`], in order of preference.
    pub(crate) accounts: Vec<usize>,
    pub(crate) allow: Vec<Pattern>,
    pub(crate) levels: Levels,
    /// Empty is anywhere.
    pub(crate) in_channels: Vec<String>,
    /// One ARN for each of `accounts`, if the grant names a role.
    pub(crate) roles: Option<Vec<String>>,
    pub(crate) priority: i64,
    pub(crate) needs: Vec<(Level, Need)>,
}

#[derive(Debug, Default)]
struct Index {
    users: HashMap<String, Vec<u32>>,
    usergroups: HashMap<String, Vec<u32>>,
    channels: HashMap<String, Vec<u32>>,
    /// Rules about every full member.
    members: Vec<u32>,
    /// Rules about anybody at all; only denies can be.
    anybody: Vec<u32>,
}

impl Policy {
    /// Checks the rules and indexes them. Accounts, grants and denies come in the order of the file.
    ///
    /// # Errors
    /// Every fault of every rule, in that order.
    pub fn new(accounts: Vec<Account>, grants: &[Grant], denies: &[Deny]) -> Result<Policy, Vec<Fault>> {
        let mut check = Check::of(&accounts);
        let mut grant_index = Index::default();
        let mut deny_index = Index::default();
        let mut checked_grants = Vec::with_capacity(grants.len());
        for (number, grant) in grants.iter().enumerate() {
            grant_index.add(number as u32, &grant.subjects, false);
            checked_grants.push(check.grant(number, grant));
        }
        let mut checked_denies = Vec::with_capacity(denies.len());
        for (number, deny) in denies.iter().enumerate() {
            deny_index.add(number as u32, &deny.subjects, true);
            checked_denies.push(check.deny(number, deny));
        }
        let faults = check.faults();
        if !faults.is_empty() {
            return Err(faults);
        }
        let confirm = Levels::NONE;
        Ok(Policy {
            accounts,
            grants: checked_grants,
            denies: checked_denies,
            grant_index,
            deny_index,
            confirm,
        })
    }

    /// The same rules, where these levels ask their caller to confirm unless a grant says otherwise.
    #[must_use]
    pub fn confirming(mut self, levels: Levels) -> Policy {
        self.confirm = levels;
        self
    }

    /// The accounts, in the order of the file.
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// Whether nobody is granted anything.
    pub fn grants_nothing(&self) -> bool {
        self.grants.is_empty()
    }

    /// The grant of that number.
    pub(crate) fn grant(&self, number: u32) -> &Rule {
        &self.grants[number as usize]
    }

    /// Grants whose subjects include the actor; in no order, and one that names them twice comes twice.
    pub(crate) fn grants_for(&self, actor: &Actor<'_>, place: &Place<'_>) -> impl Iterator<Item = u32> {
        self.grant_index.about(actor, place, actor.kind == ActorKind::Member)
    }

    /// Denies whose subjects include the actor. A group's deny holds for outsiders in it too.
    pub(crate) fn denies_for(&self, actor: &Actor<'_>, place: &Place<'_>) -> impl Iterator<Item = u32> {
        self.deny_index.about(actor, place, true)
    }
}

impl Rule {
    /// The role that the rule names for the account, if it names one.
    pub(crate) fn role_for(&self, account: usize) -> Option<&str> {
        let roles = self.roles.as_ref()?;
        let place = self.accounts.iter().position(|other| *other == account)?;
        roles.get(place).map(String::as_str)
    }

    /// Whether the rule holds in that place.
    pub(crate) fn holds_in(&self, place: &Place<'_>) -> bool {
        self.in_channels.is_empty()
            || self.in_channels.iter().any(|channel| {
                channel == place.channel || (place.kind == PlaceKind::Direct && channel == DIRECT)
            })
    }

    /// The places it is narrowed to, for messages.
    pub(crate) fn places(&self) -> impl Iterator<Item = String> {
        let name =
            |place: &String| if place == DIRECT { "direct messages".to_owned() } else { place.clone() };
        self.in_channels.iter().map(name)
    }

    /// Whether one of the patterns covers the action.
    pub(crate) fn covers(&self, action: &Action<'_>) -> bool {
        self.allow.iter().any(|pattern| pattern.covers(action))
    }
}

impl Index {
    fn add(&mut self, rule: u32, subjects: &Subjects, nobody_is_everybody: bool) {
        for (map, ids) in [
            (&mut self.users, &subjects.users),
            (&mut self.usergroups, &subjects.usergroups),
            (&mut self.channels, &subjects.channels),
        ] {
            for id in ids {
                map.entry(id.clone()).or_default().push(rule);
            }
        }
        if subjects.everyone && !nobody_is_everybody {
            self.members.push(rule);
        }
        if nobody_is_everybody && (subjects.everyone || subjects.is_empty()) {
            self.anybody.push(rule);
        }
    }

    fn about(&self, actor: &Actor<'_>, place: &Place<'_>, by_group: bool) -> impl Iterator<Item = u32> {
        let named = [Some(&self.anybody), self.users.get(actor.user)];
        let here = [Some(&self.members), self.channels.get(place.channel)];
        let groups = actor.usergroups.iter().map(|group| self.usergroups.get(*group));
        let channels = actor.channels.iter().map(|channel| self.channels.get(*channel));
        let by_group = here.into_iter().chain(groups).chain(channels).filter(move |_| by_group);
        named.into_iter().chain(by_group).flatten().flatten().copied()
    }
}
