//! The bot: its parts, and the ways in.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use aws_model::Catalog;
use render::{Facts, Problem, Reply, Status, to_slack};
use slack::web::Call;
use slack::{EventRequest, Interaction, Post, Secret, SlashCommand, WebApi};
use store::index::Index;
use store::{Recovery, SigningKey, Store, StoreError, UnixMillis};
use tokio::sync::{Mutex, Notify};
use tracing::Instrument as _;

use crate::access::{self, Access};
use crate::ack::{self, Ack, AckBody, Admission};
use crate::aliases;
use crate::asking::LiveStanding;
use crate::aws::Aws;
use crate::bell::Bell;
use crate::clock::{BotClock, in_millis};
use crate::command::NotUnderstood;
use crate::counters::Counters;
use crate::delegation::Holders;
use crate::discovery;
use crate::event;
use crate::find::sweep;
use crate::follow::{self, Follow};
use crate::health;
use crate::history::Running;
use crate::job::new_id;
use crate::journal::{self, AuditCopy};
use crate::listen;
use crate::members::{self, Members};
use crate::press;
use crate::reach::regions::KnownRegions;
use crate::record;
use crate::request::{self, AnswerTo, Caller, Request};
use crate::roles::{RoleSource, Sessions};
use crate::rounds::{self, Swept, Taken};
use crate::rules::{LiveRules, Rules};
use crate::rung::Rung;
use crate::seal::Keyring;
use crate::settings::Settings;
use crate::watched::Watched;
use crate::worker;

/// How long after its time a process may still seem to be there: clocks differ.
const GONE_MS: i64 = 5_000;

/// What a bot is made of.
pub struct BotParts {
    /// Where jobs and the audit are kept.
    pub store: Arc<dyn Store>,
    /// The service models.
    pub catalog: Catalog,
    /// Makes calls.
    pub aws: Arc<dyn Aws>,
    /// Assumes roles.
    pub roles: Arc<dyn RoleSource>,
    /// Who may do what; may be replaced meanwhile.
    pub rules: Arc<LiveRules>,
    /// Tells workers of other processes that there is a job, if there are any.
    pub bell: Option<Arc<dyn Bell>>,
    /// Posts answers.
    pub post: Arc<dyn Post>,
    /// Slack's Web API, where there is a token for it.
    pub web: Option<WebParts>,
    /// Time.
    pub clock: Arc<dyn aws_call::Clock>,
    /// Seals what is kept.
    pub seal: Keyring,
    /// Signs the record's head, if it is to be signed.
    pub signing: Option<SigningKey>,
    /// Where the record is copied to, if it is.
    pub copy: Option<Arc<dyn AuditCopy>>,
    /// What is found without asking AWS, if that is kept.
    pub index: Option<Arc<dyn Index>>,
    /// What else is configured.
    pub settings: Settings,
}

/// What Slack's Web API is spoken to with.
#[derive(Clone)]
pub struct WebParts {
    /// Sends requests.
    pub call: Arc<dyn Call>,
    /// The bot's token.
    pub token: Secret,
}

/// A line that somebody runs from a terminal as a Slack user.
#[derive(Debug, Clone)]
pub struct RunAs {
    /// The line, as it would follow the slash command.
    pub line: String,
    /// The workspace.
    pub team: String,
    /// The Slack user whose rights count.
    pub user: String,
    /// The channel in which it counts as typed.
    pub channel: String,
    /// The system user who does so; recorded.
    pub spoken_by: String,
}

/// The bot. Clones are the same bot.
#[derive(Clone)]
pub struct Bot {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Arc<dyn Store>,
    /// The same store, to ask whether it writes.
    watched: Arc<Watched>,
    pub(crate) catalog: Catalog,
    pub(crate) aws: Arc<dyn Aws>,
    pub(crate) sessions: Sessions,
    /// Who was seen to hold the policy of a guarded role.
    pub(crate) holders: Holders,
    pub(crate) rules: Arc<LiveRules>,
    /// What is frozen, and what was given for a while.
    pub(crate) standing: LiveStanding,
    pub(crate) post: Arc<dyn Post>,
    /// None without a token.
    pub(crate) web: Option<WebApi>,
    pub(crate) clock: BotClock,
    pub(crate) seal: Arc<Keyring>,
    pub(crate) signing: Option<Arc<SigningKey>>,
    pub(crate) copy: Option<Arc<dyn AuditCopy>>,
    /// What there was when it was last listed.
    pub(crate) index: Option<Arc<dyn Index>>,
    pub(crate) members: Members,
    pub(crate) access: Access,
    /// How far this process has followed others that share the store.
    pub(crate) follow: Follow,
    pub(crate) settings: Settings,
    pub(crate) counters: Arc<Counters>,
    /// Which regions accounts have switched off.
    pub(crate) regions: KnownRegions,
    /// Held while it is found out what came of a write that is typed again.
    pub(crate) repeats: Mutex<()>,
    /// Which jobs run here.
    pub(crate) running: Running,
    /// Rung when there is a new job, or a place to work becomes free.
    pub(crate) bell: Arc<Notify>,
    /// Rung for workers of other processes.
    pub(crate) far: Option<Arc<dyn Bell>>,
    /// When this process has to be done, in milliseconds since 1970; 0 where nobody says so.
    until: AtomicI64,
}

impl Bot {
    /// A bot of those parts. It does nothing until it is asked.
    pub fn new(parts: BotParts) -> Bot {
        let BotParts {
            store,
            catalog,
            aws,
            roles,
            rules,
            bell,
            post,
            web,
            clock,
            seal,
            signing,
            copy,
            index,
            settings,
        } = parts;
        let seal = Arc::new(seal);
        let watched = Arc::new(Watched::new(
            store,
            Arc::clone(&seal),
            Arc::clone(&settings.telemetry),
            Arc::clone(&clock),
        ));
        let clock = BotClock(clock);
        let (counters, here) = (Arc::new(Counters::default()), Arc::new(Notify::new()));
        let rung = Rung {
            store: Arc::clone(&watched) as Arc<dyn Store>,
            here: Arc::clone(&here),
            far: bell.clone(),
            seal: Arc::clone(&seal),
            clock: clock.clone(),
            counters: Arc::clone(&counters),
        };
        let web = web.map(|web| WebApi::new(web.call, Arc::new(clock.clone()), web.token));
        let inner = Inner {
            store: Arc::new(rung),
            watched,
            catalog,
            aws,
            sessions: Sessions::new(roles),
            holders: Holders::default(),
            rules,
            standing: LiveStanding::default(),
            post,
            web,
            clock,
            seal,
            signing: signing.map(Arc::new),
            copy,
            index,
            members: Members::new(settings.membership_limits),
            access: Access::default(),
            follow: Follow::default(),
            settings,
            counters,
            regions: KnownRegions::default(),
            repeats: Mutex::new(()),
            running: Running::default(),
            bell: here,
            far: bell,
            until: AtomicI64::new(0),
        };
        Bot { inner: Arc::new(inner) }
    }

    /// Takes a verified slash command. When this returns, its job is durable, or there is none.
    pub async fn accept(&self, command: &SlashCommand) -> Ack {
        let inner = &self.inner;
        let (at, started) = (inner.clock.millis(), inner.clock.0.instant());
        inner.counters.received.add();
        let ack = match request::from_slash_command(command, &inner.settings, at) {
            Ok(request) => self.answer(&request).await,
            Err(fault) => {
                inner.counters.unusable.add();
                tracing::warn!(fault = %fault, "a signed slash command was not taken");
                Ack::refused(&fault)
            }
        };
        inner.counters.ack_micros.add_time(inner.clock.0.instant().saturating_duration_since(started));
        ack
    }

    async fn answer(&self, request: &Request) -> Ack {
        let deciding = Box::pin(ack::admit(&self.inner, request, false)).instrument(deciding());
        let reply = match deciding.await {
            Admission::Answered(reply) => reply,
            Admission::Accepted { reply, .. } => reply,
            Admission::Duplicate => return Ack::empty(),
        };
        Ack { status: 200, body: AckBody::Message(Box::new(to_slack(&reply))) }
    }

    /// Takes a verified interaction: a pressed button, a modal that was sent off.
    pub async fn press(&self, interaction: &Interaction) -> Ack {
        press::press(&self.inner, interaction).await
    }

    /// What a select offers for what was typed in it; `None` if it asks for nothing. Nothing is offered to whom it is not
    /// for.
    pub async fn offer(&self, interaction: &Interaction) -> Option<Ack> {
        press::offer(&self.inner, interaction).await
    }

    /// Takes what Slack posted to the events' address, verified. When this returns 200, what it changes is durable.
    pub async fn event(&self, request: &EventRequest) -> Ack {
        event::take(&self.inner, request).await
    }

    /// Finds what a predecessor left undone; call it once, before [`Bot::run_workers`], as the owner of the store.
    ///
    /// # Errors
    /// The store failed, or belongs to somebody else.
    pub async fn recover(&self) -> Result<Recovery, StoreError> {
        let recovery = self.inner.store.recover(self.inner.clock.millis()).await?;
        let Recovery { interrupted, doubtful, undelivered } = recovery;
        tracing::info!(interrupted, doubtful, undelivered, "looked for work left undone");
        Ok(recovery)
    }

    /// Works on jobs until `shutdown` resolves, then waits for what is running, at most `settings.drain`.
    pub async fn run_workers(&self, shutdown: impl Future<Output = ()> + Send) {
        listen::work(&self.inner, shutdown).await;
    }

    /// Works on one job that somebody rang for, to its end: claims it, runs it, delivers its answer, closes it. Nothing is
    /// left running afterwards.
    pub async fn take(&self, job: &str) -> Taken {
        rounds::take(&self.inner, job).await
    }

    /// The same for several jobs, as many of them at a time as may work; what became of each, in their order.
    pub async fn take_all(&self, jobs: &[&str]) -> Vec<Taken> {
        rounds::take_all(&self.inner, jobs).await
    }

    /// Works on whatever is ready and was not rung for, then does once what keepers do, as far as the time allows.
    /// Nothing is left running afterwards.
    pub async fn sweep(&self) -> Swept {
        rounds::sweep(&self.inner).await
    }

    /// From now on whatever runs here has to be done by then; `None` lifts that.
    pub fn finish_by(&self, until: Option<UnixMillis>) {
        self.inner.until.store(until.map_or(0, |until| until.0.max(1)), Ordering::Relaxed);
    }

    /// Takes up what other processes changed about rights, for a process that nothing keeps up to date meanwhile.
    ///
    /// # Errors
    /// The store does not answer: what is known stays as it was.
    pub async fn catch_up(&self) -> Result<(), StoreError> {
        access::catch_up(&self.inner).await
    }

    /// Takes up what the store keeps beside jobs: accounts that were discovered before, who is in which group, grants that
    /// were made from Slack. Call it once, before anything is accepted.
    ///
    /// # Errors
    /// The store failed.
    pub async fn prepare(&self) -> Result<(), StoreError> {
        follow::start(&self.inner).await
    }

    /// Keeps what needs no request until `shutdown` resolves: the record is signed and copied, accounts are discovered,
    /// members of groups are read, and grants that others make are followed.
    pub async fn run_keepers(&self, shutdown: impl Future<Output = ()> + Send) {
        let inner = &self.inner;
        members::tell_what_is_missing(inner);
        let keeping = async {
            tokio::join!(
                journal::keep(inner),
                discovery::keep(inner),
                members::sync::keep(inner),
                access::keep(inner),
                sweep::keep(inner)
            )
        };
        tokio::select! {
            () = shutdown => {}
            _ = keeping => {}
        }
    }

    /// The rules of the file, as they were given last.
    pub fn rules_of_file(&self) -> Rules {
        self.inner.rules.file()
    }

    /// Puts those of another version of the file in their place. Whatever is authorised from now on, queued jobs included,
    /// is decided by them.
    pub fn replace_rules(&self, rules: Rules) {
        self.inner.rules.replace(rules);
        // They may name further groups.
        self.inner.members.look();
    }

    /// Signs the record as it stands.
    pub async fn sign_record(&self) {
        journal::sign_now(&self.inner).await;
    }

    /// The last thing to call: signs the record as it stands, and copies what is not copied yet if that goes quickly.
    pub async fn finish(&self) {
        journal::finish(&self.inner).await;
    }

    /// Runs a line from a terminal as a Slack user, by the same way that a slash command takes, and waits for the
    /// answer.
    pub async fn run_as(&self, run: RunAs) -> Reply {
        let inner = &self.inner;
        let at = inner.clock.millis();
        let Ok(key) = new_id(at) else { return failed("the system gives no randomness") };
        let request = Request {
            key: format!("terminal:{key}"),
            caller: Caller {
                tenant: run.team,
                user: run.user,
                channel: run.channel,
                spoken_by: Some(run.spoken_by),
            },
            line: run.line,
            at,
            answer: AnswerTo::Waiting,
        };
        inner.counters.received.add();
        match Box::pin(ack::admit(inner, &request, true)).instrument(deciding()).await {
            Admission::Answered(reply) => reply,
            Admission::Accepted { reply, job, fence: Some(fence) } => {
                let facts = reply.facts;
                let done = worker::run_held(inner, &job, &fence).await;
                done.unwrap_or_else(|fault| {
                    tracing::error!(request_id = job.id, fault = %fault, "a command could not be finished");
                    Reply { facts, ..failed("the store failed while it ran; the audit says how far it came") }
                })
            }
            Admission::Accepted { fence: None, .. } | Admission::Duplicate => {
                failed("the store did not keep its job")
            }
        }
    }

    /// The line that an alias comes to for somebody with those arguments, each one word: for a button that uses an alias.
    ///
    /// # Errors
    /// They have no such alias there, or it cannot be filled in.
    pub async fn line_of_alias(
        &self,
        caller: &Caller,
        name: &str,
        arguments: &[String],
    ) -> Result<String, NotUnderstood> {
        aliases::line_of(&self.inner, caller, name, arguments).await
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }

    /// What was counted so far.
    pub fn counters(&self) -> &Counters {
        &self.inner.counters
    }

    /// How many sessions of roles are kept.
    pub fn sessions(&self) -> usize {
        self.inner.sessions.count()
    }

    /// For how long the job that waits longest could have been taken up; `None` if none waits.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn waiting(&self) -> Result<Option<Duration>, StoreError> {
        health::waiting(&self.inner).await
    }

    /// How many jobs stand where.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn totals(&self) -> Result<store::Totals, StoreError> {
        self.inner.store.totals().await
    }

    /// Whether the store answers, and takes writes: for readiness checks. After a write that failed this writes a row of
    /// the audit; where that holds, the row says that writing goes on.
    ///
    /// # Errors
    /// It does not.
    pub async fn ready(&self) -> Result<(), StoreError> {
        let inner = &self.inner;
        inner.store.totals().await?;
        if inner.watched.is_failing() {
            inner.store.append_audit(vec![record::writes_again(inner.clock.millis())]).await?;
        }
        Ok(())
    }
}

impl Inner {
    /// Until when a job that starts now is held.
    pub(crate) fn lease(&self, now: UnixMillis) -> UnixMillis {
        let limit = in_millis(self.time_limit());
        // What is done beside the command itself takes its time too.
        self.held_until(now.plus(limit).plus((limit / 5).clamp(5_000, 60_000)))
    }

    /// Until then, or until this process is surely gone: whatever it holds, others may take from then on.
    pub(crate) fn held_until(&self, wanted: UnixMillis) -> UnixMillis {
        match self.until.load(Ordering::Relaxed) {
            0 => wanted,
            until => wanted.min(UnixMillis(until).plus(GONE_MS)),
        }
    }

    /// How long a command that begins now may take.
    pub(crate) fn time_limit(&self) -> Duration {
        let limit = self.settings.time_limit;
        self.left().map_or(limit, |left| limit.min(left.saturating_sub(rounds::FINISH)))
    }

    /// How long this process still has, where somebody said so.
    pub(crate) fn left(&self) -> Option<Duration> {
        let until = self.until.load(Ordering::Relaxed);
        let left = || u64::try_from(UnixMillis(until).since(self.clock.millis())).unwrap_or(0);
        (until != 0).then(|| Duration::from_millis(left()))
    }

    /// Counts and logs a failure of the store that nobody can be told of.
    pub(crate) fn note<T>(&self, result: Result<T, StoreError>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.counters.store_failures.add();
                tracing::error!(error = %error, "the store failed");
                None
            }
        }
    }
}

/// The span of a decision; its request's id comes later.
fn deciding() -> tracing::Span {
    tracing::info_span!("decide", request_id = tracing::field::Empty)
}

fn failed(why: &str) -> Reply {
    let problem = Problem::new("Bellhop itself failed.").why(why);
    Reply::problem(Facts::default(), Status::Failed, problem)
}
