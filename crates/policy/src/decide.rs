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
use crate::explain::{explain, reach, short};
use crate::set::Bits;
use crate::sift::Sifted;
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

/// Decides one question. Never panics; takes time by the number of the caller's groups and a 64th of that of grants.
pub fn decide(policy: &Policy, question: &Question<'_>) -> Decision {
    match permit(policy, question) {
        Ok(decision) => decision,
        Err(reason) => Decision::Deny(reason),
    }
}

/// A question with what follows from it.
pub(crate) struct Asked<'q, 'a> {
    pub(crate) question: &'q Question<'a>,
    /// The level that it counts as.
    pub(crate) level: Level,
    /// The tag that raised it.
    pub(crate) guarded: Option<&'a str>,
}

fn permit(policy: &Policy, question: &Question<'_>) -> Result<Decision, Reason> {
    let guarded = policy.guarded_in(question);
    let level = if guarded.is_some() { Level::Permissions } else { question.level };
    let asked = Asked { question, level, guarded };
    let mine = policy.grants_for(&question.actor, &question.place);
    match question.actor.kind_in(&question.place) {
        ActorKind::Member => {}
        ActorKind::Deactivated => return Err(Reason::Outsider(ActorKind::Deactivated)),
        kind if mine.is_empty() => return Err(Reason::Outsider(kind)),
        _ => {}
    }
    let sifted = Sifted::of(policy, &asked, mine);
    let position = account_of(policy, &asked, &sifted)?;
    let account = &policy.accounts[position];
    denied(policy, &asked, position)?;
    frozen(&asked, account)?;
    let region = region_of(account, question)?;
    let reaching = sifted.reaching(policy, position, &region);
    let role = role_of(policy, &reaching, position)?.to_owned();
    let chosen = least_demanding(policy, reaching, &role, position, level);
    let number = chosen.ok_or_else(|| explain(policy, &asked, &sifted, Some(position)))?;
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
    Ok(match policy.need_of(rule, level) {
        Need::Nothing => Decision::Run(permit),
        Need::Confirm => Decision::Confirm(permit),
        Need::Approval(approval) => Decision::NeedsApproval(permit, approval.clone()),
    })
}

/// The first deny in the order of the file that forbids it on that account.
fn denied(policy: &Policy, asked: &Asked<'_, '_>, account: usize) -> Result<(), Reason> {
    let Question { actor, place, .. } = asked.question;
    let sieve = &policy.deny_sieve;
    let forbidding = |mut left: Bits| {
        sieve.keep_place(&mut left, place);
        sieve.keep_either_workspace(&mut left, actor, place);
        sieve.keep_action(&mut left, asked.question.action);
        left.keep_any([asked.level, asked.question.level].map(|level| sieve.of_level(level)));
        sieve.keep_account(&mut left, account);
        left
    };
    if sieve.total == 0 {
        return Ok(());
    }
    let unknown = || {
        let mut about_groups = sieve.none();
        about_groups.add(&policy.deny_index.of_groups);
        let about_groups = forbidding(about_groups);
        if about_groups.is_empty() {
            return None;
        }
        let groups = policy.deny_index.unknown_groups(actor);
        groups.filter_map(|(group, rules)| Some((about_groups.first_in(rules)?, group))).min()
    };
    let (number, unknown) = match forbidding(policy.denies_for(actor, place)).first() {
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
fn account_of(policy: &Policy, asked: &Asked<'_, '_>, sifted: &Sifted) -> Result<usize, Reason> {
    let question = asked.question;
    let region_at = |position: usize| {
        question.region.or_else(|| policy.accounts[position].default_region()).unwrap_or_default()
    };
    let Some(named) = question.account else {
        let first = |number: u32| {
            let rule = policy.grant(number);
            rule.accounts.iter().copied().find(|position| rule.reaches(*position, region_at(*position)))
        };
        let found = sifted.matching().and_then(|matching| matching.iter().find_map(first));
        return found.ok_or_else(|| explain(policy, asked, sifted, None));
    };
    let candidates = policy.accounts_named(named);
    let Some(first) = candidates.first() else {
        let mine = policy.grants_for(&question.actor, &question.place);
        return Err(Reason::UnknownAccount { named: short(named), usable: reach(policy, &mine) });
    };
    // Several names may stand for one id: the first that is granted, in file order.
    let granted = |position: &usize| !sifted.reaching(policy, *position, region_at(*position)).is_empty();
    let found = candidates.iter().copied().find(granted);
    found.ok_or_else(|| explain(policy, asked, sifted, Some(*first)))
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
fn role_of<'p>(policy: &'p Policy, reaching: &Bits, position: usize) -> Result<&'p str, Reason> {
    let mut naming = reaching.clone();
    naming.keep_any(policy.rights.highest(reaching));
    naming.keep(&policy.rights.naming);
    let mut roles = policy.rights.roles_at(position).filter(|(_, having)| naming.meets(having));
    match (roles.next(), roles.next()) {
        (None, _) => Ok(&policy.accounts[position].role_arn),
        (Some((role, _)), None) => Ok(role),
        // `Policy::new` refuses rules that could come to this.
        (Some(_), Some(_)) => {
            let mut grants: Vec<RuleName> =
                naming.iter().map(|number| policy.grant(number).name.clone()).collect();
            grants.sort();
            grants.dedup();
            Err(Reason::RoleConflict { grants, account: policy.accounts[position].name.clone() })
        }
    }
}

/// Among the matches that give the role on the account, the one that asks least.
fn least_demanding(
    policy: &Policy,
    reaching: Bits,
    role: &str,
    position: usize,
    level: Level,
) -> Option<u32> {
    let mut giving = reaching.clone();
    giving.keep_any(
        policy.rights.roles_at(position).filter(|(named, _)| *named == role).map(|(_, having)| having),
    );
    if policy.accounts[position].role_arn == role {
        let mut without = reaching;
        without.drop_all(&policy.rights.naming);
        giving.join(&without);
    }
    policy.rights.least_demanding(&giving, level)
}
