//! A press of a card's button: who pressed, what follows, in one step.
//!
//! Nothing in a press is believed but what Slack signs: who pressed, in which workspace, which button with which value.
//! What the button is about stands in the store, sealed; channel and command are taken from there.

use std::time::Duration;

use policy::Permit;
use render::Reply;
use slack::web::ViewsOpen;
use slack::{Interaction, InteractionKind, ResponseUrl};
use store::{Class, Committed, Guard, UnixMillis};

use crate::ack::Ack;
use crate::asking::approvers::may_approve;
use crate::asking::ask::sealed;
use crate::asking::card;
use crate::asking::elevation;
use crate::asking::given::Given;
use crate::asking::kept::{self, Along, Kept, KeptFault, TRIES};
use crate::asking::pending::{AskedCommand, Needed, Pending, State, Subject, is_id, key_of};
use crate::asking::reason;
use crate::asking::tasks::{Understood, about, later, understood};
use crate::asking::transition::{OVERTAKEN, Press, Step, Unheard};
use crate::authorize::{self, Wanted};
use crate::bot::Inner;
use crate::command::AwsCommand;
use crate::job::{Payload, Task, new_id};
use crate::moment::Present;
use crate::outcome::causes;
use crate::record::{self, By};
use crate::repeat;
use crate::script::{self, ScriptCommand};
use crate::stored;

/// How long Slack's modal may take to open: its trigger is good for three seconds.
const MODAL: Duration = Duration::from_millis(2_000);

/// A press, read.
struct Pressed<'a> {
    inner: &'a Inner,
    press: Press,
    /// The question's id.
    id: &'a str,
    tenant: &'a str,
    user: &'a str,
    /// Whether Slack says that the user belongs to another workspace.
    from_elsewhere: bool,
    /// Where the pressed message can be replaced, and its presser told.
    url: Option<ResponseUrl>,
    /// What tells this press from others.
    once: String,
    at: UnixMillis,
}

/// What came of a press.
enum Became {
    /// It counted, and everything that follows is durable.
    Done,
    /// It did not count, for this reason.
    Not(String),
}

/// Takes a press of one of the cards' buttons, or a reason that was asked for; `None` if it is neither.
pub(crate) async fn press(inner: &Inner, interaction: &Interaction) -> Option<Ack> {
    let (press, id, once) = read(interaction)?;
    let url = interaction.response_url.as_ref().and_then(|url| inner.settings.response_bases.check(url).ok());
    let tenant = interaction.tenant();
    let pressed = Pressed {
        inner,
        press,
        id,
        tenant,
        user: &interaction.user_id,
        from_elsewhere: interaction.user_team_id.as_deref().is_some_and(|team| team != tenant),
        url,
        once,
        at: inner.clock.millis(),
    };
    inner.counters.pressed.add();
    if pressed.asks_for_reason(interaction).await {
        return Some(Ack::empty());
    }
    match pressed.apply().await {
        Ok(Became::Done) => {}
        Ok(Became::Not(why)) => {
            inner.counters.unheard.add();
            tracing::info!(user = pressed.user, why, "a press did not count");
            pressed.tell(&why).await;
        }
        Err(fault) => {
            inner.counters.store_failures.add();
            tracing::error!(fault = causes(&fault), "a press could not be written down");
            pressed
                .tell("Bellhop could not write this down, so nothing happened. Press again in a moment.")
                .await;
        }
    }
    Some(Ack::empty())
}

/// Which button, of which question, and what is the same when Slack sends it again.
fn read(interaction: &Interaction) -> Option<(Press, &str, String)> {
    match &interaction.kind {
        InteractionKind::BlockActions { actions, .. } => {
            let action = actions.first()?;
            let press = match action.entered.action_id.as_str() {
                card::RUN => Press::Run,
                card::CANCEL => Press::Cancel,
                card::APPROVE => Press::Approve,
                card::REJECT => Press::Reject(None),
                _ => return None,
            };
            let id = action.entered.text.as_deref().unwrap_or_default();
            let ts = action.action_ts.as_deref().unwrap_or_default();
            Some((press, id, ts.to_owned()))
        }
        InteractionKind::ViewSubmission(view) if view.callback_id.as_deref() == Some(reason::CALLBACK) => {
            let said = view.value(reason::INPUT).and_then(|entered| entered.text.clone());
            let press = Press::Reject(reason::bounded(&said.unwrap_or_default()));
            Some((press, &view.private_metadata, view.id.clone()))
        }
        _ => None,
    }
}

impl Pressed<'_> {
    /// Opens the form for a reason, where there is a way to; only for whom a rejection would count.
    async fn asks_for_reason(&self, interaction: &Interaction) -> bool {
        let is_button = matches!(interaction.kind, InteractionKind::BlockActions { .. });
        let (true, Press::Reject(_), Some(web), Some(trigger_id)) =
            (is_button, &self.press, &self.inner.web, &interaction.trigger_id)
        else {
            return false;
        };
        let Ok(Some(mut kept)) = self.load().await else { return false };
        if self.weigh(&mut kept.pending).is_err() {
            return false;
        }
        let Ok(view) = reason::form(self.id, &kept.pending) else { return false };
        let open = ViewsOpen { trigger_id, view: &view };
        let opened = web.ask_within(&open, MODAL);
        tokio::select! {
            opened = opened => opened.is_ok(),
            () = self.inner.clock.pause(MODAL) => false,
        }
    }

    async fn load(&self) -> Result<Option<Kept>, KeptFault> {
        if !is_id(self.id) {
            return Ok(None);
        }
        kept::load(self.inner, &key_of(self.tenant, self.id)).await
    }

    fn weigh(&self, pending: &mut Pending) -> Result<Step, Unheard> {
        if self.from_elsewhere {
            return Err(Unheard::NotYours);
        }
        let approvers = match &pending.need {
            Needed::Approval { approvers, .. } => approvers.clone(),
            Needed::Confirmation => Vec::new(),
        };
        let may = |user: &str| may_approve(self.inner, self.tenant, &approvers, user);
        pending.press(&self.press, self.user, may, self.at)
    }

    async fn apply(&self) -> Result<Became, KeptFault> {
        for _ in 0..TRIES {
            let Some(mut kept) = self.load().await? else {
                let why = "This question is not known here (any more): it is long over, or was asked in another workspace.";
                return Ok(Became::Not(why.to_owned()));
            };
            let step = match self.weigh(&mut kept.pending) {
                Ok(step) => step,
                Err(unheard) => return Ok(Became::Not(unheard.to_string())),
            };
            let along = match step {
                Step::Go => match self.go(&mut kept).await? {
                    Ok(along) => along,
                    Err(why) => return self.overtaken(kept, why).await,
                },
                Step::Counted { .. } | Step::Cancelled | Step::Rejected => self.follow(&kept, step)?,
            };
            let gives = !along.changes.is_empty();
            match kept::store(self.inner, &kept, along).await? {
                Committed::Done(_) => {
                    if gives {
                        self.inner.standing.renew(self.inner).await;
                    }
                    return Ok(Became::Done);
                }
                // Sent again by Slack, or pressed twice: the first one counted.
                Committed::Duplicate => return Ok(Became::Done),
                Committed::Conflict { .. } | Committed::Repeated(_) => {}
            }
        }
        Err(KeptFault::Contended)
    }

    /// What makes it happen, if it still may.
    async fn go(&self, kept: &mut Kept) -> Result<Result<Along, String>, KeptFault> {
        match &kept.pending.subject {
            Subject::Command(_) => self.run(kept).await,
            Subject::Elevation { .. } => self.elevate(kept).map(Ok),
        }
    }

    /// The job that runs the command: authorised now, and by its worker once more.
    async fn run(&self, kept: &mut Kept) -> Result<Result<Along, String>, KeptFault> {
        let (inner, pending) = (self.inner, &kept.pending);
        let Some(asked) = pending.command() else { return Ok(Err("It cannot be read any more.".to_owned())) };
        let understood = match understood(inner, asked) {
            None => return Ok(Err("The command means something else by now. Type it again.".to_owned())),
            Some(understood) => understood,
        };
        let given = given(pending);
        let caller = pending.caller();
        let present = Present::of(inner, &caller).await;
        let may = match understood {
            Understood::One(command) => may_call(inner, &present, asked, *command, &given),
            Understood::Several(script) => may_all(inner, &present, asked, &script, &given),
        };
        let May { class, guard, permit, facts } = match may {
            Ok(may) => may,
            Err(why) => return Ok(Err(why)),
        };
        let payload = Payload::about(pending, self.id, Task::Run).given(given.clone());
        let payload = match (&pending.need, &self.url) {
            (Needed::Confirmation, Some(url)) => payload.replacing(Some(url), self.at),
            _ => payload,
        };
        let job_id = new_id(self.at).map_err(crate::job::JobFault::from)?;
        let mut job = sealed(inner, &job_id, &format!("asked:{}", kept.key), class, self.at, &payload)?;
        let mark = (class == Class::Write).then(|| repeat::mark(&guard));
        job.guard = (class == Class::Write).then_some(guard);
        let facts = facts(about(kept, self.id).of_job(&job_id)).permit(&permit).given(&given, &caller.user);
        let rows = vec![facts.accepted(self.at, mark)];
        kept.pending.take(&job_id, self.at);
        Ok(Ok(Along { job: Some(job), rows, ..Along::default() }))
    }

    /// The right itself, and the news of it.
    fn elevate(&self, kept: &mut Kept) -> Result<Along, KeptFault> {
        let inner = self.inner;
        let change = elevation::given(inner, &kept.pending, self.at)?;
        kept.pending.take("", self.at);
        let rows = vec![about(kept, self.id).settled(self.at, "elevated", Some((By::Approved, self.user)))];
        let job = self.news(kept)?;
        Ok(Along { changes: change.into_iter().collect(), job: Some(job), rows })
    }

    /// What follows from a press that ends the question or brings it further.
    fn follow(&self, kept: &Kept, step: Step) -> Result<Along, KeptFault> {
        let (how, did) = match step {
            Step::Counted { have, of } => (format!("approved, {have} of {of}"), By::Approved),
            Step::Cancelled => ("cancelled".to_owned(), By::Cancelled),
            Step::Rejected | Step::Go => ("rejected".to_owned(), By::Rejected),
        };
        let rows = vec![about(kept, self.id).settled(self.at, &how, Some((did, self.user)))];
        Ok(Along { job: Some(self.news(kept)?), rows, ..Along::default() })
    }

    /// The job that brings what is shown in line.
    fn news(&self, kept: &Kept) -> Result<store::NewJob, KeptFault> {
        let payload = Payload::about(&kept.pending, self.id, Task::Refresh);
        let payload = payload.replacing(self.url.as_ref(), self.at);
        later(self.inner, &format!("pressed:{}:{}", kept.key, kept.version), self.at, &payload)
    }

    /// It may not happen any more: that ends the question.
    async fn overtaken(&self, mut kept: Kept, why: String) -> Result<Became, KeptFault> {
        kept.pending.state = State::Ended { how: OVERTAKEN.to_owned(), at: self.at.0 };
        let rows = vec![about(&kept, self.id).settled(self.at, OVERTAKEN, Some((By::Pressed, self.user)))];
        let job = Some(self.news(&kept)?);
        kept::store(self.inner, &kept, Along { job, rows, ..Along::default() }).await?;
        Ok(Became::Not(why))
    }

    /// Tells whoever pressed, and nobody else; by a job, so that a slow Slack holds up no door.
    async fn tell(&self, why: &str) {
        let Some(url) = &self.url else { return };
        let told = self.telling(url, &card::unheard(why));
        let stored = match told {
            Ok(job) => self.inner.store.enqueue_once(job, Vec::new()).await,
            Err(fault) => {
                tracing::error!(fault = causes(&fault), "an answer to a press could not be written down");
                return;
            }
        };
        self.inner.note(stored);
    }

    fn telling(&self, url: &ResponseUrl, reply: &Reply) -> Result<store::NewJob, KeptFault> {
        let bytes = stored::to_bytes(reply).map_err(|_| KeptFault::Contended)?;
        let reply = String::from_utf8_lossy(&bytes).into_owned();
        let payload = Payload::telling(self.tenant, self.user, reply, url, self.at);
        let key = format!("told:{}:{}:{}:{}", self.tenant, self.id, self.user, self.once);
        later(self.inner, &key, self.at, &payload)
    }
}

/// What may happen now that a word is given.
struct May {
    class: Class,
    guard: Guard,
    permit: Permit,
    /// What the record is told of it.
    facts: Box<dyn FnOnce(record::Facts) -> record::Facts + Send>,
}

/// Whether the rules of now let a call run, as what was promised.
fn may_call(
    inner: &Inner,
    present: &Present<'_>,
    asked: &AskedCommand,
    command: AwsCommand,
    given: &Given,
) -> Result<May, String> {
    let wanted = Wanted { account: Some(&asked.account), region: Some(&asked.region), given };
    let moment = present.moment();
    let moment = if asked.untagged { moment.without_tags() } else { moment };
    let allowed = authorize::call(moment, command, wanted);
    let (allowed, permit) =
        allowed.map_err(|refused| format!("The rules changed since it was asked: {}", refused.0))?;
    if permit.role_arn != asked.role {
        return Err("It would run in another role by now. Type it again.".to_owned());
    }
    let class = authorize::class_of(&allowed.what().invocation);
    let caller = present.moment().caller;
    let mut guard = repeat::guard(inner, caller, &allowed.what().meaning, &permit);
    guard.insist = true;
    let facts = Box::new(move |facts: record::Facts| facts.command(allowed.what()));
    Ok(May { class, guard, permit, facts })
}

/// The same for every call of a line that changes things.
fn may_all(
    inner: &Inner,
    present: &Present<'_>,
    asked: &AskedCommand,
    script: &ScriptCommand,
    given: &Given,
) -> Result<May, String> {
    let permitted = script::permits(present.moment(), script.writes(), &asked.promises, given);
    let permitted = permitted.map_err(|(_, why)| format!("The rules changed since it was asked: {why}"))?;
    if permitted.lack.is_some() {
        return Err("The rules changed since it was asked: another word is needed.".to_owned());
    }
    let permit = permitted.permits.into_iter().next();
    let permit = permit.ok_or_else(|| "Nothing in it changes anything.".to_owned())?;
    let caller = present.moment().caller;
    let mut guard = repeat::guard(inner, caller, &script.meaning, &permit);
    guard.insist = true;
    let shown = script.shown.clone();
    Ok(May { class: Class::Write, guard, permit, facts: Box::new(move |facts| facts.line(&shown)) })
}

/// The word that a question holds by now.
fn given(pending: &Pending) -> Given {
    match pending.need {
        Needed::Confirmation => Given::Confirmed,
        Needed::Approval { .. } => {
            Given::Approved(pending.votes.iter().map(|vote| vote.user.clone()).collect())
        }
    }
}
