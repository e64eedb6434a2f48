//! What workers do about questions: look and show, bring cards up to date, remind, expire.
//!
//! Each may run again after a crash, and comes to the same end: what is posted follows from where the question stands.
//! A card that was posted just before a crash may be posted once more; both have the same buttons, which count once.

use render::{Body, Facts, Problem, Reply, Status};
use store::{Class, Committed, Job, NewJob, StoreError, UnixMillis};

use crate::asking::ask::{meaning, sealed};
use crate::asking::card::{self, Looking};
use crate::asking::findings::Findings;
use crate::asking::given::Given;
use crate::asking::kept::{self, Along, Kept, KeptFault, left};
use crate::asking::pending::{AskedCommand, Needed, Pending, State, key_of};
use crate::asking::posts;
use crate::asking::preview::Viewer;
use crate::authorize::{self, Wanted};
use crate::bot::Inner;
use crate::clock::in_millis;
use crate::command::{self, AwsCommand, Command};
use crate::job::{Payload, Question, Task, new_id};
use crate::moment::Present;
use crate::reach;
use crate::record;
use crate::request::{AnswerTo, Request};
use crate::script::ScriptCommand;
use crate::stored;

/// How many calls of one line are looked at.
const LOOKED_AT: usize = 8;

/// What a worker has in hand.
struct Duty<'a> {
    inner: &'a Inner,
    payload: &'a Payload,
    /// The question's id.
    id: &'a str,
    key: String,
}

/// Does what the job's task says; the reply, if there is one, goes where the job says.
///
/// # Errors
/// The store failed, or a question in it cannot be believed: the job is tried again.
pub(crate) async fn perform(
    inner: &Inner,
    payload: &Payload,
    request: &Request,
) -> Result<Option<Reply>, KeptFault> {
    if let Task::Tell(reply) = &payload.task {
        return Ok(stored::from_bytes(reply.as_bytes()).ok());
    }
    let Some(Question { id, .. }) = &payload.question else { return Ok(None) };
    let duty = Duty { inner, payload, id, key: key_of(&request.caller.tenant, id) };
    match payload.task {
        Task::Card => duty.show().await,
        Task::Refresh => duty.refresh().await,
        Task::Remind => duty.remind().await,
        Task::Expire => duty.expire().await,
        Task::Run | Task::Tell(_) => Ok(None),
    }
}

impl Duty<'_> {
    async fn load(&self) -> Result<Option<Pending>, KeptFault> {
        Ok(kept::load(self.inner, &self.key).await?.map(|kept| kept.pending))
    }

    /// Looks at what the command would touch, and shows the card.
    async fn show(&self) -> Result<Option<Reply>, KeptFault> {
        let Some(pending) = self.load().await?.filter(|pending| pending.state == State::Open) else {
            return Ok(None);
        };
        let findings = match pending.command() {
            Some(asked) => self.findings(&pending, asked).await,
            None => Findings::default(),
        };
        let found = kept::change(self.inner, &self.key, |pending| {
            pending.findings.clone_from(&findings);
            true
        });
        let Some(pending) = found.await? else { return Ok(None) };
        match &pending.need {
            Needed::Confirmation => Ok(Some(card::card(&pending, self.id, Looking::Asker))),
            Needed::Approval { approvers, .. } => self.ask_approvers(&pending, approvers).await.map(Some),
        }
    }

    /// What is found out about each of its calls that changes things.
    async fn findings(&self, pending: &Pending, asked: &AskedCommand) -> Findings {
        let (Some(commands), Some(copies)) = (self.commands(asked), self.commands(asked)) else {
            return Findings::default();
        };
        let mut findings = Findings::default();
        for (index, (command, copy)) in commands.into_iter().zip(copies).enumerate() {
            if index == LOOKED_AT {
                findings.unknown.push(format!("Only the first {LOOKED_AT} calls were looked at."));
                break;
            }
            let place = match asked.promises.get(index) {
                Some(promise) => (promise.account.as_str(), promise.region.as_str()),
                None => (asked.account.as_str(), asked.region.as_str()),
            };
            findings.add(self.findings_of(pending, place, asked.untagged, &command, copy).await);
        }
        findings
    }

    async fn findings_of(
        &self,
        pending: &Pending,
        (account, region): (&str, &str),
        untagged: bool,
        command: &AwsCommand,
        copy: AwsCommand,
    ) -> Findings {
        let inner = self.inner;
        let caller = pending.caller();
        let present = Present::of(inner, &caller).await;
        let wanted = Wanted { account: Some(account), region: Some(region), given: &Given::Nothing };
        let moment = if untagged { present.moment().without_tags() } else { present.moment() };
        match authorize::permit(moment, command, wanted) {
            Ok(permit) => {
                let viewer = Viewer { inner, present: &present, moment, caller: &caller, permit: &permit };
                viewer.look(command, copy).await
            }
            Err(reason) => {
                let unknown = vec![format!("The rules changed since: {reason}")];
                Findings { unknown, ..Findings::default() }
            }
        }
    }

    /// The calls of a question that change things, read again; `None` when they mean something else by now.
    fn commands(&self, asked: &AskedCommand) -> Option<Vec<AwsCommand>> {
        Some(match understood(self.inner, asked)? {
            Understood::One(command) => vec![*command],
            Understood::Several(script) => {
                script.calls.into_iter().filter(|call| !reach::only_reads(call)).collect()
            }
        })
    }

    /// Posts the cards, and gives what the asker is told.
    async fn ask_approvers(&self, pending: &Pending, approvers: &[String]) -> Result<Reply, KeptFault> {
        let (inner, id) = (self.inner, self.id);
        let mut places = posts::to_approvers(inner, pending, id, approvers).await;
        let reached = places.len();
        if reached == 0 {
            let unasked = |pending: &mut Pending| {
                let open = pending.state == State::Open;
                pending.state = if open { State::Unasked } else { pending.state.clone() };
                open
            };
            kept::change(inner, &self.key, unasked).await?;
            let problem = Problem::new("None of those who may approve could be reached, so nothing is run.")
                .next("Tell whoever runs Bellhop; then type it again.");
            return Ok(Reply::problem(self.facts(pending), Status::Failed, problem));
        }
        places.extend(posts::to_asker(inner, pending, id).await);
        let mut earlier = 0;
        let shown = kept::change(inner, &self.key, |pending| {
            earlier = pending.votes.len();
            pending.cards.extend(places.iter().cloned());
            true
        });
        let shown = shown.await?;
        if let Some(shown) = shown.filter(|shown| shown.state != State::Open || earlier > 0) {
            // Somebody pressed before the cards were known here.
            posts::refresh(inner, &shown, id).await;
        }
        self.set_timers(pending).await?;
        let text = format!(
            "{} asked for approval. A direct message shows how it goes, and the answer comes once it is run.",
            if reached == 1 { "One place was".to_owned() } else { format!("{reached} places were") }
        );
        Ok(Reply { status: Status::Waiting, ..Reply::done(self.facts(pending), Body::Text(text)) })
    }

    fn facts(&self, pending: &Pending) -> Facts {
        let of = |part: fn(&AskedCommand) -> &String| pending.command().map(|command| part(command).clone());
        Facts {
            command: of(|command| &command.shown).unwrap_or_default(),
            account: of(|command| &command.account),
            region: of(|command| &command.region),
            ..Facts::default()
        }
    }

    /// A reminder, and the end.
    async fn set_timers(&self, pending: &Pending) -> Result<(), KeptFault> {
        let remind = pending.asked_at.saturating_add(in_millis(self.inner.settings.remind_after));
        for (task, name, at) in
            [(Task::Remind, "remind", remind), (Task::Expire, "expire", pending.expires_at)]
        {
            let payload = self.payload.silent(task);
            let job = later(self.inner, &format!("{name}:{}", self.key), UnixMillis(at), &payload)?;
            self.inner.store.enqueue_once(job, Vec::new()).await?;
        }
        Ok(())
    }

    /// What became of it takes the place of the message that was pressed, and of all others.
    async fn refresh(&self) -> Result<Option<Reply>, KeptFault> {
        let Some(pending) = self.load().await? else { return Ok(None) };
        posts::refresh(self.inner, &pending, self.id).await;
        let pressed = self.payload.replaces && pending.cards.is_empty();
        Ok(pressed.then(|| card::became(&pending, self.id)))
    }

    async fn remind(&self) -> Result<Option<Reply>, KeptFault> {
        let Some(pending) = self.load().await?.filter(|pending| pending.state == State::Open) else {
            return Ok(None);
        };
        let left = left(pending.expires_at, self.inner.clock.millis()) / 60_000;
        let text = format!("This still waits for an approval, for {left} more minutes.");
        let reply = Reply { status: Status::Asking, ..Reply::done(Facts::default(), Body::Text(text)) };
        posts::remind(self.inner, &pending, &reply).await;
        Ok(None)
    }

    async fn expire(&self) -> Result<Option<Reply>, KeptFault> {
        let inner = self.inner;
        for _ in 0..kept::TRIES {
            let now = inner.clock.millis();
            let Some(mut kept) = kept::load(inner, &self.key).await? else { return Ok(None) };
            if !kept.pending.expire(now) {
                return Ok(None);
            }
            let rows = vec![about(&kept, self.id).settled(now, "expired", None)];
            let done = kept::store(inner, &kept, Along { rows, ..Along::default() }).await?;
            if let Committed::Done(_) = done {
                posts::refresh(inner, &kept.pending, self.id).await;
                return Ok(None);
            }
        }
        Err(KeptFault::Contended)
    }
}

/// What a question is about, read again.
pub(crate) enum Understood {
    /// One call.
    One(Box<AwsCommand>),
    /// A line of several.
    Several(Box<ScriptCommand>),
}

/// The command of a question, read again; `None` when it means something else by now.
pub(crate) fn understood(inner: &Inner, asked: &AskedCommand) -> Option<Understood> {
    let (understood, means) = match command::understand(&asked.line, &inner.catalog, &inner.settings) {
        Ok(Command::Aws(command)) => {
            let means = meaning(inner, &command.meaning);
            (Understood::One(Box::new(command)), means)
        }
        Ok(Command::Script(script)) => {
            let means = meaning(inner, &script.meaning);
            (Understood::Several(script), means)
        }
        Ok(_) | Err(_) => return None,
    };
    (means == asked.meaning).then_some(understood)
}

/// The facts of a question for the audit.
pub(crate) fn about(kept: &Kept, id: &str) -> record::Facts {
    let short = id.get(..8).unwrap_or_default();
    record::Facts::new("", &kept.pending.caller()).question(short, &kept.pending)
}

/// A job of class read that can be claimed from then on.
pub(crate) fn later(
    inner: &Inner,
    key: &str,
    at: UnixMillis,
    payload: &Payload,
) -> Result<NewJob, KeptFault> {
    let id = new_id(at).map_err(crate::job::JobFault::from)?;
    sealed(inner, &id, key, Class::Read, at, payload)
}

/// Has everything posted about a question brought up to date.
pub(crate) async fn enqueue_refresh(
    inner: &Inner,
    key: &str,
    pending: &Pending,
    at: UnixMillis,
) -> Result<(), KeptFault> {
    let Some((_, id)) = key.split_once('/') else { return Ok(()) };
    let payload = Payload::about(pending, id, Task::Refresh);
    let job = later(inner, &format!("settled:{key}"), at, &payload)?;
    inner.store.enqueue_once(job, Vec::new()).await?;
    Ok(())
}

/// Says in the place of a pressed card that its command runs now. Best effort: the answer follows anyway.
pub(crate) async fn progress(inner: &Inner, payload: &Payload, request: &Request) {
    let (true, AnswerTo::Slack(url), Some(question)) = (payload.replaces, &request.answer, &payload.question)
    else {
        return;
    };
    if let Ok(Some(kept)) = kept::load(inner, &question.key(&request.caller.tenant)).await {
        let message = render::to_slack(&card::card(&kept.pending, &question.id, Looking::Asker)).replacing();
        crate::deliver::in_between(inner, payload, url, &message).await;
    }
}

/// Why a command that was asked about may not run any more: its word was for something else, was used, or is too old.
pub(crate) async fn stale(
    inner: &Inner,
    job: &Job,
    payload: &Payload,
    request: &Request,
    means: &str,
) -> Result<Option<String>, StoreError> {
    let Some(question) = &payload.question else { return Ok(None) };
    if question.meaning != meaning(inner, means) {
        return Ok(Some("The command means something else by now. Type it again.".to_owned()));
    }
    if inner.clock.millis().0 > question.until {
        return Ok(Some("The word for it was given too long ago. Type it again.".to_owned()));
    }
    let kept = match kept::load(inner, &question.key(&request.caller.tenant)).await {
        Ok(kept) => kept,
        Err(KeptFault::Store(error)) => return Err(error),
        Err(_) => None,
    };
    let state = kept.map(|kept| kept.pending.state);
    let taken = matches!(state, Some(State::Taken { job: taken, .. }) if taken == job.id);
    Ok((!taken).then(|| "The word for it was used already, or is not known any more.".to_owned()))
}
