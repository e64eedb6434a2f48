//! Users, usergroups and channels, as the Web API and events describe them.
//!
//! Source: <https://docs.slack.dev/reference/objects/user-object> and its neighbours. Names are for display only: they
//! can be changed by anybody.

use crate::PayloadError;
use crate::payload::Object;

/// A user. Flags that Slack leaves out are false.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct User {
    /// Id.
    pub id: String,
    /// The workspace; for strangers, theirs.
    pub team_id: Option<String>,
    /// The organisation.
    pub enterprise_id: Option<String>,
    /// The name to show.
    pub name: Option<String>,
    /// The e-mail of the profile, where the token may see it.
    pub email: Option<String>,
    /// No longer active.
    pub is_deleted: bool,
    /// Administers the workspace.
    pub is_admin: bool,
    /// Owns the workspace.
    pub is_owner: bool,
    /// The one owner above all.
    pub is_primary_owner: bool,
    /// A guest of several channels or of one.
    pub is_guest: bool,
    /// No person.
    pub is_bot: bool,
    /// From another organisation, seen through a shared channel.
    pub is_stranger: bool,
}

/// A usergroup.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usergroup {
    /// Id.
    pub id: String,
    /// The workspace.
    pub team_id: Option<String>,
    /// What is typed behind `@`.
    pub handle: Option<String>,
    /// The name to show.
    pub name: Option<String>,
    /// Whether it is switched off; such a group has no members.
    pub is_disabled: bool,
    /// How many members, where Slack says.
    pub user_count: Option<u64>,
    /// The members, where Slack lists them and the list is whole.
    pub users: Option<Vec<String>>,
}

/// A channel, a direct message or a group of people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Channel {
    /// Id.
    pub id: String,
    /// The name to show.
    pub name: Option<String>,
    /// No longer in use.
    pub is_archived: bool,
    /// Not everybody can join.
    pub is_private: bool,
    /// A direct message.
    pub is_im: bool,
    /// A direct message among several.
    pub is_mpim: bool,
    /// Shared with another organisation.
    pub is_ext_shared: bool,
    /// Whether the app is in it.
    pub is_member: bool,
    /// How many members, where Slack says.
    pub member_count: Option<u64>,
}

impl User {
    pub(crate) fn read(user: Object<'_>) -> Result<User, PayloadError> {
        let profile = user.object("profile");
        let shown = profile.and_then(|profile| profile.short("display_name"));
        let enterprise = match user.object("enterprise_user") {
            Some(enterprise) => enterprise.id("enterprise_id")?,
            None => user.id("enterprise_id")?,
        };
        Ok(User {
            id: user.needed_id("id")?,
            team_id: user.id("team_id")?,
            enterprise_id: enterprise,
            name: shown.or_else(|| user.short("real_name")).or_else(|| user.short("name")),
            email: profile.and_then(|profile| profile.short("email")),
            is_deleted: user.flag("deleted"),
            is_admin: user.flag("is_admin"),
            is_owner: user.flag("is_owner"),
            is_primary_owner: user.flag("is_primary_owner"),
            is_guest: user.flag("is_restricted") || user.flag("is_ultra_restricted"),
            // Slack's own bot is no bot to Slack.
            is_bot: user.flag("is_bot") || user.text("id") == Some("USLACKBOT"),
            is_stranger: user.flag("is_stranger"),
        })
    }
}

impl Usergroup {
    pub(crate) fn read(group: Object<'_>) -> Result<Usergroup, PayloadError> {
        let user_count = group.number("user_count");
        let users = group.0.contains_key("users").then(|| group.ids("users")).transpose()?;
        let whole = |users: &Vec<String>| user_count.is_none_or(|count| count == users.len() as u64);
        Ok(Usergroup {
            id: group.needed_id("id")?,
            team_id: group.id("team_id")?,
            handle: group.short("handle"),
            name: group.short("name"),
            is_disabled: group.number("date_delete").unwrap_or(0) > 0,
            user_count,
            users: users.filter(whole),
        })
    }
}

impl Channel {
    pub(crate) fn read(channel: Object<'_>) -> Result<Channel, PayloadError> {
        Ok(Channel {
            id: channel.needed_id("id")?,
            name: channel.short("name"),
            is_archived: channel.flag("is_archived"),
            is_private: channel.flag("is_private") || channel.flag("is_group"),
            is_im: channel.flag("is_im"),
            is_mpim: channel.flag("is_mpim"),
            is_ext_shared: channel.flag("is_ext_shared"),
            is_member: channel.flag("is_member"),
            member_count: channel.number("num_members"),
        })
    }
}
