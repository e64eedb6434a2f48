//! The decision itself.
//!
//! 1. The caller's grants are those whose subjects include them; for guests, bots and strangers only those that name
//!    their user id.
//! 2. A grant matches when place, action and level fit. Without an account in the question, the first account of the
//!    first match in file order is taken; with one, only matches for that account count.
//! 3. A deny that fits place, action, level and account ends it. It is not evaded by falling back to another account.
//! 4. The region is the one asked for, if the account lists it, or the account's first.
//! 5. Among the matches for that account the highest priority chooses the role; a grant that names none leaves the
//!    choice to those that do. Of the matches with that role the least demanding says what is needed first.

use crate::compile::Rule;
use crate::pattern::Action;
use crate::{Account, ActorKind, Approval, Levels, Missing, Need, Policy, Question, Reason, RuleName};

/// The answer to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It may run now.
    Run(Permit),
    /// It may run once its caller has confirmed.
    Confirm(Permit),
    /// It may run once others have approved.
    NeedsApproval(Permit, Approval),
    /// It may not run.
    Deny(Reason),
}

/// What may run, and as what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    /// Name of the account.
    pub account: String,
    /// Region to call.
    pub region: String,
    /// ARN of the role to assume.
    pub role_arn: String,
    /// The grant that it rests on.
    pub grant: RuleName,
}

impl Decision {
    /// The permit, if it is more than a denial.
    pub fn permit(&self) -> Option<&Permit> {
        match self {
            Decision::Run(permit) | Decision::Confirm(permit) | Decision::NeedsApproval(permit, _) => {
                Some(permit)
            }
            Decision::Deny(_) => None,
        }
    }
}

/// Decides one question. Never panics, allocates only for its answer and the list of the caller's own grants.
pub fn decide(policy: &Policy, question: &Question<'_>) -> Decision {
    match permit(policy, question) {
        Ok(decision) => decision,
        Err(reason) => Decision::Deny(reason),
    }
}

fn permit(policy: &Policy, question: &Question<'_>) -> Result<Decision, Reason> {
    let action = Action::new(question.action);
    let mine = || policy.grants_for(&question.actor, &question.place);
    if question.actor.kind != ActorKind::Member && mine().next().is_none() {
        return Err(Reason::Outsider(question.actor.kind));
    }
    // Numbers of grants, in no order and some twice: sorting hundreds would take longer than all the rest.
    let matching: Vec<u32> = mine().filter(|number| fits(policy.grant(*number), question, &action)).collect();
    let position = account_of(policy, question, &matching)?;
    let account = &policy.accounts[position];
    if let Some(deny) = denied(policy, question, &action, position) {
        let (action, account) = (question.action.to_owned(), account.name.clone());
        return Err(Reason::Forbidden { deny: deny.name.clone(), action, account });
    }
    let region = region_of(account, question)?;
    let role = role_of(policy, &matching, position)?.to_owned();
    let (number, need) = least_demanding(policy, question, &matching, position, &role)
        .ok_or_else(|| explain(policy, question, Some(position)))?;
    let permit = Permit {
        account: account.name.clone(),
        region,
        role_arn: role,
        grant: policy.grant(number).name.clone(),
    };
    Ok(match need {
        Need::Nothing => Decision::Run(permit),
        Need::Confirm => Decision::Confirm(permit),
        Need::Approval(approval) => Decision::NeedsApproval(permit, approval.clone()),
    })
}

/// Whether place, level and action fit; accounts aside.
fn fits(rule: &Rule, question: &Question<'_>, action: &Action<'_>) -> bool {
    rule.levels.contains(question.level) && rule.holds_in(&question.place) && rule.covers(action)
}

/// The first deny in the order of the file that forbids it on that account.
fn denied<'a>(
    policy: &'a Policy,
    question: &Question<'_>,
    action: &Action<'_>,
    account: usize,
) -> Option<&'a Rule> {
    let denies = policy.denies_for(&question.actor, &question.place);
    let forbids = |number: &u32| {
        let rule = &policy.denies[*number as usize];
        rule.accounts.contains(&account) && fits(rule, question, action)
    };
    denies.filter(forbids).min().map(|number| &policy.denies[number as usize])
}

/// The account: the one asked for, or the first of the first match.
fn account_of(policy: &Policy, question: &Question<'_>, matching: &[u32]) -> Result<usize, Reason> {
    let Some(named) = question.account else {
        let first = matching.iter().min().and_then(|number| policy.grant(*number).accounts.first());
        return first.copied().ok_or_else(|| explain(policy, question, None));
    };
    let is_named = |position: &usize| {
        let account = &policy.accounts[*position];
        account.name == named || account.id() == Some(named)
    };
    let candidates: Vec<usize> = (0..policy.accounts.len()).filter(is_named).collect();
    let Some(first) = candidates.first() else {
        let mine: Vec<u32> = policy.grants_for(&question.actor, &question.place).collect();
        return Err(Reason::UnknownAccount { named: short(named), usable: reach(policy, &mine) });
    };
    // Several names may stand for one id: the first that is granted, in file order.
    let granted =
        |position: &usize| matching.iter().any(|number| policy.grant(*number).accounts.contains(position));
    candidates.iter().copied().find(granted).ok_or_else(|| explain(policy, question, Some(*first)))
}

fn region_of(account: &Account, question: &Question<'_>) -> Result<String, Reason> {
    let chosen = match question.region {
        None => account.regions.first(),
        Some(wanted) => account.regions.iter().find(|region| *region == wanted),
    };
    chosen.cloned().ok_or_else(|| Reason::Region {
        account: account.name.clone(),
        region: short(question.region.unwrap_or_default()),
        regions: account.regions.clone(),
    })
}

/// The role that the matches for the account lead to.
fn role_of<'a>(policy: &'a Policy, matching: &[u32], position: usize) -> Result<&'a str, Reason> {
    let rules = || {
        matching.iter().map(|number| policy.grant(*number)).filter(|rule| rule.accounts.contains(&position))
    };
    let top = rules().map(|rule| rule.priority).max();
    let naming = || {
        let of_top = rules().filter(move |rule| Some(rule.priority) == top);
        of_top.filter_map(move |rule| rule.role_for(position).map(|role| (rule, role)))
    };
    let Some((_, role)) = naming().next() else { return Ok(&policy.accounts[position].role_arn) };
    if naming().all(|(_, other)| other == role) {
        return Ok(role);
    }
    let mut grants: Vec<RuleName> = naming().map(|(rule, _)| rule.name.clone()).collect();
    grants.sort();
    grants.dedup();
    Err(Reason::RoleConflict { grants, account: policy.accounts[position].name.clone() })
}

/// Among the matches that give the role on the account, the one that asks least; the first in the file between equals.
fn least_demanding<'a>(
    policy: &'a Policy,
    question: &Question<'_>,
    matching: &[u32],
    position: usize,
    role: &str,
) -> Option<(u32, &'a Need)> {
    let default = if policy.confirm.contains(question.level) { &Need::Confirm } else { &Need::Nothing };
    let account_role = &policy.accounts[position].role_arn;
    let gives = |number: &u32| {
        let rule = policy.grant(*number);
        rule.accounts.contains(&position) && rule.role_for(position).unwrap_or(account_role) == role
    };
    let need_of = |number: u32| {
        let own = policy.grant(number).needs.iter().find(|(level, _)| *level == question.level);
        (number, own.map_or(default, |(_, need)| need))
    };
    let giving = matching.iter().copied().filter(gives).map(need_of);
    giving.min_by_key(|(number, need)| (weight(need), *number))
}

fn weight(need: &Need) -> u64 {
    match need {
        Need::Nothing => 0,
        Need::Confirm => 1,
        Need::Approval(approval) => 2 + u64::from(approval.count),
    }
}

/// How far the caller's grants got, and what the furthest of them lack.
fn explain(policy: &Policy, question: &Question<'_>, account: Option<usize>) -> Reason {
    let action = Action::new(question.action);
    let stage_of = |number: u32| {
        let rule = policy.grant(number);
        let stages =
            [rule.holds_in(&question.place), rule.covers(&action), rule.levels.contains(question.level)];
        (stages.iter().take_while(|passed| **passed).count(), number)
    };
    let mine: Vec<(usize, u32)> = policy.grants_for(&question.actor, &question.place).map(stage_of).collect();
    let furthest = mine.iter().map(|(stage, _)| *stage).max();
    let there: Vec<u32> =
        mine.iter().filter(|(stage, _)| Some(*stage) == furthest).map(|(_, number)| *number).collect();
    let missing = match furthest {
        None => Missing::Grant,
        Some(0) => Missing::Place(places(policy, &there)),
        Some(1) => Missing::Action,
        Some(2) => Missing::Level(
            there.iter().fold(Levels::NONE, |all, number| all.union(policy.grant(*number).levels)),
        ),
        Some(_) => Missing::Account(reach(policy, &there)),
    };
    let near = if missing == Missing::Action { Vec::new() } else { first_few(there) };
    Reason::NotGranted {
        action: short(question.action),
        level: question.level,
        account: account.map(|position| policy.accounts[position].name.clone()),
        missing,
        near: near.into_iter().map(|number| policy.grant(number).name.clone()).collect(),
    }
}

/// How many rules or places a reason names.
const NEAR: usize = 5;

fn first_few<T: Ord>(mut all: Vec<T>) -> Vec<T> {
    all.sort_unstable();
    all.dedup();
    all.truncate(NEAR);
    all
}

fn places(policy: &Policy, grants: &[u32]) -> Vec<String> {
    first_few(grants.iter().flat_map(|number| policy.grant(*number).places()).collect())
}

/// Names of the accounts that the grants reach, in file order.
fn reach(policy: &Policy, grants: &[u32]) -> Vec<String> {
    let reached =
        |position: &usize| grants.iter().any(|number| policy.grant(*number).accounts.contains(position));
    (0..policy.accounts.len()).filter(reached).take(20).map(|at| policy.accounts[at].name.clone()).collect()
}

/// A reason repeats what was asked for, within bounds.
fn short(text: &str) -> String {
    text.chars().take(128).collect()
}
