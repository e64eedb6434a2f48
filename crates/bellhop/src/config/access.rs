//! `[access]`: who changes rights from Slack, who approves where, and how long anything is waited for or believed.

use std::time::Duration;

use crate::config::{Faults, Section};

/// Its settings.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    /// Usergroups whose people may change grants of the store, freeze and sync, besides the workspace's admins.
    pub(crate) admins: Vec<String>,
    /// Whether the workspace's admins and owners may.
    pub(crate) workspace_admins: bool,
    /// The channel in which approvals are asked for; without it, the approvers are asked directly.
    pub(crate) approvers_channel: Option<String>,
    /// How long a caller may take to confirm.
    pub(crate) confirm_within: Duration,
    /// How long approvers may take.
    pub(crate) approve_within: Duration,
    /// When approvers are reminded.
    pub(crate) remind_after: Duration,
    /// How often lists of members are read anew.
    pub(crate) sync_every: Duration,
    /// How old a list of members may be and still grant.
    pub(crate) members_limit: Duration,
}

/// Reads the table.
pub(super) fn read(mut section: Section<'_>, faults: &mut Faults) -> Access {
    let admins = ids(&mut section, "admins", 'S', "a usergroup's id, such as S0ADMINS", faults);
    let channels = ids(&mut section, "approvers_channel", 'C', "a channel's id, such as C0APPROVALS", faults);
    let workspace_admins = section.flag("workspace_admins", faults).unwrap_or(true);
    let mut seconds = |key, default: i64, bounds, unit: i64, faults: &mut Faults| {
        let number = section.number(key, bounds, faults).unwrap_or(default);
        Duration::from_secs((number * unit).unsigned_abs())
    };
    let access = Access {
        admins,
        workspace_admins,
        approvers_channel: channels.into_iter().next(),
        confirm_within: seconds("confirm_minutes", 10, 1..=60, 60, faults),
        approve_within: seconds("approve_minutes", 60, 1..=7 * 24 * 60, 60, faults),
        remind_after: seconds("remind_minutes", 15, 1..=7 * 24 * 60, 60, faults),
        sync_every: seconds("sync_minutes", 60, 1..=24 * 60, 60, faults),
        members_limit: seconds("members_limit_minutes", 24 * 60, 5..=7 * 24 * 60, 60, faults),
    };
    let at = section.at();
    section.finish(faults);
    if access.members_limit < access.sync_every {
        faults
            .at(at, "access.members_limit_minutes: shorter than sync_minutes, so groups would stop granting");
    }
    access
}

fn ids(
    section: &mut Section<'_>,
    key: &'static str,
    first: char,
    wanted: &str,
    faults: &mut Faults,
) -> Vec<String> {
    let spots = section.texts(key, faults).unwrap_or_default();
    for spot in spots.iter().filter(|spot| !is_id(&spot.value, first)) {
        faults.at(spot.at, format!("{}.{key}: `{}` is not {wanted}", section.path(), spot.value));
    }
    spots.into_iter().map(|spot| spot.value).collect()
}

/// Slack's ids: a letter that tells the kind (private channels may begin with G), then capitals and digits.
fn is_id(id: &str, first: char) -> bool {
    let rest = id.strip_prefix(first).or_else(|| id.strip_prefix('G').filter(|_| first == 'C'));
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(plain))
}
