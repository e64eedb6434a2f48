//! The decision itself.
//!
//! 1. The caller's grants are those whose subjects include them; for guests, bots, strangers and people of whom nothing
//!    is known only those that name their user id; for who was deactivated, none.
//! 2. A grant matches when workspace, place, action, level and arguments fit, and, if it must be asked for, when it is
//!    in force for the caller; one of the store only as far as the ceiling reaches. A call that sets a tag which grants
//!    hang on counts as level `permissions`. Without an account in the question, the first account of the first match
//!    in file order is taken; with one, only matches for that account count.
//! 3. A deny that fits place, action, level and account ends it. It is not evaded by falling back to another account.
//!    One about a group holds by what was last known of it, and for everybody while nothing is.
//! 4. A freeze of the account ends whatever does more than look, also for whom a right was given for a while.
//! 5. The region is the one asked for, if the account lists it, or the account's first.
//! 6. Among the matches for that account the highest priority chooses the role; a grant that names none leaves the
//!    choice to those that do. Of the matches with that role the least demanding says what is needed first; between
//!    equals one without conditions on tags, then the first in the file.

use crate::arguments::{ArgumentRule, TagCondition};
use crate::compile::Rule;
use crate::explain::{explain, reach, short};
use crate::pattern::Action;
use crate::{Account, ActorKind, Approval, Level, Levels, Need, Policy, Question, Reason, RuleName};

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
    /// The level that the call counts as.
    pub level: Level,
    /// All levels of the grant.
    pub levels: Levels,
    /// Whether `--yes` counts as the caller's confirmation.
    pub yes: bool,
    /// Tags that resources must be seen to bear before the call is made; every one of them.
    pub tags: Vec<TagCondition>,
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

/// A question with what follows from it.
pub(crate) struct Asked<'q, 'a> {
    pub(crate) question: &'q Question<'a>,
    pub(crate) action: Action<'a>,
    /// The level that it counts as.
    pub(crate) level: Level,
    /// The tag that raised it.
    pub(crate) guarded: Option<&'a str>,
}

fn permit(policy: &Policy, question: &Question<'_>) -> Result<Decision, Reason> {
    let guarded = policy.guarded_in(question);
    let level = if guarded.is_some() { Level::Permissions } else { question.level };
    let asked = Asked { question, action: Action::new(question.action), level, guarded };
    let mine = || policy.grants_for(&question.actor, &question.place);
    match question.actor.kind_in(&question.place) {
        ActorKind::Member => {}
        ActorKind::Deactivated => return Err(Reason::Outsider(ActorKind::Deactivated)),
        kind if mine().next().is_none() => return Err(Reason::Outsider(kind)),
        _ => {}
    }
    // Numbers of grants, in no order and some twice: sorting hundreds would take longer than all the rest.
    let matching: Vec<u32> = mine().filter(|number| fits(policy, policy.grant(*number), &asked)).collect();
    let position = account_of(policy, &asked, &matching)?;
    let account = &policy.accounts[position];
    denied(policy, &asked, position)?;
    frozen(&asked, account)?;
    let region = region_of(account, question)?;
    let reaching = Reaching { policy, asked: &asked, matching: &matching, position, region: &region };
    let role = role_of(&reaching)?.to_owned();
    let chosen = least_demanding(&reaching, &role);
    let (number, need) = chosen.ok_or_else(|| explain(policy, &asked, Some(position)))?;
    let rule = policy.grant(number);
    let permit = Permit {
        account: account.name.clone(),
        region,
        role_arn: role,
        grant: rule.name.clone(),
        level,
        levels: rule.levels,
        yes: rule.yes,
        tags: rule.arguments.iter().filter_map(ArgumentRule::tag).cloned().collect(),
    };
    Ok(match need {
        Need::Nothing => Decision::Run(permit),
        Need::Confirm => Decision::Confirm(permit),
        Need::Approval(approval) => Decision::NeedsApproval(permit, approval.clone()),
    })
}

/// Whether all but the account fits.
fn fits(policy: &Policy, rule: &Rule, asked: &Asked<'_, '_>) -> bool {
    let Question { actor, place, .. } = asked.question;
    rule.levels.contains(asked.level)
        && rule.holds_in(place)
        && rule.covers(&asked.action)
        && rule.holds_for(actor, place)
        && rule.arguments.iter().all(|argument| argument.fits(asked.question))
        && !rule.awaits_request(actor)
        && under_ceiling(policy, rule, asked)
}

/// Whether the ceiling lets a grant of the store count here.
pub(crate) fn under_ceiling(policy: &Policy, rule: &Rule, asked: &Asked<'_, '_>) -> bool {
    let under = |lid: &crate::ceiling::Lid| {
        lid.rule.covers(&asked.action) && lid.rule.holds_in(&asked.question.place)
    };
    !rule.from_store || policy.lid.as_ref().is_some_and(under)
}

/// The first deny in the order of the file that forbids it on that account.
fn denied(policy: &Policy, asked: &Asked<'_, '_>, account: usize) -> Result<(), Reason> {
    let Question { actor, place, .. } = asked.question;
    let forbids = |number: &u32| {
        let rule = &policy.denies[*number as usize];
        let at_level = rule.levels.contains(asked.level) || rule.levels.contains(asked.question.level);
        at_level
            && rule.accounts.contains(&account)
            && rule.holds_in(place)
            && rule.forbids_in(actor, place)
            && rule.covers(&asked.action)
    };
    let first = policy.deny_index.denies(actor, place).filter(forbids).min();
    let unknown = || {
        let groups = policy.deny_index.unknown_groups(actor);
        let forbidding = |(group, rules): (_, &[u32])| Some((rules.iter().copied().find(forbids)?, group));
        groups.filter_map(forbidding).min()
    };
    let (number, unknown) = match first {
        Some(number) => (number, None),
        None => match unknown() {
            Some((number, group)) => (number, Some(group.to_owned())),
            None => return Ok(()),
        },
    };
    Err(Reason::Forbidden {
        deny: policy.denies[number as usize].name.clone(),
        action: short(asked.question.action),
        account: policy.accounts[account].name.clone(),
        unknown,
    })
}

/// Whether the account may be changed at this moment.
fn frozen(asked: &Asked<'_, '_>, account: &Account) -> Result<(), Reason> {
    if Levels::LOOKING.contains(asked.level) {
        return Ok(());
    }
    let holds = |freeze: &&crate::Freeze| freeze.account.as_ref().is_none_or(|name| *name == account.name);
    match asked.question.frozen.iter().find(holds) {
        None => Ok(()),
        Some(freeze) => Err(Reason::Frozen {
            account: account.name.clone(),
            all: freeze.account.is_none(),
            why: freeze.why.clone(),
        }),
    }
}

/// The account: the one asked for, or the first of the first match.
fn account_of(policy: &Policy, asked: &Asked<'_, '_>, matching: &[u32]) -> Result<usize, Reason> {
    let question = asked.question;
    let reaches = |number: u32, position: usize| {
        let region = question.region.or_else(|| policy.accounts[position].default_region());
        policy.grant(number).reaches(position, region.unwrap_or_default())
    };
    let Some(named) = question.account else {
        let first = |number: u32| {
            policy.grant(number).accounts.iter().copied().find(|position| reaches(number, *position))
        };
        let found = matching.iter().filter_map(|number| Some((*number, first(*number)?))).min();
        return found.map(|(_, position)| position).ok_or_else(|| explain(policy, asked, None));
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
    let granted = |position: &usize| matching.iter().any(|number| reaches(*number, *position));
    candidates.iter().copied().find(granted).ok_or_else(|| explain(policy, asked, Some(*first)))
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

/// The matches that reach one account in one region.
struct Reaching<'p, 'b, 'q> {
    policy: &'p Policy,
    asked: &'b Asked<'b, 'q>,
    matching: &'b [u32],
    position: usize,
    region: &'b str,
}

impl<'p, 'b> Reaching<'p, 'b, '_> {
    fn rules(&self) -> impl Iterator<Item = (u32, &'p Rule)> + use<'p, 'b> {
        let (policy, position, region) = (self.policy, self.position, self.region);
        let rules = self.matching.iter().map(move |number| (*number, policy.grant(*number)));
        rules.filter(move |(_, rule)| rule.reaches(position, region))
    }
}

/// The role that the matches for the account lead to.
fn role_of<'p>(reaching: &Reaching<'p, '_, '_>) -> Result<&'p str, Reason> {
    let (policy, position) = (reaching.policy, reaching.position);
    let top = reaching.rules().map(|(_, rule)| rule.priority).max();
    let naming = || {
        let of_top = reaching.rules().filter(move |(_, rule)| Some(rule.priority) == top);
        of_top.filter_map(move |(_, rule)| rule.role_for(position).map(|role| (rule, role)))
    };
    let Some((_, role)) = naming().next() else { return Ok(&policy.accounts[position].role_arn) };
    if naming().all(|(_, other)| other == role) {
        return Ok(role);
    }
    // `Policy::new` refuses rules that could come to this.
    let mut grants: Vec<RuleName> = naming().map(|(rule, _)| rule.name.clone()).collect();
    grants.sort();
    grants.dedup();
    Err(Reason::RoleConflict { grants, account: policy.accounts[position].name.clone() })
}

/// Among the matches that give the role on the account, the one that asks least.
fn least_demanding<'p>(reaching: &Reaching<'p, '_, '_>, role: &str) -> Option<(u32, &'p Need)> {
    let (policy, position, level) = (reaching.policy, reaching.position, reaching.asked.level);
    let account_role = &policy.accounts[position].role_arn;
    let giving = reaching.rules().filter(|(_, rule)| rule.role_for(position).unwrap_or(account_role) == role);
    giving
        .map(|(number, rule)| (number, rule, policy.need_of(rule, level)))
        .min_by_key(|(number, rule, need)| {
            let tags = rule.arguments.iter().filter(|argument| argument.tag().is_some()).count();
            (need.weight(), tags, *number)
        })
        .map(|(number, _, need)| (number, need))
}
