//! The calls of a script: reads as they come, changes as they were promised.

use render::{Facts, Problem, Reply, Status};
use store::Fence;

use super::leaf::Given;
use super::several::Promise;
use super::work::{Runner, Stop, because};
use crate::authorize::{self, Wanted};
use crate::command::{self, AwsCommand, Command, Flags};
use crate::commands::{Asked, BuiltIn, Context, Run, Worked, Working};
use crate::delegation;
use crate::execute::{Made, Making};
use crate::outcome::{Outcome, no_session};
use crate::output::Output;
use crate::reach::Reach;
use crate::reach::scope::{Scope, Selection};
use crate::work::{self, Held};

/// A command of Bellhop's own within a script.
struct Own<'a> {
    entry: &'static BuiltIn,
    words: &'a [String],
    selection: &'a Selection,
    flags: Flags,
}

impl Runner<'_> {
    /// Runs a command that only reads.
    pub(super) async fn read(&self, command: Command, filtered: bool, alone: bool) -> Result<Given, Stop> {
        match command {
            Command::Aws(command) => Ok(self.call(&command, filtered).await),
            Command::Spread(spread) => Ok(self.spread(&spread, filtered).await),
            Command::Page(page) => Ok(Given::output(Output::lines(page.text))),
            Command::Script(_) => Err(because("A line within a line is not run.")),
            Command::BuiltIn { entry, words, selection, flags } => {
                let asked = Own { entry, words: &words, selection: &selection, flags };
                self.built_in(&asked, alone).await
            }
        }
    }

    async fn built_in(&self, own: &Own<'_>, alone: bool) -> Result<Given, Stop> {
        let Own { entry, words, selection, flags } = *own;
        let allowed = authorize::built_in(self.reach.present.moment(), entry);
        let allowed = allowed.map_err(|reason| because(reason.to_string()))?;
        let facts = Facts { request_id: Some(self.held.job.id.clone()), ..Facts::default() };
        let (inner, request) = (self.reach.inner, self.reach.request);
        match allowed.what().run {
            Run::Work(work) => {
                let Reach { present, facts, .. } = *self.reach;
                let reach = Reach::new(inner, request, present, facts);
                let news = work::silent(self.held);
                match work(&Working { entry, reach, words, selection, flags, news }).await {
                    Worked::Shown(output) => Ok(Given::output(output)),
                    Worked::Then { line, .. } if alone => Err(self.then_alone(line)),
                    Worked::Then { .. } => {
                        Err(because(format!("`{}` changes things: it stands alone in a line.", entry.name)))
                    }
                }
            }
            Run::Now(run) if entry.tells() => {
                let (caller, rules, settings) = (&request.caller, &inner.rules.get(), &inner.settings);
                let body = run(&Context { words, caller, rules, settings });
                Ok(Given::output(Output::of_reply(Reply::done(facts, body))))
            }
            Run::Later(run) if entry.tells() => {
                let reply = run(&Asked { inner, request, words, facts }).await;
                Ok(Given::output(Output::of_reply(reply)))
            }
            Run::Now(_) | Run::Later(_) => Err(because(format!("`{}` stands alone in a line.", entry.name))),
        }
    }

    fn then_alone(&self, line: String) -> Stop {
        if self.command.writes().next().is_some() {
            return because(
                "Calls that change things cannot be joined with others whose words are found out on the way.",
            );
        }
        Stop::Then(line)
    }

    async fn call(&self, command: &AwsCommand, filtered: bool) -> Given {
        let (account, region) = (command.account.as_deref(), command.invocation.globals.region.as_deref());
        let permit = match self.reach.decide(command, account, region) {
            Ok(permit) => permit,
            Err(reason) => return Given::outcome(&Outcome::Refused(reason.to_string())),
        };
        let scope = Scope { account: permit.account, region: permit.region };
        match self.reach.read(command, &scope).await {
            Ok(value) => Given::answer(value, &command.invocation, filtered),
            Err(fault) => {
                let problem = Problem::new(format!("{scope} {fault}."));
                let problem = match fault.said() {
                    Some(said) => problem.why(said),
                    None => problem,
                };
                Given::failed(Output::problem(Status::Failed, problem))
            }
        }
    }

    async fn spread(&self, spread: &command::Spread, filtered: bool) -> Given {
        match work::everywhere(self.reach, spread, &work::silent(self.held)).await {
            Ok((value, survey)) => {
                let given = Given::answer(value, &spread.command.invocation, filtered);
                let output = given.output.with_status(survey.status()).noting(survey.sentences());
                Given { output, ..given }
            }
            Err(output) => Given::failed(*output),
        }
    }

    /// Makes a call that changes things, as it was promised.
    pub(super) async fn write(
        &self,
        command: AwsCommand,
        index: usize,
        filtered: bool,
    ) -> Result<Given, Stop> {
        let Held { inner, job, fence, payload, request } = self.held;
        let promise: Option<&Promise> = payload.promises.get(index);
        let Some(promise) = promise else { return Err(because("A call was not promised.")) };
        let wanted =
            Wanted { account: Some(&promise.account), region: Some(&promise.region), given: &payload.given };
        let (allowed, permit) = match authorize::call(self.reach.present.moment(), command, wanted) {
            Ok(allowed) => allowed,
            Err(refused) => return Ok(Given::outcome(&Outcome::Refused(format!("{}", refused.0)))),
        };
        if permit.role_arn != promise.role {
            return Ok(Given::outcome(&Outcome::Refused(
                "It would run in another role than was promised.".to_owned(),
            )));
        }
        if let Err(not_lent) =
            delegation::check(inner, &self.reach.present.rules, &request.caller, &permit).await
        {
            return Ok(Given::outcome(&Outcome::Refused(not_lent.to_string())));
        }
        let settings = self.reach.present.rules.accounts.get(&permit.account).cloned().unwrap_or_default();
        let invocation = &allowed.what().invocation;
        let session =
            match inner.sessions.session(&inner.catalog, &request.caller, &permit, &settings, invocation) {
                Ok(session) => session,
                Err(fault) => return Ok(Given::outcome(&no_session(&fault))),
            };
        let facts = crate::record::Facts::new(&job.id, &request.caller)
            .command(allowed.what())
            .permit(&permit)
            .given(&payload.given, &request.caller.user)
            .call(index + 1, self.command.writes().count());
        let fence: &Fence = fence;
        let making = Making {
            inner,
            fence,
            permit: &permit,
            session: &session,
            facts: &facts,
            seed: format!("{}:{index}", job.id),
        };
        let made = making.call(&allowed, true).await?;
        let now = inner.clock.millis();
        let row = match &made {
            Made::Answered(_) => facts.called(now, &session, "done"),
            Made::Came(outcome) => facts.called(now, &session, outcome.name()),
            Made::Untagged(_) => facts.called(now, &session, "refused"),
        };
        inner.store.append_audit(vec![row]).await?;
        Ok(match made {
            Made::Answered(value) => Given::answer(value, invocation, filtered),
            Made::Came(outcome) => Given::outcome(&outcome),
            Made::Untagged(why) => Given::outcome(&Outcome::Refused(why)),
        })
    }
}
