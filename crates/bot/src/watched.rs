//! A store that remembers whether its last write held: what a readiness check asks.
//!
//! A full disk shows only when something is written, and reading goes on. So a write that failed makes the store one
//! that cannot write, until another holds; nothing is written only to find out while all is well.
//!
//! What others keep in memory is stamped where it changes. What is read may be sealed by a key that another process has made: the ring gets it before whoever reads opens anything.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_call::Clock;
use store::{
    AuditRow, Batch, Claim, Claimed, Committed, Completion, Enqueued, Fence, Head, HeadSigner, NewAuditRow,
    NewJob, Next, Page, Pending, Record, Recovery, Store, StoreError, Totals, UnixMillis,
};

use crate::seal::Keyring;
use crate::stamps::stamped;
use crate::telemetry::Telemetry;

/// What is sealed in a job that was claimed.
fn sealed_in(claimed: &Claimed) -> impl Iterator<Item = &[u8]> {
    let reply = match &claimed.next {
        Next::Deliver { reply, .. } => Some(reply.as_slice()),
        _ => None,
    };
    std::iter::once(claimed.job.payload.as_slice()).chain(reply)
}

/// A store, watched.
pub(crate) struct Watched {
    store: Arc<dyn Store>,
    seal: Arc<Keyring>,
    failing: AtomicBool,
    telemetry: Arc<dyn Telemetry>,
    clock: Arc<dyn Clock>,
}

impl Watched {
    /// It is believed to write until it fails to.
    pub(crate) fn new(
        store: Arc<dyn Store>,
        seal: Arc<Keyring>,
        telemetry: Arc<dyn Telemetry>,
        clock: Arc<dyn Clock>,
    ) -> Watched {
        Watched { store, seal, failing: AtomicBool::new(false), telemetry, clock }
    }

    /// Whether its last write failed.
    pub(crate) fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Relaxed)
    }

    /// Sees to it that there are keys for these records.
    async fn meet(&self, records: &[Record], now: UnixMillis) {
        let bodies = records.iter().map(|record| record.body.as_slice());
        if let Some(missing) = self.seal.missing(bodies, now) {
            self.seal.fetch(missing).await;
        }
    }

    /// The same, once there are keys for what was claimed.
    fn claimed<'a>(
        &'a self,
        claim: Pending<'a, Option<Claimed>>,
        now: UnixMillis,
    ) -> Pending<'a, Option<Claimed>> {
        Box::pin(async move {
            let claimed = claim.await?;
            if let Some(missing) = self.seal.missing(claimed.iter().flat_map(sealed_in), now) {
                self.seal.fetch(missing).await;
            }
            Ok(claimed)
        })
    }

    /// The same write, its outcome noted; `wrote` tells answers behind which there was something to write.
    fn note<'a, T: Send + 'a>(
        &'a self,
        call: &'static str,
        write: Pending<'a, T>,
        wrote: fn(&T) -> bool,
    ) -> Pending<'a, T> {
        Box::pin(async move {
            let begun = self.clock.instant();
            let result = write.await;
            let failed = matches!(result, Err(StoreError::Failed(_) | StoreError::Closed));
            self.telemetry.stored(call, failed, self.clock.instant().saturating_duration_since(begun));
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
        self.note("enqueue_once", self.store.enqueue_once(job, rows), |done| {
            matches!(done, Enqueued::Accepted(_))
        })
    }

    fn recover(&self, now: UnixMillis) -> Pending<'_, Recovery> {
        self.note("recover", self.store.recover(now), |_| false)
    }

    fn claim(&self, claim: Claim) -> Pending<'_, Option<Claimed>> {
        let now = claim.now;
        self.claimed(self.note("claim", self.store.claim(claim), Option::is_some), now)
    }

    fn claim_job(&self, id: &str, claim: Claim) -> Pending<'_, Option<Claimed>> {
        let now = claim.now;
        self.claimed(self.note("claim_job", self.store.claim_job(id, claim), Option::is_some), now)
    }

    fn begin(&self, fence: Fence, row: NewAuditRow) -> Pending<'_, ()> {
        self.note("begin", self.store.begin(fence, row), |()| true)
    }

    fn complete(&self, fence: Fence, completion: Completion) -> Pending<'_, ()> {
        self.note("complete", self.store.complete(fence, completion), |()| true)
    }

    fn close(&self, fence: Fence, rows: Vec<NewAuditRow>) -> Pending<'_, ()> {
        self.note("close", self.store.close(fence, rows), |()| true)
    }

    fn put_back(&self, fence: Fence, ready_at: UnixMillis) -> Pending<'_, ()> {
        self.note("put_back", self.store.put_back(fence, ready_at), |()| true)
    }

    fn next_ready(&self) -> Pending<'_, Option<UnixMillis>> {
        self.store.next_ready()
    }

    fn prune(&self, before: UnixMillis) -> Pending<'_, u64> {
        self.note("prune", self.store.prune(before), |gone| *gone > 0)
    }

    fn commit(&self, batch: Batch) -> Pending<'_, Committed> {
        self.note("commit", self.store.commit(stamped(batch)), |done| matches!(done, Committed::Done(_)))
    }

    fn record(&self, kind: &'static str, key: &str, now: UnixMillis) -> Pending<'_, Option<Record>> {
        let record = self.store.record(kind, key, now);
        Box::pin(async move {
            let record = record.await?;
            self.meet(record.as_slice(), now).await;
            Ok(record)
        })
    }

    fn records(&self, page: Page, now: UnixMillis) -> Pending<'_, Vec<Record>> {
        let records = self.store.records(page, now);
        Box::pin(async move {
            let records = records.await?;
            self.meet(&records, now).await;
            Ok(records)
        })
    }

    fn append_audit(&self, rows: Vec<NewAuditRow>) -> Pending<'_, ()> {
        if rows.is_empty() {
            return self.store.append_audit(rows);
        }
        self.note("append_audit", self.store.append_audit(rows), |()| true)
    }

    fn sign_audit(&self, sign: HeadSigner) -> Pending<'_, bool> {
        self.note("sign_audit", self.store.sign_audit(sign), |signed| *signed)
    }

    fn audit_rows(&self, chain: u16, after: u64, limit: u32) -> Pending<'_, Vec<AuditRow>> {
        self.store.audit_rows(chain, after, limit)
    }

    fn audit_heads(&self) -> Pending<'_, Vec<Head>> {
        self.store.audit_heads()
    }

    fn is_shared(&self) -> bool {
        self.store.is_shared()
    }

    fn totals(&self) -> Pending<'_, Totals> {
        self.store.totals()
    }
}
