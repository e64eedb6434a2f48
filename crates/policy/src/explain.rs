//! Why nothing matched: how far the caller's grants got, and what the furthest of them lack.

use crate::compile::Rule;
use crate::decide::{Asked, under_ceiling};
use crate::index::Count;
use crate::{ActorKind, Levels, Missing, NotGranted, Policy, Question, Reason};

/// How many rules or places a reason names.
const NEAR: usize = 5;

/// What a grant is held against, in the order in which a reason tells what is missing.
const STAGES: [fn(&Policy, &Rule, &Asked<'_, '_>) -> bool; 6] = [
    |_, rule, asked| {
        let Question { actor, place, .. } = asked.question;
        rule.holds_for(actor, place) && rule.holds_in(place)
    },
    |_, rule, asked| rule.covers(&asked.action),
    |_, rule, asked| rule.levels.contains(asked.level),
    under_ceiling,
    |_, rule, asked| rule.arguments.iter().all(|argument| argument.fits(asked.question)),
    |_, rule, asked| !rule.awaits_request(&asked.question.actor),
];

/// Why nothing matched, or nothing on that account.
pub(crate) fn explain(policy: &Policy, asked: &Asked<'_, '_>, account: Option<usize>) -> Reason {
    let question = asked.question;
    let stage_of = |number: u32| {
        let passed = STAGES.iter().take_while(|stage| stage(policy, policy.grant(number), asked)).count();
        (passed, number)
    };
    let mine: Vec<(usize, u32)> = policy.grants_for(&question.actor, &question.place).map(stage_of).collect();
    let furthest = mine.iter().map(|(stage, _)| *stage).max();
    let there: Vec<u32> =
        mine.iter().filter(|(stage, _)| Some(*stage) == furthest).map(|(_, number)| *number).collect();
    let rules = || there.iter().map(|number| policy.grant(*number));
    let reaches = |rule: &Rule| account.is_none_or(|position| rule.accounts.contains(&position));
    let stale = stale_groups(policy, asked, account);
    let missing = match furthest {
        _ if !stale.is_empty() => Missing::Stale(stale),
        None => Missing::Grant,
        Some(0) => Missing::Place(first_few(rules().flat_map(Rule::places).collect())),
        Some(1) => Missing::Action,
        Some(2) => Missing::Level(rules().fold(Levels::NONE, |all, rule| all.union(rule.levels))),
        Some(3) => Missing::Ceiling,
        Some(4) => arguments(asked, rules()),
        Some(5) if rules().any(reaches) => Missing::Request(first_few(
            rules().filter(|rule| reaches(rule)).map(|rule| rule.title.clone()).collect(),
        )),
        Some(_) => elsewhere(policy, asked, account, &there),
    };
    let near = if missing == Missing::Action { Vec::new() } else { first_few(there) };
    Reason::NotGranted(Box::new(NotGranted {
        action: short(question.action),
        level: asked.level,
        guarded: asked.guarded.map(short),
        account: account.map(|position| policy.accounts[position].name.clone()),
        missing,
        near: near.into_iter().map(|number| policy.grant(number).name.clone()).collect(),
    }))
}

/// Groups through which it would be granted, if their lists were not too old.
fn stale_groups(policy: &Policy, asked: &Asked<'_, '_>, account: Option<usize>) -> Vec<String> {
    let Question { actor, place, .. } = asked.question;
    if actor.kind_in(place) != ActorKind::Member {
        return Vec::new();
    }
    let would = |number: &u32| {
        let rule = policy.grant(*number);
        STAGES.iter().all(|stage| stage(policy, rule, asked))
            && account.is_none_or(|position| rule.accounts.contains(&position))
    };
    let groups = policy.grant_index.groups_that(actor, Count::Stale);
    first_few(
        groups.filter(|(_, rules)| rules.iter().any(would)).map(|(group, _)| group.to_owned()).collect(),
    )
}

fn arguments<'a>(asked: &Asked<'_, '_>, rules: impl Iterator<Item = &'a Rule>) -> Missing {
    let unfit = rules.flat_map(|rule| rule.arguments.iter().filter(|rule| !rule.fits(asked.question)));
    Missing::Argument(first_few(unfit.map(|rule| rule.wanted()).collect()))
}

/// All fits but the account, or but the region that is used there.
fn elsewhere(policy: &Policy, asked: &Asked<'_, '_>, account: Option<usize>, there: &[u32]) -> Missing {
    let here = |number: &&u32| {
        let accounts = &policy.grant(**number).accounts;
        account.map_or(!accounts.is_empty(), |position| accounts.contains(&position))
    };
    let by_region: Vec<u32> = there.iter().filter(here).copied().collect();
    if by_region.is_empty() {
        return Missing::Account(reach(policy, there));
    }
    let position = account.or_else(|| policy.grant(by_region[0]).accounts.first().copied());
    let default = position.and_then(|position| policy.accounts[position].default_region());
    let region = asked.question.region.or(default).unwrap_or_default();
    let rules = by_region.iter().flat_map(|number| &policy.grant(*number).arguments);
    Missing::Argument(first_few(
        rules.filter(|rule| !rule.fits_region(region)).map(|rule| rule.wanted()).collect(),
    ))
}

/// Names of the accounts that the grants reach, in file order.
pub(crate) fn reach(policy: &Policy, grants: &[u32]) -> Vec<String> {
    let reached =
        |position: &usize| grants.iter().any(|number| policy.grant(*number).accounts.contains(position));
    (0..policy.accounts.len()).filter(reached).take(20).map(|at| policy.accounts[at].name.clone()).collect()
}

fn first_few<T: Ord>(mut all: Vec<T>) -> Vec<T> {
    all.sort_unstable();
    all.dedup();
    all.truncate(NEAR);
    all
}

/// A reason repeats what was asked for, within bounds.
pub(crate) fn short(text: &str) -> String {
    text.chars().take(128).collect()
}
