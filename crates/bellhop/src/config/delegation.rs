//! `[[delegation]]`: roles that are lent only to people whose own IAM user holds a policy.
//!
//! It grants nothing. A grant leads to such a role by naming it; whenever a call would assume it, whichever grant led
//! there, the caller's IAM user must exist in the account and hold the policy.

use std::collections::BTreeMap;

use bot::Delegation;

use crate::config::section::{Spot, nearest};
use crate::config::{Account, Faults, Section};

/// Reads the list.
pub(super) fn read(top: &mut Section<'_>, accounts: &[Account], faults: &mut Faults) -> Vec<Delegation> {
    let sections = top.listed_sections("delegation", faults);
    sections.into_iter().flat_map(|section| read_one(section, accounts, faults)).collect()
}

fn read_one(mut section: Section<'_>, accounts: &[Account], faults: &mut Faults) -> Vec<Delegation> {
    let named = section.texts("accounts", faults).unwrap_or_default();
    let labels =
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
    let chosen = chosen(&named, &labels, accounts, (&path, at), faults);
    let (Some(role), Some(policy)) = (role, policy) else { return Vec::new() };
    let mut delegations = Vec::new();
    for account in chosen {
        let arn = |spot: &Spot<String>, faults: &mut Faults| {
            let arn = account.policy.role_named(&spot.value);
            if arn.is_none() {
                let name = &account.policy.name;
                faults.at(spot.at, format!("{path}: `{}` is not a role of account {name}", spot.value));
            }
            arn
        };
        let lookup = lookup_role.as_ref().and_then(|spot| arn(spot, faults));
        let Some(role_arn) = arn(&role, faults) else { continue };
        delegations.push(Delegation {
            account: account.policy.name.clone(),
            role_arn,
            policy: policy.value.clone(),
            users: users.clone(),
            by_email,
            lookup_role: lookup,
        });
    }
    delegations
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

fn chosen<'a>(
    named: &[Spot<String>],
    labels: &BTreeMap<String, String>,
    accounts: &'a [Account],
    (path, at): (&str, usize),
    faults: &mut Faults,
) -> Vec<&'a Account> {
    for spot in named {
        if accounts.iter().any(|account| account.policy.name == spot.value) {
            continue;
        }
        faults.at(spot.at, format!("{path}: no account is named \"{}\"", spot.value));
        if let Some(close) = nearest(&spot.value, accounts.iter().map(|account| account.policy.name.as_str()))
        {
            faults.hint(format!("did you mean `{close}`?"));
        }
    }
    let is_named = |account: &&Account| named.iter().any(|spot| spot.value == account.policy.name);
    let bears = |account: &&Account| !labels.is_empty() && account.policy.bears(labels);
    let chosen: Vec<&Account> =
        accounts.iter().filter(|account| is_named(account) || bears(account)).collect();
    if chosen.is_empty() && named.is_empty() {
        faults.at(at, format!("{path}: names no account; give accounts or labels"));
    }
    chosen
}
