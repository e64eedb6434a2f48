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
    let mine = policy.grants_for(&question.actor, &question.place);
    if mine.is_empty() && question.actor.kind != ActorKind::Member {
        return Err(Reason::Outsider(question.actor.kind));
    }
    let mine: Vec<&Rule> = mine.into_iter().map(|number| &policy.grants[number as usize]).collect();
    let matching: Vec<&Rule> = mine.iter().copied().filter(|rule| fits(rule, question)).collect();
    let position = account_of(policy, question, &mine, &matching)?;
    let account = &policy.accounts[position];
    if let Some(deny) = denied(policy, question, position) {
        let (action, account) = (question.action.to_owned(), account.name.clone());
        return Err(Reason::Forbidden { deny: deny.name.clone(), action, account });
    }
    let region = region_of(account, question)?;
    let matching: Vec<&Rule> =
        matching.into_iter().filter(|rule| rule.accounts.contains(&position)).collect();
    let role = role_of(&matching, position, account)?;
    settle(
        policy,
        question,
        &matching,
        position,
        Permit {
            account: account.name.clone(),
            region,
            role_arn: role.to_owned(),
            grant: matching
                .first()
                .map(|rule| rule.name.clone())
                .ok_or(Reason::Outsider(question.actor.kind))?,
        },
    )
}

/// Whether place, level and action fit; accounts aside.
fn fits(rule: &Rule, question: &Question<'_>) -> bool {
    rule.levels.contains(question.level) && rule.holds_in(&question.place) && rule.covers(question.action)
}

fn denied<'a>(policy: &'a Policy, question: &Question<'_>, account: usize) -> Option<&'a Rule> {
    let denies = policy.denies_for(&question.actor, &question.place);
    let mut rules = denies.into_iter().map(|number| &policy.denies[number as usize]);
    rules.find(|rule| rule.accounts.contains(&account) && fits(rule, question))
}

/// The account: the one asked for, or the first of the first match.
fn account_of(
    policy: &Policy,
    question: &Question<'_>,
    mine: &[&Rule],
    matching: &[&Rule],
) -> Result<usize, Reason> {
    let granted = |position: usize| matching.iter().any(|rule| rule.accounts.contains(&position));
    let Some(named) = question.account else {
        let first = matching.first().and_then(|rule| rule.accounts.first());
        return first.copied().ok_or_else(|| not_granted(policy, question, mine, None));
    };
    let is_named = |account: &Account| account.name == named || account.id() == Some(named);
    let candidates: Vec<usize> =
        (0..policy.accounts.len()).filter(|position| is_named(&policy.accounts[*position])).collect();
    let Some(first) = candidates.first() else {
        return Err(Reason::UnknownAccount { named: short(named), usable: reach(policy, mine) });
    };
    // Several names may stand for one id: the first that is granted, in file order.
    let chosen = candidates.iter().copied().find(|position| granted(*position));
    chosen.ok_or_else(|| not_granted(policy, question, mine, Some(*first)))
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

/// The role that a grant names for the account, if it names one.
fn named_role(rule: &Rule, position: usize) -> Option<&str> {
    let place = rule.accounts.iter().position(|account| *account == position)?;
    rule.roles.as_ref()?.get(place).map(String::as_str)
}

fn role_of<'a>(matching: &[&'a Rule], position: usize, account: &'a Account) -> Result<&'a str, Reason> {
    let top = matching.iter().map(|rule| rule.priority).max();
    let naming = || {
        let of_top = matching.iter().filter(move |rule| Some(rule.priority) == top);
        of_top.filter_map(move |rule| named_role(rule, position).map(|role| (*rule, role)))
    };
    let Some((_, role)) = naming().next() else { return Ok(&account.role_arn) };
    if naming().all(|(_, other)| other == role) {
        return Ok(role);
    }
    let grants = naming().map(|(rule, _)| rule.name.clone()).collect();
    Err(Reason::RoleConflict { grants, account: account.name.clone() })
}

/// Takes the least demanding of the grants that give the chosen role.
fn settle(
    policy: &Policy,
    question: &Question<'_>,
    matching: &[&Rule],
    position: usize,
    mut permit: Permit,
) -> Result<Decision, Reason> {
    let account_role = &policy.accounts[position].role_arn;
    let gives = |rule: &&&Rule| named_role(rule, position).unwrap_or(account_role) == permit.role_arn;
    let default = if policy.confirm.contains(question.level) { Need::Confirm } else { Need::Nothing };
    let need_of = |rule: &Rule| {
        let own = rule.needs.iter().find(|(level, _)| *level == question.level);
        own.map_or_else(|| default.clone(), |(_, need)| need.clone())
    };
    let best =
        matching.iter().filter(gives).map(|rule| (rule, need_of(rule))).min_by_key(|(_, need)| weight(need));
    let Some((rule, need)) = best else {
        return Err(not_granted(policy, question, matching, Some(position)));
    };
    permit.grant = rule.name.clone();
    Ok(match need {
        Need::Nothing => Decision::Run(permit),
        Need::Confirm => Decision::Confirm(permit),
        Need::Approval(approval) => Decision::NeedsApproval(permit, approval),
    })
}

fn weight(need: &Need) -> u64 {
    match need {
        Need::Nothing => 0,
        Need::Confirm => 1,
        Need::Approval(approval) => 2 + u64::from(approval.count),
    }
}

/// How far the caller's grants got, and what the furthest of them lack.
fn not_granted(policy: &Policy, question: &Question<'_>, mine: &[&Rule], account: Option<usize>) -> Reason {
    let here: Vec<&Rule> = mine.iter().copied().filter(|rule| rule.holds_in(&question.place)).collect();
    let action: Vec<&Rule> = here.iter().copied().filter(|rule| rule.covers(question.action)).collect();
    let level: Vec<&Rule> =
        action.iter().copied().filter(|rule| rule.levels.contains(question.level)).collect();
    let (missing, near) = if !level.is_empty() {
        (Missing::Account(reach(policy, &level)), level)
    } else if !action.is_empty() {
        let levels = action.iter().fold(Levels::NONE, |all, rule| all.union(rule.levels));
        (Missing::Level(levels), action)
    } else if !here.is_empty() {
        (Missing::Action, Vec::new())
    } else if !mine.is_empty() {
        let mut places: Vec<String> = mine.iter().flat_map(|rule| rule.places()).collect();
        places.sort();
        places.dedup();
        places.truncate(NEAR);
        (Missing::Place(places), mine.to_vec())
    } else {
        (Missing::Grant, Vec::new())
    };
    Reason::NotGranted {
        action: short(question.action),
        level: question.level,
        account: account.map(|position| policy.accounts[position].name.clone()),
        missing,
        near: near.iter().take(NEAR).map(|rule| rule.name.clone()).collect(),
    }
}

/// Names of the accounts that the rules reach, in file order.
fn reach(policy: &Policy, rules: &[&Rule]) -> Vec<String> {
    let reached = |position: &usize| rules.iter().any(|rule| rule.accounts.contains(position));
    (0..policy.accounts.len()).filter(reached).take(20).map(|at| policy.accounts[at].name.clone()).collect()
}

/// How many rules or places a reason names.
const NEAR: usize = 5;

/// A reason repeats what was asked for, within bounds.
fn short(text: &str) -> String {
    text.chars().take(128).collect()
}
