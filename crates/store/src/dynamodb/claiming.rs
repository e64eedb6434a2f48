//! Claims of jobs: one conditional write each.
//!
//! Nearly every job is claimed once, before anything was done with it. So a claim is first tried as if it were such a job,
//! without a look at it; where it is not, the refusal brings the job as it is, and the rules for that are followed.

use value::Value;

use super::DynamoStore;
use super::action::{Proof, Terms};
use super::caller::Written;
use super::item::{Item, number, text};
use super::jobs::{Found, job_id};
use super::pages::Pages;
use super::ready::Said;
use super::{keys, parts};
use crate::stage::{Stage, Standing, Todo};
use crate::{Claim, Claimed, Fence, Job, Next, StoreError, UnixMillis};

/// How many jobs of the index are read at a time, and how many where others claim as well.
const PAGE: u64 = 100;
const CROWDED: u64 = 32;
/// How many jobs a claim tries before it lets others go first.
const TRIES: usize = 60;
/// A job with which nothing was done.
const UNTOUCHED: Standing = Standing { stage: Stage::Queued, attempt: 0, starts: 0, deliveries: 0 };

/// What a claim expects of a job.
struct Expected {
    standing: Standing,
    /// The stage as it is stored.
    stage: i64,
    /// When it is ready; whenever, where that is not known.
    at: Option<UnixMillis>,
    begun: bool,
}

impl DynamoStore {
    /// Claims the job that has been ready for longest; where others claim as well, one of the oldest.
    pub(super) async fn claim_next(&self, claim: Claim) -> Result<Option<Claimed>, StoreError> {
        let (mut looked, mut late) = (false, 0);
        for _ in 0..TRIES {
            let Some((id, said)) = self.ready.take(claim.now, |due| self.caller.below(due)) else {
                if looked || !self.look(claim.now).await? {
                    return Ok(None);
                }
                looked = true;
                continue;
            };
            if let Some(claimed) = self.claim_this(&id, claim).await? {
                self.ready.won();
                return Ok(Some(claimed));
            }
            looked = false;
            if said == Said::Index {
                self.ready.lost();
                if late > 0 {
                    self.caller.pause(late.min(4)).await;
                }
                late += 1;
            }
        }
        Ok(None)
    }

    /// Hears from the index which jobs are ready; whether there are any.
    ///
    /// Where others claim as well, it begins anywhere between the oldest and now, mostly near the oldest: so each finds
    /// others.
    async fn look(&self, now: UnixMillis) -> Result<bool, StoreError> {
        if let Some(oldest) = self.ready.crowded() {
            let reach = usize::try_from(now.since(oldest)).unwrap_or(0);
            let reach = self.caller.below(reach.saturating_add(1));
            let from = oldest.plus(i64::try_from(self.caller.below(reach + 1)).unwrap_or(0));
            if self.look_from(Some(from), now, CROWDED).await? {
                return Ok(true);
            }
        }
        let any = self.look_from(None, now, PAGE).await?;
        if !any {
            self.ready.calm();
        }
        Ok(any)
    }

    async fn look_from(
        &self,
        from: Option<UnixMillis>,
        now: UnixMillis,
        most: u64,
    ) -> Result<bool, StoreError> {
        let mut values = vec![(":queue", text(keys::READY)), (":now", number(now.0))];
        let mut condition = "#queue = :queue AND #at <= :now";
        if let Some(from) = from {
            values.push((":from", number(from.0)));
            condition = "#queue = :queue AND #at BETWEEN :from AND :now";
        }
        let pages = Pages::new(&self.caller, Some(keys::INDEX), condition, &values);
        let found = pages.only("#pk, #at").next(most).await?;
        let mut jobs = Vec::new();
        for item in found.iter().flatten() {
            jobs.push((job_id(item)?, UnixMillis(item.number("at")?)));
        }
        self.ready.read(jobs.iter().copied(), from.is_none());
        Ok(!jobs.is_empty())
    }

    /// Claims that job, if it is ready and nobody is faster.
    pub(super) async fn claim_this(&self, id: &str, claim: Claim) -> Result<Option<Claimed>, StoreError> {
        let untouched =
            Expected { standing: UNTOUCHED, stage: Stage::Queued.number(), at: None, begun: false };
        let item = match self.claim_if(id, claim, &untouched).await? {
            Written::Done(Some(item)) => return self.claimed(id, &item, UNTOUCHED.claimed()).await.map(Some),
            // Written, and gone by now: it can only have been removed.
            Written::Done(None) => return Ok(None),
            Written::Refused(Some(item)) => item,
            Written::Refused(None) => match self.caller.get(&keys::job(id)).await? {
                Some(item) => item,
                None => return Ok(None),
            },
        };
        let found = Found::read(id, &item)?;
        if !found.is_open || found.at > claim.now {
            return Ok(None);
        }
        let expected = Expected {
            standing: found.standing,
            stage: item.number("stage")?,
            at: Some(found.at),
            begun: found.begun,
        };
        match self.claim_if(id, claim, &expected).await? {
            Written::Done(Some(item)) => self.claimed(id, &item, found.standing.claimed()).await.map(Some),
            Written::Done(None) | Written::Refused(_) => Ok(None),
        }
    }

    /// Claims that job if it is as expected; brings it as it is then.
    async fn claim_if(&self, id: &str, claim: Claim, expected: &Expected) -> Result<Written, StoreError> {
        let key = keys::job(id);
        let (now, _) = expected.standing.claimed();
        let token = text(&self.caller.fresh());
        let begun = if expected.begun { "attribute_exists(#begun)" } else { "attribute_not_exists(#begun)" };
        let at = if expected.at.is_some() { "#at = :ready" } else { "#at <= :ready" };
        let terms = Terms::when(format!(
            "#attempt = :was AND #starts = :tried AND #stage = :stood AND {at} AND #queue = :queue AND {begun}"
        ))
        .updating(
            "SET #stage = :stage, #attempt = :attempt, #starts = :starts, #deliveries = :deliveries, \
             #at = :until, #step = :step REMOVE #begun",
        )
        .with(":was", number(i64::from(expected.standing.attempt)))
        .with(":tried", number(i64::from(expected.standing.starts)))
        .with(":stood", number(expected.stage))
        .with(":ready", number(expected.at.unwrap_or(claim.now).0))
        .with(":queue", text(keys::READY))
        .with(":stage", number(now.stage.number()))
        .with(":attempt", number(i64::from(now.attempt)))
        .with(":starts", number(i64::from(now.starts)))
        .with(":deliveries", number(i64::from(now.deliveries)))
        .with(":until", number(claim.lease_until.0))
        .with(":step", token.clone());
        let mut params = self.caller.params();
        params.push("Key", key.map());
        params.push("ReturnValues", Value::from("ALL_NEW"));
        params.push("ReturnValuesOnConditionCheckFailure", Value::from("ALL_OLD"));
        terms.write(&mut params);
        self.caller.write("UpdateItem", params, &Proof::Has(key, "step", token)).await
    }

    /// What is to be done with a job that was claimed.
    async fn claimed(
        &self,
        id: &str,
        item: &Item,
        (now, todo): (Standing, Todo),
    ) -> Result<Claimed, StoreError> {
        let next = match todo {
            Todo::Run => Next::Run,
            Todo::ReportDoubt => Next::ReportDoubt,
            Todo::ReportAbandoned => Next::ReportAbandoned,
            Todo::Deliver => {
                let reply = parts::read(&self.caller, item, parts::REPLY).await?;
                Next::Deliver { reply, attempts: now.deliveries.saturating_sub(1) }
            }
        };
        let payload = parts::read(&self.caller, item, parts::PAYLOAD).await?;
        let job = Job { payload, ..Found::read(id, item)?.job };
        Ok(Claimed { job, fence: Fence { job: id.to_owned(), attempt: now.attempt }, next })
    }
}
