//! The workspace that is played: who there is, and where.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// The app's own user.
pub(super) const APP_USER: &str = "U0BELLHOP";

/// People, channels and usergroups, by id.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    /// The workspace's id.
    pub(crate) team: String,
    /// Who can be played.
    pub(crate) users: Vec<String>,
    /// Which of them administer the workspace.
    pub(crate) admins: Vec<String>,
    /// Where they can be.
    pub(crate) channels: Vec<String>,
    /// Members of usergroups, and of channels that not everybody is in.
    pub(crate) groups: BTreeMap<String, Vec<String>>,
}

impl Workspace {
    /// A user as Slack describes one.
    pub(super) fn user(&self, id: &str) -> Option<Value> {
        let known = self.users.iter().any(|user| user == id);
        let name = display_name(id);
        known.then(|| {
            json!({
                "id": id, "team_id": self.team, "name": name, "real_name": name, "deleted": false,
                "profile": {"real_name": name, "display_name": name, "email": format!("{name}@example.com")},
                "is_admin": self.admins.iter().any(|admin| admin == id), "is_owner": false,
                "is_primary_owner": false, "is_restricted": false, "is_ultra_restricted": false,
                "is_bot": false,
            })
        })
    }

    /// Who is in a channel; everybody, unless the configuration lists its members.
    pub(super) fn members(&self, channel: &str) -> Option<&[String]> {
        let known = self.channels.iter().any(|known| known == channel);
        known.then(|| self.groups.get(channel).unwrap_or(&self.users).as_slice())
    }

    /// Who is in a usergroup.
    pub(super) fn usergroup(&self, id: &str) -> Option<&[String]> {
        self.groups.get(id).filter(|_| !self.channels.iter().any(|channel| channel == id)).map(Vec::as_slice)
    }

    /// All usergroups.
    pub(super) fn usergroups(&self) -> Vec<Value> {
        let groups = self.groups.keys().filter_map(|id| Some((id, self.usergroup(id)?)));
        let group = |(id, users): (&String, &[String])| {
            json!({"id": id, "team_id": self.team, "handle": display_name(id), "name": display_name(id),
                   "date_delete": 0, "user_count": users.len()})
        };
        groups.map(group).collect()
    }

    /// The direct message with a user.
    pub(super) fn direct(&self, user: &str) -> Option<String> {
        self.users.iter().any(|known| known == user).then(|| format!("D{}", user.trim_start_matches('U')))
    }

    /// Whether messages can be posted there.
    pub(super) fn is_place(&self, channel: &str) -> bool {
        let direct = || self.users.iter().filter_map(|user| self.direct(user)).any(|place| place == channel);
        self.channels.iter().any(|known| known == channel) || direct()
    }
}

/// `U0ALICE` → `alice`.
pub(super) fn display_name(id: &str) -> String {
    id.trim_start_matches(|first: char| first.is_ascii_uppercase()).trim_start_matches('0').to_lowercase()
}
