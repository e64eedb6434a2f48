//! What another set of rules gives and takes, compared with this one.
//!
//! Every rule falls apart into single rights: one subject, account, pattern and level. A right of the new rules that no
//! single right of the old ones covers widens; one of the old rules that none of the new covers narrows. Denies and the
//! ceiling are held against each other likewise, the other way round for denies.
//! Invariant: nothing widens without being told; what is told may be no wider when several old rights cover it together.
//! Absent on purpose: who is in which group, and grants of the store.

use std::collections::BTreeMap;

use crate::compile::Rule;
use crate::{Fault, Level, Levels, Need, Pattern, Policy, Rulebook, Subjects};

/// What changes, as sentences in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// What can be done then and cannot be done now, or needs less.
    pub widens: Vec<String>,
    /// What can be done now and not then, or needs more.
    pub narrows: Vec<String>,
}

/// Compares two sets of rules.
///
/// # Errors
/// The faults of whichever is unsound.
pub fn difference(old: &Rulebook, new: &Rulebook) -> Result<Difference, Vec<Fault>> {
    let (before, after) = (Policy::new(old)?, Policy::new(new)?);
    let mut told = Told::default();
    let (had, has) = (granted(&before, old), granted(&after, new));
    told.held("may", &has, &had, true);
    told.held("may no more", &had, &has, false);
    let (denied, denies) = (forbidden(&before, old), forbidden(&after, new));
    told.held("is no more denied", &denied, &denies, true);
    told.held("is denied", &denies, &denied, false);
    let (lid, lids) = (under(&before), under(&after));
    told.held("may give", &lids, &lid, true);
    told.held("may give no more", &lid, &lids, false);
    let mut difference = told.sentences();
    regions(&before, &after, &mut difference);
    Ok(difference)
}

/// One subject's right to one pattern at one level on one account.
struct Single<'a> {
    subject: String,
    account: &'a str,
    role: &'a str,
    pattern: &'a Pattern,
    level: Level,
    need: &'a Need,
    rule: &'a Rule,
}

fn granted<'a>(policy: &'a Policy, book: &Rulebook) -> Vec<Single<'a>> {
    let rules = policy.grants.iter().zip(&book.grants);
    rules.flat_map(|(rule, grant)| singles(policy, rule, &subjects(&grant.subjects, "nobody"))).collect()
}

fn forbidden<'a>(policy: &'a Policy, book: &Rulebook) -> Vec<Single<'a>> {
    let rules = policy.denies.iter().zip(&book.denies);
    rules.flat_map(|(rule, deny)| singles(policy, rule, &subjects(&deny.subjects, "everybody"))).collect()
}

fn under(policy: &Policy) -> Vec<Single<'_>> {
    let Some(lid) = &policy.lid else { return Vec::new() };
    let mut all = singles(policy, &lid.rule, &["a grant made in Slack".to_owned()]);
    for (position, role) in &lid.roles {
        let named = singles(policy, &lid.rule, &["a grant made in Slack".to_owned()]);
        let of_account = |single: &Single<'_>| single.account == policy.accounts[*position].name;
        all.extend(named.into_iter().filter(of_account).map(|single| Single { role, ..single }));
    }
    all
}

fn singles<'a>(policy: &'a Policy, rule: &'a Rule, subjects: &[String]) -> Vec<Single<'a>> {
    let mut all = Vec::new();
    for subject in subjects {
        for position in &rule.accounts {
            let account = &policy.accounts[*position];
            for pattern in &rule.allow {
                all.extend(rule.levels.iter().map(|level| Single {
                    subject: subject.clone(),
                    account: &account.name,
                    role: rule.role_for(*position).unwrap_or(&account.role_arn),
                    pattern,
                    level,
                    need: policy.need_of(rule, level),
                    rule,
                }));
            }
        }
    }
    all
}

fn subjects(subjects: &Subjects, nobody: &str) -> Vec<String> {
    let ids = subjects.users.iter().chain(&subjects.usergroups).chain(&subjects.channels);
    let mut all: Vec<String> = ids.cloned().collect();
    all.extend(subjects.admins.then(|| "every admin".to_owned()));
    all.extend(subjects.everyone.then(|| "everybody".to_owned()));
    if all.is_empty() {
        all.push(nobody.to_owned());
    }
    all
}

impl Single<'_> {
    /// Whether whatever `other` is about, this is about too; roles and needs aside.
    fn spans(&self, other: &Single<'_>) -> bool {
        // Guests and bots are granted things by their own ids only, so everybody does not stand for a user.
        let same_people = self.subject == other.subject
            || (self.subject == "everybody" && !other.subject.starts_with(['U', 'W']));
        same_people
            && self.account == other.account
            && self.level == other.level
            && other.pattern.is_within(self.pattern)
            && holds(&self.rule.in_channels, &other.rule.in_channels)
            && holds(&self.rule.workspaces, &other.rule.workspaces)
            && self
                .rule
                .arguments
                .iter()
                .all(|mine| other.rule.arguments.iter().any(|theirs| theirs.implies(mine)))
    }

    /// Whether it asks no more than `other`, once it applies.
    fn is_as_easy(&self, other: &Single<'_>) -> bool {
        let request = match (&self.rule.request, &other.rule.request) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(mine), Some(theirs)) => {
                mine.longest_seconds >= theirs.longest_seconds
                    && mine.approval.count <= theirs.approval.count
                    && theirs.approval.approvers.iter().all(|id| mine.approval.approvers.contains(id))
            }
        };
        let approvers = match (self.need, other.need) {
            (Need::Approval(mine), Need::Approval(theirs)) => {
                theirs.approvers.iter().all(|id| mine.approvers.contains(id))
            }
            _ => true,
        };
        request
            && approvers
            && self.need.weight() <= other.need.weight()
            && (self.rule.yes || !other.rule.yes)
    }

    fn what(&self) -> String {
        let list = |word: &str, items: &[String]| {
            if items.is_empty() { String::new() } else { format!(" {word} {}", items.join(" or ")) }
        };
        let places: Vec<String> = self.rule.places().collect();
        let arguments: Vec<String> = self.rule.arguments.iter().map(|argument| argument.wanted()).collect();
        format!(
            "{} on {}{}{}{} ({})",
            self.pattern,
            self.account,
            list("with", &arguments),
            list("in", &places),
            list("of workspace", &self.rule.workspaces),
            self.rule.name
        )
    }
}

/// Whether a list that narrows (an empty one does not) leaves whatever the other leaves.
fn holds(wide: &[String], narrow: &[String]) -> bool {
    wide.is_empty() || (!narrow.is_empty() && narrow.iter().all(|item| wide.contains(item)))
}

/// Sentences without their levels, which are gathered: what it is about, and why it is told.
#[derive(Default)]
struct Told {
    widens: BTreeMap<(String, String), Levels>,
    narrows: BTreeMap<(String, String), Levels>,
}

impl Told {
    /// Tells each of `these` that none of `those` covers.
    fn held(&mut self, verb: &str, these: &[Single<'_>], those: &[Single<'_>], widens: bool) {
        let mut by_place: BTreeMap<(&str, Level), Vec<&Single<'_>>> = BTreeMap::new();
        for single in those {
            by_place.entry((single.account, single.level)).or_default().push(single);
        }
        for single in these {
            let beside = by_place.get(&(single.account, single.level)).map_or(&[][..], Vec::as_slice);
            let spanning: Vec<&&Single<'_>> = beside.iter().filter(|other| other.spans(single)).collect();
            let in_role = |other: &&&&Single<'_>| other.role == single.role;
            if spanning.iter().filter(in_role).any(|other| other.is_as_easy(single)) {
                continue;
            }
            let why = match (spanning.iter().find(in_role), spanning.first()) {
                (Some(other), _) => format!("; it needs {} instead of {}", needs(single), needs(other)),
                (None, Some(other)) => format!("; in role {} instead of {}", single.role, other.role),
                (None, None) => String::new(),
            };
            let told = if widens { &mut self.widens } else { &mut self.narrows };
            let levels =
                told.entry((format!("{} {verb} {}", single.subject, single.what()), why)).or_default();
            *levels = levels.with(single.level);
        }
    }

    fn sentences(self) -> Difference {
        let sentences = |told: BTreeMap<(String, String), Levels>| {
            told.into_iter().map(|((what, why), levels)| format!("{what} at {levels}{why}")).collect()
        };
        Difference { widens: sentences(self.widens), narrows: sentences(self.narrows) }
    }
}

fn needs(single: &Single<'_>) -> String {
    let need = match single.need {
        Need::Nothing => "nothing".to_owned(),
        Need::Confirm if single.rule.yes => "a confirmation or --yes".to_owned(),
        Need::Confirm => "a confirmation".to_owned(),
        Need::Approval(approval) => format!("{} of {}", approval.count, approval.approvers.join(", ")),
    };
    if single.rule.request.is_some() { format!("{need} on request") } else { need }
}

/// Regions of accounts that come and go.
fn regions(before: &Policy, after: &Policy, difference: &mut Difference) {
    for account in &after.accounts {
        let Some(old) = before.accounts.iter().find(|old| old.name == account.name) else { continue };
        let fresh = account.regions.iter().filter(|region| !old.regions.contains(region));
        let gone = old.regions.iter().filter(|region| !account.regions.contains(region));
        difference
            .widens
            .extend(fresh.map(|region| format!("account {}: region {region} may be used", old.name)));
        difference
            .narrows
            .extend(gone.map(|region| format!("account {}: region {region} may not be used", old.name)));
    }
}
