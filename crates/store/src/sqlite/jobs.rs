//! Jobs as rows. Each function is one step inside the writer's transaction.
//!
//! `ready_at` says when a row can be claimed: at once while queued, when the lease is over while somebody holds it,
//! at the next try while its reply waits, never (NULL) once closed. `attempt` grows with every claim and fences off
//! whoever held the job before.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::audit;
use crate::stage::{Stage, Standing, Todo, bounded, class_number, class_of};
use crate::{
    Claim, Claimed, Class, Completion, Enqueued, Fence, Guard, Holder, Job, NewAuditRow, NewJob, Next,
    Recovery, StoreError, Totals, UnixMillis,
};

pub(super) fn enqueue_once(
    connection: &Connection,
    job: &NewJob,
    rows: &[NewAuditRow],
    holder: Holder,
) -> Result<Enqueued, StoreError> {
    bounded(&job.payload)?;
    if is_known(connection, &job.key)? {
        return Ok(Enqueued::Duplicate);
    }
    if let Some(guard) = &job.guard
        && let Some(earlier) = repeat_of(connection, guard, job.accepted_at)?
    {
        return Ok(Enqueued::Repeated(earlier));
    }
    let held = job.held_until.is_some();
    let (stage, attempt) = if held { (Stage::Running, 1) } else { (Stage::Queued, 0) };
    connection
        .prepare_cached(
            "INSERT INTO jobs
             (id, key, class, stage, guest, attempt, starts, deliveries, accepted_at, ready_at, payload)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, 0, ?7, ?8, ?9)",
        )?
        .execute(params![
            job.id,
            job.key,
            class_number(job.class),
            stage.number(),
            held && holder == Holder::Guest,
            attempt,
            job.accepted_at.0,
            job.held_until.unwrap_or(job.accepted_at).0,
            job.payload,
        ])?;
    audit::append(connection, rows)?;
    Ok(Enqueued::Accepted(held.then(|| Fence { job: job.id.clone(), attempt })))
}

/// Whether a job with this idempotency key was accepted before.
pub(super) fn is_known(connection: &Connection, key: &str) -> Result<bool, StoreError> {
    let mut known = connection.prepare_cached("SELECT 1 FROM jobs WHERE key = ?1")?;
    Ok(known.exists([key])?)
}

/// When the guarded thing was last accepted, if that is a repeat; records it as accepted now otherwise.
fn repeat_of(
    connection: &Connection,
    guard: &Guard,
    now: UnixMillis,
) -> Result<Option<UnixMillis>, StoreError> {
    let mut select = connection.prepare_cached("SELECT at FROM recent_writes WHERE hash = ?1")?;
    let earlier: Option<i64> = select.query_row([&guard.hash], |row| row.get(0)).optional()?;
    let earlier = earlier.map(UnixMillis).filter(|at| now.since(*at).abs() < guard.window_ms);
    if earlier.is_some() && !guard.insist {
        return Ok(earlier);
    }
    connection
        .prepare_cached("INSERT OR REPLACE INTO recent_writes (hash, at) VALUES (?1, ?2)")?
        .execute(params![guard.hash, now.0])?;
    Ok(None)
}

pub(super) fn recover(connection: &Connection, now: UnixMillis) -> Result<Recovery, StoreError> {
    // A guest's job is not this owner's predecessor's: it stays with the guest until its lease is over.
    let count = |stages: &str| -> Result<u64, StoreError> {
        let sql = format!("SELECT count(*) FROM jobs WHERE guest = 0 AND stage IN ({stages})");
        Ok(connection.query_row(&sql, [], |row| row.get::<_, i64>(0))?.unsigned_abs())
    };
    let recovery = Recovery { interrupted: count("1")?, doubtful: count("2, 5")?, undelivered: count("3")? };
    connection.execute(
        "UPDATE jobs SET ready_at = ?1 WHERE guest = 0 AND stage IN (1, 2, 3, 5, 6) AND ready_at > ?1",
        [now.0],
    )?;
    Ok(recovery)
}

pub(super) fn claim(connection: &Connection, claim: Claim) -> Result<Option<Claimed>, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT id, key, payload, class, accepted_at, stage, attempt, starts, deliveries, reply FROM jobs
         WHERE ready_at IS NOT NULL AND ready_at <= ?1 ORDER BY ready_at, seq LIMIT 1",
    )?;
    let found = select.query_row([claim.now.0], |row| Ok(Found::read(row))).optional()?;
    found.map(|found| hold(connection, found?, claim)).transpose()
}

pub(super) fn claim_job(
    connection: &Connection,
    id: &str,
    claim: Claim,
) -> Result<Option<Claimed>, StoreError> {
    let mut select = connection.prepare_cached(
        "SELECT id, key, payload, class, accepted_at, stage, attempt, starts, deliveries, reply FROM jobs
         WHERE id = ?1 AND ready_at IS NOT NULL AND ready_at <= ?2",
    )?;
    let found = select.query_row(params![id, claim.now.0], |row| Ok(Found::read(row))).optional()?;
    found.map(|found| hold(connection, found?, claim)).transpose()
}

/// Gives a job that is ready to whoever claims it.
fn hold(connection: &Connection, found: Found, claim: Claim) -> Result<Claimed, StoreError> {
    let (now, todo) = found.standing.claimed();
    connection
        .prepare_cached(
            "UPDATE jobs SET stage = ?2, attempt = ?3, starts = ?4, deliveries = ?5, ready_at = ?6, guest = 0
             WHERE id = ?1",
        )?
        .execute(params![
            found.job.id,
            now.stage.number(),
            now.attempt,
            now.starts,
            now.deliveries,
            claim.lease_until.0
        ])?;
    let next = match todo {
        Todo::Run => Next::Run,
        Todo::ReportDoubt => Next::ReportDoubt,
        Todo::ReportAbandoned => Next::ReportAbandoned,
        Todo::Deliver => {
            Next::Deliver { reply: found.reply.unwrap_or_default(), attempts: found.standing.deliveries }
        }
    };
    let fence = Fence { job: found.job.id.clone(), attempt: now.attempt };
    Ok(Claimed { job: found.job, fence, next })
}

/// A job that is ready, as its row has it.
struct Found {
    job: Job,
    standing: Standing,
    reply: Option<Vec<u8>>,
}

impl Found {
    fn read(row: &Row<'_>) -> Result<Found, StoreError> {
        Ok(Found {
            job: Job {
                id: row.get(0)?,
                key: row.get(1)?,
                payload: row.get(2)?,
                class: class_of(row.get(3)?)?,
                accepted_at: UnixMillis(row.get(4)?),
            },
            standing: Standing {
                stage: Stage::of(row.get(5)?)?,
                attempt: row.get(6)?,
                starts: row.get(7)?,
                deliveries: row.get(8)?,
            },
            reply: row.get(9)?,
        })
    }
}

pub(super) fn begin(connection: &Connection, fence: &Fence, row: &NewAuditRow) -> Result<(), StoreError> {
    let sent = format!(
        "UPDATE jobs SET stage = CASE class WHEN {} THEN {} ELSE stage END
         WHERE id = ?1 AND attempt = ?2 AND stage IN (1, 2)",
        class_number(Class::Write),
        Stage::Sent.number()
    );
    held(connection.prepare_cached(&sent)?.execute(params![fence.job, fence.attempt])?)?;
    audit::append(connection, std::slice::from_ref(row))
}

pub(super) fn complete(
    connection: &Connection,
    fence: &Fence,
    completion: &Completion,
) -> Result<(), StoreError> {
    bounded(completion.reply.as_deref().unwrap_or_default())?;
    let stage = if completion.reply.is_some() { Stage::Deliver } else { Stage::Closed };
    let ready_at = completion.reply.is_some().then_some(completion.deliver_until.0);
    let changed = connection
        .prepare_cached(
            "UPDATE jobs SET stage = ?3, ready_at = ?4, reply = ?5, deliveries = 1
             WHERE id = ?1 AND attempt = ?2 AND stage IN (1, 2, 5, 6)",
        )?
        .execute(params![fence.job, fence.attempt, stage.number(), ready_at, completion.reply])?;
    held(changed)?;
    audit::append(connection, &completion.rows)
}

pub(super) fn close(connection: &Connection, fence: &Fence, rows: &[NewAuditRow]) -> Result<(), StoreError> {
    // The payload and the reply have served: both go, the key stays to recognise repeats.
    let changed = connection
        .prepare_cached(
            "UPDATE jobs SET stage = ?3, ready_at = NULL, reply = NULL, payload = x''
             WHERE id = ?1 AND attempt = ?2 AND stage <> ?3",
        )?
        .execute(params![fence.job, fence.attempt, Stage::Closed.number()])?;
    held(changed)?;
    audit::append(connection, rows)
}

pub(super) fn put_back(
    connection: &Connection,
    fence: &Fence,
    ready_at: UnixMillis,
) -> Result<(), StoreError> {
    let changed = connection
        .prepare_cached(
            "UPDATE jobs SET ready_at = ?3 WHERE id = ?1 AND attempt = ?2 AND ready_at IS NOT NULL",
        )?
        .execute(params![fence.job, fence.attempt, ready_at.0])?;
    held(changed)
}

pub(super) fn next_ready(connection: &Connection) -> Result<Option<UnixMillis>, StoreError> {
    let mut select = connection
        .prepare_cached("SELECT ready_at FROM jobs WHERE ready_at IS NOT NULL ORDER BY ready_at LIMIT 1")?;
    Ok(select.query_row([], |row| row.get(0)).optional()?.map(UnixMillis))
}

pub(super) fn prune(connection: &Connection, before: UnixMillis) -> Result<u64, StoreError> {
    connection.execute("DELETE FROM recent_writes WHERE at < ?1", [before.0])?;
    super::records::prune(connection, before)?;
    let gone =
        connection.execute("DELETE FROM jobs WHERE accepted_at < ?1 AND ready_at IS NULL", [before.0])?;
    Ok(gone as u64)
}

pub(super) fn totals(connection: &Connection) -> Result<Totals, StoreError> {
    let mut select = connection.prepare_cached("SELECT stage, count(*) FROM jobs GROUP BY stage")?;
    let mut rows = select.query([])?;
    let mut totals = Totals::default();
    while let Some(row) = rows.next()? {
        let (stage, count): (i64, i64) = (row.get(0)?, row.get(1)?);
        let count = count.unsigned_abs();
        match Stage::of(stage) {
            Ok(Stage::Queued) => totals.queued += count,
            Ok(Stage::Running | Stage::Sent | Stage::Abandoned) => totals.running += count,
            Ok(Stage::Doubt) => totals.doubtful += count,
            Ok(Stage::Deliver) => totals.undelivered += count,
            Ok(Stage::Closed) => totals.closed += count,
            Err(error) => return Err(error),
        }
    }
    Ok(totals)
}

fn held(changed: usize) -> Result<(), StoreError> {
    if changed == 1 { Ok(()) } else { Err(StoreError::Lost) }
}
