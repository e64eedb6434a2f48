//! A store that remembers whether its last write held: what a readiness check asks.
//!
//! A full disk shows only when something is written, and reading goes on. So a write that failed makes the store one
//! that cannot write, until another holds; nothing is written only to find out while all is well.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use store::{
    AuditRow, Batch, Claim, Claimed, Committed, Completion, Enqueued, Fence, Hash, HeadSigner, NewAuditRow,
    NewJob, Page, Pending, Record, Recovery, Store, StoreError, Totals, UnixMillis,
};

/// A store, watched.
pub(crate) struct Watched {
    store: Arc<dyn Store>,
    failing: AtomicBool,
}

impl Watched {
    /// It is believed to write until it fails to.
    pub(crate) fn new(store: Arc<dyn Store>) -> Watched {
        Watched { store, failing: AtomicBool::new(false) }
    }

    /// Whether its last write failed.
    pub(crate) fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Relaxed)
    }

    /// The same write, its outcome noted; `wrote` tells answers behind which there was something to write.
    fn note<'a, T: Send + 'a>(&'a self, write: Pending<'a, T>, wrote: fn(&T) -> bool) -> Pending<'a, T> {
        Box::pin(async move {
            let result = write.await;
            match &result {
                Ok(answer) if wrote(answer) => self.failing.store(false, Ordering::Relaxed),
                Err(StoreError::Failed(_) | StoreError::Closed) => {
                    self.failing.store(true, Ordering::Relaxed);
                }
                // It was refused, not failed, or there was nothing to write.
                Ok(_) | Err(_) => {}
            }
            result
        })
    }
}

impl Store for Watched {
    fn enqueue_once(&self, job: NewJob, rows: Vec<NewAuditRow>) -> Pending<'_, Enqueued> {
        self.note(self.store.enqueue_once(job, rows), |done| matches!(done, Enqueued::Accepted(_)))
    }

    fn recover(&self, now: UnixMillis) -> Pending<'_, Recovery> {
        self.note(self.store.recover(now), |_| false)
    }

    fn claim(&self, claim: Claim) -> Pending<'_, Option<Claimed>> {
        self.note(self.store.claim(claim), Option::is_some)
    }

    fn claim_job(&self, id: &str, claim: Claim) -> Pending<'_, Option<Claimed>> {
        self.note(self.store.claim_job(id, claim), Option::is_some)
    }

    fn begin(&self, fence: Fence, row: NewAuditRow) -> Pending<'_, ()> {
        self.note(self.store.begin(fence, row), |()| true)
    }

    fn complete(&self, fence: Fence, completion: Completion) -> Pending<'_, ()> {
        self.note(self.store.complete(fence, completion), |()| true)
    }

    fn close(&self, fence: Fence, rows: Vec<NewAuditRow>) -> Pending<'_, ()> {
        self.note(self.store.close(fence, rows), |()| true)
    }

    fn put_back(&self, fence: Fence, ready_at: UnixMillis) -> Pending<'_, ()> {
        self.note(self.store.put_back(fence, ready_at), |()| true)
    }

    fn next_ready(&self) -> Pending<'_, Option<UnixMillis>> {
        self.store.next_ready()
    }

    fn prune(&self, before: UnixMillis) -> Pending<'_, u64> {
        self.note(self.store.prune(before), |gone| *gone > 0)
    }

    fn commit(&self, batch: Batch) -> Pending<'_, Committed> {
        self.note(self.store.commit(batch), |done| matches!(done, Committed::Done(_)))
    }

    fn record(&self, kind: &'static str, key: &str, now: UnixMillis) -> Pending<'_, Option<Record>> {
        self.store.record(kind, key, now)
    }

    fn records(&self, page: Page, now: UnixMillis) -> Pending<'_, Vec<Record>> {
        self.store.records(page, now)
    }

    fn append_audit(&self, rows: Vec<NewAuditRow>) -> Pending<'_, ()> {
        if rows.is_empty() {
            return self.store.append_audit(rows);
        }
        self.note(self.store.append_audit(rows), |()| true)
    }

    fn sign_audit(&self, sign: HeadSigner) -> Pending<'_, bool> {
        self.note(self.store.sign_audit(sign), |signed| *signed)
    }

    fn audit_rows(&self, after: u64, limit: u32) -> Pending<'_, Vec<AuditRow>> {
        self.store.audit_rows(after, limit)
    }

    fn audit_head(&self) -> Pending<'_, (u64, Hash)> {
        self.store.audit_head()
    }

    fn totals(&self) -> Pending<'_, Totals> {
        self.store.totals()
    }
}
