//! Grants and denies as they are written: plain text, checked by [`crate::Policy::new`].

use std::collections::BTreeMap;

/// Whom a rule is about. A union: being one of them is enough.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subjects {
    /// User ids.
    pub users: Vec<String>,
    /// Usergroup ids.
    pub usergroups: Vec<String>,
    /// Channel ids: their members, and whoever speaks there.
    pub channels: Vec<String>,
    /// Every full member of the workspace.
    pub everyone: bool,
}

/// A right. `accounts` (or `labels`), `allow`, `levels` and some subject must be given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grant {
    /// Where it is written, for messages, such as `bellhop.toml line 12`; empty becomes `grant 1`, `grant 2`, …
    pub place: String,
    /// Who has it.
    pub subjects: Subjects,
    /// Account names, in order of preference.
    pub accounts: Vec<String>,
    /// Instead of names: the accounts that bear all of these labels.
    pub labels: BTreeMap<String, String>,
    /// Patterns of actions.
    pub allow: Vec<String>,
    /// Names of levels.
    pub levels: Vec<String>,
    /// Narrows the place to these channel ids, or `direct` for direct messages; empty is anywhere.
    pub in_channels: Vec<String>,
    /// Another role than the account's: an ARN, or a name in the same account.
    pub role: Option<String>,
    /// Settles which role is taken where several grants apply; the highest wins.
    pub priority: i64,
    /// What a level needs before it runs, by the level's name.
    pub needs: BTreeMap<String, Need>,
}

/// What has to happen before a granted action runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// Nothing, even where the level asks for confirmation by default.
    Nothing,
    /// The caller confirms.
    Confirm,
    /// Other people approve.
    Approval(Approval),
}

/// Who must approve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Ids of users, usergroups or channels whose people may approve.
    pub approvers: Vec<String>,
    /// How many of them must.
    pub count: u32,
}

/// A refusal that wins over every grant. A selector that is left out narrows nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deny {
    /// Where it is written, for messages; empty becomes `deny 1`, `deny 2`, …
    pub place: String,
    /// Whom it is about; nobody named is everybody, guests and bots too.
    pub subjects: Subjects,
    /// Account names; with no names and no labels it is every account.
    pub accounts: Vec<String>,
    /// Instead of names: the accounts that bear all of these labels.
    pub labels: BTreeMap<String, String>,
    /// Patterns of actions; empty is every action.
    pub allow: Vec<String>,
    /// Names of levels; empty is every level.
    pub levels: Vec<String>,
    /// Narrows the place; empty is anywhere.
    pub in_channels: Vec<String>,
}

impl Subjects {
    /// Whether nobody is named.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.usergroups.is_empty() && self.channels.is_empty() && !self.everyone
    }
}
