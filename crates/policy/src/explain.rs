//! Why nothing matched: how far the caller's grants got, and what the furthest of them lack.

use crate::compile::Rule;
use crate::decide::Asked;
use crate::index::Count;
use crate::set::Bits;
use crate::sift::{Sifted, Stage};
use crate::{ActorKind, Level, Levels, Missing, NotGranted, Policy, Question, Reason};

/// How many rules or places a reason names.
const NEAR: usize = 5;
/// How many grants are looked at for what they say in words.
const TOLD: usize = 64;

/// Why nothing matched, or nothing on that account.
pub(crate) fn explain(
    policy: &Policy,
    asked: &Asked<'_, '_>,
    sifted: &Sifted,
    account: Option<usize>,
) -> Reason {
    let stale = stale_groups(policy, asked, account);
    let missing =
        if stale.is_empty() { lacking(policy, asked, sifted, account) } else { Missing::Stale(stale) };
    let near = if missing == Missing::Action { 0 } else { NEAR };
    Reason::NotGranted(Box::new(NotGranted {
        action: short(asked.question.action),
        level: asked.level,
        guarded: asked.guarded.map(short),
        account: account.map(|position| policy.accounts[position].name.clone()),
        missing,
        near: sifted.left.iter().take(near).map(|number| policy.grant(number).name.clone()).collect(),
    }))
}

/// What those that got furthest lack.
fn lacking(policy: &Policy, asked: &Asked<'_, '_>, sifted: &Sifted, account: Option<usize>) -> Missing {
    let there = &sifted.left;
    let told =
        |grants: &Bits| grants.iter().take(TOLD).map(|number| policy.grant(number)).collect::<Vec<&Rule>>();
    let rules = || told(there).into_iter();
    match sifted.stage {
        Stage::Nobody => Missing::Grant,
        Stage::Place => Missing::Place(first_few(rules().flat_map(Rule::places).collect())),
        Stage::Action => Missing::Action,
        Stage::Level => {
            let given = |level: &Level| there.meets(policy.grant_sieve.of_level(*level));
            Missing::Level(Level::all().filter(given).collect::<Levels>())
        }
        Stage::Ceiling => Missing::Ceiling,
        Stage::Arguments => {
            let unfit = rules().flat_map(|rule| &rule.arguments).filter(|rule| !rule.fits(asked.question));
            Missing::Argument(first_few(unfit.map(|rule| rule.wanted()).collect()))
        }
        Stage::Request => match told(&on_account(policy, there, account)) {
            here if here.is_empty() => elsewhere(policy, asked, account, there),
            here => Missing::Request(first_few(here.iter().map(|rule| rule.title.clone()).collect())),
        },
        Stage::All => elsewhere(policy, asked, account, there),
    }
}

/// Groups through which it would be granted, if their lists were not too old.
fn stale_groups(policy: &Policy, asked: &Asked<'_, '_>, account: Option<usize>) -> Vec<String> {
    let Question { actor, place, .. } = asked.question;
    if actor.kind_in(place) != ActorKind::Member {
        return Vec::new();
    }
    let mut of_stale = policy.grant_sieve.none();
    policy.grant_index.groups_that(actor, Count::Stale).for_each(|(_, rules)| of_stale.add(rules));
    let sifted = Sifted::of(policy, asked, of_stale);
    let Some(matching) = sifted.matching() else { return Vec::new() };
    let would = on_account(policy, matching, account);
    let groups = policy.grant_index.groups_that(actor, Count::Stale);
    first_few(groups.filter(|(_, rules)| would.meets(rules)).map(|(group, _)| group.to_owned()).collect())
}

/// All fits but the account, or but the region that is used there.
fn elsewhere(policy: &Policy, asked: &Asked<'_, '_>, account: Option<usize>, there: &Bits) -> Missing {
    let here = on_account(policy, there, account);
    let by_region: Vec<&Rule> = here
        .iter()
        .map(|number| policy.grant(number))
        .filter(|rule| !rule.accounts.is_empty())
        .take(TOLD)
        .collect();
    let Some(first) = by_region.first() else { return Missing::Account(reach(policy, there)) };
    let position = account.or_else(|| first.accounts.first().copied());
    let default = position.and_then(|position| policy.accounts[position].default_region());
    let region = asked.question.region.or(default).unwrap_or_default();
    let unfit = by_region.iter().flat_map(|rule| &rule.arguments).filter(|rule| !rule.fits_region(region));
    Missing::Argument(first_few(unfit.map(|rule| rule.wanted()).collect()))
}

/// Those of the grants that select the account; all of them where none is asked for.
fn on_account(policy: &Policy, grants: &Bits, account: Option<usize>) -> Bits {
    let mut here = grants.clone();
    if let Some(position) = account {
        policy.grant_sieve.keep_account(&mut here, position);
    }
    here
}

/// Names of the accounts that the grants reach, in file order.
pub(crate) fn reach(policy: &Policy, grants: &Bits) -> Vec<String> {
    let reached = |position: &usize| {
        policy.grant_sieve.of_account(*position).is_some_and(|selecting| grants.meets(selecting))
    };
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
