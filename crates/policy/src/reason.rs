//! Why something was refused, and what would be needed, in plain sentences.
//!
//! A reason names rules and accounts that concern the caller; it never lists other people's.

use std::fmt;

use crate::{ActorKind, Level, Levels, RuleName};

/// Why a question was denied. `Display` is one or two whole sentences for the person who asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// No grant covers it.
    NotGranted {
        /// The action asked for.
        action: String,
        /// Its level.
        level: Level,
        /// The account asked for, if one was named.
        account: Option<String>,
        /// What was missing at the grants that came nearest.
        missing: Missing,
        /// The grants that came nearest, at most five.
        near: Vec<RuleName>,
    },
    /// A guest, bot or stranger whom no grant names.
    Outsider(ActorKind),
    /// A deny forbids it.
    Forbidden {
        /// The deny.
        deny: RuleName,
        /// The action asked for.
        action: String,
        /// The account it was asked for.
        account: String,
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
}

impl Reason {
    /// What would have to be granted, as a phrase: `a grant of level write for ec2:StopInstances on account
    /// production`. `None` where a grant would not help.
    pub fn needed(&self) -> Option<String> {
        let Reason::NotGranted { action, level, account, .. } = self else { return None };
        let account = account.as_ref().map(|name| format!(" on account {name}")).unwrap_or_default();
        Some(format!("a grant of level {level} for {action}{account}"))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::NotGranted { missing, near, .. } => {
                self.not_granted(f, missing)?;
                names(f, near)?;
                match self.needed() {
                    Some(needed) => write!(f, " This needs {needed}."),
                    None => Ok(()),
                }
            }
            Reason::Outsider(kind) => {
                let who = match kind {
                    ActorKind::Guest => "Guests",
                    ActorKind::Bot => "Bots",
                    ActorKind::Stranger => "People from other organisations",
                    ActorKind::Member => "Callers",
                };
                write!(f, "{who} may use Bellhop only where a grant names them by user id, and none does.")
            }
            Reason::Forbidden { deny, action, account } => {
                write!(f, "{action} on account {account} is denied to you by {deny}, whatever is granted.")
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

impl Reason {
    fn not_granted(&self, f: &mut fmt::Formatter<'_>, missing: &Missing) -> fmt::Result {
        let Reason::NotGranted { action, level, account, .. } = self else { return Ok(()) };
        match missing {
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
        }
    }
}

fn names(f: &mut fmt::Formatter<'_>, near: &[RuleName]) -> fmt::Result {
    if near.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = near.iter().map(RuleName::as_str).collect();
    write!(f, " (Nearest: {}.)", names.join(", "))
}
