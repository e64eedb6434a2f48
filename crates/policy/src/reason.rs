//! Why something was refused, and what would be needed, in plain sentences.
//!
//! A reason names rules and accounts that concern the caller; it never lists other people's.

use std::fmt;

use crate::{ActorKind, Level, Levels, RuleName};

/// Why a question was denied. `Display` is one or two whole sentences for the person who asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// No grant covers it.
    NotGranted(Box<NotGranted>),
    /// A guest, bot or stranger whom no grant names; or whose account is switched off.
    Outsider(ActorKind),
    /// A deny forbids it.
    Forbidden {
        /// The deny.
        deny: RuleName,
        /// The action asked for.
        action: String,
        /// The account it was asked for.
        account: String,
        /// The group that the deny is about, if nobody knows yet who is in it.
        unknown: Option<String>,
    },
    /// The account may be looked at only, for now.
    Frozen {
        /// The account.
        account: String,
        /// Whether all accounts are frozen.
        all: bool,
        /// Who froze it, until when and why; may be empty.
        why: String,
    },
    /// No account has that name or id.
    UnknownAccount {
        /// What was asked for.
        named: String,
        /// Accounts that the caller's grants reach.
        usable: Vec<String>,
    },
    /// The account does not list the region.
    Region {
        /// The account.
        account: String,
        /// The region asked for.
        region: String,
        /// The regions of the account.
        regions: Vec<String>,
    },
    /// Grants of the same priority name different roles.
    RoleConflict {
        /// The grants.
        grants: Vec<RuleName>,
        /// The account.
        account: String,
    },
}

/// What no grant covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotGranted {
    /// The action asked for.
    pub action: String,
    /// The level that it counts as.
    pub level: Level,
    /// The tag that made it count so, if grants hang on one that the call sets.
    pub guarded: Option<String>,
    /// The account asked for, if one was named.
    pub account: Option<String>,
    /// What was missing at the grants that came nearest.
    pub missing: Missing,
    /// The grants that came nearest, at most five.
    pub near: Vec<RuleName>,
}

/// What the nearest grants lack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// No grant names the caller at all.
    Grant,
    /// There are grants, for other places.
    Place(Vec<String>),
    /// There are grants, for other actions.
    Action,
    /// The action is granted, at these levels only.
    Level(Levels),
    /// It is granted, on these accounts only.
    Account(Vec<String>),
    /// It is granted in Slack, above what the configuration lets such grants give.
    Ceiling,
    /// It is granted with these options only.
    Argument(Vec<String>),
    /// It is granted to whom it was given for a while, on request, under these names.
    Request(Vec<String>),
    /// It is granted to these groups, whose lists of members could not be read for too long.
    Stale(Vec<String>),
}

impl Reason {
    /// What would have to be granted, as a phrase: `a grant of level write for ec2:StopInstances on account
    /// production`. `None` where a grant would not help.
    pub fn needed(&self) -> Option<String> {
        let Reason::NotGranted(missed) = self else { return None };
        let NotGranted { action, level, account, .. } = &**missed;
        let account = account.as_ref().map(|name| format!(" on account {name}")).unwrap_or_default();
        Some(format!("a grant of level {level} for {action}{account}"))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::NotGranted(missed) => {
                write!(f, "{missed}")?;
                match self.needed() {
                    Some(needed) => write!(f, " This needs {needed}."),
                    None => Ok(()),
                }
            }
            Reason::Outsider(kind) => outsider(f, *kind),
            Reason::Forbidden { deny, action, account, unknown: None } => {
                write!(f, "{action} on account {account} is denied to you by {deny}, whatever is granted.")
            }
            Reason::Forbidden { deny, action, account, unknown: Some(group) } => {
                write!(
                    f,
                    "{action} on account {account} is denied by {deny} to {group}, and it is not known yet who is in it. \
                     It holds for everybody until its members were read (`sync`)."
                )
            }
            Reason::Frozen { account, all, why } => {
                let what = if *all { "Every account is".to_owned() } else { format!("Account {account} is") };
                let why = if why.is_empty() { String::new() } else { format!(": {why}") };
                write!(f, "{what} frozen{why}. Until it is thawed only looking is allowed.")
            }
            Reason::UnknownAccount { named, usable } if usable.is_empty() => {
                write!(f, "There is no account \"{named}\".")
            }
            Reason::UnknownAccount { named, usable } => {
                write!(f, "There is no account \"{named}\". You can use: {}.", usable.join(", "))
            }
            Reason::Region { account, region, regions } => {
                let regions = regions.join(", ");
                write!(f, "Region \"{region}\" is not among those of account {account}: {regions}.")
            }
            Reason::RoleConflict { grants, account } => {
                let grants: Vec<&str> = grants.iter().map(RuleName::as_str).collect();
                let grants = grants.join(" and ");
                write!(
                    f,
                    "{grants} name different roles for account {account} at the same priority. An administrator has to set their priorities."
                )
            }
        }
    }
}

impl fmt::Display for NotGranted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lacking(f)?;
        if let Some(key) = &self.guarded {
            write!(f, " It sets the tag \"{key}\", which grants hang on, so it counts as permissions.")?;
        }
        names(f, &self.near)
    }
}

impl NotGranted {
    fn lacking(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NotGranted { action, level, account, .. } = self;
        match &self.missing {
            Missing::Grant => write!(f, "No grant names you, so you may not run {action}."),
            Missing::Place(places) => {
                write!(f, "You may not run {action} here: your grants hold only in {}.", places.join(", "))
            }
            Missing::Action => write!(f, "None of your grants covers {action}."),
            Missing::Level(levels) => {
                write!(f, "{action} has level {level}; you are granted it at {levels} only.")
            }
            Missing::Account(accounts) => {
                let named = account.as_deref().unwrap_or("this account");
                write!(f, "You may run {action} on {}, and not on {named}.", accounts.join(", "))
            }
            Missing::Ceiling => {
                write!(f, "{action} is granted to you in Slack, but the configuration's ceiling is lower.")
            }
            Missing::Argument(wanted) => {
                write!(f, "You may run {action} only with {}.", wanted.join("; "))
            }
            Missing::Request(names) => {
                write!(
                    f,
                    "{action} is yours for a while on request: `access request {}`.",
                    names.join("` or `")
                )
            }
            Missing::Stale(groups) => write!(
                f,
                "{action} is granted to {}, but its members could not be read for too long, so it does not count. \
                 An admin can run `sync`.",
                groups.join(", ")
            ),
        }
    }
}

fn outsider(f: &mut fmt::Formatter<'_>, kind: ActorKind) -> fmt::Result {
    let who = match kind {
        ActorKind::Guest => "Guests",
        ActorKind::Bot => "Bots",
        ActorKind::Stranger => "People from other organisations",
        ActorKind::Member => "Callers",
        ActorKind::Unknown => {
            return f.write_str(
                "It is not known whether you are a full member of this workspace, and no grant names you by user id.",
            );
        }
        ActorKind::Deactivated => {
            return f.write_str("This Slack account is deactivated and may do nothing.");
        }
    };
    write!(f, "{who} may use Bellhop only where a grant names them by user id, and none does.")
}

fn names(f: &mut fmt::Formatter<'_>, near: &[RuleName]) -> fmt::Result {
    if near.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = near.iter().map(RuleName::as_str).collect();
    write!(f, " (Nearest: {}.)", names.join(", "))
}
