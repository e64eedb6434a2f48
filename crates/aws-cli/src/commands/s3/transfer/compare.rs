//! `s3 sync`: what differs between two listings that are both in the order of their names.

use std::cmp::Ordering;

use super::filter::Filter;
use super::listing::{Item, Listing};
use super::paths::Side;
use crate::commands::task::Fault;

/// What makes a difference.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Differences {
    pub(super) size_only: bool,
    pub(super) exact_times: bool,
    pub(super) no_overwrite: bool,
    pub(super) delete: bool,
}

/// What is to be done about an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// Bring it from the source to the target.
    Bring,
    /// Delete it where it lies.
    Delete,
}

/// What a command has to do, item by item.
pub(super) enum Feed {
    /// Everything of one listing.
    One { listing: Box<Listing>, filter: Filter, act: Act },
    /// What differs between two.
    Two(Box<Compared>),
}

/// Two listings side by side.
pub(super) struct Compared {
    source: Ahead,
    target: Ahead,
    rules: Differences,
}

impl Compared {
    pub(super) fn new(source: Listing, target: Listing, filter: &Filter, rules: Differences) -> Compared {
        let ahead = |listing| Ahead { listing, filter: filter.clone(), next: None, ended: false };
        Compared { source: ahead(source), target: ahead(target), rules }
    }
}

/// A listing whose next item can be looked at.
struct Ahead {
    listing: Listing,
    filter: Filter,
    next: Option<Item>,
    ended: bool,
}

impl Ahead {
    async fn fill(&mut self) -> Result<(), Fault> {
        while self.next.is_none() && !self.ended {
            match self.listing.next().await? {
                Some(item) if self.filter.keeps(&item.source) => self.next = Some(item),
                Some(_) => {}
                None => self.ended = true,
            }
        }
        Ok(())
    }
}

impl Feed {
    /// The next thing to do.
    pub(super) async fn next(&mut self) -> Result<Option<(Act, Item)>, Fault> {
        match self {
            Feed::One { listing, filter, act } => {
                while let Some(item) = listing.next().await? {
                    if filter.keeps(&item.source) {
                        return Ok(Some((*act, item)));
                    }
                }
                Ok(None)
            }
            Feed::Two(compared) => compared.next().await,
        }
    }

    /// Sentences about what was left out since the last time.
    pub(super) fn warnings(&mut self) -> Vec<String> {
        match self {
            Feed::One { listing, .. } => std::mem::take(&mut listing.warnings),
            Feed::Two(compared) => {
                let mut all = std::mem::take(&mut compared.source.listing.warnings);
                all.append(&mut compared.target.listing.warnings);
                all
            }
        }
    }
}

impl Compared {
    async fn next(&mut self) -> Result<Option<(Act, Item)>, Fault> {
        loop {
            self.source.fill().await?;
            self.target.fill().await?;
            let order = match (&self.source.next, &self.target.next) {
                (None, None) => return Ok(None),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(source), Some(target)) => source.name.cmp(&target.name),
            };
            let found = match order {
                Ordering::Less => self.source.next.take().map(|item| (Act::Bring, item)),
                Ordering::Greater => {
                    let item = self.target.next.take();
                    item.filter(|_| self.rules.delete).map(|item| (Act::Delete, item))
                }
                Ordering::Equal => {
                    let pair = self.source.next.take().zip(self.target.next.take());
                    pair.filter(|(source, target)| self.rules.differ(source, target))
                        .map(|(source, _)| (Act::Bring, source))
                }
            };
            if found.is_some() {
                return Ok(found);
            }
        }
    }
}

impl Differences {
    /// Whether the source must be brought over what the target has.
    fn differ(&self, source: &Item, target: &Item) -> bool {
        if self.no_overwrite {
            return false;
        }
        let same_size = source.size == target.size;
        if self.size_only {
            return !same_size;
        }
        !same_size || !self.same_time(source, target)
    }

    fn same_time(&self, source: &Item, target: &Item) -> bool {
        let downloads = source.side == Side::Bucket && target.side == Side::Local;
        match source.modified.zip(target.modified) {
            None => false,
            Some((source, target)) if downloads && self.exact_times => source == target,
            Some((source, target)) if downloads => target <= source,
            Some((source, target)) => target >= source,
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use value::Map;

    use super::*;

    fn item(side: Side, size: i64, time: i64) -> Item {
        let modified = Some(jiff::Timestamp::from_second(time).unwrap());
        let text = String::new;
        Item {
            source: text(),
            target: text(),
            name: text(),
            side,
            size: Some(size),
            modified,
            facts: Map::new(),
        }
    }

    #[test]
    fn sizes_and_times_make_the_difference() {
        use Side::{Bucket, Local};
        let plain = Differences::default();
        let exact = Differences { exact_times: true, ..plain };
        let size = Differences { size_only: true, ..plain };
        let keep = Differences { no_overwrite: true, ..plain };
        for (rules, from, to, source, target, expected) in [
            (plain, Bucket, Bucket, (1, 5), (1, 5), false),
            (plain, Bucket, Bucket, (1, 5), (2, 5), true),
            (plain, Bucket, Bucket, (1, 6), (1, 5), true),
            (plain, Local, Bucket, (1, 4), (1, 5), false),
            (plain, Bucket, Local, (1, 6), (1, 5), false),
            (plain, Bucket, Local, (1, 4), (1, 5), true),
            (exact, Bucket, Local, (1, 6), (1, 5), true),
            (size, Bucket, Bucket, (1, 6), (1, 5), false),
            (keep, Bucket, Bucket, (1, 6), (2, 5), false),
        ] {
            let (source, target) = (item(from, source.0, source.1), item(to, target.0, target.1));
            assert_eq!(rules.differ(&source, &target), expected, "{rules:?} {from:?} {to:?}");
        }
    }
}
