//! `[accounts]`, and accounts that the environment names with `AWS_ROLE_<ALIAS>` and `AWS_REGION_<ALIAS>`.

use std::collections::BTreeMap;

use crate::config::grants::Placed;
use crate::config::{Faults, Section, Source};

/// An AWS account that commands may run in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    /// Name, role, regions and labels.
    pub(crate) policy: policy::Account,
    /// Demanded by the role's trust policy.
    pub(crate) external_id: Option<String>,
    /// Whether the caller is named to AWS when the role is assumed.
    pub(crate) attribution: bool,
}

/// Both kinds, and where they stand.
pub(super) fn read(
    top: &mut Section<'_>,
    source: &Source<'_>,
    faults: &mut Faults,
) -> (Vec<Account>, Vec<Placed>) {
    let mut accounts = Vec::new();
    let mut placed = Vec::new();
    for (name, section) in top.named_sections("accounts", faults) {
        accounts.push(read_one(name, section, &mut placed, faults));
    }
    accounts.extend(from_environment(source.vars, faults));
    if accounts.is_empty() {
        faults.nowhere("accounts: there are none");
        faults.hint("add [accounts.<name>] with role_arn and regions, or set AWS_ROLE_<ALIAS>");
    }
    (accounts, placed)
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
        external_id: section.text("external_id", faults).map(|spot| spot.value),
        attribution: attribution(&mut section, faults),
    };
    section.finish(faults);
    account
}

fn attribution(section: &mut Section<'_>, faults: &mut Faults) -> bool {
    let Some(spot) = section.text("attribution", faults) else { return true };
    match spot.value.as_str() {
        "required" => true,
        "none" => false,
        other => {
            faults.at(spot.at, format!("{}.attribution: `{other}` is unknown", section.path()));
            faults.hint("\"required\" names the caller to AWS; \"none\" does not");
            true
        }
    }
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
            external_id: None,
            attribution: true,
        });
    }
    accounts
}

fn split_regions(text: &str) -> Vec<String> {
    text.split(',').map(|region| region.trim().to_owned()).filter(|region| !region.is_empty()).collect()
}

fn is_region(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    plain && text.contains('-') && !text.starts_with('-') && !text.ends_with('-')
}
