//! Which jobs may be ready, as this process has heard: from the index, and by accepting or letting go of jobs itself.
//!
//! The index is a little behind the table, and reading it costs a request: what it says is kept and used up. Whatever
//! stands here is a hint; the claim itself is decided by the job's own item.
//!
//! Where others claim as well, all would go for the oldest job, and all but one in vain. So whoever is too late chooses
//! among twice as many from then on, and among one less with each job that it gets; and what the index said before is
//! soon done by others, so it is forgotten once that has shown.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::UnixMillis;

/// How many hints are kept; the index has the rest.
const KEPT: usize = 1024;
/// Among how many jobs one is chosen at most.
const WIDEST: usize = 128;

/// Who said that a job may be ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// The index.
    Index,
    /// This process itself, which the index may not know yet.
    Here,
}

/// Jobs that may be ready, by their time.
#[derive(Debug)]
pub(super) struct Ready(Mutex<Known>);

#[derive(Debug)]
struct Known {
    jobs: BTreeMap<(UnixMillis, String), Said>,
    /// Among how many of the oldest one is chosen.
    width: usize,
    /// The oldest job that the index had.
    oldest: UnixMillis,
}

impl Default for Ready {
    fn default() -> Ready {
        Ready(Mutex::new(Known { jobs: BTreeMap::new(), width: 1, oldest: UnixMillis::default() }))
    }
}

impl Known {
    fn put(&mut self, at: UnixMillis, id: &str, said: Said) {
        self.jobs.insert((at, id.to_owned()), said);
        if self.jobs.len() > KEPT {
            self.jobs.pop_last();
        }
    }

    fn forget_index(&mut self) {
        self.jobs.retain(|_, said| *said == Said::Here);
    }
}

impl Ready {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// That job can be claimed from then on, as this process knows.
    pub(super) fn hear(&self, id: &str, at: UnixMillis) {
        self.known().put(at, id, Said::Here);
    }

    /// What the index says, from its oldest on or from somewhere, instead of what it said before.
    pub(super) fn read<'a>(&self, jobs: impl Iterator<Item = (&'a str, UnixMillis)>, from_oldest: bool) {
        let mut known = self.known();
        known.forget_index();
        for (number, (id, at)) in jobs.enumerate() {
            if from_oldest && number == 0 {
                known.oldest = at;
            }
            if !known.jobs.contains_key(&(at, id.to_owned())) {
                known.put(at, id, Said::Index);
            }
        }
    }

    /// Takes out a job that may be ready by now: the oldest, or where others claim one that `below` picks among so many.
    pub(super) fn take(&self, now: UnixMillis, below: impl FnOnce(usize) -> usize) -> Option<(String, Said)> {
        let mut known = self.known();
        let due = known.jobs.keys().take_while(|(at, _)| *at <= now).take(known.width).count();
        if due == 0 {
            return None;
        }
        let chosen = if due == 1 { 0 } else { below(due).min(due - 1) };
        let chosen = known.jobs.keys().nth(chosen).cloned()?;
        let said = known.jobs.remove(&chosen)?;
        Some((chosen.1, said))
    }

    /// A job that was taken out was claimed.
    pub(super) fn won(&self) {
        let mut known = self.known();
        known.width = (known.width - 1).max(1);
    }

    /// That job is done with, or held by somebody.
    pub(super) fn done(&self, id: &str) {
        self.known().jobs.retain(|(_, known), _| known != id);
    }

    /// A job of which the index spoke was somebody else's.
    pub(super) fn lost(&self) {
        let mut known = self.known();
        known.width = (2 * known.width).min(WIDEST);
        known.forget_index();
    }

    /// Whether others claim as well: then the oldest job that was seen.
    pub(super) fn crowded(&self) -> Option<UnixMillis> {
        let known = self.known();
        (known.width > 1).then_some(known.oldest)
    }

    /// There is nothing to claim, and nobody to be slower than.
    pub(super) fn calm(&self) {
        self.known().width = 1;
    }

    /// The first of them, and when it is ready.
    pub(super) fn first(&self) -> Option<(UnixMillis, String)> {
        self.known().jobs.first_key_value().map(|(job, _)| job.clone())
    }

    /// What was heard of that job is not so: it is ready at another time, or never.
    pub(super) fn moved(&self, from: UnixMillis, id: &str, to: Option<UnixMillis>) {
        let mut known = self.known();
        known.jobs.remove(&(from, id.to_owned()));
        if let Some(to) = to {
            known.put(to, id, Said::Here);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(number: i64) -> UnixMillis {
        UnixMillis(number)
    }

    fn taken(ready: &Ready, now: i64, below: impl FnOnce(usize) -> usize) -> Option<String> {
        ready.take(at(now), below).map(|(id, _)| id)
    }

    #[test]
    fn hints_come_by_time_and_are_bounded() {
        let ready = Ready::default();
        for number in (0..2 * KEPT).rev() {
            ready.hear(&number.to_string(), at(number as i64));
        }
        assert_eq!(ready.known().jobs.len(), KEPT);
        assert_eq!(ready.first(), Some((at(0), "0".to_owned())));
        ready.moved(at(1), "1", Some(at(3)));
        ready.moved(at(2), "2", None);
        assert_eq!(taken(&ready, 5, |_| 1).as_deref(), Some("0"), "alone, the oldest");
        assert_eq!(taken(&ready, 0, |_| 0), None);
        ready.done("5");
        assert_eq!(taken(&ready, 6, |_| 0).as_deref(), Some("1"), "it has moved to where 3 is");
    }

    #[test]
    fn whoever_is_too_late_chooses_among_more_and_forgets_what_is_old() {
        let ready = Ready::default();
        let index = || {
            let jobs: Vec<String> = (0..9).map(|number| format!("i{number}")).collect();
            ready.read(jobs.iter().map(|id| (id.as_str(), at(1))), true);
        };
        ready.hear("own", at(2));
        index();
        assert_eq!((taken(&ready, 10, |_| 8).as_deref(), ready.crowded()), (Some("i0"), None), "alone");
        ready.lost();
        assert_eq!(ready.first(), Some((at(2), "own".to_owned())), "what the index said is done by others");
        ready.lost();
        index();
        assert_eq!(ready.crowded(), Some(at(1)));
        assert_eq!(taken(&ready, 10, |due| due - 1).as_deref(), Some("i3"), "one of four");
        (0..3).for_each(|_| ready.won());
        assert_eq!(taken(&ready, 10, |_| 8).as_deref(), Some("i0"), "alone again");
        ready.lost();
        ready.calm();
        assert_eq!(ready.crowded(), None);
    }
}
