//! `[[grants]]`, `[[deny]]` and `[ceiling]` become the policy. The rules are checked by the policy itself; here its
//! faults get their places.

use policy::{CONFIRMED_BY_DEFAULT, Policy, Rulebook};

use crate::config::rules::Reader;
use crate::config::section::{Spot, nearest};
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

/// What rules are read with.
pub(super) struct Around<'a> {
    /// What can be granted.
    pub(super) services: &'a Services,
    /// The accounts of the file and of the environment.
    pub(super) accounts: &'a [Account],
    /// Whether further accounts are discovered.
    pub(super) discovered: bool,
    /// Names a rule by its line.
    pub(super) line_of: &'a dyn Fn(usize) -> String,
}

/// Reads all rules and makes the policy.
pub(super) fn read(
    top: &mut Section<'_>,
    around: &Around<'_>,
    mut placed: Vec<Placed>,
    faults: &mut Faults,
) -> Option<(Policy, Rulebook)> {
    let mut reader = Reader::new(&mut placed, around.services, around.line_of);
    let grants = top.listed_sections("grants", faults);
    let grants: Vec<_> = grants.into_iter().map(|section| reader.grant(section, faults)).collect();
    let denies = top.listed_sections("deny", faults);
    let denies = denies.into_iter().map(|section| reader.deny(section, faults)).collect();
    let ceiling = top.section("ceiling", faults);
    let ceiling = ceiling.is_there().then(|| reader.ceiling(ceiling, faults));
    if grants.is_empty() {
        faults.nowhere("grants: there are none, so nobody could run anything");
        faults.hint("add a [[grants]] with users, accounts, allow and levels");
    }
    let accounts = around.accounts.iter().map(|account| account.policy.clone()).collect();
    let accounts_may_come = around.discovered;
    let confirm = CONFIRMED_BY_DEFAULT;
    let store_grants = Vec::new();
    let book = Rulebook { accounts, accounts_may_come, grants, denies, ceiling, store_grants, confirm };
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
