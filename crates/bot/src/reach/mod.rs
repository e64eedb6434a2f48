//! What a command that runs in a worker may ask of AWS: reads, here or in many places at once.
//!
//! Each read is authorised by the rules of its moment, for the place that it is made in, and made in the caller's own
//! role; secrets are masked before anybody looks at the answer. Invariant: nothing here changes anything; what writes
//! becomes a line of its own and goes the ordinary way.

mod apart;
pub(crate) mod fault;
mod gate;
pub(crate) mod merge;
pub(crate) mod regions;
pub(crate) mod scope;
mod spread;
pub(crate) mod survey;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_call::{CallOptions, Idempotency, RequestIds};
use policy::{Account, Permit, Reason};
use value::Value;

use crate::ack::service_name;
use crate::asking::{Given, tags};
use crate::authorize::{self, Refusal, Wanted};
use crate::bot::Inner;
use crate::command::{self, AwsCommand, Command};
use crate::delegation;
use crate::execute::without_secrets;
use crate::moment::{Moment, Present};
use crate::record;
use crate::request::Request;

use apart::apart;
use fault::ScopeFault;
use scope::{Places, Regions, Scope, Selection};
pub(crate) use spread::DEADLINE;
use survey::Survey;

/// The most bytes of one place's answer.
const MAX_BODY: usize = 16 * 1024 * 1024;
/// The most values of it.
const MAX_VALUES: usize = 1_000_000;

/// The longest pause before a call is made again in one of many places: whoever is asked too often is rather asked again
/// by the spread, which knows how many are.
const LONGEST_PAUSE: Duration = Duration::from_millis(300);

/// From so many places on, what is made and read for each is spread over the processors.
const CROWD: usize = 16;

/// What a running command can reach.
#[derive(Clone)]
pub(crate) struct Reach<'a> {
    pub(crate) inner: &'a Inner,
    /// Who asks, where, when, and where the answer goes.
    pub(crate) request: &'a Request,
    pub(crate) present: &'a Present<'a>,
    /// Notes the exchanges for the record.
    pub(crate) facts: &'a record::Facts,
    /// Where one of many places notes its own.
    exchanges: Option<Arc<RequestIds>>,
    /// Whether so many others ask at the same time that each call is worth a task.
    crowded: bool,
}

/// Why something cannot be asked anywhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoRead {
    /// The line means nothing.
    #[error("{0}")]
    NotUnderstood(String),
    /// It would change something.
    #[error("`{0}` does more than read")]
    Writes(String),
}

impl<'a> Reach<'a> {
    /// What that request can reach.
    pub(crate) fn new(
        inner: &'a Inner,
        request: &'a Request,
        present: &'a Present<'a>,
        facts: &'a record::Facts,
    ) -> Reach<'a> {
        Reach { inner, request, present, facts, exchanges: None, crowded: false }
    }

    /// A line of the AWS CLI that only reads, such as `ec2 describe-instances --instance-ids i-0abc`. Words from outside
    /// are given as words of their own: nothing in them is read as a line.
    ///
    /// # Errors
    /// It means nothing, or does more than read.
    pub(crate) fn reading<W: AsRef<str>>(&self, words: &[W]) -> Result<AwsCommand, NoRead> {
        let words = words.iter().map(|word| word.as_ref().to_owned()).collect();
        let understood = command::of_words(words, &self.inner.catalog, &self.inner.settings);
        match understood {
            Ok(Command::Aws(command)) if only_reads(&command) => Ok(command),
            Ok(Command::Aws(command)) => Err(NoRead::Writes(command.shown)),
            Ok(_) => Err(NoRead::NotUnderstood("this is no call".to_owned())),
            Err(fault) => Err(NoRead::NotUnderstood(fault.to_string())),
        }
    }

    /// Whether the rules let the caller make that call in a place; by default, in the place they give first.
    pub(crate) fn decide(
        &self,
        command: &AwsCommand,
        account: Option<&str>,
        region: Option<&str>,
    ) -> Result<Permit, Reason> {
        let wanted = Wanted { account, region, given: &Given::Nothing };
        authorize::permit(self.present.moment(), command, wanted)
    }

    /// Where the rules let the caller make that call, among the places of a selection.
    pub(crate) async fn places(&self, command: &AwsCommand, selection: &Selection) -> Places {
        let accounts = self.present.rules.policy.accounts();
        let decide = |account: Option<&str>, region: Option<&str>| {
            let permit = self.decide(command, account, region)?;
            Ok(Scope { account: permit.account, region: permit.region })
        };
        let once = is_the_same_everywhere(command);
        if selection.regions == Regions::All && !once {
            let single = Selection { regions: Regions::First, ..selection.clone() };
            let reached = scope::places(accounts, &single, true, decide, |_, _| false);
            let of_reached =
                |account: &&Account| reached.open.iter().any(|scope| scope.account == account.name);
            let asked: Vec<&Account> = accounts.iter().filter(of_reached).collect();
            regions::learn(self.inner, &self.present.rules, &self.request.caller, &asked).await;
        }
        let off = |account: &Account, region: &str| {
            selection.regions == Regions::All && self.inner.regions.is_off(account, region)
        };
        scope::places(accounts, selection, once, decide, off)
    }

    /// Makes that call in one place: all of its pages, as they are before `--query`.
    ///
    /// # Errors
    /// The rules do not let the caller there, or there was no answer.
    pub(crate) async fn read(&self, command: &AwsCommand, scope: &Scope) -> Result<Value, ScopeFault> {
        let moment = self.present.moment();
        match self.read_by(moment, command, scope).await {
            // Another grant may allow it whatever the tags are.
            Err(Unread::Untagged(why)) => match self.read_by(moment.without_tags(), command, scope).await {
                Err(_) => Err(ScopeFault::Denied(why)),
                Ok(value) => Ok(value),
            },
            Err(Unread::Fault(fault)) => Err(fault),
            Ok(value) => Ok(value),
        }
    }

    async fn read_by(
        &self,
        moment: Moment<'_>,
        command: &AwsCommand,
        scope: &Scope,
    ) -> Result<Value, Unread> {
        let Reach { inner, present, request, .. } = self;
        let caller = &request.caller;
        let given = Given::Nothing;
        let wanted = Wanted { account: Some(&scope.account), region: Some(&scope.region), given: &given };
        let (allowed, permit) = authorize::shared(moment, command, wanted)
            .map_err(|refusal| ScopeFault::Denied(sentence(&refusal)))?;
        self.facts.reads(&permit);
        let lent = delegation::check(inner, &present.rules, caller, &permit).await;
        lent.map_err(|why| ScopeFault::NoRole(why.to_string()))?;
        let settings = present.rules.accounts.get(&permit.account).cloned().unwrap_or_default();
        let invocation = &allowed.what().invocation;
        // One session serves all regions of an account.
        let accounts = present.rules.policy.accounts();
        let home = accounts.iter().find(|account| account.name == permit.account);
        let region = home.and_then(Account::default_region).unwrap_or(&permit.region).to_owned();
        let at_home = Permit { region, ..permit.clone() };
        let session = inner.sessions.session(&inner.catalog, caller, &at_home, &settings, invocation);
        let session = session.map_err(|fault| ScopeFault::NoRole(fault.to_string()))?;
        let (credentials, new) = inner.sessions.open(&session);
        if new {
            let row = self.facts.clone().permit(&permit).assumes(inner.clock.millis(), &session);
            inner.note(inner.store.append_audit(vec![row]).await);
        }
        if let Err(error) = credentials.credentials().await {
            inner.sessions.forget(&session);
            return Err(ScopeFault::NoRole(no_role(&error, &permit.role_arn)).into());
        }
        if let Some(why) = tags::missing(inner, invocation, &permit, &credentials).await {
            return Err(Unread::Untagged(why));
        }
        let mut options = CallOptions {
            region: Some(permit.region.clone()),
            credentials: Some(credentials),
            idempotency: Idempotency::Random,
            deadline: Some(inner.time_limit()),
            seen: Some(self.exchanges.clone().unwrap_or_else(|| self.facts.seen())),
            ..inner.aws.options(service_name(invocation))
        };
        if self.exchanges.is_some() {
            options.retry.longest_pause = LONGEST_PAUSE;
        }
        options.parse.max_body = options.parse.max_body.min(MAX_BODY);
        options.parse.max_values = options.parse.max_values.min(MAX_VALUES);
        options.parse.max_merged_values = options.parse.max_merged_values.min(MAX_VALUES);
        let answered = if self.crowded {
            let (aws, call) = (Arc::clone(&inner.aws), invocation.as_ref().clone());
            apart(async move { aws.execute(&call, &options).await }).await.ok_or(ScopeFault::Late)?
        } else {
            inner.aws.execute(invocation, &options).await
        };
        let value = answered.map_err(|error| ScopeFault::of(&error, &permit.role_arn))?;
        Ok(without_secrets(value, invocation, permit.levels))
    }

    /// Makes a call, given as words, in one place.
    ///
    /// # Errors
    /// The words are no call that only reads, the rules do not let the caller there, or there was no answer.
    pub(crate) async fn read_there<W: AsRef<str>>(
        &self,
        words: &[W],
        scope: &Scope,
    ) -> Result<Value, ScopeFault> {
        let command = self.reading(words).map_err(|fault| ScopeFault::Failed(fault.to_string()))?;
        self.read(&command, scope).await
    }

    /// Asks in every open place by what reaches there, and hands each answer out as it comes.
    pub(crate) async fn spread<T, F>(
        &self,
        places: &Places,
        deadline: Duration,
        ask: impl Fn(Reach<'a>, Scope) -> F,
        take: impl FnMut(&Scope, T),
    ) -> Survey
    where
        F: Future<Output = Result<T, ScopeFault>>,
    {
        let crowded = places.open.len() >= CROWD;
        let ask =
            |exchanges, scope| ask(Reach { exchanges: Some(exchanges), crowded, ..self.clone() }, scope);
        spread::spread(&self.inner.clock, &self.facts.seen(), places, deadline, ask, take).await
    }

    /// Makes one call wherever a selection and the rules let it be made.
    pub(crate) async fn read_everywhere(
        &self,
        command: &AwsCommand,
        selection: &Selection,
        take: impl FnMut(&Scope, Value),
    ) -> Survey {
        let places = self.places(command, selection).await;
        let ask = |there: Reach<'a>, scope| async move { there.read(command, &scope).await };
        self.spread(&places, DEADLINE, ask, take).await
    }

    /// Makes one call in the place that the selection names, or the one that the rules give first.
    ///
    /// # Errors
    /// The rules do not let the caller there, or there was no answer.
    pub(crate) async fn read_here(
        &self,
        command: &AwsCommand,
        selection: &Selection,
    ) -> Result<(Scope, Value), ScopeFault> {
        let (account, region) = (selection.accounts.single(), selection.regions.single());
        let permit =
            self.decide(command, account, region).map_err(|why| ScopeFault::Denied(why.to_string()))?;
        let scope = Scope { account: permit.account, region: permit.region };
        let value = self.read(command, &scope).await?;
        Ok((scope, value))
    }
}

/// Why a read was not made.
enum Unread {
    Fault(ScopeFault),
    /// What it names lacks the tags that its grant asks for.
    Untagged(String),
}

impl From<ScopeFault> for Unread {
    fn from(fault: ScopeFault) -> Unread {
        Unread::Fault(fault)
    }
}

/// Where the rules let a call be made that changes things, among the places of a selection; nothing is asked of AWS.
pub(crate) fn listed(
    inner: &Inner,
    present: &Present<'_>,
    command: &AwsCommand,
    selection: &Selection,
) -> Places {
    let given = Given::Nothing;
    let decide = |account: Option<&str>, region: Option<&str>| {
        let wanted = Wanted { account, region, given: &given };
        let permit = authorize::permit(present.moment(), command, wanted)?;
        Ok(Scope { account: permit.account, region: permit.region })
    };
    let off = |account: &Account, region: &str| {
        selection.regions == Regions::All && inner.regions.is_off(account, region)
    };
    let once = is_the_same_everywhere(command);
    scope::places(present.rules.policy.accounts(), selection, once, decide, off)
}

/// Whether a line only reads.
pub(crate) fn only_reads(command: &AwsCommand) -> bool {
    authorize::class_of(&command.invocation) == store::Class::Read
        && command.invocation.needs().all(|(_, level)| level.is_reading() || level == aws_cli::Level::Secret)
}

/// Whether a service answers the same in every region: by its model one global endpoint, or known to be so.
fn is_the_same_everywhere(command: &AwsCommand) -> bool {
    let call = &command.invocation.call;
    let listed = [
        ("s3", "ListBuckets"),
        ("ce", ""),
        ("organizations", ""),
        ("account", ""),
        ("budgets", ""),
        ("health", ""),
        ("support", ""),
    ];
    let is_listed = listed.iter().any(|(service, operation)| {
        call.service.name() == *service && (operation.is_empty() || call.operation == **operation)
    });
    is_listed
        || (call.service.metadata().global_endpoint.is_some()
            && !matches!(call.service.name(), "s3" | "s3api"))
}

fn no_role(error: &aws_call::CredentialsError, role: &str) -> String {
    match error {
        aws_call::CredentialsError::Fetch { code: Some(code), .. } => {
            format!("role {role} could not be assumed: {code}")
        }
        _ => format!("role {role} could not be assumed"),
    }
}

fn sentence(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Denied(reason) => reason.to_string(),
        Refusal::NeedsConfirmation(permit) => {
            format!("{} asks for a confirmation even of reads", permit.grant)
        }
        Refusal::NeedsApproval(permit, _) => format!("{} asks for an approval even of reads", permit.grant),
    }
}
