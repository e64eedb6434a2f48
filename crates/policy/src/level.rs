//! What kind of thing an operation does, and sets of such kinds.
//!
//! Levels are a set and no ladder: a grant of `write` does not include `read`.

use std::fmt;
use std::str::FromStr;

/// What kind of thing an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Names what exists.
    List,
    /// Describes what exists.
    Read,
    /// Returns content: objects, items, log lines, user data, function code.
    Data,
    /// Changes something that can be changed back.
    Write,
    /// Changes tags, which other rules may hang on.
    Tagging,
    /// Runs code elsewhere.
    Execute,
    /// Deletes or ends something.
    Destructive,
    /// Changes who may do what.
    Permissions,
    /// Returns credentials or secrets.
    Secret,
}

/// The text is no level's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is no level; the levels are list, read, data, write, tagging, execute, destructive, permissions, secret"
)]
pub struct UnknownLevel(pub String);

const NAMES: [(Level, &str); 9] = [
    (Level::List, "list"),
    (Level::Read, "read"),
    (Level::Data, "data"),
    (Level::Write, "write"),
    (Level::Tagging, "tagging"),
    (Level::Execute, "execute"),
    (Level::Destructive, "destructive"),
    (Level::Permissions, "permissions"),
    (Level::Secret, "secret"),
];

impl Level {
    /// Every level, in the order in which the documentation names them.
    pub fn all() -> impl Iterator<Item = Level> {
        NAMES.iter().map(|(level, _)| *level)
    }

    /// The name used in configuration and messages.
    pub fn name(self) -> &'static str {
        NAMES[self as usize].1
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Level, UnknownLevel> {
        let found = NAMES.iter().find(|(_, name)| *name == text);
        found.map(|(level, _)| *level).ok_or_else(|| UnknownLevel(text.chars().take(40).collect()))
    }
}

/// A set of levels.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Levels(u16);

impl Levels {
    /// No level.
    pub const NONE: Levels = Levels(0);
    /// Every level.
    pub const ALL: Levels = Levels((1 << NAMES.len()) - 1);

    /// Levels of calls that change nothing.
    pub const LOOKING: Levels = Levels::NONE.with(Level::List).with(Level::Read).with(Level::Data);

    /// Whether the set holds the level.
    pub fn contains(self, level: Level) -> bool {
        self.0 & level.bit() != 0
    }

    /// The set and this level.
    #[must_use]
    pub const fn with(self, level: Level) -> Levels {
        Levels(self.0 | level.bit())
    }

    /// What is in both sets.
    #[must_use]
    pub const fn intersection(self, other: Levels) -> Levels {
        Levels(self.0 & other.0)
    }

    /// What is in either set.
    #[must_use]
    pub const fn union(self, other: Levels) -> Levels {
        Levels(self.0 | other.0)
    }

    /// Whether no level is in the set.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The levels of the set, in order.
    pub fn iter(self) -> impl Iterator<Item = Level> {
        Level::all().filter(move |level| self.contains(*level))
    }
}

impl FromIterator<Level> for Levels {
    fn from_iter<I: IntoIterator<Item = Level>>(levels: I) -> Levels {
        levels.into_iter().fold(Levels::NONE, Levels::with)
    }
}

impl fmt::Display for Levels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.iter().map(Level::name).collect();
        f.write_str(&names.join(", "))
    }
}

impl fmt::Debug for Levels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Levels({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_levels_go_both_ways() {
        for level in Level::all() {
            assert_eq!(level.to_string().parse(), Ok(level));
            assert!(Levels::ALL.contains(level));
            assert!(!Levels::NONE.contains(level));
            assert_eq!(Levels::NONE.with(level).iter().collect::<Vec<_>>(), [level]);
        }
        assert_eq!(Level::all().count(), 9);
        for text in ["", "List", "admin", "read ", "*"] {
            assert!(text.parse::<Level>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_set_reads_as_a_list() {
        let set: Levels = [Level::Write, Level::List, Level::Write].into_iter().collect();
        assert_eq!(set.to_string(), "list, write");
        assert!(Levels::NONE.is_empty() && !set.is_empty());
    }
}
