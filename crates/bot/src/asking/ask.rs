//! Writes a question down: at the door, in one step with the job that shows it.

use policy::Permit;
use render::{Body, Facts, Problem, Reply, Status};
use store::{Batch, Change, Class, Committed, Expect, NewJob};

use crate::ack::Admission;
use crate::asking::card;
use crate::asking::kept::KeptFault;
use crate::asking::pending::{self, AskedCommand, KIND, Needed, Pending, Subject};
use crate::authorize::Refusal;
use crate::bot::Inner;
use crate::clock::in_millis;
use crate::command::AwsCommand;
use crate::job::{Payload, Record, Task, new_id};
use crate::outcome::causes;
use crate::record;
use crate::request::{AnswerTo, Request};

/// The word that is missing, if a word is what is missing.
pub(crate) fn needed(why: &Refusal) -> Option<(Permit, Needed)> {
    match why {
        Refusal::Denied(_) => None,
        Refusal::NeedsConfirmation(permit) => Some((permit.clone(), Needed::Confirmation)),
        Refusal::NeedsApproval(permit, approval) => Some((permit.clone(), Needed::approval(approval))),
    }
}

/// What a request for somebody's word consists of.
pub(crate) struct Asking<'a> {
    pub(crate) inner: &'a Inner,
    pub(crate) request: &'a Request,
    /// The id of the request, and of the job that shows the card.
    pub(crate) id: &'a str,
    pub(crate) facts: Facts,
    pub(crate) recorded: record::Facts,
    /// Whether grants with rules about tags do not count.
    pub(crate) untagged: bool,
}

/// What is asked about.
pub(crate) struct Question {
    pub(crate) asked: AskedCommand,
    /// The grant that asks for the word.
    pub(crate) permit: Permit,
    /// Whether the grant takes `--yes` for a confirmation.
    pub(crate) takes_yes: bool,
    /// Sentences for the caller besides.
    pub(crate) notes: Vec<String>,
}

/// Asks for the word that a command needs. Nothing of it runs before that is given.
pub(crate) async fn ask(
    asking: Asking<'_>,
    command: &AwsCommand,
    permit: &Permit,
    need: Needed,
) -> Admission {
    let asked = AskedCommand {
        line: asking.request.line.clone(),
        shown: command.shown.clone(),
        meaning: meaning(asking.inner, &command.meaning),
        action: command.invocation.iam_action.clone(),
        account: permit.account.clone(),
        region: permit.region.clone(),
        role: permit.role_arn.clone(),
        untagged: asking.untagged,
        promises: Vec::new(),
    };
    let notes = command.invocation.warnings.clone();
    let question = Question { asked, permit: permit.clone(), takes_yes: permit.yes, notes };
    ask_about(asking, question, need).await
}

/// The same for whatever a line comes to.
pub(crate) async fn ask_about(asking: Asking<'_>, question: Question, need: Needed) -> Admission {
    let Question { asked, permit, takes_yes, notes } = question;
    let facts = Facts {
        account: Some(asked.account.clone()),
        region: Some(asked.region.clone()),
        ..asking.facts.clone()
    };
    if let Some(problem) = cannot_ask(&asking, &asked.shown, &permit, takes_yes, &need) {
        let denied = asking.recorded.clone().permit(&permit).denied(asking.request.at, &problem.what);
        asking.inner.note(asking.inner.store.append_audit(vec![denied]).await);
        return Admission::Answered(Reply::problem(facts, Status::Denied, problem));
    }
    let subject = Subject::Command(asked);
    let waiting = match &need {
        Needed::Confirmation => "What it would touch is looked up; then it is up to you.".to_owned(),
        Needed::Approval { count, .. } => format!("It needs {count} of its approvers. They are asked now."),
    };
    let status = if need == Needed::Confirmation { Status::Asking } else { Status::Waiting };
    let recorded = asking.recorded.clone().permit(&permit);
    match write_down(&asking, subject, need, recorded).await {
        Ok(Committed::Done(_)) => {
            asking.inner.counters.asked.add();
            let reply = Reply { status, notes, ..Reply::done(facts, Body::Text(waiting)) };
            Admission::Answered(reply)
        }
        Ok(Committed::Duplicate | Committed::Conflict { .. } | Committed::Repeated(_)) => {
            asking.inner.counters.duplicates.add();
            Admission::Duplicate
        }
        Err(fault) => {
            asking.inner.counters.store_failures.add();
            tracing::error!(
                request_id = asking.id,
                fault = causes(&fault),
                "a question could not be written down"
            );
            Admission::Answered(crate::ack::not_written(facts))
        }
    }
}

/// Asks for a word in place of a command that was about to run, where only another grant of its caller allows it. Gives
/// the sentence for the caller; the card follows.
pub(crate) async fn ask_instead(
    inner: &Inner,
    request: &Request,
    command: &AwsCommand,
    (permit, need): (Permit, Needed),
) -> String {
    let what = match &need {
        Needed::Confirmation => "once you confirm it".to_owned(),
        Needed::Approval { count, .. } => format!("once {count} of its approvers approve it"),
    };
    let Ok(id) = new_id(inner.clock.millis()) else { return String::new() };
    // The first request has its job already; this one is another, and the same however often that job is run.
    let request = Request { key: format!("untagged:{}", request.key), ..request.clone() };
    let recorded = record::Facts::new(&id, &request.caller).command(command);
    let facts = Facts { command: command.shown.clone(), request_id: Some(id.clone()), ..Facts::default() };
    let asking = Asking { inner, request: &request, id: &id, facts, recorded, untagged: true };
    match ask(asking, command, &permit, need).await {
        Admission::Answered(Reply { body: Body::Problem(problem), .. }) => {
            format!("{} {}", problem.what, problem.next.unwrap_or_default())
        }
        _ => format!("{} allows it whatever they bear, {what}: a card follows.", permit.grant),
    }
}

/// Makes question, job and audit row durable, or none of them.
pub(crate) async fn write_down(
    asking: &Asking<'_>,
    subject: Subject,
    need: Needed,
    recorded: record::Facts,
) -> Result<Committed, KeptFault> {
    let Asking { inner, request, id, .. } = asking;
    let lasts = match need {
        Needed::Confirmation => inner.settings.confirm_within,
        Needed::Approval { .. } => inner.settings.approve_within,
    };
    let question = pending::new_id().map_err(pending::PendingFault::from)?;
    let key = pending::key_of(&request.caller.tenant, &question);
    let row = recorded.asked(request.at, &need, question.get(..8).unwrap_or_default());
    let mut asked = Pending::new(&request.caller, subject, need, request.at, in_millis(lasts));
    if let AnswerTo::Slack(url) = &request.answer {
        asked.response_url = Some(url.expose().to_owned());
    }
    let payload = Payload::about(&asked, &question, Task::Card);
    let job = sealed(inner, id, &request.key, Class::Read, request.at, &payload)?;
    let put = Change::put(
        KIND,
        key.clone(),
        Expect::Absent,
        asked.seal(&inner.seal, &key)?,
        Some(asked.kept_until()),
    );
    let batch = Batch { now: request.at, changes: vec![put], job: Some(job), rows: vec![row] };
    Ok(inner.store.commit(batch).await?)
}

/// A job with that payload, sealed for its own record.
pub(crate) fn sealed(
    inner: &Inner,
    id: &str,
    key: &str,
    class: Class,
    at: store::UnixMillis,
    payload: &Payload,
) -> Result<NewJob, KeptFault> {
    let payload = Record::new(id, key, class, at).seal_payload(&inner.seal, payload)?;
    let (id, key) = (id.to_owned(), key.to_owned());
    Ok(NewJob { id, key, payload, class, accepted_at: at, held_until: None, guard: None })
}

/// The hash of what a command means; the command itself may hold secrets.
pub(crate) fn meaning(inner: &Inner, meaning: &str) -> String {
    let hash = inner.seal.hash(&["asked", meaning]);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Why nobody can be asked.
fn cannot_ask(
    asking: &Asking<'_>,
    shown: &str,
    permit: &Permit,
    takes_yes: bool,
    need: &Needed,
) -> Option<Problem> {
    let grant = &permit.grant;
    if let AnswerTo::Waiting = asking.request.answer {
        let next = match need {
            Needed::Confirmation if takes_yes => "Type it again with --yes at its end.",
            Needed::Confirmation => "Type it in Slack, or let the grant say yes = true and type --yes.",
            Needed::Approval { .. } => "Type it in Slack.",
        };
        let what = format!("{grant} asks for somebody's word first, and a terminal has no buttons.");
        return Some(Problem::new(what).next(next));
    }
    if !card::fits(shown) {
        let what = format!(
            "This command is longer than a card can show, and nobody is asked about what they cannot see whole \
             (at most {} characters).",
            card::LONGEST
        );
        return Some(Problem::new(what).next("Make it shorter, or in several steps."));
    }
    match need {
        Needed::Approval { .. } if asking.inner.web.is_none() => {
            let what =
                format!("{grant} asks for others' approval first, and Bellhop has no way to reach them.");
            Some(Problem::new(what).next("An operator has to set slack.bot_token."))
        }
        _ => None,
    }
}
