//! The index of one process: its texts in memory, everything else in a file of its own.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use super::page::{PAGE, Page, Ready, bits};
use super::{Entry, Found, Index, Listed, Place, Scope, Term, file};
use crate::sqlite::{Lock, Thread, beside};
use crate::{Holder, Pending, StoreError, UnixMillis};

/// How many fits a scan gathers before it stops: best are chosen among them.
const GATHERED: usize = 500;
/// How many pages are fetched from memory together.
const AHEAD: usize = 16;

/// Texts in memory, entries in a file.
pub struct LocalIndex {
    shared: Arc<Shared>,
    writer: Thread,
    /// Apart, so that nobody who looks something up waits for a listing to be written.
    reader: Thread,
    // Released last: fields drop in order, and the threads must be done first.
    _lock: Option<Lock>,
}

#[derive(Default)]
struct Shared {
    scopes: RwLock<BTreeMap<Scope, Held>>,
    loaded: AtomicBool,
}

struct Held {
    at: UnixMillis,
    generation: u64,
    entries: u32,
    pages: Vec<Page>,
}

impl LocalIndex {
    /// Opens the file and begins to read it. Its owner makes it (mode 0600) if it is not there, and anew if it cannot be
    /// read; guests only read.
    ///
    /// # Errors
    /// No file can be made there, it has another owner, or a guest found none.
    pub fn open(path: &Path, holder: Holder) -> Result<LocalIndex, StoreError> {
        let (lock, connection) = match holder {
            Holder::Owner => (Some(Lock::take(&beside(path, ".lock"))?), file::open(path)?),
            Holder::Guest => (None, file::reader(path)?),
        };
        let writer = Thread::writing("index-writer", connection, None)?;
        let reader = Thread::reading("index-reader", file::reader(path)?)?;
        let index = LocalIndex { shared: Arc::default(), writer, reader, _lock: lock };
        let shared = Arc::clone(&index.shared);
        // Queued before anything else can be, so that no older listing replaces a newer one.
        drop(index.writer.run(move |connection| {
            let result = load(connection, &shared, holder);
            shared.loaded.store(true, Ordering::Release);
            result
        }));
        Ok(index)
    }

    /// How much memory the texts take, in bytes.
    pub fn memory(&self) -> usize {
        self.scopes().values().flat_map(|held| &held.pages).map(Page::size).sum()
    }

    /// Waits until the file has been read.
    ///
    /// # Errors
    /// The index was closed.
    pub fn loaded(&self) -> Pending<'_, ()> {
        self.writer.run(|_| Ok(()))
    }

    fn scopes(&self) -> std::sync::RwLockReadGuard<'_, BTreeMap<Scope, Held>> {
        self.shared.scopes.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads every scope; one that is not as it was written is forgotten.
fn load(connection: &rusqlite::Connection, shared: &Shared, holder: Holder) -> Result<(), StoreError> {
    for kept in file::scopes(connection)? {
        let Ok(entries) = file::entries(connection, &kept) else {
            if holder == Holder::Owner {
                file::forget(connection, &kept.scope)?;
            }
            continue;
        };
        shared.hold(kept.scope, kept.at, kept.generation, &entries);
    }
    Ok(())
}

impl Shared {
    fn hold(&self, scope: Scope, at: UnixMillis, generation: u64, entries: &[Entry]) {
        let pages = entries.chunks(PAGE).map(Page::of).collect();
        let held = Held { at, generation, entries: u32::try_from(entries.len()).unwrap_or(u32::MAX), pages };
        let mut scopes = self.scopes.write().unwrap_or_else(PoisonError::into_inner);
        scopes.insert(scope, held);
    }

    /// Whether the place's number still means what it meant.
    fn is_current(&self, place: &Place) -> bool {
        let scopes = self.scopes.read().unwrap_or_else(PoisonError::into_inner);
        scopes.get(&place.scope).is_some_and(|held| held.generation == place.generation)
    }
}

impl Index for LocalIndex {
    fn replace(&self, scope: Scope, at: UnixMillis, entries: Vec<Entry>) -> Pending<'_, ()> {
        let generation = self.scopes().get(&scope).map_or(0, |held| held.generation) + 1;
        let shared = Arc::clone(&self.shared);
        self.writer.run(move |connection| {
            file::replace(connection, &scope, at, generation, &entries)?;
            shared.hold(scope, at, generation, &entries);
            Ok(())
        })
    }

    fn forget(&self, scope: Scope) -> Pending<'_, ()> {
        let shared = Arc::clone(&self.shared);
        self.writer.run(move |connection| {
            shared.scopes.write().unwrap_or_else(PoisonError::into_inner).remove(&scope);
            file::forget(connection, &scope)
        })
    }

    fn search(&self, terms: &[Term], limit: usize, allows: &mut dyn FnMut(&Scope) -> bool) -> Found {
        let ready: Vec<Ready> = terms.iter().map(Ready::of).collect();
        let scopes = self.scopes();
        let (mut places, stopped) = gather(&scopes, &ready, limit.max(GATHERED), allows);
        if let (true, [Term::Part(text)]) = (stopped, terms) {
            // Among so many, whoever is called just so must not be missed.
            let named = [Ready::of(&Term::Named(text.clone()))];
            places.splice(0..0, gather(&scopes, &named, limit, allows).0);
        }
        places.sort_by(|one, other| {
            (one.rank, &one.scope, one.number).cmp(&(other.rank, &other.scope, other.number))
        });
        places.dedup_by(|one, other| one.number == other.number && one.scope == other.scope);
        let more = stopped || places.len() > limit;
        places.truncate(limit);
        Found { places, more }
    }

    fn entries(&self, places: Vec<Place>) -> Pending<'_, Vec<Option<Entry>>> {
        let shared = Arc::clone(&self.shared);
        self.reader.run(move |connection| {
            let one = |place: &Place| {
                if !shared.is_current(place) {
                    return Ok(None);
                }
                let (chunk, within) =
                    (place.number as usize / file::CHUNK, place.number as usize % file::CHUNK);
                let chunk = u32::try_from(chunk).unwrap_or(u32::MAX);
                let entries = file::chunk(connection, &place.scope, chunk)?;
                Ok(entries.into_iter().nth(within))
            };
            places.iter().map(one).collect()
        })
    }

    fn listed(&self) -> Vec<Listed> {
        let scopes = self.scopes();
        let listed = |(scope, held): (&Scope, &Held)| Listed {
            scope: scope.clone(),
            at: held.at,
            generation: held.generation,
            entries: held.entries,
        };
        scopes.iter().map(listed).collect()
    }

    fn is_loading(&self) -> bool {
        !self.shared.loaded.load(Ordering::Acquire)
    }
}

/// What fits in allowed scopes, and whether the search stopped at `limit`.
fn gather(
    scopes: &BTreeMap<Scope, Held>,
    terms: &[Ready],
    limit: usize,
    allows: &mut dyn FnMut(&Scope) -> bool,
) -> (Vec<Place>, bool) {
    let pages: Vec<(&Scope, &Held, u32, &Page)> = scopes
        .iter()
        .flat_map(|(scope, held)| {
            (0..).zip(&held.pages).map(move |(number, page)| (scope, held, number, page))
        })
        .collect();
    let (mut places, mut asked) = (Vec::new(), None);
    for ahead in pages.chunks(AHEAD) {
        ahead.iter().for_each(|(.., page)| page.fetch(terms));
        for &(scope, held, number, page) in ahead {
            let found = page.search(terms);
            if found == 0 {
                continue;
            }
            let allowed = match asked {
                Some((known, allowed)) if known == scope => allowed,
                _ => allows(scope),
            };
            asked = Some((scope, allowed));
            if !allowed {
                continue;
            }
            places.extend(bits(found).map(|within| Place {
                scope: scope.clone(),
                at: held.at,
                generation: held.generation,
                number: number * PAGE as u32 + within,
                rank: page.rank(within, terms),
            }));
            if places.len() >= limit {
                return (places, true);
            }
        }
    }
    (places, false)
}
