//! Runs a job: reads its line again, authorises it by the rules of now, assumes the role, announces the call, makes it.

use std::sync::Arc;

use aws_call::{CallOptions, Idempotency};
use aws_cli::Invocation;
use pipeline::Data;
use store::{Class, Fence, Job, StoreError};
use tracing::Instrument as _;
use value::Value;

use crate::ack::service_name;
use crate::after;
use crate::answer;
use crate::asking;
use crate::authorize::{self, Authorized, AuthorizedCall, Refusal, Wanted};
use crate::bot::Inner;
use crate::command::{self, AwsCommand, Command};
use crate::delegation;
use crate::explain::explained;
use crate::history::results;
use crate::job::Payload;
use crate::moment::{Moment, Present};
use crate::outcome::{Outcome, no_credentials, no_session};
use crate::record;
use crate::request::Request;
use crate::roles::RoleSession;
use crate::streamed;
use crate::work::{self, Held};
use policy::Permit;

/// What came of a job, and what is known about it.
pub(crate) struct Ran {
    pub(crate) outcome: Outcome,
    /// The line as it may be shown.
    pub(crate) shown: String,
    pub(crate) facts: record::Facts,
    /// The line that is to follow, where its effect is awaited.
    pub(crate) follows: Option<String>,
}

/// The command of a job, without running it: for reports about it.
pub(crate) fn describe(inner: &Inner, job: &Job, request: &Request) -> (String, record::Facts) {
    let facts = record::Facts::new(&job.id, &request.caller);
    match command::understand(&request.line, &inner.catalog, &inner.settings) {
        Ok(Command::Aws(command)) => (command.shown.clone(), facts.command(&command)),
        Ok(command) => {
            let shown = work::shown(&command);
            let facts = facts.line(&shown);
            (shown, facts)
        }
        Err(_) => (String::new(), facts),
    }
}

/// What came of an attempt.
enum Attempt {
    Ran(Box<Ran>),
    /// Nothing: what it names lacks the tags that its grant asks for, as the sentence says.
    Untagged(String),
}

/// Runs a job that this worker holds. Where what it names lacks the tags that a grant asks for, the caller's other grants
/// count.
///
/// # Errors
/// The store failed or the job is somebody else's by now: nothing more may be said about it.
pub(crate) async fn run(
    inner: &Inner,
    job: &Job,
    fence: &Fence,
    payload: &Payload,
    request: &Request,
) -> Result<Ran, StoreError> {
    let mut lacking = None;
    loop {
        match attempt(inner, job, fence, payload, request, lacking.as_deref()).await? {
            Attempt::Ran(ran) => return Ok(*ran),
            Attempt::Untagged(why) => lacking = Some(why),
        }
    }
}

/// Tries once; `lacking` tells which tags are known to be missing.
async fn attempt(
    inner: &Inner,
    job: &Job,
    fence: &Fence,
    payload: &Payload,
    request: &Request,
    lacking: Option<&str>,
) -> Result<Attempt, StoreError> {
    let facts = record::Facts::new(&job.id, &request.caller);
    let command = match command::understand(&request.line, &inner.catalog, &inner.settings) {
        Ok(Command::Aws(command)) => command,
        Ok(command) => {
            let held = Held { inner, job, fence, payload, request };
            return work::run(&held, command).await.map(|ran| Attempt::Ran(Box::new(ran)));
        }
        Err(_) => {
            let outcome = Outcome::Refused("The command cannot be read any more. Type it again.".to_owned());
            return Ok(ended(outcome, String::new(), facts));
        }
    };
    let (shown, facts) = (command.shown.clone(), facts.command(&command));
    let present = Present::of(inner, &request.caller).await;
    let wanted =
        Wanted { account: Some(&payload.account), region: Some(&payload.region), given: &payload.given };
    if let Some(why) = asking::stale(inner, job, payload, request, &command.meaning).await? {
        return Ok(ended(Outcome::Refused(why), shown, facts));
    }
    let untagged = lacking.is_some() || payload.question.as_ref().is_some_and(|question| question.untagged);
    let moment = if untagged { present.moment().without_tags() } else { present.moment() };
    let (allowed, permit) = match decided(inner, request, moment, command, wanted, lacking).await {
        Ok(decided) => decided,
        Err(why) => return Ok(ended(Outcome::Refused(why), shown, facts)),
    };
    let facts = facts.permit(&permit).given(&payload.given, &request.caller.user);
    if let Some(why) = changed(job, payload, &allowed, &permit) {
        return Ok(ended(Outcome::Refused(why.to_owned()), shown, facts));
    }
    if let Err(not_lent) = delegation::check(inner, &present.rules, &request.caller, &permit).await {
        return Ok(ended(Outcome::Refused(not_lent.to_string()), shown, facts));
    }
    let account = present.rules.accounts.get(&permit.account).cloned().unwrap_or_default();
    let invocation = &allowed.what().invocation;
    let session = match inner.sessions.session(&inner.catalog, &request.caller, &permit, &account, invocation)
    {
        Ok(session) => session,
        Err(fault) => return Ok(ended(no_session(&fault), shown, facts)),
    };
    let outcome = match call(inner, job, fence, &allowed, &permit, &session, &facts).await? {
        Called::Came(outcome) => outcome,
        Called::Answered(outcome, value) => {
            results::keep_last(inner, &request.caller, &shown, &Data::Value(value)).await;
            outcome
        }
        Called::Untagged(why) => return Ok(Attempt::Untagged(why)),
    };
    let follows = match &outcome {
        Outcome::Done(answer) if allowed.what().wait => {
            after::line(&allowed.what().invocation, &permit, answer)
        }
        _ => None,
    };
    Ok(Attempt::Ran(Box::new(Ran { outcome, shown, facts: facts.session(&session), follows })))
}

/// Whether the command may run, and as whom; else what is said of it.
async fn decided(
    inner: &Inner,
    request: &Request,
    moment: Moment<'_>,
    command: AwsCommand,
    wanted: Wanted<'_>,
    lacking: Option<&str>,
) -> Result<AuthorizedCall, String> {
    let (refusal, command) = match authorize::call(moment, command, wanted) {
        Ok(decided) => return Ok(decided),
        Err(refused) => *refused,
    };
    let Some(why) = lacking else { return Err(sentence(&refusal)) };
    Err(match asking::needed(&refusal) {
        Some(word) => format!("{why} {}", asking::ask_instead(inner, request, &command, word).await),
        None => why.to_owned(),
    })
}

/// Why what is allowed now is not what was accepted.
fn changed(
    job: &Job,
    payload: &Payload,
    allowed: &Authorized<AwsCommand>,
    permit: &Permit,
) -> Option<&'static str> {
    if payload.question.as_ref().is_some_and(|question| question.role != permit.role_arn) {
        return Some("It would run in another role than the one it was asked for. Type it again.");
    }
    let writes = authorize::class_of(&allowed.what().invocation) == Class::Write;
    (job.class == Class::Read && writes)
        .then_some("What this command does is judged differently since it was accepted. Type it again.")
}

fn ended(outcome: Outcome, shown: String, facts: record::Facts) -> Attempt {
    Attempt::Ran(Box::new(Ran { outcome, shown, facts, follows: None }))
}

/// What came of a call.
enum Called {
    Came(Outcome),
    /// AWS answered that, which came to this.
    Answered(Outcome, Value),
    /// It was not made: what it names lacks the tags that its grant asks for.
    Untagged(String),
}

/// Assumes the role, announces the call, makes it, and prints its answer.
async fn call(
    inner: &Inner,
    job: &Job,
    fence: &Fence,
    allowed: &Authorized<AwsCommand>,
    permit: &Permit,
    session: &RoleSession,
    facts: &record::Facts,
) -> Result<Called, StoreError> {
    let making = Making { inner, fence, permit, session, facts, seed: job.id.clone() };
    let invocation = &allowed.what().invocation;
    Ok(match making.call(allowed, job.class == Class::Write).await? {
        Made::Came(outcome) => Called::Came(outcome),
        Made::Untagged(why) => Called::Untagged(why),
        Made::Answered(value) => {
            let outcome = match answer::print(&value, invocation) {
                Ok(answer) => Outcome::Done(answer),
                Err(error) => Outcome::Unshown(error.to_string()),
            };
            Called::Answered(outcome, value)
        }
    })
}

/// What came of making a call.
pub(crate) enum Made {
    /// AWS answered this, its secrets masked.
    Answered(Value),
    /// There is no answer.
    Came(Outcome),
    /// It was not made: what it names lacks the tags that its grant asks for.
    Untagged(String),
}

/// A call that is about to be made.
pub(crate) struct Making<'a> {
    pub(crate) inner: &'a Inner,
    pub(crate) fence: &'a Fence,
    pub(crate) permit: &'a Permit,
    pub(crate) session: &'a RoleSession,
    pub(crate) facts: &'a record::Facts,
    /// What its idempotency tokens come from.
    pub(crate) seed: String,
}

impl Making<'_> {
    /// Assumes the role, announces the call, and makes it: its answer with secrets masked, or what came of it instead.
    ///
    /// # Errors
    /// The store failed, or the job is somebody else's by now.
    pub(crate) async fn call(
        &self,
        allowed: &Authorized<AwsCommand>,
        is_write: bool,
    ) -> Result<Made, StoreError> {
        let Making { inner, fence, permit, session, facts, seed } = self;
        let (credentials, new) = inner.sessions.open(session);
        if new {
            inner.store.append_audit(vec![facts.assumes(inner.clock.millis(), session)]).await?;
        }
        let limit = inner.time_limit();
        let span = tracing::info_span!("assume role", account = permit.account);
        let assuming = credentials.credentials().instrument(span);
        let fetched = tokio::select! {
            fetched = assuming => fetched,
            () = inner.clock.pause(limit) => return Ok(Made::Came(Outcome::too_long(false))),
        };
        if let Err(error) = fetched {
            inner.sessions.forget(session);
            return Ok(Made::Came(no_credentials(&error, session)));
        }
        if new {
            inner.counters.packed.set(inner.sessions.packed_percent());
        }
        let invocation = &allowed.what().invocation;
        if let Some(why) = asking::tags::missing(inner, invocation, permit, &credentials).await {
            return Ok(Made::Untagged(why));
        }
        let options = CallOptions {
            region: Some(permit.region.clone()),
            credentials: Some(Arc::clone(&credentials)),
            idempotency: Idempotency::Seed(seed.clone()),
            deadline: Some(limit),
            seen: Some(facts.seen()),
            ..inner.aws.options(service_name(invocation))
        };
        let fence = (*fence).clone();
        inner.store.begin(fence, facts.intent(inner.clock.millis(), session)).await?;
        let answered = tokio::select! {
            answered = inner.aws.execute(invocation, &options) => answered,
            () = inner.clock.pause(limit) => return Ok(Made::Came(Outcome::too_long(is_write))),
        };
        match answered {
            Ok(value) => Ok(Made::Answered(without_secrets(value, invocation, permit.levels))),
            Err(error) => {
                let outcome = Outcome::of_error(&error, is_write);
                Ok(Made::Came(explained(inner, outcome, permit, session, &credentials).await))
            }
        }
    }
}

/// Makes a body of bytes legible, and masks what the model calls sensitive and what is a credential by its shape or name, before any query looks at it:
/// unless the grant gives secrets.
pub(crate) fn without_secrets(value: Value, invocation: &Invocation, granted: policy::Levels) -> Value {
    let mut value = streamed::legible(value, invocation);
    if granted.contains(policy::Level::Secret) {
        return value;
    }
    let answered = streamed::take_answer(&mut value, invocation);
    match invocation.call.model() {
        Some(operation) => aws_cli::redact(&invocation.call.service, operation, &mut value),
        None => aws_cli::redact_credentials(&mut value),
    };
    if let (Some((name, mut answer)), Value::Map(map)) = (answered, &mut value) {
        aws_cli::redact_credentials(&mut answer);
        map.insert(name, answer);
    }
    value
}

fn sentence(why: &Refusal) -> String {
    match why {
        Refusal::Denied(reason) => format!("The rules changed since it was accepted. {reason}"),
        Refusal::NeedsConfirmation(_) | Refusal::NeedsApproval(..) => {
            format!("The rules changed since: {why}.")
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_cli::{Environment, Parsed, Profile};
    use aws_model::Catalog;

    use super::*;

    fn invocation(line: &str) -> Invocation {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        match aws_cli::parse(&Catalog::embedded(), &words, &Environment::empty(), Profile::Chat) {
            Ok(Parsed::Call(invocation)) => *invocation,
            other => panic!("no call: {other:?}"),
        }
    }

    #[test]
    fn secrets_show_only_by_a_grant_that_gives_secrets() {
        let levels = |levels: &[policy::Level]| levels.iter().copied().collect::<policy::Levels>();
        let read = levels(&[policy::Level::List, policy::Level::Read, policy::Level::Data]);
        let secret = levels(&[policy::Level::Read, policy::Level::Secret]);
        for (line, answer, telling) in [
            (
                "lambda get-function-configuration --function-name f",
                r#"{"FunctionName": "f", "Environment": {"Variables": {"COLOUR": "marked by the model"}}}"#,
                "marked by the model",
            ),
            (
                "ecs describe-task-definition --task-definition t",
                r#"{"taskDefinition": {"containerDefinitions": [{"environment": [{"name": "DB_PASSWORD", "value": "hunter2"}]}]}}"#,
                "hunter2",
            ),
            (
                "lambda invoke --function-name f",
                r#"{"StatusCode": 200, "Payload": {"db_password": "hunter2"}}"#,
                "hunter2",
            ),
            (
                "ec2 describe-instance-attribute --instance-id i-1 --attribute userData",
                r#"{"UserData": {"Value": "cGFzc3dvcmQ9aHVudGVyMgpldmVuIG1vcmU="}}"#,
                "cGFzc3dvcmQ9aHVudGVyMgp",
            ),
        ] {
            for (granted, shown) in [(read, false), (secret, true)] {
                let value = Value::from_json(answer.as_bytes()).expect("JSON");
                let text = without_secrets(value, &invocation(line), granted).to_json(value::JsonStyle::Line);
                assert_eq!(text.contains(telling), shown, "{text}");
            }
        }
    }
}
