//! Rules checked and indexed, so that a decision looks only at what concerns its caller. Rules are numbered in the
//! order of the file, which decides between equals; grants of the store follow those of the file.

use std::collections::{BTreeSet, HashMap};

use crate::arguments::ArgumentRule;
use crate::ceiling::Lid;
use crate::check::{Check, DIRECT};
use crate::fault::{Fault, Problem, RuleName};
use crate::index::Index;
use crate::overlap::Ties;
use crate::pattern::Action;
use crate::set::Bits;
use crate::sieve::{Rights, Sieve};
use crate::{
    Account, Actor, Deny, Elevation, Grant, Level, Levels, Need, Pattern, Place, PlaceKind, Question,
    Rulebook,
};

/// Checked rules. See [`crate::decide`].
#[derive(Debug, Default)]
pub struct Policy {
    pub(crate) accounts: Vec<Account>,
    pub(crate) grants: Vec<Rule>,
    pub(crate) denies: Vec<Rule>,
    pub(crate) grant_index: Index,
    pub(crate) grant_sieve: Sieve,
    pub(crate) rights: Rights,
    pub(crate) deny_index: Index,
    pub(crate) deny_sieve: Sieve,
    /// Positions of accounts, by name and by id.
    named: HashMap<String, Vec<usize>>,
    pub(crate) lid: Option<Lid>,
    /// Levels that ask for confirmation where the grant says nothing about them.
    pub(crate) confirm: Levels,
    /// Keys of tags that some rule hangs on, in small letters.
    guarded: BTreeSet<String>,
    set_aside: Vec<Fault>,
}

/// One checked rule, a grant or a deny.
#[derive(Debug, Default)]
pub(crate) struct Rule {
    pub(crate) name: RuleName,
    /// What people call it; may be empty.
    pub(crate) title: String,
    /// Empty is any.
    pub(crate) workspaces: Vec<String>,
    /// Positions in [`Policy::accounts`], in order of preference.
    pub(crate) accounts: Vec<usize>,
    pub(crate) allow: Vec<Pattern>,
    pub(crate) levels: Levels,
    /// Empty is anywhere.
    pub(crate) in_channels: Vec<String>,
    pub(crate) arguments: Vec<ArgumentRule>,
    /// One ARN for each of `accounts`, if the grant names a role.
    pub(crate) roles: Option<Vec<String>>,
    pub(crate) priority: i64,
    pub(crate) needs: Vec<(Level, Need)>,
    pub(crate) yes: bool,
    pub(crate) request: Option<Elevation>,
    /// Whether the ceiling holds for it.
    pub(crate) from_store: bool,
}

impl Policy {
    /// Checks the rules and indexes them.
    ///
    /// # Errors
    /// Every fault of the file's accounts and rules, in their order. A grant of the store with a fault is set aside
    /// instead: see [`Policy::set_aside`].
    pub fn new(book: &Rulebook) -> Result<Policy, Vec<Fault>> {
        let mut check = Check::of(&book.accounts, book.accounts_may_come);
        check.accounts();
        let lid = book.ceiling.as_ref().map(|ceiling| {
            let (rule, roles) = check.ceiling(ceiling);
            Lid { rule, roles, confirm: book.confirm }
        });
        let mut policy =
            Policy { accounts: book.accounts.clone(), confirm: book.confirm, ..Policy::default() };
        let number = |(number, grant)| check.grant(number, grant);
        policy.grants = book.grants.iter().enumerate().map(number).collect();
        let number = |(number, deny)| check.deny(number, deny);
        policy.denies = book.denies.iter().enumerate().map(number).collect();
        let mut faults = check.take_faults();
        if faults.is_empty() {
            let mut beside = Beside::default();
            let both = policy.grants.iter().zip(&book.grants);
            faults.extend(both.flat_map(|(rule, grant)| beside.add(rule, grant, &policy.accounts)));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut taken: Vec<&Grant> = book.grants.iter().collect();
        taken.extend(policy.add_store_grants(book, &mut check, lid.as_ref()));
        policy.lid = lid;
        policy.index(&taken, &book.denies);
        policy.guarded = policy.guarded_keys();
        Ok(policy)
    }

    fn index(&mut self, grants: &[&Grant], denies: &[Deny]) {
        for (number, (rule, grant)) in self.grants.iter().zip(grants).enumerate() {
            self.grant_index.add_grant(number as u32, &grant.subjects);
            self.grant_sieve.add(rule);
            self.rights.add(number as u32, rule, |level| need_of(rule, level, self.confirm));
        }
        for (number, (rule, deny)) in self.denies.iter().zip(denies).enumerate() {
            self.deny_index.add_deny(number as u32, &deny.subjects);
            self.deny_sieve.add(rule);
        }
        for (position, account) in self.accounts.iter().enumerate() {
            for name in [Some(account.name.as_str()), account.id()].into_iter().flatten() {
                self.named.entry(name.to_owned()).or_default().push(position);
            }
        }
    }

    /// Takes the grants of the store that stand under the ceiling and go with all others; the rest is set aside.
    fn add_store_grants<'b>(
        &mut self,
        book: &'b Rulebook,
        check: &mut Check<'_>,
        lid: Option<&Lid>,
    ) -> Vec<&'b Grant> {
        let mut sound = Vec::with_capacity(book.store_grants.len());
        for (number, grant) in book.store_grants.iter().enumerate() {
            let mut rule = check.grant(book.grants.len() + number, grant);
            let mut faults = check.take_faults();
            if faults.is_empty() {
                let cut = lid.ok_or(Problem::NoCeiling).and_then(|lid| lid.cut(&mut rule, &self.accounts));
                faults.extend(cut.err().map(|problem| Fault { rule: rule.name.clone(), problem }));
            }
            if faults.is_empty() {
                sound.push((rule, grant));
            }
            self.set_aside.extend(faults);
        }
        let mut beside = Beside::default();
        for (rule, grant) in self.grants.iter().zip(&book.grants) {
            beside.add(rule, grant, &self.accounts);
        }
        let faults: Vec<Option<Fault>> =
            sound.iter().map(|(rule, grant)| beside.add(rule, grant, &self.accounts)).collect();
        let mut taken = Vec::with_capacity(sound.len());
        for ((rule, grant), fault) in sound.into_iter().zip(faults) {
            if fault.is_none() {
                self.grants.push(rule);
                taken.push(grant);
            }
            self.set_aside.extend(fault);
        }
        taken
    }

    fn guarded_keys(&self) -> BTreeSet<String> {
        let tags = self.grants.iter().flat_map(|rule| rule.arguments.iter().filter_map(ArgumentRule::tag));
        tags.map(|tag| tag.key.to_lowercase()).collect()
    }

    /// The accounts, in the order of the file.
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// What is wrong with grants of the store that therefore give nothing.
    pub fn set_aside(&self) -> &[Fault] {
        &self.set_aside
    }

    /// Ids of the usergroups and channels that rules or needs name: those whose members must be known.
    pub fn groups(&self) -> BTreeSet<&str> {
        let approvals = self.grants.iter().chain(self.lid.iter().map(|lid| &lid.rule)).flat_map(|rule| {
            let needs = rule.needs.iter().filter_map(|(_, need)| match need {
                Need::Approval(approval) => Some(approval),
                Need::Nothing | Need::Confirm => None,
            });
            needs.chain(rule.request.as_ref().map(|request| &request.approval))
        });
        let approvers = approvers_of(approvals);
        self.grant_index.groups().chain(self.deny_index.groups()).chain(approvers).collect()
    }

    /// Ids of the users that rules name.
    pub fn users(&self) -> BTreeSet<&str> {
        self.grant_index.users().chain(self.deny_index.users()).collect()
    }

    /// Whether nobody is granted anything.
    pub fn grants_nothing(&self) -> bool {
        self.grants.is_empty()
    }

    /// The key among those that the call sets which some rule hangs on, if the call may do more than look.
    pub(crate) fn guarded_in<'q>(&self, question: &Question<'q>) -> Option<&'q str> {
        if self.guarded.is_empty() || Levels::LOOKING.contains(question.level) {
            return None;
        }
        let guarded = |key: &&String| self.guarded.contains(&key.to_lowercase());
        question.tag_keys.iter().find(guarded).map(String::as_str)
    }

    /// What a level needs by a grant, or by default.
    pub(crate) fn need_of<'a>(&self, rule: &'a Rule, level: Level) -> &'a Need {
        need_of(rule, level, self.confirm)
    }

    /// Positions of the accounts that bear a name or an id, in the order of the file.
    pub(crate) fn accounts_named(&self, name: &str) -> &[usize] {
        self.named.get(name).map_or(&[], Vec::as_slice)
    }

    /// The grant of that number.
    pub(crate) fn grant(&self, number: u32) -> &Rule {
        &self.grants[number as usize]
    }

    /// Grants whose subjects include the actor.
    pub(crate) fn grants_for(&self, actor: &Actor<'_>, place: &Place<'_>) -> Bits {
        let mut found = self.grant_sieve.none();
        self.grant_index.grants(&mut found, actor, place);
        found
    }

    /// Denies whose subjects do.
    pub(crate) fn denies_for(&self, actor: &Actor<'_>, place: &Place<'_>) -> Bits {
        let mut found = self.deny_sieve.none();
        self.deny_index.denies(&mut found, actor, place);
        found
    }
}

fn need_of(rule: &Rule, level: Level, confirm: Levels) -> &Need {
    let default = if confirm.contains(level) { &Need::Confirm } else { &Need::Nothing };
    rule.need(level).unwrap_or(default)
}

fn approvers_of<'a>(approvals: impl Iterator<Item = &'a crate::Approval>) -> impl Iterator<Item = &'a str> {
    let groups = |id: &&String| !id.starts_with(['U', 'W']);
    approvals.flat_map(move |approval| approval.approvers.iter().filter(groups)).map(String::as_str)
}

/// Grants that go with each other: no two bear one name, and no two tie.
#[derive(Default)]
struct Beside<'a> {
    names: HashMap<&'a str, &'a RuleName>,
    ties: Ties<'a>,
}

impl<'a> Beside<'a> {
    /// Adds a grant, or tells why it does not go with the others.
    fn add(&mut self, rule: &'a Rule, grant: &'a Grant, accounts: &[Account]) -> Option<Fault> {
        if let Some(first) = self.names.get(rule.title.as_str()) {
            let problem = Problem::NameTwice((*first).clone(), rule.title.clone());
            return Some(Fault { rule: rule.name.clone(), problem });
        }
        let tie = self.ties.add(rule, &grant.subjects, accounts);
        if tie.is_none() && !rule.title.is_empty() {
            self.names.insert(&rule.title, &rule.name);
        }
        tie
    }
}

impl Rule {
    /// The role that the rule names for the account, if it names one.
    pub(crate) fn role_for(&self, account: usize) -> Option<&str> {
        let roles = self.roles.as_ref()?;
        let place = self.accounts.iter().position(|other| *other == account)?;
        roles.get(place).map(String::as_str)
    }

    /// What the rule itself says that a level needs.
    pub(crate) fn need(&self, level: Level) -> Option<&Need> {
        self.needs.iter().find(|(of, _)| *of == level).map(|(_, need)| need)
    }

    /// Whether the rule holds in that place, for people of that workspace.
    pub(crate) fn holds_in(&self, place: &Place<'_>) -> bool {
        self.in_channels.is_empty()
            || self.in_channels.iter().any(|channel| {
                channel == place.channel || (place.kind == PlaceKind::Direct && channel == DIRECT)
            })
    }

    /// Whether a grant holds for people of one workspace who ask in another.
    pub(crate) fn holds_for(&self, actor: &Actor<'_>, place: &Place<'_>) -> bool {
        let listed = |team: &str| self.workspaces.iter().any(|workspace| workspace == team);
        self.workspaces.is_empty() || (listed(actor.team) && listed(place.team))
    }

    /// Whether a deny does.
    pub(crate) fn forbids_in(&self, actor: &Actor<'_>, place: &Place<'_>) -> bool {
        let listed = |team: &str| self.workspaces.iter().any(|workspace| workspace == team);
        self.workspaces.is_empty() || listed(actor.team) || listed(place.team)
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

    /// Whether it reaches the account, in the region that would be used there.
    pub(crate) fn reaches(&self, account: usize, region: &str) -> bool {
        self.accounts.contains(&account) && self.arguments.iter().all(|rule| rule.fits_region(region))
    }

    /// Whether it must be asked for and was not given to the actor.
    pub(crate) fn awaits_request(&self, actor: &Actor<'_>) -> bool {
        self.request.is_some() && !actor.elevations.contains(&self.title)
    }
}
