//! Rules as they are written: plain text, checked by [`crate::Policy::new`].

use std::collections::BTreeMap;

use crate::{Account, Level, Levels};

/// Everything that a policy is made of. Accounts, grants and denies come in the order of the file, which decides
/// between equals.
#[derive(Debug, Clone)]
pub struct Rulebook {
    /// The accounts that rules speak of.
    pub accounts: Vec<Account>,
    /// Whether accounts may be missing that are discovered later: a rule about an unknown one is then no fault, and
    /// selects nothing until the account is there.
    pub accounts_may_come: bool,
    /// Grants of the file.
    pub grants: Vec<Grant>,
    /// Denies of the file.
    pub denies: Vec<Deny>,
    /// What grants of the store can give at most; without it they give nothing.
    pub ceiling: Option<Ceiling>,
    /// Grants that were made from Slack.
    pub store_grants: Vec<Grant>,
    /// Levels that ask their caller to confirm where the grant says nothing about them.
    pub confirm: Levels,
}

/// What asks for confirmation unless a grant says otherwise.
pub const CONFIRMED_BY_DEFAULT: Levels = Levels::NONE
    .with(Level::Write)
    .with(Level::Tagging)
    .with(Level::Execute)
    .with(Level::Destructive)
    .with(Level::Permissions);

impl Default for Rulebook {
    fn default() -> Rulebook {
        Rulebook {
            accounts: Vec::new(),
            accounts_may_come: false,
            grants: Vec::new(),
            denies: Vec::new(),
            ceiling: None,
            store_grants: Vec::new(),
            confirm: CONFIRMED_BY_DEFAULT,
        }
    }
}

/// Whom a rule is about. A union: being one of them is enough.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subjects {
    /// User ids.
    pub users: Vec<String>,
    /// Usergroup ids.
    pub usergroups: Vec<String>,
    /// Channel ids: their members, and whoever speaks there.
    pub channels: Vec<String>,
    /// Admins and owners of the workspace.
    pub admins: bool,
    /// Every full member of the workspace.
    pub everyone: bool,
}

/// A right. `accounts` (or `labels`), `allow`, `levels` and some subject must be given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grant {
    /// Where it is written, for messages, such as `bellhop.toml line 12`; empty becomes `grant 1`, `grant 2`, …
    pub place: String,
    /// What people call it; no two grants share one. Needed where it must be asked for.
    pub name: String,
    /// Who has it.
    pub subjects: Subjects,
    /// Narrows it to people of these workspaces, in these workspaces; empty is any that is served.
    pub workspaces: Vec<String>,
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
    /// What options must be given, as (`--instance-type`, what fits): values with `*` and `?`, of which every given one
    /// must fit one, or `tag:team=web` alone, which the resources that the option names must bear.
    pub arguments: BTreeMap<String, Vec<String>>,
    /// Another role than the account's: an ARN, or a name in the same account.
    pub role: Option<String>,
    /// Settles which role is taken where several grants apply; the highest wins.
    pub priority: i64,
    /// What a level needs before it runs, by the level's name.
    pub needs: BTreeMap<String, Need>,
    /// Whether `--yes` in the line counts as its caller's confirmation.
    pub yes: bool,
    /// Set: it counts only for whom others gave it for a while, on request.
    pub request: Option<Elevation>,
}

/// Who gives a grant that must be asked for, and for how long at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elevation {
    /// Who must approve the request.
    pub approval: Approval,
    /// The longest time that may be asked for, in seconds.
    pub longest_seconds: u64,
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

/// A refusal that wins over every grant. A selector that is left out narrows nothing. Absent on purpose: argument
/// rules, which an option that is spelled otherwise or left to its default would evade.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deny {
    /// Where it is written, for messages; empty becomes `deny 1`, `deny 2`, …
    pub place: String,
    /// Whom it is about; nobody named is everybody, guests and bots too.
    pub subjects: Subjects,
    /// Narrows it to what is asked by people of these workspaces, or in them; empty is all.
    pub workspaces: Vec<String>,
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

/// What grants of the store can give at most. `accounts` (or `labels`), `allow` and `levels` must be given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ceiling {
    /// Where it is written; empty becomes `ceiling`.
    pub place: String,
    /// Account names.
    pub accounts: Vec<String>,
    /// Instead of names: the accounts that bear all of these labels.
    pub labels: BTreeMap<String, String>,
    /// Patterns of actions.
    pub allow: Vec<String>,
    /// Names of levels.
    pub levels: Vec<String>,
    /// Places that it is narrowed to; empty is anywhere.
    pub in_channels: Vec<String>,
    /// Further roles that such a grant may name, besides each account's own: ARNs, or names in the same account.
    pub roles: Vec<String>,
    /// What a level needs at least; for others, what it needs by default.
    pub needs: BTreeMap<String, Need>,
    /// Whether such a grant may let `--yes` count.
    pub yes: bool,
}

impl Subjects {
    /// Whether nobody is named.
    pub fn is_empty(&self) -> bool {
        let lists = [&self.users, &self.usergroups, &self.channels];
        lists.iter().all(|list| list.is_empty()) && !self.everyone && !self.admins
    }
}
