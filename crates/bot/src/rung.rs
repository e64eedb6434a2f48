//! A store that rings: whatever job it accepts, a worker is told of. One place, so no way in can forget to.
//!
//! Invariants: it rings after the job is durable, never before; a ring that fails changes nothing about the job, is counted
//! and logged, and the sweep finds the job. A job that is held already, or not to begin yet, is not rung for.

use std::sync::Arc;
use std::time::Duration;

use store::{
    AuditRow, Batch, Claim, Claimed, Committed, Completion, Enqueued, Fence, Head, HeadSigner, Job,
    NewAuditRow, NewJob, Page, Pending, Record, Recovery, Store, Totals, UnixMillis,
};
use tokio::sync::Notify;

use crate::bell::{Bell, Ring};
use crate::clock::BotClock;
use crate::counters::Counters;
use crate::job;
use crate::seal::Keyring;

/// How long a ring may take: Slack waits meanwhile.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// A store, and what tells of its jobs.
pub(crate) struct Rung {
    pub(crate) store: Arc<dyn Store>,
    /// Wakes the workers of this process.
    pub(crate) here: Arc<Notify>,
    /// Tells those of others.
    pub(crate) far: Option<Arc<dyn Bell>>,
    pub(crate) seal: Arc<Keyring>,
    pub(crate) clock: BotClock,
    pub(crate) counters: Arc<Counters>,
}

impl Rung {
    /// Whom to ring for once the job is accepted.
    fn due(&self, job: &NewJob) -> Option<Ring> {
        let now = job.held_until.is_none() && job.accepted_at <= self.clock.millis();
        (now && self.far.is_some()).then(|| Ring { job: job.id.clone(), again: None, group: self.group(job) })
    }

    /// A hash of the job's workspace and user.
    fn group(&self, new: &NewJob) -> String {
        let NewJob { id, key, payload, class, accepted_at, .. } = new.clone();
        let job = Job { id, key, payload, class, accepted_at };
        let hash = job::lane(&job, &self.seal);
        hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    async fn ring(&self, ring: Option<Ring>) {
        self.here.notify_one();
        let (Some(ring), Some(far)) = (ring, &self.far) else { return };
        let rung = tokio::select! {
            rung = far.ring(&ring) => rung.map_err(|fault| fault.to_string()),
            () = self.clock.pause(PATIENCE) => Err("it took too long".to_owned()),
        };
        match rung {
            Ok(()) => self.counters.rung.add(),
            Err(fault) => {
                self.counters.unrung.add();
                tracing::error!(
                    request_id = ring.job,
                    fault,
                    "no worker could be told of a job; the sweep will find it"
                );
            }
        }
    }
}

impl Store for Rung {
    fn enqueue_once(&self, job: NewJob, rows: Vec<NewAuditRow>) -> Pending<'_, Enqueued> {
        let due = self.due(&job);
        Box::pin(async move {
            let enqueued = self.store.enqueue_once(job, rows).await?;
            if let Enqueued::Accepted(None) = enqueued {
                self.ring(due).await;
            }
            Ok(enqueued)
        })
    }

    fn commit(&self, batch: Batch) -> Pending<'_, Committed> {
        let due = batch.job.as_ref().map(|job| self.due(job));
        Box::pin(async move {
            let committed = self.store.commit(batch).await?;
            if let (Committed::Done(None), Some(due)) = (&committed, due) {
                self.ring(due).await;
            }
            Ok(committed)
        })
    }

    fn recover(&self, now: UnixMillis) -> Pending<'_, Recovery> {
        self.store.recover(now)
    }

    fn claim(&self, claim: Claim) -> Pending<'_, Option<Claimed>> {
        self.store.claim(claim)
    }

    fn claim_job(&self, id: &str, claim: Claim) -> Pending<'_, Option<Claimed>> {
        self.store.claim_job(id, claim)
    }

    fn begin(&self, fence: Fence, row: NewAuditRow) -> Pending<'_, ()> {
        self.store.begin(fence, row)
    }

    fn complete(&self, fence: Fence, completion: Completion) -> Pending<'_, ()> {
        self.store.complete(fence, completion)
    }

    fn close(&self, fence: Fence, rows: Vec<NewAuditRow>) -> Pending<'_, ()> {
        self.store.close(fence, rows)
    }

    fn put_back(&self, fence: Fence, ready_at: UnixMillis) -> Pending<'_, ()> {
        self.store.put_back(fence, ready_at)
    }

    fn next_ready(&self) -> Pending<'_, Option<UnixMillis>> {
        self.store.next_ready()
    }

    fn prune(&self, before: UnixMillis) -> Pending<'_, u64> {
        self.store.prune(before)
    }

    fn record(&self, kind: &'static str, key: &str, now: UnixMillis) -> Pending<'_, Option<Record>> {
        self.store.record(kind, key, now)
    }

    fn records(&self, page: Page, now: UnixMillis) -> Pending<'_, Vec<Record>> {
        self.store.records(page, now)
    }

    fn append_audit(&self, rows: Vec<NewAuditRow>) -> Pending<'_, ()> {
        self.store.append_audit(rows)
    }

    fn sign_audit(&self, sign: HeadSigner) -> Pending<'_, bool> {
        self.store.sign_audit(sign)
    }

    fn audit_rows(&self, chain: u16, after: u64, limit: u32) -> Pending<'_, Vec<AuditRow>> {
        self.store.audit_rows(chain, after, limit)
    }

    fn audit_heads(&self) -> Pending<'_, Vec<Head>> {
        self.store.audit_heads()
    }

    fn totals(&self) -> Pending<'_, Totals> {
        self.store.totals()
    }
}
