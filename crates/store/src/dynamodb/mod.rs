//! The store in one table of DynamoDB, which any number of processes share.
//!
//! Every change is one conditional write or one transaction; whatever decides is read as it is now and stands in a
//! condition, and only hints come from the index. Nobody owns the jobs: leases alone decide who holds which, so
//! [`Store::recover`] changes nothing. Which items there are: docs/dynamodb.md.
//!
//! Bounds: a step is one transaction, so it has at most 100 writes (changes, audit rows, and four for a job and the end of
//! a chain); what is larger is refused and changes nothing. [`Store::totals`] counts the first 5,000 open jobs and the
//! first 1,000 closed ones. What the index says may be a second old.

mod action;
mod caller;
mod claiming;
mod item;
mod jobs;
mod judged;
mod keys;
mod lanes;
mod pages;
mod parts;
mod portable;
mod prune;
mod ready;
mod records;
mod table;

use aws_call::{CallOptions, Client};
use tokio::sync::OnceCell;

use self::action::Step;
use self::caller::{Caller, Sent};
use self::lanes::Lanes;
use self::ready::Ready;
pub use self::table::{Made, TTL, definition};
use crate::{
    AuditRow, Batch, Claim, Claimed, Committed, Completion, Enqueued, Fence, Head, HeadSigner, NewAuditRow,
    NewJob, Page, Pending, Record, Recovery, Store, StoreError, Totals, UnixMillis,
};

/// How often rows are tried whose chain others write.
const APPENDS: u32 = 40;

/// A store in a table.
pub struct DynamoStore {
    caller: Caller,
    lanes: Lanes,
    ready: Ready,
    /// Whether the table's format is known to be one that can be used.
    checked: OnceCell<()>,
}

impl DynamoStore {
    /// The store in that table, by calls with those options: their region, and credentials that may use the table.
    /// Nothing is called before the store is first used.
    ///
    /// # Errors
    /// There is no model of DynamoDB.
    pub fn new(client: Client, options: CallOptions, table: &str) -> Result<DynamoStore, StoreError> {
        let caller = Caller::new(client, options, table.to_owned())?;
        let lanes = Lanes::new(caller.below(usize::from(table::MOST_LANES)));
        Ok(DynamoStore { caller, lanes, ready: Ready::default(), checked: OnceCell::new() })
    }

    /// Makes the table, unless it is there; one of an older format gets today's. Processes that have it open already do not
    /// hear of that.
    ///
    /// # Errors
    /// DynamoDB refuses, or the table's format is not known here.
    pub async fn create_table(&self) -> Result<Made, StoreError> {
        table::create(&self.caller).await?;
        table::raise(&self.caller).await
    }

    /// Its name.
    pub fn table(&self) -> &str {
        &self.caller.table
    }

    /// Whatever is read or written waits until the table's format is known to be a good one.
    async fn usable(&self) -> Result<(), StoreError> {
        let check = async {
            let format = table::check_format(&self.caller).await?;
            self.lanes.are(format.lanes());
            Ok(())
        };
        self.checked.get_or_try_init(|| check).await.copied()
    }

    async fn append(&self, rows: &[NewAuditRow]) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        for attempt in 0..APPENDS {
            let mut step = Step::new(self.caller.fresh());
            let Some(appending) = self.lanes.append(&self.caller, &mut step, rows).await? else { break };
            match self.caller.send(&step).await? {
                Sent::Done => {
                    appending.done();
                    return Ok(());
                }
                Sent::Refused(refusals) => appending.refused(&self.caller, &refusals),
            }
            self.caller.pause(attempt.min(4)).await;
        }
        Err(jobs::contended())
    }
}

impl Store for DynamoStore {
    fn enqueue_once(&self, job: NewJob, rows: Vec<NewAuditRow>) -> Pending<'_, Enqueued> {
        let batch = Batch { now: job.accepted_at, changes: Vec::new(), job: Some(job), rows };
        Box::pin(async move {
            self.usable().await?;
            match self.commit_batch(&batch).await? {
                Committed::Done(fence) => Ok(Enqueued::Accepted(fence)),
                Committed::Duplicate => Ok(Enqueued::Duplicate),
                Committed::Repeated(at) => Ok(Enqueued::Repeated(at)),
                Committed::Conflict { kind, key } => {
                    Err(StoreError::Failed(format!("{kind} {key} was not spoken of")))
                }
            }
        })
    }

    fn recover(&self, _now: UnixMillis) -> Pending<'_, Recovery> {
        Box::pin(async move {
            self.usable().await?;
            Ok(Recovery::default())
        })
    }

    fn claim(&self, claim: Claim) -> Pending<'_, Option<Claimed>> {
        Box::pin(async move {
            self.usable().await?;
            self.claim_next(claim).await
        })
    }

    fn claim_job(&self, id: &str, claim: Claim) -> Pending<'_, Option<Claimed>> {
        let id = id.to_owned();
        Box::pin(async move {
            self.usable().await?;
            if keys::check(&id).is_err() {
                return Ok(None);
            }
            let claimed = self.claim_this(&id, claim).await?;
            if claimed.is_some() {
                self.ready.done(&id);
            }
            Ok(claimed)
        })
    }

    fn begin(&self, fence: Fence, row: NewAuditRow) -> Pending<'_, ()> {
        Box::pin(async move {
            self.usable().await?;
            self.begin_call(&fence, row).await
        })
    }

    fn complete(&self, fence: Fence, completion: Completion) -> Pending<'_, ()> {
        Box::pin(async move {
            self.usable().await?;
            self.complete_job(&fence, completion).await
        })
    }

    fn close(&self, fence: Fence, rows: Vec<NewAuditRow>) -> Pending<'_, ()> {
        Box::pin(async move {
            self.usable().await?;
            self.close_job(&fence, &rows).await
        })
    }

    fn put_back(&self, fence: Fence, ready_at: UnixMillis) -> Pending<'_, ()> {
        Box::pin(async move {
            self.usable().await?;
            self.put_back_job(&fence, ready_at).await
        })
    }

    fn next_ready(&self) -> Pending<'_, Option<UnixMillis>> {
        Box::pin(async move {
            self.usable().await?;
            self.first_ready().await
        })
    }

    fn prune(&self, before: UnixMillis) -> Pending<'_, u64> {
        Box::pin(async move {
            self.usable().await?;
            self.prune_before(before).await
        })
    }

    fn commit(&self, batch: Batch) -> Pending<'_, Committed> {
        Box::pin(async move {
            self.usable().await?;
            self.commit_batch(&batch).await
        })
    }

    fn record(&self, kind: &'static str, key: &str, now: UnixMillis) -> Pending<'_, Option<Record>> {
        let key = key.to_owned();
        Box::pin(async move {
            self.usable().await?;
            self.one_record(kind, &key, now).await
        })
    }

    fn records(&self, page: Page, now: UnixMillis) -> Pending<'_, Vec<Record>> {
        Box::pin(async move {
            self.usable().await?;
            self.page_of_records(&page, now).await
        })
    }

    fn append_audit(&self, rows: Vec<NewAuditRow>) -> Pending<'_, ()> {
        Box::pin(async move {
            self.usable().await?;
            self.append(&rows).await
        })
    }

    fn sign_audit(&self, sign: HeadSigner) -> Pending<'_, bool> {
        Box::pin(async move {
            self.usable().await?;
            self.lanes.sign(&self.caller, &sign).await
        })
    }

    fn audit_rows(&self, chain: u16, after: u64, limit: u32) -> Pending<'_, Vec<AuditRow>> {
        Box::pin(async move {
            self.usable().await?;
            lanes::rows(&self.caller, chain, after, limit).await
        })
    }

    fn audit_heads(&self) -> Pending<'_, Vec<Head>> {
        Box::pin(async move {
            self.usable().await?;
            Ok(lanes::ends(&self.caller, self.lanes.count()).await?.into_iter().map(|(end, _)| end).collect())
        })
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn totals(&self) -> Pending<'_, Totals> {
        Box::pin(async move {
            self.usable().await?;
            self.count().await
        })
    }
}

#[cfg(test)]
mod tests;
