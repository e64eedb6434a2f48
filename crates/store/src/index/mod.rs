//! A small inventory for searching: what there was in each place when it was last listed.
//!
//! Invariants: the entries of a [`Scope`] are replaced as a whole, so that what vanished is gone; a search looks only at
//! scopes that its caller allows, and tells when there is more than it shows; a file that is not as it was written is
//! not believed, and the scopes that it held are missing until they are listed again.
//! Absent on purpose: what an entry means (its body is bytes), who may see it, and when to list anew.

mod chunk;
mod file;
mod local;
mod page;
#[cfg(test)]
mod tests;

pub use chunk::{Entry, read_chunk, write_chunk};
pub use local::LocalIndex;

use crate::{Pending, UnixMillis};

/// One listing: things of one kind in one region of one account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    /// The account's twelve digits.
    pub account: String,
    /// The region; the one that speaks for all where things belong to no region.
    pub region: String,
    /// The kind.
    pub kind: String,
}

/// What must fit an entry. All texts are compared in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// A part of one of its names or tags, `key=value`, or the beginning of its id.
    Part(String),
    /// Its id, or one of its names, whole.
    Named(String),
    /// One of its addresses or host names, whole.
    Address(String),
    /// One of its tags; without a value, whatever the value.
    Tag {
        /// The tag's key.
        key: String,
        /// The tag's value.
        value: Option<String>,
    },
}

impl Term {
    /// Whether it fits an entry.
    pub fn fits(&self, entry: &Entry) -> bool {
        let same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
        let mut names = std::iter::once(&entry.id).chain(&entry.names);
        match self {
            Term::Named(text) => names.any(|name| same(name, text)),
            Term::Address(text) => entry.addresses.iter().any(|address| same(address, text)),
            Term::Tag { key, value } => entry.tags.iter().any(|(its_key, its_value)| {
                same(its_key, key) && value.as_ref().is_none_or(|value| same(its_value, value))
            }),
            Term::Part(text) => {
                let text = text.to_lowercase();
                let mut tags = entry.tags.iter().map(|(key, value)| format!("{key}={value}"));
                names.any(|name| name.to_lowercase().contains(&text))
                    || tags.any(|tag| tag.to_lowercase().contains(&text))
            }
        }
    }
}

/// Where a found entry stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its scope.
    pub scope: Scope,
    /// When that was listed.
    pub at: UnixMillis,
    /// In which listing of the scope.
    pub generation: u64,
    /// Its number there.
    pub number: u32,
    /// How well it fits; the least is best.
    pub rank: Rank,
}

/// How well an entry fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// It is called so.
    Whole,
    /// Its name begins so.
    Beginning,
    /// It is within.
    Within,
}

/// What a search found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Best first.
    pub places: Vec<Place>,
    /// Whether others fit besides.
    pub more: bool,
}

/// How fresh a scope is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The scope.
    pub scope: Scope,
    /// When it was listed last.
    pub at: UnixMillis,
    /// How often it was.
    pub generation: u64,
    /// How many entries it has.
    pub entries: u32,
}

/// Keeps listings, and finds what is in them.
pub trait Index: Send + Sync {
    /// Puts these entries in the place of the scope's. They are found when this returns, and found after a restart when it
    /// resolves.
    fn replace(&self, scope: Scope, at: UnixMillis, entries: Vec<Entry>) -> Pending<'_, ()>;

    /// Forgets a scope.
    fn forget(&self, scope: Scope) -> Pending<'_, ()>;

    /// Entries that fit all terms, at most `limit`, in scopes that `allows` says yes to. It is asked only about scopes in
    /// which something fits. What was found by its id or address, or by the beginning of an id, may in rare cases be
    /// something else: [`Term::fits`] tells for certain.
    fn search(&self, terms: &[Term], limit: usize, allows: &mut dyn FnMut(&Scope) -> bool) -> Found;

    /// The entries at these places, in their order; one whose scope was replaced meanwhile is `None`.
    fn entries(&self, places: Vec<Place>) -> Pending<'_, Vec<Option<Entry>>>;

    /// Every scope, in order.
    fn listed(&self) -> Vec<Listed>;

    /// Whether what the file holds is still being read.
    fn is_loading(&self) -> bool;
}
