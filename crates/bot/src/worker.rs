//! Keeps jobs going: claims, runs, completes, delivers; bounded, and drained at shutdown.
//!
//! A job takes one of `settings.workers` places while it runs, and one of [`DELIVERIES`] while its reply waits for
//! Slack, so that a slow address keeps nobody from working.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use render::{Facts, Reply, Status};
use store::{Claim, Claimed, Class, Completion, Fence, Job, Next, StoreError, UnixMillis};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tracing::Instrument as _;

use crate::ack::took;
use crate::asking::{self, State};
use crate::bot::Inner;
use crate::clock::in_millis;
use crate::contained::contained;
use crate::deliver::deliver;
use crate::execute::{self, Ran};
use crate::history;
use crate::job::{Payload, Record, Task};
use crate::outcome::{Failure, Outcome, causes};
use crate::reach::scope::Scope;
use crate::record;
use crate::request::{AnswerTo, Request};
use crate::script;
use crate::stored;
use crate::work::{self, Held};

/// How many replies are on their way at a time.
const DELIVERIES: usize = 64;
/// The longest time between two looks at the store, for what other processes leave there.
const LOOK: Duration = Duration::from_secs(15);
/// The shortest, so that a failing store is not hammered.
const BREATH: Duration = Duration::from_millis(20);
/// How long a delivery is held at a time.
const DELIVERY: Duration = Duration::from_secs(30);
/// How often old jobs are removed.
pub(crate) const PRUNE_MS: i64 = 3_600_000;

/// Why a job cannot be finished here.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WorkFault {
    #[error("the store failed")]
    Store(#[from] StoreError),
    #[error("the reply cannot be sealed")]
    Seal(#[from] crate::seal::SealError),
    #[error("the reply cannot be stored")]
    Stored(#[from] stored::StoredFault),
    #[error("what is asked about it cannot be read or changed")]
    Asking(#[from] asking::KeptFault),
    #[error("the job cannot be believed")]
    Forged(#[from] crate::job::JobFault),
}

/// How far a claimed job came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Went {
    /// It is done with, or somebody else's by now.
    Through,
    /// It was put back, and is to be claimed again.
    Back,
}

/// How much is done at a time.
#[derive(Clone)]
pub(crate) struct Places {
    /// One for each job that runs.
    pub(crate) work: Arc<Semaphore>,
    /// One for each reply on its way.
    pub(crate) deliveries: Arc<Semaphore>,
}

impl Places {
    pub(crate) fn of(inner: &Inner) -> Places {
        let work = Arc::new(Semaphore::new(inner.settings.workers.max(1)));
        Places { work, deliveries: Arc::new(Semaphore::new(DELIVERIES)) }
    }
}

/// What the loop waits for.
enum Event {
    Shutdown,
    Look,
    Finished,
}

/// Works until `shutdown` resolves, then waits for what is running.
pub(crate) async fn run(inner: &Arc<Inner>, places: &Places, shutdown: impl Future<Output = ()> + Send) {
    let mut shutdown = pin!(shutdown);
    let mut tasks = JoinSet::new();
    let mut prune_at = UnixMillis(0);
    loop {
        let wait = start_all(inner, places, &mut tasks).await;
        prune(inner, &mut prune_at).await;
        let event = tokio::select! {
            () = &mut shutdown => Event::Shutdown,
            () = inner.bell.notified() => Event::Look,
            () = inner.clock.pause(wait) => Event::Look,
            Some(_) = tasks.join_next(), if !tasks.is_empty() => Event::Finished,
        };
        match event {
            Event::Shutdown => break,
            Event::Look | Event::Finished => {}
        }
    }
    drain(inner, tasks).await;
}

/// Starts jobs while there are places and jobs. Returns how long there will be nothing to do unless the bell rings or
/// a place becomes free.
async fn start_all(inner: &Arc<Inner>, places: &Places, tasks: &mut JoinSet<()>) -> Duration {
    while let Ok(place) = Arc::clone(&places.work).try_acquire_owned() {
        let now = inner.clock.millis();
        let claim = Claim { now, lease_until: inner.lease(now) };
        match inner.store.claim(claim).await {
            Ok(Some(claimed)) => {
                let (inner, deliveries) = (Arc::clone(inner), Arc::clone(&places.deliveries));
                tasks.spawn(async move {
                    work(&inner, claimed, place, &deliveries).await;
                });
            }
            Ok(None) => return until_ready(inner, now).await,
            Err(error) => {
                inner.note::<()>(Err(error));
                return LOOK.min(Duration::from_secs(1));
            }
        }
    }
    LOOK
}

async fn until_ready(inner: &Inner, now: UnixMillis) -> Duration {
    match inner.note(inner.store.next_ready().await).flatten() {
        Some(ready) => {
            Duration::from_millis(u64::try_from(ready.since(now)).unwrap_or(0)).clamp(BREATH, LOOK)
        }
        None => LOOK,
    }
}

async fn prune(inner: &Inner, at: &mut UnixMillis) {
    let now = inner.clock.millis();
    if now >= *at {
        *at = now.plus(PRUNE_MS);
        remove_old(inner).await;
    }
}

/// Removes what was closed long ago.
pub(crate) async fn remove_old(inner: &Inner) {
    let now = inner.clock.millis();
    inner.note(inner.store.prune(now.plus(-in_millis(inner.settings.retention))).await);
}

/// Waits for what is running. What is not done in time is taken up after the next start.
pub(crate) async fn drain(inner: &Inner, mut tasks: JoinSet<()>) {
    tracing::info!(running = tasks.len(), "draining");
    let all = async { while tasks.join_next().await.is_some() {} };
    tokio::select! {
        () = all => {}
        () = inner.clock.pause(inner.settings.drain) => {}
    }
    if !tasks.is_empty() {
        tracing::warn!(left = tasks.len(), "stopped before everything was done");
        tasks.shutdown().await;
    }
}

/// Does with a claimed job what is to be done, whatever happens.
pub(crate) async fn work(
    inner: &Inner,
    claimed: Claimed,
    place: OwnedSemaphorePermit,
    deliveries: &Semaphore,
) -> Went {
    let (id, fence) = (claimed.job.id.clone(), claimed.fence.clone());
    inner.counters.running.add();
    let result = contained(step(inner, claimed, place, deliveries)).await;
    inner.counters.running.less();
    match result {
        Ok(Ok(())) => return Went::Through,
        Ok(Err(WorkFault::Forged(fault))) => {
            inner.counters.forged.add();
            tracing::error!(request_id = id, fault = %fault, "a job in the store was not sealed by this bot; refused it");
            let row = record::forged(&id, inner.clock.millis());
            inner.note(inner.store.close(fence, vec![row]).await);
        }
        Ok(Err(WorkFault::Stored(fault))) => {
            tracing::error!(
                request_id = id,
                fault = causes(&fault),
                "a stored reply cannot be read; gave it up"
            );
            let row = record::delivery(&id, inner.clock.millis(), "unreadable");
            inner.note(inner.store.close(fence, vec![row]).await);
        }
        Ok(Err(WorkFault::Store(StoreError::Lost))) => {
            tracing::warn!(request_id = id, "a job was taken over by another worker");
        }
        Ok(Err(fault)) => {
            tracing::error!(request_id = id, fault = causes(&fault), "a job could not be finished");
            inner.note(inner.store.put_back(fence, inner.clock.millis().plus(1_000)).await);
            return Went::Back;
        }
        Err(panicked) => {
            inner.counters.panicked.add();
            tracing::error!(request_id = id, fault = %panicked, "a worker panicked");
            inner.note(inner.store.put_back(fence, inner.clock.millis()).await);
            return Went::Back;
        }
    }
    Went::Through
}

async fn step(
    inner: &Inner,
    claimed: Claimed,
    place: OwnedSemaphorePermit,
    deliveries: &Semaphore,
) -> Result<(), WorkFault> {
    let Claimed { job, fence, next } = claimed;
    let record = Record::of(&job);
    let payload = record.open_payload(&inner.seal, &job.payload)?;
    let span = tracing::info_span!("job", otel.kind = "consumer", request_id = job.id);
    if let Some(trace) = &payload.trace {
        inner.settings.telemetry.continues(&span, trace);
    }
    let claimed = Claimed { job, fence, next };
    // On the heap: what runs in it is deep enough already.
    Box::pin(opened(inner, claimed, &payload, place, deliveries)).instrument(span).await
}

async fn opened(
    inner: &Inner,
    claimed: Claimed,
    payload: &Payload,
    place: OwnedSemaphorePermit,
    deliveries: &Semaphore,
) -> Result<(), WorkFault> {
    let Claimed { job, fence, next } = claimed;
    let record = Record::of(&job);
    let request = payload.request(&job.key, job.accepted_at, &inner.settings.response_bases);
    let stored = matches!(next, Next::Deliver { .. });
    let (reply, begun) = match next {
        Next::Deliver { reply, attempts } => {
            let opened = record.open_reply(&inner.seal, &reply).map_err(crate::job::JobFault::from)?;
            (stored::from_bytes(&opened)?, attempts)
        }
        Next::Run if payload.task != Task::Run => {
            match perform(inner, &job, &fence, payload, &request).await? {
                Some(reply) => (reply, 0),
                None => return Ok(()),
            }
        }
        Next::Run => (run_and_complete(inner, &job, &fence, payload, &request).await?, 0),
        Next::ReportDoubt => {
            let told =
                if payload.promises.is_empty() { Vec::new() } else { script::told(inner, &job.id).await? };
            let outcome = Outcome::interrupted(&told);
            (report(inner, &job, &fence, payload, &request, outcome).await?, 0)
        }
        Next::ReportAbandoned => (report(inner, &job, &fence, payload, &request, abandoned(inner)).await?, 0),
    };
    if let (Task::Run, Some(question)) = (&payload.task, &payload.question) {
        let ended = State::Ended { how: came_to(reply.status).to_owned(), at: inner.clock.millis().0 };
        asking::settle(inner, &question.key(&request.caller.tenant), &job.id, ended).await;
    }
    let result = match &request.answer {
        AnswerTo::Slack(url) => {
            let delivering = deliveries.acquire().await;
            // Somebody else may work meanwhile.
            drop(place);
            inner.bell.notify_one();
            let result = holding(inner, &fence, deliver(inner, &job, payload, url, &reply, begun)).await;
            drop(delivering);
            result
        }
        // The reply was stored for an address that is not posted to any more.
        AnswerTo::Waiting if stored => "no address",
        AnswerTo::Waiting => return Ok(()),
    };
    inner.store.close(fence, vec![record::delivery(&job.id, inner.clock.millis(), result)]).await?;
    Ok(())
}

/// How a command ended, as a word for those who were asked about it.
fn came_to(status: Status) -> &'static str {
    match status {
        Status::Done => "done",
        Status::Partly => "partly done",
        Status::MayHaveHappened => "may have happened",
        Status::Denied => "refused",
        Status::Failed | Status::Running | Status::Asking | Status::Waiting => "failed",
    }
}

/// Takes a job that waits, as a worker would, and ends it instead of running it: its answer and its question say so.
/// Returns whether that was in time.
pub(crate) async fn cancel(inner: &Inner, id: &str) -> Result<bool, StoreError> {
    let now = inner.clock.millis();
    let claim = Claim { now, lease_until: inner.lease(now) };
    let Some(Claimed { job, fence, next }) = inner.store.claim_job(id, claim).await? else {
        return Ok(false);
    };
    let opened = Record::of(&job).open_payload(&inner.seal, &job.payload);
    let (Next::Run, Ok(payload)) = (next, opened) else {
        inner.store.put_back(fence, now).await?;
        inner.bell.notify_one();
        return Ok(false);
    };
    let request = payload.request(&job.key, job.accepted_at, &inner.settings.response_bases);
    match report(inner, &job, &fence, &payload, &request, Outcome::Cancelled).await {
        Ok(_) => {}
        Err(WorkFault::Store(error)) => return Err(error),
        Err(fault) => {
            tracing::error!(request_id = id, fault = causes(&fault), "a cancelled job could not be ended");
            inner.store.put_back(fence, now).await?;
            return Ok(false);
        }
    }
    if let (Task::Run, Some(question)) = (&payload.task, &payload.question) {
        asking::settle(inner, &question.key(&request.caller.tenant), id, State::Cancelled { at: now.0 })
            .await;
    }
    if let AnswerTo::Slack(_) = &request.answer {
        inner.store.put_back(fence, now).await?;
        inner.bell.notify_one();
    }
    Ok(true)
}

/// Runs a job that the caller holds, and gives the reply to the caller.
pub(crate) async fn run_held(inner: &Inner, job: &Job, fence: &Fence) -> Result<Reply, WorkFault> {
    let payload = Record::of(job).open_payload(&inner.seal, &job.payload)?;
    let request = payload.request(&job.key, job.accepted_at, &inner.settings.response_bases);
    run_and_complete(inner, job, fence, &payload, &request).await
}

/// Does what a question asks for. Without a reply the job is closed by then.
async fn perform(
    inner: &Inner,
    job: &Job,
    fence: &Fence,
    payload: &Payload,
    request: &Request,
) -> Result<Option<Reply>, WorkFault> {
    let reply = asking::perform(inner, payload, request).await?;
    let reply = reply.filter(|_| matches!(request.answer, AnswerTo::Slack(_)));
    let sealed = match &reply {
        Some(reply) => Some(Record::of(job).seal_reply(&inner.seal, &stored::to_bytes(reply)?)?),
        None => None,
    };
    let deliver_until = delivered_by(inner);
    inner
        .store
        .complete(fence.clone(), Completion { reply: sealed, deliver_until, rows: Vec::new() })
        .await?;
    Ok(reply)
}

/// Until when whoever completes a job also holds its delivery, unless it holds it for longer.
fn delivered_by(inner: &Inner) -> UnixMillis {
    inner.held_until(inner.clock.millis().plus(in_millis(DELIVERY)))
}

/// Holds a job while its reply is on its way, which may take as long as Slack wants: should this process end, another one
/// delivers it soon.
async fn holding<T>(inner: &Inner, fence: &Fence, delivering: impl Future<Output = T>) -> T {
    let mut delivering = pin!(delivering);
    loop {
        tokio::select! {
            result = &mut delivering => return result,
            () = inner.clock.pause(DELIVERY / 2) => {
                inner.note(inner.store.put_back(fence.clone(), delivered_by(inner)).await);
            }
        }
    }
}

async fn run_and_complete(
    inner: &Inner,
    job: &Job,
    fence: &Fence,
    payload: &Payload,
    request: &Request,
) -> Result<Reply, WorkFault> {
    let started = inner.clock.millis();
    let place = inner.running.enter(job);
    let running = async {
        tokio::select! {
            ran = execute::run(inner, job, fence, payload, request) => ran,
            () = place.stopped() => {
                let (shown, facts) = execute::describe(inner, job, request);
                Ok(Ran { outcome: Outcome::Cancelled, shown, facts, follows: None })
            }
        }
    };
    let (ran, (), ()) =
        tokio::join!(running, asking::progress(inner, payload, request), history::keep(inner, job, request));
    let ran = ran?;
    let spent = took(started, inner.clock.millis());
    inner.counters.job_micros.add_time(spent);
    let follows = ran.follows.clone();
    if let Some(line) = &follows {
        // Before it is completed: what is done and forgotten to be awaited would be worse than what is awaited twice.
        work::follow(&Held { inner, job, fence, payload, request }, line).await?;
    }
    let reply = complete(inner, job, fence, payload, request, ran, Some(spent)).await?;
    match (follows, &request.answer) {
        (Some(line), AnswerTo::Waiting) => {
            Ok(Box::pin(work::follow_here(inner, request, line)).await.unwrap_or(reply))
        }
        _ => Ok(reply),
    }
}

/// Completes a job that is not run, only told about.
async fn report(
    inner: &Inner,
    job: &Job,
    fence: &Fence,
    payload: &Payload,
    request: &Request,
    outcome: Outcome,
) -> Result<Reply, WorkFault> {
    let (shown, facts) = execute::describe(inner, job, request);
    complete(inner, job, fence, payload, request, Ran { outcome, shown, facts, follows: None }, None).await
}

fn abandoned(inner: &Inner) -> Outcome {
    inner.counters.abandoned.add();
    Outcome::NotSent(Failure {
        code: "Abandoned".to_owned(),
        sentence: "It was interrupted each time it was started, so it is given up.".to_owned(),
        said: None,
        next: None,
        aws_request_id: None,
    })
}

/// Makes outcome and reply durable, in one step.
async fn complete(
    inner: &Inner,
    job: &Job,
    fence: &Fence,
    payload: &Payload,
    request: &Request,
    ran: Ran,
    spent: Option<Duration>,
) -> Result<Reply, WorkFault> {
    count_and_log(inner, job, &ran.outcome);
    if let Some(spent) = spent {
        inner.settings.telemetry.ran(ran.outcome.name(), job.class == Class::Write, spent);
    }
    let place = match payload.account.as_str() {
        "" => ran.facts.place(),
        account => Some(Scope { account: account.to_owned(), region: payload.region.clone() }),
    };
    let (account, region) = place.map(|place| (place.account, place.region)).unzip();
    let facts = Facts { command: ran.shown, account, region, took: spent, request_id: Some(job.id.clone()) };
    let reply = ran.outcome.reply(facts);
    let sealed = match &request.answer {
        AnswerTo::Slack(_) => Some(Record::of(job).seal_reply(&inner.seal, &stored::to_bytes(&reply)?)?),
        AnswerTo::Waiting => None,
    };
    let now = inner.clock.millis();
    let deliver_until = delivered_by(inner);
    let rows = vec![ran.facts.outcome(now, &ran.outcome, spent)];
    inner.store.complete(fence.clone(), Completion { reply: sealed, deliver_until, rows }).await?;
    Ok(reply)
}

fn count_and_log(inner: &Inner, job: &Job, outcome: &Outcome) {
    let counters = &inner.counters;
    let counter = match outcome {
        Outcome::Done(_) | Outcome::Unshown(_) | Outcome::Shown(_) => &counters.done,
        Outcome::Rejected(_) => &counters.rejected,
        Outcome::Partly(_) => &counters.partly,
        Outcome::NotSent(_) => &counters.not_sent,
        Outcome::MayHaveHappened(_) => &counters.may_have_happened,
        Outcome::Refused(_) | Outcome::Cancelled => &counters.refused,
    };
    counter.add();
    let write = job.class == Class::Write;
    let code = outcome.failure().map_or("", |failure| failure.code.as_str());
    match outcome {
        Outcome::MayHaveHappened(_) => {
            tracing::warn!(request_id = job.id, write, code, "a command may have happened");
        }
        _ => tracing::info!(request_id = job.id, write, code, outcome = outcome.name(), "ran a command"),
    }
}
