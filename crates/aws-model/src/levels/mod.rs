//! What an operation does to the world, as far as a policy must know.
//!
//! A rule over the operation's name and shapes suggests, IAM's access level must agree where it reads, and a reviewed
//! table decides where these mislead. Invariants: only a reading verb that IAM calls reading too (a strict one where IAM
//! has no entry), or an entry of the table, makes an operation harmless; whatever is unknown is [`Level::Write`]. The
//! model's own `readonly` is not asked: it covers an eighth of all operations and is wrong in places.

mod agreed;
mod parameters;
mod reviewed;
mod rule;
mod words;

pub use parameters::level_of_call;

use crate::{Operation, Service};

/// The kinds of access. A set, not a ladder: none of them includes another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// Names what there is.
    List,
    /// Describes things.
    Read,
    /// Returns content: objects, items, logs, user data, function code.
    Data,
    /// Changes things. Also whatever is unknown.
    Write,
    /// Changes tags only.
    Tagging,
    /// Runs code elsewhere.
    Execute,
    /// Removes things for good.
    Destructive,
    /// Changes who may do what.
    Permissions,
    /// Returns or sets secrets.
    Secret,
}

impl Level {
    /// All levels, in the order in which they are documented.
    pub const ALL: [Level; 9] = [
        Level::List,
        Level::Read,
        Level::Data,
        Level::Write,
        Level::Tagging,
        Level::Execute,
        Level::Destructive,
        Level::Permissions,
        Level::Secret,
    ];

    /// Its name in configuration and replies, `read`.
    pub fn name(self) -> &'static str {
        match self {
            Level::List => "list",
            Level::Read => "read",
            Level::Data => "data",
            Level::Write => "write",
            Level::Tagging => "tagging",
            Level::Execute => "execute",
            Level::Destructive => "destructive",
            Level::Permissions => "permissions",
            Level::Secret => "secret",
        }
    }

    /// Whether it leaves AWS as it was.
    pub fn is_reading(self) -> bool {
        matches!(self, Level::List | Level::Read | Level::Data)
    }
}

/// The level of an operation, whatever its parameters. [`level_of_call`] also looks at these.
pub fn level(service: &Service, operation: &Operation) -> Level {
    let name = operation.name.as_str();
    match reviewed::find(service.name(), name) {
        Some(level) => level,
        None => agreed::held_against_iam(service, operation, rule::by_name(service, operation)),
    }
}
