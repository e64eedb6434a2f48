//! `[[delegation]]`: roles that are lent only to people whose own IAM user holds a policy.
//!
//! It grants nothing. A grant leads to such a role by naming it; whenever a call would assume it, whichever grant led
//! there, the caller's IAM user must exist in the account and hold the policy.

use std::collections::BTreeMap;

use bot::Delegation;

use crate::config::section::{Spot, nearest};
use crate::config::{Account, Faults, Section};

/// Reads the list.
///
/// `may_come`: accounts may be missing that are discovered later.
pub(super) fn read(
    top: &mut Section<'_>,
    accounts: &[Account],
    may_come: bool,
    faults: &mut Faults,
) -> Vec<Delegation> {
    let sections = top.listed_sections("delegation", faults);
    sections.into_iter().filter_map(|section| read_one(section, accounts, may_come, faults)).collect()
}

fn read_one(
    mut section: Section<'_>,
    accounts: &[Account],
    may_come: bool,
    faults: &mut Faults,
) -> Option<Delegation> {
    let named = section.texts("accounts", faults).unwrap_or_default();
    let labels: BTreeMap<String, String> =
        section.text_map("labels", faults).into_iter().map(|(key, spot)| (key, spot.value)).collect();
    let role = required(&mut section, "role", "role = \"Operators\": what is lent", faults);
    let policy =
        required(&mut section, "policy", "policy = \"ec2-full-access\": what the user must hold", faults);
    let lookup_role = section.text("lookup_role", faults);
    let users = users(&mut section, faults);
    let by_email = section.flag("email", faults).unwrap_or(false);
    let (path, at) = (section.path().to_owned(), section.at());
    section.finish(faults);
    if users.is_empty() && !by_email {
        faults.at(at, format!("{path}: no Slack user leads to an IAM user"));
        faults.hint("users = { U0ALICE = \"alice\" }, or email = true");
    }
    // Also where accounts are discovered: a name that is mistyped would guard nothing.
    unknown(&named, accounts, &path, faults);
    if named.is_empty() && labels.is_empty() {
        faults.at(at, format!("{path}: names no account; give accounts or labels"));
    }
    let delegation = Delegation {
        accounts: named.into_iter().map(|spot| spot.value).collect(),
        labels,
        role: role.as_ref()?.value.clone(),
        policy: policy?.value,
        users,
        by_email,
        lookup_role: lookup_role.as_ref().map(|spot| spot.value.clone()),
    };
    let reached: Vec<&Account> =
        accounts.iter().filter(|account| delegation.reaches(&account.policy)).collect();
    if reached.is_empty() && delegation.accounts.is_empty() && !may_come {
        faults.at(at, format!("{path}: no account bears these labels"));
    }
    for spot in role.iter().chain(&lookup_role) {
        for account in reached.iter().filter(|account| account.policy.role_named(&spot.value).is_none()) {
            let name = &account.policy.name;
            faults.at(spot.at, format!("{path}: `{}` is not a role of account {name}", spot.value));
        }
    }
    Some(delegation)
}

fn required(
    section: &mut Section<'_>,
    key: &'static str,
    hint: &str,
    faults: &mut Faults,
) -> Option<Spot<String>> {
    let found = section.text(key, faults);
    if found.as_ref().is_none_or(|spot| spot.value.is_empty()) {
        faults.at(found.map_or(section.at(), |spot| spot.at), format!("{}.{key}: missing", section.path()));
        faults.hint(hint);
        return None;
    }
    found
}

fn users(section: &mut Section<'_>, faults: &mut Faults) -> BTreeMap<String, String> {
    let mut users = BTreeMap::new();
    for (slack, spot) in section.text_map("users", faults) {
        let is_user = slack.starts_with(['U', 'W'])
            && slack.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if !is_user {
            faults.at(spot.at, format!("{}.users: `{slack}` is no user id", section.path()));
            faults.hint("ids look like U0ALICE, and display names are not accepted");
        }
        users.insert(slack, spot.value);
    }
    users
}

/// Names that no account has.
fn unknown(named: &[Spot<String>], accounts: &[Account], path: &str, faults: &mut Faults) {
    let names = || accounts.iter().map(|account| account.policy.name.as_str());
    for spot in named.iter().filter(|spot| names().all(|name| name != spot.value)) {
        faults.at(spot.at, format!("{path}: no account is named \"{}\"", spot.value));
        if let Some(close) = nearest(&spot.value, names()) {
            faults.hint(format!("did you mean `{close}`?"));
        }
    }
}
