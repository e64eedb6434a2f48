//! Plain records behind one trait: jobs, recent writes, the audit chain, and records of any kind.
//!
//! Invariants: what a call reports as done is durable before its future resolves; of several calls with one
//! idempotency key exactly one is accepted; a write whose intent is durable is never handed out to run again, it
//! comes back as doubt; an audit row is never changed, and each row's hash covers all rows before it in its chain.
//! Absent on purpose: AWS, Slack, clocks (every call is given the time) and the meaning of payloads, which arrive
//! sealed. That no secret stands in a row is the caller's duty.

mod audit;
mod error;
mod job;
mod record;
mod stage;
mod time;

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;
pub mod dynamodb;
pub mod index;
pub mod portable;
pub mod sqlite;

use std::future::Future;
use std::pin::Pin;

pub use audit::{
    AuditRow, Break, Checkpoint, FIRST_HASH, Hash, Head, HeadSigner, KeyFault, NewAuditRow, Place,
    PlaceFault, PublicKey, Signed, SigningKey, Verification, verify, verify_signed,
};
pub use error::StoreError;
pub use job::{
    Claim, Claimed, Class, Completion, Enqueued, Fence, Guard, Holder, Job, MAX_ATTEMPTS, NewJob, Next,
    Recovery, Totals,
};
pub use record::{
    Batch, Change, Committed, Expect, MAX_BATCH, MAX_CHANGES, MAX_RECORD, Page, Put, Record, To,
};
pub use time::UnixMillis;

/// What every call of a [`Store`] returns.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// The records that outlive a process.
///
/// Every writing call is one atomic step, and durable when it resolves.
pub trait Store: Send + Sync {
    /// Accepts a job unless its key was accepted before, or its guard says that the same write was just accepted.
    /// `rows` go to the audit chain in the same step, and only if the job was accepted.
    fn enqueue_once(&self, job: NewJob, rows: Vec<NewAuditRow>) -> Pending<'_, Enqueued>;

    /// At start, by the process that owns the jobs: whatever its predecessor was doing may be claimed at once.
    fn recover(&self, now: UnixMillis) -> Pending<'_, Recovery>;

    /// Takes the job that has been ready for longest, if there is one, and holds it until the lease is over.
    fn claim(&self, claim: Claim) -> Pending<'_, Option<Claimed>>;

    /// Takes that job, if it is ready by the rules of [`Store::claim`]; `None` if it is not, or is not known.
    fn claim_job(&self, id: &str, claim: Claim) -> Pending<'_, Option<Claimed>>;

    /// Makes an intent durable before a call is sent. From here on a job of class [`Class::Write`] that is
    /// interrupted comes back as [`Next::ReportDoubt`] and never as [`Next::Run`].
    fn begin(&self, fence: Fence, row: NewAuditRow) -> Pending<'_, ()>;

    /// Stores the reply and the audit rows. The job's next step is delivery, held by the same fence until
    /// `completion.deliver_until`; without a reply the job is closed.
    fn complete(&self, fence: Fence, completion: Completion) -> Pending<'_, ()>;

    /// Closes the job: its reply arrived, or will never.
    fn close(&self, fence: Fence, rows: Vec<NewAuditRow>) -> Pending<'_, ()>;

    /// Lets the job go; it can be claimed again at `ready_at`.
    fn put_back(&self, fence: Fence, ready_at: UnixMillis) -> Pending<'_, ()>;

    /// When the next job can be claimed; `None` when there is none at all.
    fn next_ready(&self) -> Pending<'_, Option<UnixMillis>>;

    /// Removes closed jobs, recent writes and expired records older than `before`; audit rows stay. Returns how many jobs went.
    fn prune(&self, before: UnixMillis) -> Pending<'_, u64>;

    /// Changes records, accepts a job and appends audit rows, all or nothing. Nothing changes unless every record is
    /// as expected and the job is accepted as by [`Store::enqueue_once`].
    fn commit(&self, batch: Batch) -> Pending<'_, Committed>;

    /// The record of that kind and key, unless it is not there or expired by `now`.
    fn record(&self, kind: &'static str, key: &str, now: UnixMillis) -> Pending<'_, Option<Record>>;

    /// Records that are not expired by `now`, in the order of their keys' bytes.
    fn records(&self, page: Page, now: UnixMillis) -> Pending<'_, Vec<Record>>;

    /// Appends to an audit chain, all rows or none.
    fn append_audit(&self, rows: Vec<NewAuditRow>) -> Pending<'_, ()>;

    /// Appends to each chain the row that `sign` makes of its end, in one step with reading that end. A chain without rows,
    /// or one that ends with a checkpoint, stays as it is, and so does one that others are writing all the time: it is signed
    /// the next time. Tells whether a row was added.
    fn sign_audit(&self, sign: HeadSigner) -> Pending<'_, bool>;

    /// Rows of that chain with a number above `after`, in order, at most `limit`.
    fn audit_rows(&self, chain: u16, after: u64, limit: u32) -> Pending<'_, Vec<AuditRow>>;

    /// The recorded end of every chain that there can be, in the order of their numbers.
    fn audit_heads(&self) -> Pending<'_, Vec<Head>>;

    /// Whether processes on other machines may write to it at the same time, so that nothing that was read stays true.
    fn is_shared(&self) -> bool {
        false
    }

    /// How many jobs stand where.
    fn totals(&self) -> Pending<'_, Totals>;
}
