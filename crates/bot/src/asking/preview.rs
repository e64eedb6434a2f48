//! Looks at what a command would touch, before anybody is asked about it.
//!
//! Everything here is asked as the caller, allowed by the caller's own grants, and given up after `settings.preview_within`: a card is
//! never late for it. What could not be found out becomes a sentence.

use std::time::Duration;

use aws_call::{CallError, CallOptions, Idempotency};
use aws_cli::ExecuteError;
use policy::Permit;
use value::Value;

use crate::ack::service_name;
use crate::asking::findings::{DryRun, Findings, Thing};
use crate::asking::given::Given;
use crate::asking::tags;
use crate::asking::things::{self, LISTED, Named};
use crate::authorize::{self, Authorized, Wanted};
use crate::bot::Inner;
use crate::clock::in_millis;
use crate::command::{self, AwsCommand, Command};
use crate::delegation;
use crate::moment::{Moment, Present};
use crate::request::Caller;

/// How many commands look things up at most.
const LOOKUPS: usize = 6;

/// Who looks, and where.
pub(crate) struct Viewer<'a> {
    pub(crate) inner: &'a Inner,
    pub(crate) present: &'a Present<'a>,
    pub(crate) moment: Moment<'a>,
    pub(crate) caller: &'a Caller,
    pub(crate) permit: &'a Permit,
}

/// Why something could not be found out.
enum Blind {
    /// The caller may not look.
    NotAllowed(String),
    /// AWS refused, or did not answer in time.
    Failed(String),
}

impl Viewer<'_> {
    /// Finds out what it can about a command; a second copy of it asks AWS what it would answer.
    pub(crate) async fn look(&self, command: &AwsCommand, copy: AwsCommand) -> Findings {
        let call = &command.invocation.call;
        let named = things::named_by(call.service.name(), &call.params);
        let until = self.inner.clock.millis().plus(in_millis(self.inner.settings.preview_within)).0;
        let (mut findings, (dry_run, blind)) =
            tokio::join!(self.things(named, until), self.dry_run(copy, until));
        findings.dry_run = dry_run;
        findings.unknown.extend(blind);
        findings
    }

    async fn things(&self, named: Vec<Named>, until: i64) -> Findings {
        let mut findings = Findings::default();
        let mut lookups = 0;
        for Named { kind, ids } in named {
            let listed = ids.len().min(LISTED.saturating_sub(findings.things.len()));
            findings.more += ids.len() - listed;
            let ids = &ids[..listed];
            let mut seen = Vec::new();
            if !kind.command.is_empty() && ids.iter().all(|id| things::is_plain(id)) {
                let at_once = if kind.several { ids.len().max(1) } else { 1 };
                for some in ids.chunks(at_once) {
                    lookups += 1;
                    if lookups > LOOKUPS {
                        findings
                            .unknown
                            .push(format!("Not every {} was looked up: there are many.", kind.noun));
                        break;
                    }
                    match self.ask(&format!("{} {}", kind.command, some.join(" ")), until).await {
                        Ok(answer) => seen.extend(kind.read(&answer)),
                        Err(blind) => findings.unknown.push(blind.sentence(kind.noun)),
                    }
                }
            }
            findings.things.extend(ids.iter().map(|id| known(&seen, id).unwrap_or_else(|| kind.unseen(id))));
        }
        findings
    }

    /// A read in the caller's name.
    async fn ask(&self, line: &str, until: i64) -> Result<Value, Blind> {
        let Viewer { inner, moment, permit, .. } = self;
        let Ok(Command::Aws(command)) = command::understand(line, &inner.catalog, &inner.settings) else {
            return Err(Blind::Failed("it cannot be asked for".to_owned()));
        };
        let action = command.invocation.iam_action.clone();
        let wanted =
            Wanted { account: Some(&permit.account), region: Some(&permit.region), given: &Given::Nothing };
        let allowed = authorize::call(*moment, command, wanted);
        let (allowed, permit) = allowed.map_err(|_| Blind::NotAllowed(action))?;
        match self.run(&allowed, &permit, until).await {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(error)) => Err(Blind::Failed(said(&error))),
            None => Err(Blind::late()),
        }
    }

    /// What AWS says to the call as a dry run, and what stood in the way of asking.
    async fn dry_run(&self, command: AwsCommand, until: i64) -> (Option<DryRun>, Option<String>) {
        let Viewer { moment, permit, .. } = self;
        let wanted =
            Wanted { account: Some(&permit.account), region: Some(&permit.region), given: &Given::Nothing };
        let (allowed, permit) = match authorize::dry_run(*moment, command, wanted) {
            Ok(allowed) => allowed,
            Err(None) => return (None, None),
            Err(Some(reason)) => return (None, Some(reason.to_string())),
        };
        match self.run(&allowed, &permit, until).await {
            Some(Err(ExecuteError::Call(CallError::Rejected(error)))) => {
                (Some(DryRun::of(&error.code, &error.message)), None)
            }
            Some(Ok(_)) => (None, Some("AWS gave no clear answer to a dry run.".to_owned())),
            Some(Err(error)) => (None, Some(format!("A dry run was not answered: {}.", said(&error)))),
            None => (None, Some("A dry run was not answered in time, or may not be made.".to_owned())),
        }
    }

    /// Makes one call; `None` when time is over, the role is not to be had, or a tag that it rests on is missing.
    async fn run(
        &self,
        allowed: &Authorized<AwsCommand>,
        permit: &Permit,
        until: i64,
    ) -> Option<Result<Value, ExecuteError>> {
        let clock = &self.inner.clock;
        let left = Duration::from_millis(u64::try_from(until - clock.millis().0).unwrap_or(0));
        tokio::select! {
            answered = self.call(allowed, permit, left) => answered,
            () = clock.pause(left) => None,
        }
    }

    async fn call(
        &self,
        allowed: &Authorized<AwsCommand>,
        permit: &Permit,
        left: Duration,
    ) -> Option<Result<Value, ExecuteError>> {
        let Viewer { inner, present, caller, .. } = self;
        let invocation = &allowed.what().invocation;
        delegation::check(inner, &present.rules, caller, permit).await.ok()?;
        let account = present.rules.accounts.get(&permit.account).cloned().unwrap_or_default();
        let session = inner.sessions.session(&inner.catalog, caller, permit, &account, invocation).ok()?;
        let (credentials, _) = inner.sessions.open(&session);
        if tags::missing(inner, invocation, permit, &credentials).await.is_some() {
            return None;
        }
        let options = CallOptions {
            region: Some(permit.region.clone()),
            credentials: Some(credentials),
            idempotency: Idempotency::Random,
            deadline: Some(left),
            ..inner.aws.options(service_name(invocation))
        };
        Some(inner.aws.execute(invocation, &options).await)
    }
}

fn known(seen: &[Thing], id: &str) -> Option<Thing> {
    seen.iter().find(|thing| thing.id == id).cloned()
}

fn said(error: &ExecuteError) -> String {
    let text = match error {
        ExecuteError::Call(CallError::Rejected(error)) => format!("{}: {}", error.code, error.message),
        other => other.to_string(),
    };
    text.chars().take(300).collect()
}

impl Blind {
    fn late() -> Blind {
        Blind::Failed("AWS did not answer in time, or may not be asked".to_owned())
    }

    fn sentence(&self, noun: &str) -> String {
        match self {
            Blind::NotAllowed(action) => {
                format!("Names and states of each {noun} are not shown: you are not granted {action}.")
            }
            Blind::Failed(why) => format!("Names and states of each {noun} are not shown: {why}."),
        }
    }
}
