//! Turns written rules into checked ones, and collects every fault on the way.

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::compile::Rule;
use crate::fault::{Fault, Problem, RuleName};
use crate::{Account, Deny, Grant, Level, Levels, Need, Pattern, Subjects};

/// What stands for direct messages in `in_channels`.
pub(crate) const DIRECT: &str = "direct";

/// Collects faults while it turns written rules into checked ones.
pub(crate) struct Check<'a> {
    accounts: &'a [Account],
    faults: Vec<Fault>,
}

/// The selectors that grants and denies share.
struct Selectors<'a> {
    subjects: &'a Subjects,
    accounts: &'a [String],
    labels: &'a BTreeMap<String, String>,
    allow: &'a [String],
    levels: &'a [String],
    in_channels: &'a [String],
}

impl<'a> Check<'a> {
    /// Begins with the accounts, which the rules refer to.
    pub(crate) fn of(accounts: &'a [Account]) -> Check<'a> {
        let mut check = Check { accounts, faults: Vec::new() };
        check.accounts();
        check
    }

    /// Every fault so far.
    pub(crate) fn faults(self) -> Vec<Fault> {
        self.faults
    }

    fn fault(&mut self, rule: &RuleName, problem: Problem) {
        self.faults.push(Fault { rule: rule.clone(), problem });
    }

    fn accounts(&mut self) {
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

    pub(crate) fn grant(&mut self, number: usize, grant: &Grant) -> Rule {
        let name = RuleName::new(&grant.place, "grant", number);
        if grant.subjects.is_empty() {
            self.fault(&name, Problem::NoSubject);
        }
        if grant.accounts.is_empty() && grant.labels.is_empty() {
            self.fault(&name, Problem::NoAccounts);
        }
        if grant.allow.is_empty() {
            self.fault(&name, Problem::NoAllow);
        }
        if grant.levels.is_empty() {
            self.fault(&name, Problem::NoLevels);
        }
        let mut rule = self.rule(
            name,
            &Selectors {
                subjects: &grant.subjects,
                accounts: &grant.accounts,
                labels: &grant.labels,
                allow: &grant.allow,
                levels: &grant.levels,
                in_channels: &grant.in_channels,
            },
        );
        rule.roles = grant.role.as_deref().map(|role| self.roles(&rule, role));
        rule.priority = grant.priority;
        rule.needs =
            grant.needs.iter().filter_map(|(level, need)| self.need(&rule.name, level, need)).collect();
        rule
    }

    pub(crate) fn deny(&mut self, number: usize, deny: &Deny) -> Rule {
        let name = RuleName::new(&deny.place, "deny", number);
        let narrow = [&deny.accounts, &deny.allow, &deny.levels, &deny.in_channels];
        if deny.subjects.is_empty() && deny.labels.is_empty() && narrow.iter().all(|list| list.is_empty()) {
            self.fault(&name, Problem::EmptyDeny);
        }
        let mut rule = self.rule(
            name,
            &Selectors {
                subjects: &deny.subjects,
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

    fn rule(&mut self, name: RuleName, selectors: &Selectors<'_>) -> Rule {
        self.ids(&name, &selectors.subjects.users, "user", "UW", "U0ALICE");
        self.ids(&name, &selectors.subjects.usergroups, "usergroup", "S", "S0SRE");
        self.ids(&name, &selectors.subjects.channels, "channel", "CGD", "C0OPS");
        let places: Vec<String> = selectors.in_channels.iter().filter(|id| *id != DIRECT).cloned().collect();
        self.ids(&name, &places, "channel", "CGD", "C0OPS");
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
        let in_channels = selectors.in_channels.to_vec();
        Rule { name, accounts, allow, levels, in_channels, roles: None, priority: 0, needs: Vec::new() }
    }

    fn selected(&mut self, name: &RuleName, selectors: &Selectors<'_>) -> Vec<usize> {
        if !selectors.labels.is_empty() {
            if !selectors.accounts.is_empty() {
                self.fault(name, Problem::AccountsAndLabels);
            }
            let bearers =
                |(position, account): (usize, &Account)| account.bears(selectors.labels).then_some(position);
            let found: Vec<usize> = self.accounts.iter().enumerate().filter_map(bearers).collect();
            if found.is_empty() {
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

    fn need(&mut self, rule: &RuleName, level: &str, need: &Need) -> Option<(Level, Need)> {
        if let Need::Approval(approval) = need {
            self.ids(rule, &approval.approvers, "user, usergroup or channel", "UWSCG", "S0SRE");
            if approval.approvers.is_empty() || approval.count == 0 {
                self.fault(rule, Problem::Approval(level.to_owned()));
            }
        }
        match level.parse() {
            Ok(level) => Some((level, need.clone())),
            Err(fault) => {
                self.fault(rule, Problem::Level(fault));
                None
            }
        }
    }
}

/// Slack's ids: a letter that tells the kind, then capitals and digits.
fn is_id(id: &str, first: &str) -> bool {
    let rest = id.strip_prefix(|letter| first.contains(letter));
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    rest.is_some_and(|rest| (1..=63).contains(&rest.len()) && rest.bytes().all(plain))
}

fn good_account_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let like_an_id = name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit());
    (1..=64).contains(&name.len()) && name.bytes().all(plain) && name != "all" && !like_an_id
}

/// IAM's characters for role names and paths.
fn is_role_arn(arn: &str) -> bool {
    arn.len() <= 2048 && arn.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":/+=,.@_-".contains(&byte))
}
