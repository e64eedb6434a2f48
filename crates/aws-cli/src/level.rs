//! What a call does to the world, as far as a policy must know.

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
