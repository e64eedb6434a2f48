//! `[[grants]]` and `[[deny]]`: who may do what, where. The rules are checked by the policy itself; here its faults
//! get their places.

use std::collections::BTreeMap;

use policy::{Approval, Deny, Grant, Levels, Need, Policy, Rulebook, Subjects};

use crate::config::section::{Entry, Spot, nearest};
use crate::config::{Account, Faults, Section, Services};

/// Where a rule or account stands, and the texts in it.
pub(super) struct Placed {
    /// What the policy calls it.
    pub(super) name: String,
    /// Where it begins.
    pub(super) at: usize,
    /// Its texts.
    pub(super) values: Vec<Spot<String>>,
}

/// Reads both lists and makes the policy; `line_of` names a rule by its line.
pub(super) fn read(
    top: &mut Section<'_>,
    services: &Services,
    accounts: &[Account],
    mut placed: Vec<Placed>,
    line_of: &dyn Fn(usize) -> String,
    faults: &mut Faults,
) -> Option<(Policy, Rulebook)> {
    let mut reader = Reader { placed: &mut placed, services, line_of, values: Vec::new() };
    let grants: Vec<Grant> = top
        .listed_sections("grants", faults)
        .into_iter()
        .map(|section| reader.grant(section, faults))
        .collect();
    let denies: Vec<Deny> =
        top.listed_sections("deny", faults).into_iter().map(|section| reader.deny(section, faults)).collect();
    if grants.is_empty() {
        faults.nowhere("grants: there are none, so nobody could run anything");
        faults.hint("add a [[grants]] with users, accounts, allow and levels");
    }
    let accounts: Vec<policy::Account> = accounts.iter().map(|account| account.policy.clone()).collect();
    // Until confirmations exist, what the file does not ask to be confirmed runs.
    let confirm = Levels::NONE;
    let book = Rulebook { accounts, grants, denies, confirm, ..Rulebook::default() };
    match Policy::new(&book) {
        Ok(policy) => Some((policy, book)),
        Err(found) => {
            for fault in found {
                place(&fault, &placed, &book.accounts, faults);
            }
            None
        }
    }
}

/// Enters a fault of the policy where the text that it complains of stands.
fn place(fault: &policy::Fault, placed: &[Placed], accounts: &[policy::Account], faults: &mut Faults) {
    let problem = fault.problem.to_string();
    let Some(rule) = placed.iter().find(|placed| placed.name == fault.rule.as_str()) else {
        faults.nowhere(format!("{}: {problem}", fault.rule));
        return;
    };
    let quoted = |spot: &&Spot<String>| problem.contains(&format!("\"{}\"", spot.value));
    let value = rule.values.iter().find(quoted);
    faults.at(value.map_or(rule.at, |spot| spot.at), format!("{}: {problem}", fault.rule));
    let close = match (&fault.problem, value) {
        (policy::Problem::UnknownAccount(name), _) => {
            nearest(name, accounts.iter().map(|account| account.name.as_str()))
        }
        (policy::Problem::Level(_), Some(word)) => {
            nearest(&word.value, policy::Level::all().map(policy::Level::name))
        }
        _ => None,
    };
    if let Some(close) = close {
        faults.hint(format!("did you mean `{close}`?"));
    }
}

struct Reader<'a> {
    placed: &'a mut Vec<Placed>,
    services: &'a Services,
    line_of: &'a dyn Fn(usize) -> String,
    /// Texts of the rule that is being read.
    values: Vec<Spot<String>>,
}

impl Reader<'_> {
    fn grant(&mut self, mut section: Section<'_>, faults: &mut Faults) -> Grant {
        let at = section.at();
        let role = section.text("role", faults);
        self.values.extend(role.clone());
        let grant = Grant {
            place: (self.line_of)(at),
            subjects: self.subjects(&mut section, faults),
            accounts: self.texts(&mut section, "accounts", faults),
            labels: labels(&mut section, faults),
            allow: self.patterns(&mut section, at, faults),
            levels: self.texts(&mut section, "levels", faults),
            in_channels: self.texts(&mut section, "in_channels", faults),
            role: role.map(|spot| spot.value),
            priority: section.number("priority", -1_000_000..=1_000_000, faults).unwrap_or(0),
            needs: self.needs(&mut section, faults),
            ..Grant::default()
        };
        section.finish(faults);
        self.enter(grant.place.clone(), at);
        grant
    }

    fn deny(&mut self, mut section: Section<'_>, faults: &mut Faults) -> Deny {
        let at = section.at();
        let deny = Deny {
            place: (self.line_of)(at),
            subjects: self.subjects(&mut section, faults),
            accounts: self.texts(&mut section, "accounts", faults),
            labels: labels(&mut section, faults),
            allow: self.patterns(&mut section, at, faults),
            levels: self.texts(&mut section, "levels", faults),
            in_channels: self.texts(&mut section, "in_channels", faults),
            ..Deny::default()
        };
        section.finish(faults);
        self.enter(deny.place.clone(), at);
        deny
    }

    fn enter(&mut self, name: String, at: usize) {
        let values = std::mem::take(&mut self.values);
        self.placed.push(Placed { name, at, values });
    }

    fn texts(&mut self, section: &mut Section<'_>, key: &'static str, faults: &mut Faults) -> Vec<String> {
        let spots = section.texts(key, faults).unwrap_or_default();
        self.values.extend(spots.iter().cloned());
        spots.into_iter().map(|spot| spot.value).collect()
    }

    /// `allow`: patterns of actions, whose services must be there.
    fn patterns(&mut self, section: &mut Section<'_>, rule: usize, faults: &mut Faults) -> Vec<String> {
        let spots = section.texts("allow", faults).unwrap_or_default();
        self.services.check(&(self.line_of)(rule), &spots, faults);
        self.values.extend(spots.iter().cloned());
        spots.into_iter().map(|spot| spot.value).collect()
    }

    fn subjects(&mut self, section: &mut Section<'_>, faults: &mut Faults) -> Subjects {
        Subjects {
            users: self.texts(section, "users", faults),
            usergroups: self.texts(section, "usergroups", faults),
            channels: self.texts(section, "channels", faults),
            everyone: section.flag("everyone", faults).unwrap_or(false),
            admins: section.flag("admins", faults).unwrap_or(false),
        }
    }

    fn needs(&mut self, section: &mut Section<'_>, faults: &mut Faults) -> BTreeMap<String, Need> {
        let section = section.section("needs", faults);
        let mut needs = BTreeMap::new();
        for (level, at, entry) in section.entries() {
            self.values.push(Spot { value: level.to_owned(), at });
            let need = match entry {
                Entry::Text("confirm") => Need::Confirm,
                Entry::Text("nothing") => Need::Nothing,
                Entry::Section(approval) => self.approval(approval, faults),
                Entry::Text(_) | Entry::Other => {
                    faults.at(at, format!("{}.{level}: not a need", section.path()));
                    faults.hint("\"confirm\", \"nothing\", or { approvers = [\"S0SRE\"], count = 1 }");
                    continue;
                }
            };
            needs.insert(level.to_owned(), need);
        }
        needs
    }

    fn approval(&mut self, mut section: Section<'_>, faults: &mut Faults) -> Need {
        let approvers = self.texts(&mut section, "approvers", faults);
        let count = section.number("count", 1..=10, faults).unwrap_or(1);
        section.finish(faults);
        Need::Approval(Approval { approvers, count: u32::try_from(count).unwrap_or(1) })
    }
}

fn labels(section: &mut Section<'_>, faults: &mut Faults) -> BTreeMap<String, String> {
    section.text_map("labels", faults).into_iter().map(|(key, spot)| (key, spot.value)).collect()
}
