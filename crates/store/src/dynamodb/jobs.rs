//! Jobs as items. Each function is one conditional write, or one transaction with the audit rows that belong to it.
//!
//! `at` says when an item of the queue `ready` can be claimed. `attempt` grows with every claim and fences off whoever
//! held the job before. A write whose intent is durable is one that runs and has `begun` (the stage `Sent` elsewhere): its
//! class need not be known to begin it.

use value::Map;

use super::DynamoStore;
use super::action::{Action, Proof, Step, Terms};
use super::caller::Sent;
use super::item::{Item, number, text};
use super::judged::Reason;
use super::pages::Pages;
use super::{keys, parts};
use crate::stage::{Stage, Standing, bounded, class_number, class_of};
use crate::{Class, Completion, Fence, Job, NewAuditRow, NewJob, StoreError, Totals, UnixMillis};

/// How often a step is tried whose chain others write.
const STEPS: u32 = 40;
/// How many open jobs are counted at most, and how many closed ones.
const COUNTED: [(&str, u64); 2] = [(keys::READY, 5_000), (keys::CLOSED, 1_000)];

/// The item of a job that is accepted.
pub(super) fn accepted_item(job: &NewJob, payload: &parts::Kept, token: &str) -> Map {
    let held = job.held_until.is_some();
    let (stage, attempt) = if held { (Stage::Running, 1) } else { (Stage::Queued, 0) };
    let mut item = keys::job(&job.id).item([
        ("key", text(&job.key)),
        ("class", number(class_number(job.class))),
        ("stage", number(stage.number())),
        ("attempt", number(attempt)),
        ("starts", number(attempt)),
        ("deliveries", number(0)),
        ("accepted_at", number(job.accepted_at.0)),
        ("queue", text(keys::READY)),
        ("at", number(job.held_until.unwrap_or(job.accepted_at).0)),
        ("born", text(token)),
    ]);
    for (name, value) in payload.attributes(parts::PAYLOAD) {
        item.push(name, value);
    }
    item
}

/// A job as its item has it.
pub(super) struct Found {
    pub(super) job: Job,
    pub(super) standing: Standing,
    pub(super) is_open: bool,
    pub(super) at: UnixMillis,
    pub(super) begun: bool,
}

impl Found {
    pub(super) fn read(id: &str, item: &Item) -> Result<Found, StoreError> {
        let class = class_of(item.number("class")?)?;
        let begun = item.maybe_number("begun")?.is_some();
        let stage = match Stage::of(item.number("stage")?)? {
            Stage::Running if begun && class == Class::Write => Stage::Sent,
            stage => stage,
        };
        let (attempt, starts) = (item.count("attempt")?, item.count("starts")?);
        Ok(Found {
            job: Job {
                id: id.to_owned(),
                key: item.text("key")?.to_owned(),
                payload: Vec::new(),
                class,
                accepted_at: UnixMillis(item.number("accepted_at")?),
            },
            standing: Standing { stage, attempt, starts, deliveries: item.count("deliveries")? },
            is_open: item.maybe_text("queue") == Some(keys::READY),
            at: UnixMillis(item.number("at")?),
            begun,
        })
    }
}

impl DynamoStore {
    pub(super) async fn begin_call(&self, fence: &Fence, row: NewAuditRow) -> Result<(), StoreError> {
        let terms = Terms::when("#attempt = :held AND #stage = :running")
            .updating("SET #begun = :attempt")
            .with(":running", number(Stage::Running.number()))
            .with(":attempt", number(i64::from(fence.attempt)));
        self.fenced(fence, &terms, &[row]).await
    }

    pub(super) async fn complete_job(&self, fence: &Fence, completion: Completion) -> Result<(), StoreError> {
        bounded(completion.reply.as_deref().unwrap_or_default())?;
        let Completion { reply, deliver_until, rows } = completion;
        let condition = "#attempt = :held AND #stage IN (:running, :doubt, :abandoned)";
        let terms = match &reply {
            Some(reply) => {
                let kept = parts::keep(&self.caller, reply, deliver_until).await?;
                let mut update = "SET #stage = :deliver, #at = :until, #deliveries = :once".to_owned();
                let mut values = vec![
                    (":deliver", number(Stage::Deliver.number())),
                    (":until", number(deliver_until.0)),
                    (":once", number(1)),
                ];
                parts::set(&mut update, &mut values, &kept);
                values.into_iter().fold(
                    Terms::when(condition).updating(update + " REMOVE #begun"),
                    |terms, (name, value)| terms.with(name, value),
                )
            }
            None => closing(condition),
        };
        let terms = terms
            .with(":running", number(Stage::Running.number()))
            .with(":doubt", number(Stage::Doubt.number()))
            .with(":abandoned", number(Stage::Abandoned.number()));
        self.fenced(fence, &terms, &rows).await
    }

    pub(super) async fn close_job(&self, fence: &Fence, rows: &[NewAuditRow]) -> Result<(), StoreError> {
        // The payload and the reply have served: both go, the key stays to recognise repeats.
        self.fenced(fence, &closing("#attempt = :held AND #stage <> :closed"), rows).await
    }

    pub(super) async fn put_back_job(&self, fence: &Fence, ready_at: UnixMillis) -> Result<(), StoreError> {
        let terms = Terms::when("#attempt = :held AND #queue = :ready")
            .updating("SET #at = :at")
            .with(":ready", text(keys::READY))
            .with(":at", number(ready_at.0));
        self.fenced(fence, &terms, &[]).await?;
        self.ready.hear(&fence.job, ready_at);
        Ok(())
    }

    /// Changes a job under the condition that it is still held, together with audit rows.
    async fn fenced(&self, fence: &Fence, terms: &Terms, rows: &[NewAuditRow]) -> Result<(), StoreError> {
        let key = keys::job(&fence.job);
        for attempt in 0..STEPS {
            let mut step = Step::new(self.caller.fresh());
            let token = text(&step.token);
            step.proof = Proof::Has(key.clone(), "step", token.clone());
            let terms = terms
                .clone()
                .with(":held", number(i64::from(fence.attempt)))
                .setting("#step", ":step", token);
            step.add(Action::update(&key, terms));
            let appending = self.lanes.append(&self.caller, &mut step, rows).await?;
            match self.caller.send(&step).await? {
                Sent::Done => {
                    if let Some(appending) = appending {
                        appending.done();
                    }
                    return Ok(());
                }
                Sent::Refused(refusals) => {
                    if let Some(appending) = appending {
                        appending.refused(&self.caller, &refusals);
                    }
                    if refusals.first().is_some_and(|job| job.reason == Reason::Condition) {
                        return Err(StoreError::Lost);
                    }
                }
            }
            self.caller.pause(attempt.min(4)).await;
        }
        Err(contended())
    }

    /// When the first job can be claimed, as far as the index and this process know.
    pub(super) async fn first_ready(&self) -> Result<Option<UnixMillis>, StoreError> {
        let values = [(":queue", text(keys::READY))];
        let found = self.caller.query(Some(keys::INDEX), "#queue = :queue", &values, 1).await?;
        let indexed = found.first().map(|item| item.number("at")).transpose()?.map(UnixMillis);
        while let Some((at, id)) =
            self.ready.first().filter(|(at, _)| indexed.is_none_or(|first| *at < first))
        {
            // Others may have done it meanwhile.
            let item = self.caller.get(&keys::job(&id)).await?;
            let found = item.map(|item| Found::read(&id, &item)).transpose()?;
            match found.filter(|found| found.is_open) {
                Some(found) if found.at <= at => return Ok(Some(found.at)),
                Some(found) => self.ready.moved(at, &id, Some(found.at)),
                None => self.ready.moved(at, &id, None),
            }
        }
        Ok(indexed)
    }

    /// Counts up to a bound: of the open jobs, and of the closed ones.
    pub(super) async fn count(&self) -> Result<Totals, StoreError> {
        let mut totals = Totals::default();
        for (queue, most) in COUNTED {
            let values = [(":queue", text(queue))];
            let mut pages = Pages::new(&self.caller, Some(keys::INDEX), "#queue = :queue", &values);
            let mut counted = 0;
            while counted < most
                && let Some(items) = pages.next(1000).await?
            {
                counted += items.len() as u64;
                for item in &items {
                    match Stage::of(item.number("stage")?)? {
                        Stage::Queued => totals.queued += 1,
                        Stage::Running | Stage::Sent | Stage::Abandoned => totals.running += 1,
                        Stage::Doubt => totals.doubtful += 1,
                        Stage::Deliver => totals.undelivered += 1,
                        Stage::Closed => totals.closed += 1,
                    }
                }
            }
        }
        Ok(totals)
    }
}

/// An update that closes a job.
fn closing(condition: &str) -> Terms {
    Terms::when(condition)
        .updating(format!(
            "SET #stage = :closed, #queue = :over, #at = #accepted_at REMOVE #begun, {}",
            parts::ALL
        ))
        .with(":closed", number(Stage::Closed.number()))
        .with(":over", text(keys::CLOSED))
}

/// The id of the job that an item of the index is.
pub(super) fn job_id(item: &Item) -> Result<&str, StoreError> {
    let id = item.text(super::item::PARTITION)?.strip_prefix("job#");
    id.ok_or_else(|| StoreError::Unreadable("something else among the jobs".to_owned()))
}

pub(super) fn contended() -> StoreError {
    StoreError::Failed("others were changing the same all the time; nothing was changed".to_owned())
}
