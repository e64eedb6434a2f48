//! What the door answers at once, and the step that makes it true: the answer to a command that needs no call, a
//! refusal, or the acknowledgement of a job that is durable by then.

use aws_cli::Invocation;
use policy::{Permit, Reason};
use render::{Audience, Body, Facts, Problem, Reply, Span, Status};
use slack::Message;
use slack::blocks::{Options, ViewAnswer};
use store::{Class, Enqueued, Fence, Guard, Job, NewJob, StoreError, UnixMillis};

use crate::aliases;
use crate::asking::{self, Asking, Given, Needed};
use crate::authorize::{self, Refusal, Wanted};
use crate::bot::Inner;
use crate::command::{self, AwsCommand, Command, NotUnderstood};
use crate::commands::{Asked, BuiltIn, Context, Run};
use crate::find;
use crate::history;
use crate::job::{JobFault, Payload, Record, new_id};
use crate::mask;
use crate::moment::{Moment, Present};
use crate::outcome::{causes, refusal};
use crate::reach;
use crate::record;
use crate::repeat;
use crate::request::{Request, RequestFault};
use crate::script;
use crate::work;

/// The answer to an HTTP request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ack {
    /// The status: 200, 400 for what cannot be used, 401 for who may not ask, 503 for what should be sent again.
    pub status: u16,
    /// The body.
    pub body: AckBody,
}

/// What stands in an [`Ack`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AckBody {
    /// Nothing.
    Empty,
    /// A message to whoever typed the command.
    Message(Box<Message>),
    /// What becomes of the modal that was sent off.
    View(ViewAnswer),
    /// What a select offers.
    Options(Options),
    /// The proof that the events' address is ours.
    Challenge(String),
}

impl Ack {
    /// It was taken, and there is nothing to say.
    pub(crate) fn empty() -> Ack {
        Ack { status: 200, body: AckBody::Empty }
    }

    /// It was not taken.
    pub(crate) fn refused(fault: &RequestFault) -> Ack {
        let status = match fault {
            RequestFault::Token | RequestFault::Team => 401,
            RequestFault::Address(_) => 400,
        };
        Ack { status, body: AckBody::Empty }
    }
}

/// What became of a request at the door.
pub(crate) enum Admission {
    /// It is answered, and nothing follows.
    Answered(Reply),
    /// Its job is durable; the fence is there if the door itself holds it.
    Accepted { reply: Reply, job: Job, fence: Option<Fence> },
    /// It was accepted before.
    Duplicate,
}

/// Why a job could not be written down.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnqueueFault {
    #[error("the job cannot be sealed")]
    Seal(#[from] JobFault),
    #[error("the job cannot be stored")]
    Store(#[from] StoreError),
}

/// Takes a request in. `hold` keeps its job for whoever calls this.
pub(crate) async fn admit(inner: &Inner, request: &Request, hold: bool) -> Admission {
    let Ok(id) = new_id(request.at) else { return Admission::Answered(not_written(Facts::default())) };
    tracing::Span::current().record("request_id", id.as_str());
    let facts = Facts { request_id: Some(id.clone()), ..Facts::default() };
    // From here on the line is what its aliases and `rerun` come to: that is shown, decided about and run.
    let spoken = match spoken(inner, request).await {
        Ok(spoken) => spoken,
        Err(fault) => {
            inner.counters.answered.add();
            return Admission::Answered(not_understood(facts, request, &fault));
        }
    };
    let request = spoken.as_ref().unwrap_or(request);
    let answered = match command::understand(&request.line, &inner.catalog, &inner.settings) {
        Err(fault) => {
            let fault = aliases::suggested(inner, request, fault).await;
            not_understood(facts, request, &fault)
        }
        Ok(command @ Command::BuiltIn { entry, .. }) if entry.works() => {
            return admit_work(inner, request, &command, id, hold).await;
        }
        Ok(Command::BuiltIn { entry, words, .. }) => {
            let facts = Facts { command: entry.name.to_owned(), ..facts };
            let present = Present::of(inner, &request.caller).await;
            match authorize::built_in(present.moment(), entry) {
                Ok(allowed) => built_in(inner, request, allowed.what(), &words, facts).await,
                Err(reason) => denied(inner, request, facts, &id, reason).await,
            }
        }
        Ok(Command::Page(page)) => {
            let facts = Facts { command: page.title.clone(), ..facts };
            let present = Present::of(inner, &request.caller).await;
            match authorize::page(present.moment(), page) {
                Ok(page) => Reply::done(facts, Body::Preformatted(page.what().text.clone())),
                Err(reason) => denied(inner, request, facts, &id, reason).await,
            }
        }
        Ok(Command::Aws(command)) => return admit_call(inner, request, command, id, hold).await,
        Ok(Command::Spread(spread)) if !reach::only_reads(&spread.command) => {
            return script::admit_list(inner, request, &spread, id, hold).await;
        }
        Ok(Command::Script(script)) if script.writes().next().is_some() => {
            return script::admit(inner, request, &script, id, hold).await;
        }
        Ok(command @ (Command::Spread(_) | Command::Script(_))) => {
            return admit_work(inner, request, &command, id, hold).await;
        }
    };
    inner.counters.answered.add();
    Admission::Answered(answered)
}

/// The request with the line that it stands for, where that is not the one it has.
async fn spoken(inner: &Inner, request: &Request) -> Result<Option<Request>, NotUnderstood> {
    match history::spoken(inner, request).await? {
        Some(earlier) => Ok(Some(earlier)),
        None => aliases::spoken(inner, request).await,
    }
}

async fn built_in(
    inner: &Inner,
    request: &Request,
    entry: &BuiltIn,
    words: &[String],
    facts: Facts,
) -> Reply {
    match entry.run {
        Run::Now(run) => {
            let (caller, rules, settings) = (&request.caller, &inner.rules.get(), &inner.settings);
            Reply::done(facts, run(&Context { words, caller, rules, settings }))
        }
        Run::Later(run) => run(&Asked { inner, request, words, facts }).await,
        Run::Work(_) => not_written(facts),
    }
}

/// Takes in what is no single call and only reads: its worker authorises each of its calls.
async fn admit_work(
    inner: &Inner,
    request: &Request,
    command: &Command,
    id: String,
    hold: bool,
) -> Admission {
    let shown = work::shown(command);
    let facts = Facts { command: shown.clone(), request_id: Some(id.clone()), ..Facts::default() };
    let recorded = record::Facts::new(&id, &request.caller).line(&shown);
    let present = Present::of(inner, &request.caller).await;
    if let Err(refusal) = may_begin(present.moment(), command) {
        return Admission::Answered(
            refused(inner, facts, recorded.denied(request.at, &refusal.what), refusal).await,
        );
    }
    let payload = Payload::new(request, "", "").traced(inner.settings.telemetry.traceparent());
    let row = recorded.accepted(request.at, None);
    let enqueued = enqueue(inner, request, &payload, &id, hold, (Class::Read, None), row).await;
    match admitted(inner, facts, enqueued, &id) {
        Admission::Accepted { reply, job, fence } => {
            let reply = Reply { audience: audience(command, request), ..reply };
            Admission::Accepted { reply, job, fence }
        }
        other => other,
    }
}

/// Whether what is no single call may begin at all.
fn may_begin(moment: Moment<'_>, command: &Command) -> Result<(), Problem> {
    let denied = |reason: Reason| Problem::new(reason.to_string()).next("AWS was not called.");
    match command {
        Command::BuiltIn { entry, .. } => authorize::built_in(moment, entry).map(drop).map_err(denied),
        Command::Spread(spread) => {
            let (account, region) = (spread.selection.accounts.single(), spread.selection.regions.single());
            let wanted = Wanted { account, region, given: &Given::Nothing };
            authorize::permit(moment, &spread.command, wanted).map(drop).map_err(denied)
        }
        Command::Script(script) => {
            let permitted = script::permits(moment, script.calls.iter(), &[], &Given::Nothing);
            permitted.map(drop).map_err(|(line, why)| script::not_all(&line, &why))
        }
        Command::Page(_) | Command::Aws(_) => Ok(()),
    }
}

pub(crate) async fn refused(inner: &Inner, facts: Facts, row: store::NewAuditRow, problem: Problem) -> Reply {
    inner.counters.denied.add();
    inner.note(inner.store.append_audit(vec![row]).await);
    Reply::problem(facts, Status::Denied, problem)
}

/// What is answered to a job that was offered to the store.
pub(crate) fn admitted(
    inner: &Inner,
    facts: Facts,
    enqueued: Result<(Enqueued, Job), EnqueueFault>,
    id: &str,
) -> Admission {
    match enqueued {
        Ok((Enqueued::Accepted(fence), job)) => {
            inner.counters.accepted.add();
            let reply = Reply { status: Status::Running, ..Reply::done(facts, Body::Nothing) };
            Admission::Accepted { reply, job, fence }
        }
        Ok((Enqueued::Repeated(earlier), job)) => {
            inner.counters.repeated.add();
            Admission::Answered(asks_first(facts, job.accepted_at.since(earlier)))
        }
        Ok((Enqueued::Duplicate, _)) => {
            inner.counters.duplicates.add();
            Admission::Duplicate
        }
        Err(fault) => {
            inner.counters.store_failures.add();
            tracing::error!(request_id = id, fault = causes(&fault), "a command could not be written down");
            Admission::Answered(not_written(facts))
        }
    }
}

/// Who sees that it was begun: the channel, where its answer goes there too.
fn audience(command: &Command, request: &Request) -> Audience {
    match command {
        Command::BuiltIn { entry, words, .. }
            if entry.name == find::FIND.name && !find::is_private(words) && !request.caller.is_direct() =>
        {
            Audience::Channel
        }
        _ => Audience::Caller,
    }
}

pub(crate) async fn enqueue(
    inner: &Inner,
    request: &Request,
    payload: &Payload,
    id: &str,
    hold: bool,
    (class, guard): (Class, Option<Guard>),
    row: store::NewAuditRow,
) -> Result<(Enqueued, Job), EnqueueFault> {
    let accepted_at = request.at;
    let payload = Record::new(id, &request.key, class, accepted_at).seal_payload(&inner.seal, payload)?;
    let held_until = hold.then(|| inner.lease(accepted_at));
    let (id, key) = (id.to_owned(), request.key.clone());
    let job = Job { id: id.clone(), key: key.clone(), payload: payload.clone(), class, accepted_at };
    let new = NewJob { id, key, payload, class, accepted_at, held_until, guard };
    Ok((inner.store.enqueue_once(new, vec![row]).await?, job))
}

async fn admit_call(
    inner: &Inner,
    request: &Request,
    command: AwsCommand,
    id: String,
    hold: bool,
) -> Admission {
    let facts = Facts { command: command.shown.clone(), request_id: Some(id.clone()), ..Facts::default() };
    let recorded = record::Facts::new(&id, &request.caller).command(&command);
    let (account, region) = (command.account.clone(), command.invocation.globals.region.clone());
    let given = if command.yes { Given::Yes } else { Given::Nothing };
    let present = Present::of(inner, &request.caller).await;
    let wanted = Wanted { account: account.as_deref(), region: region.as_deref(), given: &given };
    let (allowed, permit) = match authorize::call(present.moment(), command, wanted) {
        Ok((allowed, permit)) if allowed.what().confirm && !(allowed.what().yes && permit.yes) => {
            let asking = Asking { inner, request, id: &id, facts, recorded, untagged: false };
            return asking::ask(asking, allowed.what(), &permit, Needed::Confirmation).await;
        }
        Ok(allowed) => allowed,
        Err(refused) => {
            let (why, command) = *refused;
            if let Some((permit, need)) = asking::needed(&why) {
                let asking = Asking { inner, request, id: &id, facts, recorded, untagged: false };
                return asking::ask(asking, &command, &permit, need).await;
            }
            inner.counters.denied.add();
            tracing::info!(request_id = id, action = command.invocation.iam_action, "denied a command");
            let row = recorded.denied(request.at, &why.to_string());
            inner.note(inner.store.append_audit(vec![row]).await);
            return Admission::Answered(refusal(facts, &why));
        }
    };
    let facts = Facts { account: Some(permit.account.clone()), region: Some(permit.region.clone()), ..facts };
    let offered = match offer(inner, request, allowed.what(), &permit, &id, hold) {
        Ok((new, job)) => {
            let mark = new.guard.as_ref().map(repeat::mark);
            let rows =
                vec![recorded.permit(&permit).given(&given, &request.caller.user).accepted(request.at, mark)];
            let enqueued = repeat::enqueue(inner, new, rows, allowed.what()).await;
            enqueued.map(|done| (done, job)).map_err(EnqueueFault::from)
        }
        Err(fault) => Err(fault),
    };
    match offered {
        Ok((Enqueued::Accepted(fence), job)) => {
            inner.counters.accepted.add();
            let notes = allowed.what().invocation.warnings.clone();
            let running = Reply { status: Status::Running, notes, ..Reply::done(facts, Body::Nothing) };
            Admission::Accepted { reply: running, job, fence }
        }
        Ok((Enqueued::Duplicate, _)) => {
            inner.counters.duplicates.add();
            Admission::Duplicate
        }
        Ok((Enqueued::Repeated(earlier), _)) => {
            inner.counters.repeated.add();
            Admission::Answered(asks_first(facts, request.at.since(earlier)))
        }
        Err(fault) => {
            inner.counters.store_failures.add();
            tracing::error!(request_id = id, fault = causes(&fault), "a command could not be written down");
            Admission::Answered(not_written(facts))
        }
    }
}

/// The job as it is offered to the store.
fn offer(
    inner: &Inner,
    request: &Request,
    command: &AwsCommand,
    permit: &Permit,
    id: &str,
    hold: bool,
) -> Result<(NewJob, Job), EnqueueFault> {
    let class = authorize::class_of(&command.invocation);
    let record = Record::new(id, &request.key, class, request.at);
    let given = if command.yes { Given::Yes } else { Given::Nothing };
    let payload = Payload::new(request, &permit.account, &permit.region)
        .given(given)
        .traced(inner.settings.telemetry.traceparent());
    let payload = record.seal_payload(&inner.seal, &payload)?;
    let (id, key, accepted_at) = (id.to_owned(), request.key.clone(), request.at);
    let new = NewJob {
        id: id.clone(),
        key: key.clone(),
        payload: payload.clone(),
        class,
        accepted_at,
        held_until: hold.then(|| inner.lease(request.at)),
        guard: (class == Class::Write).then(|| {
            let guard = repeat::guard(inner, &request.caller, &command.meaning, permit);
            Guard { insist: command.again, ..guard }
        }),
    };
    Ok((new, Job { id, key, payload, class, accepted_at }))
}

async fn denied(inner: &Inner, request: &Request, facts: Facts, id: &str, reason: Reason) -> Reply {
    inner.counters.denied.add();
    let row = record::Facts::new(id, &request.caller).denied(request.at, &reason.to_string());
    inner.note(inner.store.append_audit(vec![row]).await);
    refusal(facts, &Refusal::Denied(reason))
}

/// Says what is wrong, and repeats who asked what, where: a channel's members read the same line again.
fn not_understood(facts: Facts, request: &Request, fault: &NotUnderstood) -> Reply {
    let mut problem = Problem::new(fault.what.clone());
    problem.why.clone_from(&fault.why);
    let mut next = Vec::new();
    if !fault.suggestions.is_empty() {
        next.push(format!("Did you mean {}?", fault.suggestions.join(", ")));
    }
    if let Some(help) = &fault.help {
        next.push(format!("`{help}` tells more."));
    }
    problem.next = Some(next.join(" ")).filter(|next| !next.is_empty());
    let facts = Facts { command: mask::typed(&request.line), ..facts };
    let caller = &request.caller;
    let place = if caller.is_direct() {
        vec![Span::text(" asked this in a direct message.")]
    } else {
        vec![Span::text(" asked this in "), Span::named(&caller.channel), Span::text(".")]
    };
    let echo = std::iter::once(Span::named(&caller.user)).chain(place).collect();
    let body = Body::Parts(vec![Body::Problem(problem), Body::Spoken(echo)]);
    Reply { status: Status::Failed, ..Reply::done(facts, body) }
}

fn asks_first(facts: Facts, elapsed_ms: i64) -> Reply {
    let seconds = (elapsed_ms.max(0) / 1000).max(1);
    let problem = Problem::new(format!("You ran the same {seconds} s ago, so it was not run a second time."))
        .next("If you mean it, type it again with --again at its end.");
    Reply::problem(facts, Status::Asking, problem)
}

pub(crate) fn not_written(facts: Facts) -> Reply {
    let problem = Problem::new("Bellhop could not write this command down, so it does not run it.")
        .next("Try again in a moment; if it stays so, tell whoever runs Bellhop.");
    Reply::problem(facts, Status::Failed, problem)
}

/// The name that endpoints and settings know the service by.
pub(crate) fn service_name(invocation: &Invocation) -> &str {
    invocation.call.service.name()
}

/// Time between two moments, for the answer.
pub(crate) fn took(from: UnixMillis, to: UnixMillis) -> std::time::Duration {
    std::time::Duration::from_millis(u64::try_from(to.since(from)).unwrap_or(0))
}
