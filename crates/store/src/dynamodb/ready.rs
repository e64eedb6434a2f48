//! Which jobs may be ready, as this process has heard: from the index, and by accepting or letting go of jobs itself.
//!
//! The index is a little behind the table, and reading it costs a request: what it says is kept and used up. Whatever
//! stands here is a hint; the claim itself is decided by the job's own item.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::UnixMillis;

/// How many hints are kept; the index has the rest.
const KEPT: usize = 1024;

/// Jobs that may be ready, by their time.
#[derive(Debug, Default)]
pub(super) struct Ready(Mutex<BTreeSet<(UnixMillis, String)>>);

impl Ready {
    fn jobs(&self) -> MutexGuard<'_, BTreeSet<(UnixMillis, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// That job can be claimed from then on.
    pub(super) fn hear(&self, id: &str, at: UnixMillis) {
        let mut jobs = self.jobs();
        jobs.insert((at, id.to_owned()));
        if jobs.len() > KEPT {
            jobs.pop_last();
        }
    }

    /// Takes out a job that may be ready by now: the oldest, or one that `choose` picks among so many.
    pub(super) fn take(&self, now: UnixMillis, choose: impl FnOnce(usize) -> usize) -> Option<String> {
        let mut jobs = self.jobs();
        let due = jobs.iter().take_while(|(at, _)| *at <= now).count();
        if due == 0 {
            return None;
        }
        let chosen = jobs.iter().nth(choose(due).min(due - 1)).cloned()?;
        jobs.remove(&chosen);
        Some(chosen.1)
    }

    /// The first of them, and when it is ready.
    pub(super) fn first(&self) -> Option<(UnixMillis, String)> {
        self.jobs().first().cloned()
    }

    /// What was heard of that job is not so: it is ready at another time, or never.
    pub(super) fn moved(&self, from: UnixMillis, id: &str, to: Option<UnixMillis>) {
        self.jobs().remove(&(from, id.to_owned()));
        if let Some(to) = to {
            self.hear(id, to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_come_by_time_and_are_bounded() {
        let ready = Ready::default();
        for number in (0..2 * KEPT).rev() {
            ready.hear(&number.to_string(), UnixMillis(number as i64));
        }
        assert_eq!(ready.jobs().len(), KEPT);
        assert_eq!(ready.first(), Some((UnixMillis(0), "0".to_owned())));
        ready.moved(UnixMillis(1), "1", Some(UnixMillis(3)));
        ready.moved(UnixMillis(2), "2", None);
        assert_eq!(ready.take(UnixMillis(5), |_| 0).as_deref(), Some("0"));
        assert_eq!(ready.take(UnixMillis(5), |due| due - 1).as_deref(), Some("5"));
        assert_eq!(ready.take(UnixMillis(0), |_| 0), None);
    }
}
