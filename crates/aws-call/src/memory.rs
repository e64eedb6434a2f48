//! Memory that the answers of one process share, so that many large ones at once take turns instead of taking all of it.
//!
//! What an answer takes is judged by the bytes of its body that have arrived. Invariants: what is taken never exceeds the
//! whole; nobody waits for those who themselves all wait: whoever would be the last to do so is refused, and what it had
//! taken goes to the others; a small answer takes nothing and is never refused.
//! Absent on purpose: counting what the allocator really gives, and anything about requests.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::parse::ParseError;

/// How many bytes of memory a byte of a body stands for: the tree made of it, one copy by a query, and what is lost
/// between them. Measured with answers of EC2, whose trees take 1.7 bytes for each.
const FACTOR: usize = 4;
/// Bodies up to this length, all pages of an answer together, take nothing.
const FREE: usize = 1024 * 1024;
/// How much is taken ahead for a body whose length is not known.
const AHEAD: usize = 24 * 1024 * 1024;

/// The memory of all answers. Counts in bytes of bodies.
#[derive(Debug)]
pub struct Memory {
    whole: usize,
    pool: Mutex<Pool>,
    freed: Notify,
}

#[derive(Debug)]
struct Pool {
    left: usize,
    /// Shares that hold something, and how many of them wait for more.
    holders: usize,
    waiting: usize,
}

impl Memory {
    /// So many bytes of memory for the answers of everybody who gets a share of it.
    pub fn new(bytes: usize) -> Arc<Memory> {
        let whole = bytes / FACTOR;
        let pool = Mutex::new(Pool { left: whole, holders: 0, waiting: 0 });
        Arc::new(Memory { whole, pool, freed: Notify::new() })
    }

    /// What one answer, with all its pages, takes of it; given back when the last copy is dropped.
    pub fn share(self: &Arc<Memory>) -> Arc<Share> {
        Arc::new(Share { memory: Arc::clone(self), taken: Mutex::new(Taken::default()) })
    }

    /// How many bytes of memory nobody holds.
    pub fn left(&self) -> usize {
        lock(&self.pool).left * FACTOR
    }
}

/// What one answer has taken of the [`Memory`].
#[derive(Debug)]
pub struct Share {
    memory: Arc<Memory>,
    taken: Mutex<Taken>,
}

/// In bytes of bodies.
#[derive(Debug, Default)]
struct Taken {
    arrived: usize,
    held: usize,
}

impl Share {
    /// Takes what a body of a known length needs, before any of it is read.
    pub(crate) async fn expect(&self, length: usize) -> Result<(), ParseError> {
        let wanted = lock(&self.taken).arrived.saturating_add(length);
        self.hold(wanted.saturating_sub(FREE), 0).await
    }

    /// Takes what is needed for bytes that have arrived, and has not been taken yet.
    pub(crate) async fn arrived(&self, bytes: usize) -> Result<(), ParseError> {
        let wanted = {
            let mut taken = lock(&self.taken);
            taken.arrived = taken.arrived.saturating_add(bytes);
            taken.arrived.saturating_sub(FREE)
        };
        self.hold(wanted, AHEAD).await
    }

    /// The body is there: what was taken ahead goes back.
    pub(crate) fn settle(&self) {
        let mut taken = lock(&self.taken);
        let needed = taken.arrived.saturating_sub(FREE).min(taken.held);
        self.give_back(&mut taken, needed);
    }

    /// Makes sure that `wanted` is held, and tries to hold some more where anything must be taken; waits for others.
    async fn hold(&self, wanted: usize, ahead: usize) -> Result<(), ParseError> {
        if wanted > self.memory.whole {
            return Err(ParseError::TooLong(self.memory.whole));
        }
        let goal = wanted.saturating_add(ahead).min(self.memory.whole);
        let mut waits = None;
        loop {
            let freed = self.memory.freed.notified();
            let mut freed = std::pin::pin!(freed);
            // From here on nothing that is given back goes unnoticed.
            freed.as_mut().enable();
            {
                let mut taken = lock(&self.taken);
                let mut pool = lock(&self.memory.pool);
                let missing = goal.saturating_sub(taken.held);
                if wanted <= taken.held || missing <= pool.left {
                    if wanted > taken.held {
                        pool.holders += usize::from(taken.held == 0);
                        pool.left -= missing;
                        taken.held += missing;
                    }
                    return Ok(());
                }
                let holds = taken.held > 0;
                let waiting = pool.waiting - usize::from(waits.is_some());
                if holds && pool.holders - 1 <= waiting {
                    // With what is left it may be enough after all.
                    let least = wanted - taken.held;
                    if least <= pool.left {
                        pool.left -= least;
                        taken.held += least;
                        return Ok(());
                    }
                    return Err(ParseError::Crowded(self.memory.whole * FACTOR / (1024 * 1024)));
                }
                if holds && waits.is_none() {
                    pool.waiting += 1;
                    waits = Some(Waits(&self.memory));
                }
            }
            freed.await;
        }
    }

    fn give_back(&self, taken: &mut Taken, keep: usize) {
        let back = taken.held - keep;
        if back == 0 {
            return;
        }
        taken.held = keep;
        let mut pool = lock(&self.memory.pool);
        pool.left += back;
        pool.holders -= usize::from(keep == 0);
        drop(pool);
        self.memory.freed.notify_waiters();
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = std::mem::take(&mut *lock(&self.taken));
        self.give_back(&mut taken, 0);
    }
}

/// A share that holds something waits for more; it may be dropped while it does.
struct Waits<'a>(&'a Memory);

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        lock(&self.0.pool).waiting -= 1;
    }
}

/// The numbers behind a lock are whole at every moment, whoever panicked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use std::future::Future;
    use std::task::{Context, Poll, Waker};

    use super::*;

    const MB: usize = 1024 * 1024;

    fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    fn now<F: Future>(future: F) -> Option<F::Output> {
        match poll(std::pin::pin!(future)) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        }
    }

    #[test]
    fn small_answers_take_nothing() {
        let memory = Memory::new(40 * MB);
        let share = memory.share();
        now(share.arrived(MB)).expect("at once").expect("free");
        assert_eq!(memory.left(), 40 * MB);
        now(share.arrived(1)).expect("at once").expect("there is enough");
        assert!(memory.left() < 40 * MB);
        share.settle();
        assert_eq!(memory.left(), 40 * MB - FACTOR);
        drop(share);
        assert_eq!(memory.left(), 40 * MB);
    }

    #[test]
    fn who_holds_nothing_waits_until_something_is_given_back() {
        let memory = Memory::new(40 * MB);
        let (first, second) = (memory.share(), memory.share());
        now(first.expect(9 * MB)).expect("at once").expect("there is enough");
        let mut waits = std::pin::pin!(second.expect(9 * MB));
        assert!(poll(waits.as_mut()).is_pending());
        drop(first);
        assert!(matches!(poll(waits.as_mut()), Poll::Ready(Ok(()))));
        assert_eq!(memory.left(), 8 * MB);
    }

    #[test]
    fn the_last_who_would_wait_is_refused_and_the_others_go_on() {
        let memory = Memory::new(40 * MB);
        let (first, second) = (memory.share(), memory.share());
        for share in [&first, &second] {
            now(share.expect(6 * MB)).expect("at once").expect("there is enough");
        }
        let mut waits = std::pin::pin!(first.expect(9 * MB));
        assert!(poll(waits.as_mut()).is_pending());
        let refused = now(second.expect(9 * MB)).expect("at once").expect_err("both would wait for ever");
        assert!(matches!(refused, ParseError::Crowded(40)), "{refused}");
        drop(second);
        assert!(matches!(poll(waits.as_mut()), Poll::Ready(Ok(()))));
    }

    #[test]
    fn who_gives_up_waiting_is_not_waited_for() {
        let memory = Memory::new(40 * MB);
        let (first, second) = (memory.share(), memory.share());
        for share in [&first, &second] {
            now(share.expect(6 * MB)).expect("at once").expect("there is enough");
        }
        assert!(now(first.expect(9 * MB)).is_none());
        let mut waits = std::pin::pin!(second.expect(9 * MB));
        assert!(poll(waits.as_mut()).is_pending(), "the first may still finish");
        drop(first);
        assert!(matches!(poll(waits.as_mut()), Poll::Ready(Ok(()))));
    }

    #[test]
    fn what_never_fits_is_refused_at_once() {
        let memory = Memory::new(40 * MB);
        let refused = now(memory.share().expect(12 * MB)).expect("at once").expect_err("too long");
        assert!(matches!(refused, ParseError::TooLong(limit) if limit == 10 * MB), "{refused}");
        assert_eq!(memory.left(), 40 * MB);
    }
}
