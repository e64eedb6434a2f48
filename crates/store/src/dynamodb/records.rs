//! Records as items, and the steps that change them and accept jobs.
//!
//! A step looks first, and names in its conditions what it saw: a new version is made of the old one, which a condition
//! alone cannot say. Whoever was faster makes it look again.

use std::collections::HashMap;

use super::DynamoStore;
use super::action::{Action, Proof, Step, Terms};
use super::caller::Sent;
use super::item::{Item, Key, PARTITION, SORT, bytes, number, text};
use super::jobs::{accepted_item, contended};
use super::judged::Reason;
use super::pages::Pages;
use super::{keys, parts};
use crate::record::To;
use crate::stage::bounded;
use crate::{
    Batch, Change, Committed, Expect, Fence, Guard, NewJob, Page, Put, Record, StoreError, UnixMillis,
};

/// How often a step looks again.
const STEPS: u32 = 40;
/// What of each item a step looks at.
const LOOKED_AT: &str = "#pk, #sk, #version, #expires_at, #at";
/// How much longer than it counts a recent write is kept, in seconds, where nobody prunes.
const RECENT_KEPT_S: i64 = 7 * 86_400;

/// What a step saw.
struct Seen(HashMap<(String, String), Item>);

impl Seen {
    fn at(&self, key: &Key) -> Option<&Item> {
        self.0.get(&(key.partition.clone(), key.sort.clone()))
    }
}

/// Where the writes that accept a job stand in its step.
struct Accepting {
    job: usize,
    key: usize,
}

impl DynamoStore {
    pub(super) async fn commit_batch(&self, batch: &Batch) -> Result<Committed, StoreError> {
        batch.check()?;
        let mut payload = None;
        if let Some(job) = &batch.job {
            bounded(&job.payload)?;
            keys::check(&job.id)?;
            keys::check(&job.key)?;
            payload = Some(parts::keep(&self.caller, &job.payload, job.accepted_at).await?);
        }
        for attempt in 0..STEPS {
            let seen = self.seen(batch).await?;
            if let Some(refused) = refusal(batch, &seen)? {
                return Ok(refused);
            }
            let mut step = Step::new(self.caller.fresh());
            for change in &batch.changes {
                apply(&mut step, change, &seen, batch.now)?;
            }
            let accepting = batch.job.as_ref().zip(payload.as_ref());
            let accepting =
                accepting.map(|(job, payload)| accept(&mut step, job, payload, &seen)).transpose()?;
            let appending = self.lanes.append(&self.caller, &mut step, &batch.rows).await?;
            if step.is_empty() {
                return Ok(Committed::Done(None));
            }
            match self.caller.send(&step).await? {
                Sent::Done => {
                    if let Some(appending) = appending {
                        appending.done();
                    }
                    return Ok(Committed::Done(self.accepted(batch.job.as_ref())));
                }
                Sent::Refused(refusals) => {
                    if let Some(appending) = appending {
                        appending.refused(&self.caller, &refusals);
                    }
                    let failed =
                        |at: usize| refusals.get(at).is_some_and(|one| one.reason == Reason::Condition);
                    if let Some(Accepting { job, key }) = accepting {
                        if failed(key) {
                            return Ok(Committed::Duplicate);
                        }
                        if failed(job) {
                            return Err(StoreError::Failed("a job with the same id is there".to_owned()));
                        }
                    }
                }
            }
            self.caller.pause(attempt.min(4)).await;
        }
        Err(contended())
    }

    /// The fence of a job that is accepted as held; one that is not is heard of.
    fn accepted(&self, job: Option<&NewJob>) -> Option<Fence> {
        let job = job?;
        if job.held_until.is_some() {
            return Some(Fence { job: job.id.clone(), attempt: 1 });
        }
        self.ready.hear(&job.id, job.accepted_at);
        None
    }

    /// What is there of all that a step is about. A plain job is only tried.
    async fn seen(&self, batch: &Batch) -> Result<Seen, StoreError> {
        let mut wanted: Vec<Key> =
            batch.changes.iter().map(|change| keys::record(change.kind, &change.key)).collect();
        if let Some(job) = &batch.job {
            wanted.extend(job.guard.map(|guard| keys::recent(&guard.hash)));
            if !wanted.is_empty() {
                wanted.push(keys::accepted(&job.key));
            }
        }
        let mut seen = HashMap::new();
        if !wanted.is_empty() {
            for item in self.caller.get_all(&wanted, Some(LOOKED_AT)).await? {
                seen.insert((item.text(PARTITION)?.to_owned(), item.text(SORT)?.to_owned()), item);
            }
        }
        Ok(Seen(seen))
    }

    pub(super) async fn one_record(
        &self,
        kind: &str,
        key: &str,
        now: UnixMillis,
    ) -> Result<Option<Record>, StoreError> {
        if key.is_empty() {
            return Ok(None);
        }
        let item = self.caller.get(&keys::record(kind, key)).await?;
        let record = item.map(|item| record_of(kind, &item)).transpose()?;
        Ok(record.filter(|record| !is_over(record.expires_at, now)))
    }

    pub(super) async fn page_of_records(
        &self,
        page: &Page,
        now: UnixMillis,
    ) -> Result<Vec<Record>, StoreError> {
        let mut values = vec![(":kind", text(&keys::record_kind(page.kind)))];
        let after = page.after.as_deref().filter(|after| !after.is_empty());
        let condition = match after {
            // Keys are in the order of their bytes, so those with the prefix stand together.
            Some(after) if after >= page.prefix.as_str() => {
                values.push((":after", text(after)));
                "#pk = :kind AND #sk > :after"
            }
            _ if page.prefix.is_empty() => "#pk = :kind",
            _ => {
                values.push((":prefix", text(&page.prefix)));
                "#pk = :kind AND begins_with(#sk, :prefix)"
            }
        };
        let mut pages = Pages::new(&self.caller, None, condition, &values);
        let mut records = Vec::new();
        let limit = page.limit as usize;
        while records.len() < limit
            && let Some(items) = pages.next((limit - records.len()) as u64).await?
        {
            for item in items {
                let record = record_of(page.kind, &item)?;
                if !record.key.starts_with(&page.prefix) {
                    return Ok(records);
                }
                if !is_over(record.expires_at, now) {
                    records.push(record);
                }
            }
        }
        Ok(records)
    }
}

/// Why a step is refused by what it saw; `None` if it is not.
fn refusal(batch: &Batch, seen: &Seen) -> Result<Option<Committed>, StoreError> {
    if let Some(job) = &batch.job
        && seen.at(&keys::accepted(&job.key)).is_some()
    {
        return Ok(Some(Committed::Duplicate));
    }
    for change in &batch.changes {
        let found = seen.at(&keys::record(change.kind, &change.key));
        let version = match found {
            Some(item) if !is_over(expiry(item)?, batch.now) => Some(version(item)?),
            _ => None,
        };
        let expected = match change.expect {
            Expect::Any => true,
            Expect::Absent => version.is_none(),
            Expect::Version(wanted) => version == Some(wanted),
        };
        if !expected {
            return Ok(Some(Committed::Conflict { kind: change.kind, key: change.key.clone() }));
        }
    }
    let Some(job) = &batch.job else { return Ok(None) };
    let Some((guard, at)) = job.guard.zip(recent(job, seen)?) else { return Ok(None) };
    let repeats = job.accepted_at.since(at).abs() < guard.window_ms;
    Ok((repeats && !guard.insist).then_some(Committed::Repeated(at)))
}

/// When the guarded thing was last accepted.
fn recent(job: &NewJob, seen: &Seen) -> Result<Option<UnixMillis>, StoreError> {
    let item = job.guard.and_then(|guard| seen.at(&keys::recent(&guard.hash)));
    item.map(|item| item.number("at").map(UnixMillis)).transpose()
}

/// That the item is as it was seen.
fn unchanged(found: Option<&Item>) -> Result<Terms, StoreError> {
    Ok(match found {
        None => Terms::absent(),
        Some(item) => Terms::when("#version = :seen").with(":seen", number(item.number("version")?)),
    })
}

fn apply(step: &mut Step, change: &Change, seen: &Seen, now: UnixMillis) -> Result<(), StoreError> {
    let key = keys::record(change.kind, &change.key);
    let found = seen.at(&key);
    match (&change.to, change.expect) {
        (To::Same, Expect::Any) => {}
        (To::Same, _) => {
            step.add(Action::check(&key, unchanged(found)?));
        }
        (To::Gone, Expect::Any) => {
            step.add(Action::delete(&key, Terms::none()));
        }
        (To::Gone, _) => {
            step.add(Action::delete(&key, unchanged(found)?));
        }
        (To::Put(put), _) => {
            let old = found.map(version).transpose()?.unwrap_or(0);
            let version = old.saturating_add(u64::from(found.is_some())).max(now.0.max(1).unsigned_abs());
            let token = text(&step.token);
            step.proof = Proof::Has(key.clone(), "step", token.clone());
            let mut item = record_item(&key, version, put);
            item.push("step", token);
            step.add(Action::put(item, unchanged(found)?));
        }
    }
    Ok(())
}

/// A record as an item.
pub(super) fn record_item(key: &Key, version: u64, put: &Put) -> value::Map {
    let mut item = key.item([("version", number(version.cast_signed()))]);
    if !put.body.is_empty() {
        item.push("body", bytes(&put.body));
    }
    if let Some(ends) = put.expires_at {
        item.push("expires_at", number(ends.0));
        item.push("queue", text(keys::ENDING));
        item.push("at", number(ends.0));
        // Whole seconds, and never before the record is over.
        item.push("ttl", number(ends.0.div_euclid(1000).saturating_add(1)));
    }
    item
}

fn accept(
    step: &mut Step,
    job: &NewJob,
    payload: &parts::Kept,
    seen: &Seen,
) -> Result<Accepting, StoreError> {
    let key = keys::job(&job.id);
    step.proof = Proof::Has(key, "born", text(&step.token));
    let item = accepted_item(job, payload, &step.token);
    let at = step.add(Action::put(item, Terms::absent()));
    let held = keys::accepted(&job.key).item([("job", text(&job.id))]);
    let key = step.add(Action::put(held, Terms::absent()));
    if let Some(Guard { hash, .. }) = &job.guard {
        let terms = match recent(job, seen)? {
            None => Terms::absent(),
            Some(at) => Terms::when("#at = :seen").with(":seen", number(at.0)),
        };
        step.add(Action::put(recent_item(hash, job.accepted_at), terms));
    }
    Ok(Accepting { job: at, key })
}

/// That such a write was accepted then.
pub(super) fn recent_item(hash: &[u8], at: UnixMillis) -> value::Map {
    keys::recent(hash).item([
        ("queue", text(keys::RECENT)),
        ("at", number(at.0)),
        ("ttl", number((at.0 / 1000).saturating_add(RECENT_KEPT_S))),
    ])
}

fn is_over(expires_at: Option<UnixMillis>, now: UnixMillis) -> bool {
    expires_at.is_some_and(|at| at <= now)
}

fn expiry(item: &Item) -> Result<Option<UnixMillis>, StoreError> {
    Ok(item.maybe_number("expires_at")?.map(UnixMillis))
}

fn version(item: &Item) -> Result<u64, StoreError> {
    Ok(item.number("version")?.cast_unsigned())
}

pub(super) fn record_of(kind: &str, item: &Item) -> Result<Record, StoreError> {
    Ok(Record {
        kind: kind.to_owned(),
        key: item.text(SORT)?.to_owned(),
        version: version(item)?,
        expires_at: expiry(item)?,
        body: item.bytes("body"),
    })
}
