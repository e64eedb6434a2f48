//! `[accounts] discover = { … }`: further accounts, read from Organizations while Bellhop runs.

use std::time::Duration;

use bot::Discovery;

use crate::config::accounts::{is_region, settings};
use crate::config::{Faults, Section};

/// Reads the table.
pub(super) fn read(mut section: Section<'_>, faults: &mut Faults) -> Discovery {
    let at = section.at();
    let role_name = section.text("role_name", faults);
    match &role_name {
        None => {
            faults.at(at, format!("{}.role_name: missing", section.path()));
            faults.hint(
                "role_name = \"Bellhop\": the role that each account has; no account can be called discover",
            );
        }
        Some(spot) if !is_role_name(&spot.value) => {
            faults.at(spot.at, format!("{}.role_name: `{}` is no role's name", section.path(), spot.value));
            faults.hint("a name in each account, not an ARN");
        }
        Some(_) => {}
    }
    let units = section.texts("ou", faults).unwrap_or_default();
    for spot in units.iter().filter(|spot| !spot.value.starts_with("ou-") && !spot.value.starts_with("r-")) {
        faults.at(spot.at, format!("{}.ou: `{}` is no organizational unit", section.path(), spot.value));
        faults.hint("ids look like ou-abcd-12345678, and r-abcd for a root");
    }
    let regions = section.texts("regions", faults).unwrap_or_default();
    for spot in regions.iter().filter(|spot| !is_region(&spot.value)) {
        faults.at(spot.at, format!("{}.regions: `{}` is not a region", section.path(), spot.value));
    }
    let mut regions: Vec<String> = regions.into_iter().map(|spot| spot.value).collect();
    if regions.is_empty() {
        regions.push("us-east-1".to_owned());
    }
    let through = section.text("through", faults);
    if let Some(spot) = through.as_ref().filter(|spot| !spot.value.starts_with("arn:")) {
        faults.at(spot.at, format!("{}.through: `{}` is no role's ARN", section.path(), spot.value));
    }
    let labels =
        section.text_map("labels", faults).into_iter().map(|(key, spot)| (key, spot.value)).collect();
    let minutes = section.number("refresh_minutes", 1..=24 * 60, faults).unwrap_or(60);
    let mut texts = |key, faults: &mut Faults| -> Vec<String> {
        section.texts(key, faults).unwrap_or_default().into_iter().map(|spot| spot.value).collect()
    };
    let discovery = Discovery {
        exclude: texts("exclude", faults),
        labels_from_tags: texts("labels_from_tags", faults),
        role_name: role_name.map(|spot| spot.value).unwrap_or_default(),
        units: units.into_iter().map(|spot| spot.value).collect(),
        regions,
        labels,
        through: through.map(|spot| spot.value),
        every: Duration::from_secs(minutes.unsigned_abs() * 60),
        account: settings(&mut section, faults),
    };
    section.finish(faults);
    discovery
}

/// IAM's characters for names and paths.
fn is_role_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/+=,.@_-".contains(&byte);
    (1..=512).contains(&name.len()) && name.bytes().all(plain) && !name.starts_with('/')
}
