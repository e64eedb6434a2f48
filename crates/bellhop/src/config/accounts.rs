//! `[accounts]`, and accounts that the environment names with `AWS_ROLE_<ALIAS>` and `AWS_REGION_<ALIAS>`.

use std::collections::BTreeMap;
use std::time::Duration;

use bot::{AccountSettings, Attribution, Discovery};

use crate::config::discovery;
use crate::config::grants::Placed;
use crate::config::{Faults, Section, Source};

/// An AWS account that commands may run in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    /// Name, role, regions and labels.
    pub(crate) policy: policy::Account,
    /// How its role is assumed.
    pub(crate) settings: AccountSettings,
}

/// Reads how roles are assumed: the keys of an account, or of what discovers some.
pub(super) fn settings(section: &mut Section<'_>, faults: &mut Faults) -> AccountSettings {
    let external_id = section.text("external_id", faults);
    if let Some(spot) = external_id.as_ref().filter(|spot| !is_external_id(&spot.value)) {
        let path = section.path();
        faults.at(spot.at, format!("{path}.external_id: must have 2 to 1224 letters, digits or +=,.@:/-_"));
    }
    let attributed = one_of(
        section,
        "attribution",
        ("required", "none"),
        "\"required\" names the caller to AWS; \"none\" does not",
        faults,
    );
    let cut_reads = one_of(
        section,
        "read_sessions",
        ("cut", "whole"),
        "\"cut\" leaves a call that reads only the right to read; \"whole\" leaves it all of the role's",
        faults,
    );
    let minutes = section.number("session_minutes", 15..=12 * 60, faults);
    AccountSettings {
        external_id: external_id.map(|spot| spot.value),
        attribution: if attributed { Attribution::Required } else { Attribution::None },
        cut_reads,
        session_duration: minutes.map(|minutes| Duration::from_secs(minutes.unsigned_abs() * 60)),
    }
}

/// All accounts that are known at start, where they stand, and how more are found.
pub(super) struct Found {
    pub(super) accounts: Vec<Account>,
    pub(super) placed: Vec<Placed>,
    pub(super) discovery: Option<Discovery>,
}

/// Under `accounts`, this is no account but how more are found.
const DISCOVER: &str = "discover";

/// Reads both kinds.
pub(super) fn read(top: &mut Section<'_>, source: &Source<'_>, faults: &mut Faults) -> Found {
    let mut found = Found { accounts: Vec::new(), placed: Vec::new(), discovery: None };
    for (name, section) in top.named_sections("accounts", faults) {
        if name == DISCOVER {
            found.discovery = Some(discovery::read(section, faults));
        } else {
            found.accounts.push(read_one(name, section, &mut found.placed, faults));
        }
    }
    found.accounts.extend(from_environment(source.vars, faults));
    if found.accounts.is_empty() && found.discovery.is_none() {
        faults.nowhere("accounts: there are none");
        faults.hint("add [accounts.<name>] with role_arn and regions, or set AWS_ROLE_<ALIAS>");
    }
    found
}

fn read_one(
    name: String,
    mut section: Section<'_>,
    placed: &mut Vec<Placed>,
    faults: &mut Faults,
) -> Account {
    let at = section.at();
    let role_arn = section.text("role_arn", faults);
    let regions = section.texts("regions", faults).unwrap_or_default();
    if role_arn.is_none() {
        faults.at(at, format!("{}.role_arn: missing", section.path()));
        faults.hint("role_arn = \"arn:aws:iam::111111111111:role/Bellhop\"");
    }
    for region in regions.iter().filter(|region| !is_region(&region.value)) {
        faults.at(region.at, format!("{}.regions: `{}` is not a region", section.path(), region.value));
    }
    let values = role_arn.iter().chain(&regions).cloned().collect();
    placed.push(Placed { name: format!("account {name}"), at, values });
    let missing = || "arn:aws:iam::000000000000:role/missing".to_owned();
    let account = Account {
        policy: policy::Account {
            name,
            role_arn: role_arn.map_or_else(missing, |spot| spot.value),
            regions: regions.into_iter().map(|region| region.value).collect(),
            labels: section
                .text_map("labels", faults)
                .into_iter()
                .map(|(key, spot)| (key, spot.value))
                .collect(),
        },
        settings: settings(&mut section, faults),
    };
    section.finish(faults);
    account
}

/// Whether a key has the first of two values, which it has too when it is left out.
fn one_of(
    section: &mut Section<'_>,
    key: &'static str,
    (first, second): (&str, &str),
    hint: &str,
    faults: &mut Faults,
) -> bool {
    let Some(spot) = section.text(key, faults) else { return true };
    if spot.value != first && spot.value != second {
        faults.at(spot.at, format!("{}.{key}: `{}` is unknown", section.path(), spot.value));
        faults.hint(hint);
    }
    spot.value != second
}

/// STS's rule for external ids.
fn is_external_id(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@:/-_".contains(&byte);
    (2..=1224).contains(&id.len()) && id.bytes().all(plain)
}

/// `AWS_ROLE_<ALIAS>`; two variables of AWS's own look alike and are none.
fn from_environment(vars: &BTreeMap<String, String>, faults: &mut Faults) -> Vec<Account> {
    let mut accounts = Vec::new();
    for (variable, role_arn) in vars {
        let Some(alias) = variable.strip_prefix("AWS_ROLE_") else { continue };
        if matches!(alias, "" | "ARN" | "SESSION_NAME") || role_arn.is_empty() {
            continue;
        }
        let region = vars.get(&format!("AWS_REGION_{alias}")).filter(|region| !region.is_empty());
        let regions = region.map_or_else(|| vec!["us-east-1".to_owned()], |text| split_regions(text));
        for region in regions.iter().filter(|region| !is_region(region)) {
            faults.nowhere(format!("AWS_REGION_{alias}: `{region}` is not a region"));
        }
        accounts.push(Account {
            policy: policy::Account {
                name: alias.to_lowercase(),
                role_arn: role_arn.clone(),
                regions,
                labels: BTreeMap::new(),
            },
            settings: AccountSettings::default(),
        });
    }
    accounts
}

fn split_regions(text: &str) -> Vec<String> {
    text.split(',').map(|region| region.trim().to_owned()).filter(|region| !region.is_empty()).collect()
}

/// Whether a text looks like a region.
pub(super) fn is_region(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    plain && text.contains('-') && !text.starts_with('-') && !text.ends_with('-')
}
