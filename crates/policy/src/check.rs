//! Turns written rules into checked ones, and collects every fault on the way.

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::arguments::ArgumentRule;
use crate::compile::Rule;
use crate::fault::{Fault, Problem, RuleName};
use crate::{Account, Approval, Ceiling, Deny, Elevation, Grant, Level, Levels, Need, Pattern, Subjects};

/// What stands for direct messages in `in_channels`.
pub(crate) const DIRECT: &str = "direct";

/// Collects faults while it turns written rules into checked ones.
pub(crate) struct Check<'a> {
    accounts: &'a [Account],
    /// Whether unknown accounts may still come.
    may_come: bool,
    faults: Vec<Fault>,
}

/// The selectors that grants and denies share.
struct Selectors<'a> {
    subjects: &'a Subjects,
    workspaces: &'a [String],
    accounts: &'a [String],
    labels: &'a BTreeMap<String, String>,
    allow: &'a [String],
    levels: &'a [String],
    in_channels: &'a [String],
}

impl<'a> Check<'a> {
    /// Begins with the accounts, which the rules refer to.
    pub(crate) fn of(accounts: &'a [Account], may_come: bool) -> Check<'a> {
        Check { accounts, may_come, faults: Vec::new() }
    }

    /// Every fault since this was last asked.
    pub(crate) fn take_faults(&mut self) -> Vec<Fault> {
        std::mem::take(&mut self.faults)
    }

    fn fault(&mut self, rule: &RuleName, problem: Problem) {
        self.faults.push(Fault { rule: rule.clone(), problem });
    }

    /// The accounts themselves.
    pub(crate) fn accounts(&mut self) {
        for (position, account) in self.accounts.iter().enumerate() {
            let name = RuleName::new(&format!("account {}", account.name.escape_debug()), "", 0);
            if !good_account_name(&account.name) {
                self.fault(&name, Problem::AccountName);
            }
            if self.accounts[..position].iter().any(|other| other.name == account.name) {
                self.fault(&name, Problem::AccountTwice);
            }
            if account.id().is_none() {
                self.fault(&name, Problem::RoleArn(account.role_arn.clone()));
            }
            if account.regions.iter().all(String::is_empty) {
                self.fault(&name, Problem::NoRegions);
            }
        }
    }

    /// One grant; `number` names it if nothing else does.
    pub(crate) fn grant(&mut self, number: usize, grant: &Grant) -> Rule {
        let name = RuleName::new(&grant.place, "grant", number);
        if grant.subjects.is_empty() {
            self.fault(&name, Problem::NoSubject);
        }
        if !grant.name.is_empty() && !is_word(&grant.name) {
            self.fault(&name, Problem::Name(grant.name.escape_debug().collect()));
        }
        self.gives_something(&name, [&grant.accounts, &grant.allow, &grant.levels], &grant.labels);
        let mut rule = self.rule(
            name,
            &Selectors {
                subjects: &grant.subjects,
                workspaces: &grant.workspaces,
                accounts: &grant.accounts,
                labels: &grant.labels,
                allow: &grant.allow,
                levels: &grant.levels,
                in_channels: &grant.in_channels,
            },
        );
        rule.title.clone_from(&grant.name);
        rule.roles = grant.role.as_deref().map(|role| self.roles(&rule, role));
        rule.priority = grant.priority;
        rule.needs = self.needs(&rule.name, &grant.needs);
        rule.yes = grant.yes;
        for (option, values) in &grant.arguments {
            match ArgumentRule::read(option, values) {
                Ok(read) => rule.arguments.push(read),
                Err(fault) => self.fault(&rule.name, Problem::Argument(fault)),
            }
        }
        if let Some(request) = &grant.request {
            self.elevation(&rule.name, &grant.name, request);
            rule.request = Some(request.clone());
        }
        rule
    }

    /// One deny.
    pub(crate) fn deny(&mut self, number: usize, deny: &Deny) -> Rule {
        let name = RuleName::new(&deny.place, "deny", number);
        let narrow = [&deny.workspaces, &deny.accounts, &deny.allow, &deny.levels, &deny.in_channels];
        if deny.subjects.is_empty() && deny.labels.is_empty() && narrow.iter().all(|list| list.is_empty()) {
            self.fault(&name, Problem::EmptyDeny);
        }
        let mut rule = self.rule(
            name,
            &Selectors {
                subjects: &deny.subjects,
                workspaces: &deny.workspaces,
                accounts: &deny.accounts,
                labels: &deny.labels,
                allow: &deny.allow,
                levels: &deny.levels,
                in_channels: &deny.in_channels,
            },
        );
        if deny.accounts.is_empty() && deny.labels.is_empty() {
            rule.accounts = (0..self.accounts.len()).collect();
        }
        if deny.allow.is_empty() {
            rule.allow.extend(Pattern::from_str("*"));
        }
        if deny.levels.is_empty() {
            rule.levels = Levels::ALL;
        }
        rule
    }

    /// The ceiling as a rule about nobody, and the roles that grants under it may name, as (account, ARN).
    pub(crate) fn ceiling(&mut self, ceiling: &Ceiling) -> (Rule, Vec<(usize, String)>) {
        let place = if ceiling.place.is_empty() { "ceiling" } else { &ceiling.place };
        let name = RuleName::new(place, "", 0);
        self.gives_something(&name, [&ceiling.accounts, &ceiling.allow, &ceiling.levels], &ceiling.labels);
        let mut rule = self.rule(
            name,
            &Selectors {
                subjects: &Subjects::default(),
                workspaces: &[],
                accounts: &ceiling.accounts,
                labels: &ceiling.labels,
                allow: &ceiling.allow,
                levels: &ceiling.levels,
                in_channels: &ceiling.in_channels,
            },
        );
        rule.needs = self.needs(&rule.name, &ceiling.needs);
        rule.yes = ceiling.yes;
        let mut roles = Vec::new();
        for role in &ceiling.roles {
            let named = |position: &usize| {
                let arn = self.accounts[*position].role_named(role).filter(|arn| is_role_arn(arn));
                Some((*position, arn?))
            };
            let before = roles.len();
            roles.extend(rule.accounts.iter().filter_map(named));
            if roles.len() == before && !rule.accounts.is_empty() {
                let named = rule.accounts.iter().map(|position| self.accounts[*position].name.as_str());
                let account = named.collect::<Vec<_>>().join("\" or \"");
                self.fault(&rule.name, Problem::ForeignRole { role: role.clone(), account });
            }
        }
        (rule, roles)
    }

    /// What grants and the ceiling must say: accounts, actions, levels.
    fn gives_something(
        &mut self,
        name: &RuleName,
        [accounts, allow, levels]: [&Vec<String>; 3],
        labels: &BTreeMap<String, String>,
    ) {
        if accounts.is_empty() && labels.is_empty() {
            self.fault(name, Problem::NoAccounts);
        }
        if allow.is_empty() {
            self.fault(name, Problem::NoAllow);
        }
        if levels.is_empty() {
            self.fault(name, Problem::NoLevels);
        }
    }

    fn rule(&mut self, name: RuleName, selectors: &Selectors<'_>) -> Rule {
        self.ids(&name, &selectors.subjects.users, "user", "UW", "U0ALICE");
        self.ids(&name, &selectors.subjects.usergroups, "usergroup", "S", "S0SRE");
        self.ids(&name, &selectors.subjects.channels, "channel", "CGD", "C0OPS");
        let places: Vec<String> = selectors.in_channels.iter().filter(|id| *id != DIRECT).cloned().collect();
        self.ids(&name, &places, "channel", "CGD", "C0OPS");
        self.ids(&name, selectors.workspaces, "workspace", "TE", "T0TEAM");
        let accounts = self.selected(&name, selectors);
        let mut allow = Vec::with_capacity(selectors.allow.len());
        for text in selectors.allow {
            match text.parse() {
                Ok(pattern) => allow.push(pattern),
                Err(fault) => self.fault(&name, Problem::Pattern(fault)),
            }
        }
        let mut levels = Levels::NONE;
        for text in selectors.levels {
            match text.parse() {
                Ok(level) => levels = levels.with(level),
                Err(fault) => self.fault(&name, Problem::Level(fault)),
            }
        }
        let (workspaces, in_channels) = (selectors.workspaces.to_vec(), selectors.in_channels.to_vec());
        Rule { name, workspaces, accounts, allow, levels, in_channels, ..Rule::default() }
    }

    fn selected(&mut self, name: &RuleName, selectors: &Selectors<'_>) -> Vec<usize> {
        if !selectors.labels.is_empty() {
            if !selectors.accounts.is_empty() {
                self.fault(name, Problem::AccountsAndLabels);
            }
            let bearers =
                |(position, account): (usize, &Account)| account.bears(selectors.labels).then_some(position);
            let found: Vec<usize> = self.accounts.iter().enumerate().filter_map(bearers).collect();
            if found.is_empty() && !self.may_come {
                let labels: Vec<String> =
                    selectors.labels.iter().map(|(key, value)| format!("{key} = {value:?}")).collect();
                self.fault(name, Problem::UnknownLabels(labels.join(", ")));
            }
            return found;
        }
        let mut found = Vec::with_capacity(selectors.accounts.len());
        for wanted in selectors.accounts {
            match self.accounts.iter().position(|account| account.name == *wanted) {
                Some(position) => found.push(position),
                None if self.may_come => {}
                None => self.fault(name, Problem::UnknownAccount(wanted.clone())),
            }
        }
        found
    }

    fn ids(
        &mut self,
        rule: &RuleName,
        ids: &[String],
        kind: &'static str,
        first: &str,
        example: &'static str,
    ) {
        for id in ids {
            if !is_id(id, first) {
                self.fault(rule, Problem::Id { id: id.escape_debug().collect(), kind, example });
            }
        }
    }

    fn roles(&mut self, rule: &Rule, role: &str) -> Vec<String> {
        let mut arns = Vec::with_capacity(rule.accounts.len());
        for position in &rule.accounts {
            let account = &self.accounts[*position];
            // An account whose own ARN is bad has its own fault; this one would only repeat it.
            if account.id().is_none() {
                continue;
            }
            match account.role_named(role).filter(|arn| is_role_arn(arn)) {
                Some(arn) => arns.push(arn),
                None => {
                    let (role, account) = (role.to_owned(), account.name.clone());
                    self.fault(&rule.name, Problem::ForeignRole { role, account });
                }
            }
        }
        arns
    }

    fn needs(&mut self, rule: &RuleName, needs: &BTreeMap<String, Need>) -> Vec<(Level, Need)> {
        let mut checked = Vec::with_capacity(needs.len());
        for (level, need) in needs {
            if let Need::Approval(approval) = need {
                self.approval(rule, level, approval);
            }
            match level.parse() {
                Ok(level) => checked.push((level, need.clone())),
                Err(fault) => self.fault(rule, Problem::Level(fault)),
            }
        }
        checked
    }

    fn approval(&mut self, rule: &RuleName, what: &str, approval: &Approval) {
        self.ids(rule, &approval.approvers, "user, usergroup or channel", "UWSCG", "S0SRE");
        let of_people = approval.approvers.iter().all(|id| id.starts_with(['U', 'W']));
        let too_few = of_people && (approval.approvers.len() as u64) < u64::from(approval.count);
        if approval.approvers.is_empty() || approval.count == 0 || too_few {
            self.fault(rule, Problem::Approval(what.to_owned()));
        }
    }

    fn elevation(&mut self, rule: &RuleName, name: &str, request: &Elevation) {
        if name.is_empty() {
            self.fault(rule, Problem::NoName);
        }
        if !(60..=7 * 24 * 3600).contains(&request.longest_seconds) {
            self.fault(rule, Problem::Longest);
        }
        self.approval(rule, "request", &request.approval);
    }
}

/// Slack's ids: a letter that tells the kind, then capitals and digits.
fn is_id(id: &str, first: &str) -> bool {
    let rest = id.strip_prefix(|letter| first.contains(letter));
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    rest.is_some_and(|rest| (1..=63).contains(&rest.len()) && rest.bytes().all(plain))
}

/// A name that stands as one word in a line.
fn is_word(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(plain)
}

fn good_account_name(name: &str) -> bool {
    let like_an_id = name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit());
    is_word(name) && name != "all" && !like_an_id
}

/// IAM's characters for role names and paths.
fn is_role_arn(arn: &str) -> bool {
    arn.len() <= 2048 && arn.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":/+=,.@_-".contains(&byte))
}
