//! Rules by what they select: levels, places, workspaces, actions, accounts. Each question leaves those that fit.

use std::collections::BTreeMap;

use crate::actions::Actions;
use crate::arguments::ArgumentRule;
use crate::check::DIRECT;
use crate::compile::Rule;
use crate::hash::ById;
use crate::set::{Bits, Set};
use crate::{Actor, Level, Need, Place, PlaceKind};

/// How many levels there are.
const LEVELS: usize = 9;

/// What grants and denies share.
#[derive(Debug, Default)]
pub(crate) struct Sieve {
    /// How many rules there are.
    pub(crate) total: usize,
    levels: [Set; LEVELS],
    anywhere: Set,
    places: ById<Set>,
    any_workspace: Set,
    workspaces: ById<Set>,
    actions: Actions,
    /// By the account's position.
    accounts: Vec<Set>,
}

/// What only grants have.
#[derive(Debug, Default)]
pub(crate) struct Rights {
    /// Rules about options, each once, and the grants that have them.
    arguments: BTreeMap<ArgumentRule, Set>,
    with_arguments: Set,
    /// Those that must be asked for, and each by its title.
    awaiting: Set,
    titles: ById<Set>,
    pub(crate) from_store: Set,
    /// Those that name a role.
    pub(crate) naming: Set,
    /// Of those, by the account's position, which role leads where.
    roles: Vec<BTreeMap<String, Set>>,
    priorities: BTreeMap<i64, Set>,
    /// By level: what they ask, least first; weight of the need, then how many tags.
    costs: [BTreeMap<(u64, usize), Set>; LEVELS],
}

impl Sieve {
    /// Enters the next rule.
    pub(crate) fn add(&mut self, rule: &Rule) {
        let number = self.total as u32;
        self.total += 1;
        rule.levels.iter().for_each(|level| self.levels[level as usize].push(number));
        listed(&mut self.anywhere, &mut self.places, &rule.in_channels, number);
        listed(&mut self.any_workspace, &mut self.workspaces, &rule.workspaces, number);
        rule.allow.iter().for_each(|pattern| self.actions.add(number, pattern));
        for position in &rule.accounts {
            at(&mut self.accounts, *position).push(number);
        }
    }

    /// No rule yet, with room for all.
    pub(crate) fn none(&self) -> Bits {
        Bits::none(self.total)
    }

    /// Leaves those that hold in the place.
    pub(crate) fn keep_place(&self, left: &mut Bits, place: &Place<'_>) {
        let here = self.places.find(place.channel);
        let direct = (place.kind == PlaceKind::Direct).then(|| self.places.find(DIRECT)).flatten();
        let sets = here.into_iter().chain(direct).map(|number| self.places.at(number));
        left.keep_any(sets.chain([&self.anywhere]));
    }

    /// Leaves those that hold for people of one workspace who ask in another: both must be listed.
    pub(crate) fn keep_both_workspaces(&self, left: &mut Bits, actor: &Actor<'_>, place: &Place<'_>) {
        for team in [actor.team, place.team] {
            let listed = self.workspaces.find(team).map(|number| self.workspaces.at(number));
            left.keep_any(listed.into_iter().chain([&self.any_workspace]));
        }
    }

    /// The same where one is enough.
    pub(crate) fn keep_either_workspace(&self, left: &mut Bits, actor: &Actor<'_>, place: &Place<'_>) {
        let listed = [actor.team, place.team].into_iter().filter_map(|team| self.workspaces.find(team));
        left.keep_any(listed.map(|number| self.workspaces.at(number)).chain([&self.any_workspace]));
    }

    /// Leaves those of which a pattern covers the action.
    pub(crate) fn keep_action(&self, left: &mut Bits, action: &str) {
        self.actions.keep_covering(left, action);
    }

    /// Those that have the level.
    pub(crate) fn of_level(&self, level: Level) -> &Set {
        &self.levels[level as usize]
    }

    /// Those that select the account.
    pub(crate) fn of_account(&self, position: usize) -> Option<&Set> {
        self.accounts.get(position)
    }

    /// Leaves those that select the account.
    pub(crate) fn keep_account(&self, left: &mut Bits, position: usize) {
        left.keep_any(self.of_account(position));
    }
}

impl Rights {
    /// Enters a grant; what its levels need besides, since the grant may leave that to the default.
    pub(crate) fn add<'n>(&mut self, number: u32, rule: &Rule, need: impl Fn(Level) -> &'n Need) {
        for argument in &rule.arguments {
            self.with_arguments.push(number);
            self.arguments.entry(argument.clone()).or_default().push(number);
        }
        if rule.request.is_some() {
            self.awaiting.push(number);
            let title = self.titles.number(&rule.title);
            self.titles.at_mut(title).push(number);
        }
        if rule.from_store {
            self.from_store.push(number);
        }
        if let Some(roles) = &rule.roles {
            self.naming.push(number);
            for (position, role) in rule.accounts.iter().zip(roles) {
                at(&mut self.roles, *position).entry(role.clone()).or_default().push(number);
            }
        }
        self.priorities.entry(rule.priority).or_default().push(number);
        let tags = rule.arguments.iter().filter(|argument| argument.tag().is_some()).count();
        for level in rule.levels.iter() {
            let cost = (need(level).weight(), tags);
            self.costs[level as usize].entry(cost).or_default().push(number);
        }
    }

    /// Leaves grants whose rules about options all fit: each looked at once, or those of each grant if these are fewer.
    pub(crate) fn keep_fitting(
        &self,
        left: &mut Bits,
        grants: &[Rule],
        fits: impl Fn(&ArgumentRule) -> bool,
    ) {
        if !left.meets(&self.with_arguments) {
            return;
        }
        let mut concerned = left.clone();
        concerned.keep(&self.with_arguments);
        if concerned.len() < self.arguments.len() {
            for number in concerned.iter() {
                if !grants[number as usize].arguments.iter().all(&fits) {
                    left.remove(number);
                }
            }
            return;
        }
        for (argument, having) in &self.arguments {
            if left.meets(having) && !fits(argument) {
                left.drop_all(having);
            }
        }
    }

    /// Leaves grants that need not be asked for, or were given to the actor.
    pub(crate) fn keep_given(&self, left: &mut Bits, actor: &Actor<'_>) {
        if !left.meets(&self.awaiting) {
            return;
        }
        let given = actor.elevations.iter().filter_map(|title| self.titles.find(title));
        let mut given_back = left.clone();
        given_back.keep_any(given.map(|number| self.titles.at(number)));
        left.drop_all(&self.awaiting);
        left.join(&given_back);
    }

    /// The highest priority among these.
    pub(crate) fn highest(&self, among: &Bits) -> Option<&Set> {
        self.priorities.values().rev().find(|having| among.meets(having))
    }

    /// Roles that grants name on the account, each with those that do.
    pub(crate) fn roles_at(&self, position: usize) -> impl Iterator<Item = (&str, &Set)> {
        self.roles.get(position).into_iter().flatten().map(|(role, naming)| (role.as_str(), naming))
    }

    /// Among these the one that asks least at the level, the first in the file between equals.
    pub(crate) fn least_demanding(&self, among: &Bits, level: Level) -> Option<u32> {
        self.costs[level as usize].values().find_map(|having| among.first_in(having))
    }
}

/// Enters a rule where its list says, or where rules with an empty list stand.
fn listed(any: &mut Set, each: &mut ById<Set>, list: &[String], rule: u32) {
    if list.is_empty() {
        any.push(rule);
    }
    for id in list {
        let number = each.number(id);
        each.at_mut(number).push(rule);
    }
}

fn at<T: Default>(list: &mut Vec<T>, position: usize) -> &mut T {
    if position >= list.len() {
        list.resize_with(position + 1, T::default);
    }
    &mut list[position]
}
