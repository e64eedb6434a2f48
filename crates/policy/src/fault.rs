//! What is wrong with a set of rules, all at once.

use std::fmt;
use std::sync::Arc;

use crate::{ArgumentFault, PatternFault, UnknownLevel};

/// How messages call a rule: where it is written, or its number.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleName(Arc<str>);

impl RuleName {
    pub(crate) fn new(place: &str, kind: &str, index: usize) -> RuleName {
        if place.is_empty() {
            RuleName(format!("{kind} {}", index + 1).into())
        } else {
            RuleName(place.into())
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for RuleName {
    fn default() -> RuleName {
        RuleName("".into())
    }
}

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One thing wrong with one rule or account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{rule}: {problem}")]
pub struct Fault {
    /// Which rule or account.
    pub rule: RuleName,
    /// What is wrong with it.
    #[source]
    pub problem: Problem,
}

/// What can be wrong with a rule or an account.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Two accounts bear one name.
    #[error("another account has this name too")]
    AccountTwice,
    /// The name cannot be told from an account id, or is no plain word.
    #[error(
        "an account's name has 1 to 64 letters, digits, `-`, `_` or `.`, and is neither `all` nor twelve digits"
    )]
    AccountName,
    /// The role's ARN is none.
    #[error("\"{0}\" is no role's ARN, such as arn:aws:iam::111111111111:role/Bellhop")]
    RoleArn(String),
    /// An account without regions.
    #[error("`regions` is missing or empty; the first is the default")]
    NoRegions,
    /// A grant to nobody.
    #[error("names nobody: give users, usergroups, channels, or everyone = true")]
    NoSubject,
    /// A grant for no account.
    #[error("`accounts` is missing or empty (name accounts, or give labels)")]
    NoAccounts,
    /// Both ways of naming accounts.
    #[error("gives both accounts and labels; give one of them")]
    AccountsAndLabels,
    /// A grant of nothing.
    #[error("`allow` is missing or empty; [\"*\"] is everything")]
    NoAllow,
    /// A grant of no level.
    #[error("`levels` is missing or empty")]
    NoLevels,
    /// A deny without any selector.
    #[error("selects nothing; to deny everything to everybody, say everyone = true")]
    EmptyDeny,
    /// A name that no account has.
    #[error("no account is named \"{0}\"")]
    UnknownAccount(String),
    /// Labels that no account has.
    #[error("no account has the labels {0}")]
    UnknownLabels(String),
    /// Bad pattern.
    #[error("{0}")]
    Pattern(PatternFault),
    /// Bad level.
    #[error("{0}")]
    Level(UnknownLevel),
    /// Not a Slack id of that kind.
    #[error("\"{id}\" is no {kind} id; ids look like {example}, and display names are not accepted")]
    Id {
        /// What was written.
        id: String,
        /// What kind of id was expected.
        kind: &'static str,
        /// How such an id looks.
        example: &'static str,
    },
    /// The grant's role does not belong to one of its accounts.
    #[error("role \"{role}\" is not a role of account \"{account}\"")]
    ForeignRole {
        /// The role.
        role: String,
        /// The account.
        account: String,
    },
    /// Two grants bear one name.
    #[error("{0} bears the name \"{1}\" too")]
    NameTwice(RuleName, String),
    /// A name that cannot be typed as one word.
    #[error("\"{0}\" is no name for a grant: 1 to 64 letters, digits, `-`, `_` or `.`")]
    Name(String),
    /// Nobody could ask for it.
    #[error("`request` is set, so it needs a `name` to ask for it by")]
    NoName,
    /// A time of nothing, or of more than anybody should have.
    #[error("request: the longest time is between one minute and 7 days")]
    Longest,
    /// Bad rule about an option.
    #[error("{0}")]
    Argument(ArgumentFault),
    /// Two grants that name different roles apply to one call, and nothing says which counts.
    #[error(
        "names role \"{role}\" and {other} names role \"{other_role}\" for calls on account \"{account}\" that both allow; give them different priorities"
    )]
    RoleTie {
        /// Its role.
        role: String,
        /// The other grant.
        other: RuleName,
        /// The other's role.
        other_role: String,
        /// The account.
        account: String,
    },
    /// A grant of the store where the file allows none.
    #[error("counts for nothing, because the configuration has no [ceiling]")]
    NoCeiling,
    /// A grant of the store that asks for more than the ceiling gives.
    #[error("lies above the ceiling: {0}")]
    AboveCeiling(String),
    /// An approval that nobody could give, or that more people must give than are named.
    #[error("needs for {0}: an approval names approvers and asks for at least one of them")]
    Approval(String),
}
