//! Runs a script, statement by statement, within the job that its worker holds.
//!
//! Reads are authorised and made as they come. A call that changes things runs only if it was promised and, where its grant
//! asks for it, confirmed with the whole line; one whose words are known only now ends the script and becomes a line of
//! its own. After a call of which nobody knows whether it happened nothing more runs.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_call::BoxFuture;
use futures_util::StreamExt as _;
use futures_util::stream;
use pipeline::{
    Action, Connector, Data, Filter, Form, Limits, Pipeline, Plan, Script, Statement, Xargs, quote,
};
use render::{Body, Problem, Status};
use store::StoreError;

use super::leaf::{self, Given};
use super::{ScriptCommand, kept, upload};
use crate::command::{self, AwsCommand, Command};
use crate::outcome::Outcome;
use crate::output::Output;
use crate::reach::{Reach, only_reads};
use crate::work::{self, Held};

/// The most calls that one line makes.
const MAX_CALLS: usize = 256;
/// How many reads by `xargs` are made at a time.
const AT_A_TIME: usize = 8;
/// How long filters may take, each leg of a pipeline by itself.
const FILTERING: Duration = Duration::from_secs(10);
/// How much may flow between filters.
pub(super) const LIMITS: Limits = Limits { bytes: 16 * 1024 * 1024, lines: 1_000_000, steps: 100_000_000 };

/// Why a script ends before its end.
pub(super) enum Stop {
    /// The store failed.
    Store(StoreError),
    /// What it comes to changes things, and is a line of its own.
    Then(String),
    /// It cannot go on, and this is why.
    Because(Box<Output>),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Stop {
        Stop::Store(error)
    }
}

/// One statement that ran.
struct Shown {
    line: String,
    output: Output,
}

/// What a script, or one inside another's words, came to.
#[derive(Default)]
struct Ran {
    success: bool,
    shown: Vec<Shown>,
    /// Its text, for the words that it stands in.
    text: String,
}

pub(super) struct Runner<'a> {
    pub(super) held: &'a Held<'a>,
    pub(super) command: &'a ScriptCommand,
    pub(super) reach: &'a Reach<'a>,
    variables: Mutex<HashMap<String, String>>,
    calls: AtomicUsize,
    /// Which of the promised calls have begun.
    begun: Mutex<Vec<bool>>,
}

/// Runs a script.
///
/// # Errors
/// The store failed, or the job is somebody else's by now.
pub(crate) async fn run(
    held: &Held<'_>,
    command: &ScriptCommand,
    reach: &Reach<'_>,
) -> Result<Outcome, StoreError> {
    let runner = Runner {
        held,
        command,
        reach,
        variables: Mutex::default(),
        calls: AtomicUsize::new(0),
        begun: Mutex::new(vec![false; command.writes().count()]),
    };
    let mut ran = Ran::default();
    let output = match runner.statements(&command.script, true, &mut ran).await {
        Ok(()) => whole(ran.shown),
        Err(Stop::Store(error)) => return Err(error),
        Err(Stop::Then(line)) => work::then(held, line).await,
        Err(Stop::Because(output)) => {
            let line = "the rest was not run".to_owned();
            ran.shown.push(Shown { line, output: *output });
            whole(ran.shown)
        }
    };
    Ok(Outcome::Shown(Box::new(output)))
}

/// All statements' outputs as one.
fn whole(mut shown: Vec<Shown>) -> Output {
    if shown.len() == 1 {
        return shown.remove(0).output;
    }
    let statuses: Vec<Status> = shown.iter().map(|shown| shown.output.status).collect();
    let any = |status: Status| statuses.contains(&status);
    let failed = any(Status::Failed) || any(Status::Denied);
    let status = match () {
        () if any(Status::MayHaveHappened) => Status::MayHaveHappened,
        () if any(Status::Partly) || (failed && any(Status::Done)) => Status::Partly,
        () if failed => Status::Failed,
        () => Status::Done,
    };
    let mut parts = Vec::new();
    let mut notes = Vec::new();
    for Shown { line, output } in shown {
        parts.push(Body::Text(line));
        parts.push(output.body);
        notes.extend(output.notes);
    }
    Output::text("").with_body(Body::Parts(parts)).with_status(status).noting(notes)
}

pub(super) fn because(what: impl Into<String>) -> Stop {
    Stop::Because(Box::new(Output::problem(Status::Failed, Problem::new(what))))
}

impl Runner<'_> {
    /// Runs statements in order, as their connectors say.
    fn statements<'s>(
        &'s self,
        script: &'s Script,
        outermost: bool,
        ran: &'s mut Ran,
    ) -> BoxFuture<'s, Result<(), Stop>> {
        Box::pin(async move {
            ran.success = true;
            let count = script.statements.len();
            for (index, statement) in script.statements.iter().enumerate() {
                let runs = match statement.connector {
                    Connector::Always => true,
                    Connector::IfSucceeded => ran.success,
                    Connector::IfFailed => !ran.success,
                };
                if runs {
                    self.statement(statement, outermost && index + 1 == count, ran).await?;
                }
            }
            Ok(())
        })
    }

    async fn statement(&self, statement: &Statement, last: bool, ran: &mut Ran) -> Result<(), Stop> {
        match &statement.action {
            Action::Set { name, value } => {
                let results = self.results(value.substitutions()).await?;
                let value = value.expand_whole(&|name: &str| self.variable(name), &results);
                let value = value.map_err(|fault| because(format!("{fault}.")))?;
                self.variables.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone(), value);
                ran.success = true;
            }
            Action::Run(pipeline) => {
                let given = self.pipeline(pipeline, last).await?;
                ran.success = given.success;
                let in_doubt = given.output.status == Status::MayHaveHappened;
                if last && given.success {
                    kept::last(self.reach, self.command, pipeline, &given.data).await;
                }
                if let Ok(text) = pipeline::text(given.data, &LIMITS, &pipeline::Untimed) {
                    ran.text.push_str(&text);
                }
                let line = super::masked(&pipeline.to_string());
                ran.shown.push(Shown { line, output: given.output });
                if in_doubt {
                    return Err(because(
                        "Nothing more was run, as nobody knows whether the last call happened.",
                    ));
                }
            }
        }
        Ok(())
    }

    fn variable(&self, name: &str) -> Option<Vec<String>> {
        let variables = self.variables.lock().unwrap_or_else(PoisonError::into_inner);
        variables.get(name).map(|value| vec![value.clone()])
    }

    /// The texts of scripts within words.
    async fn results(&self, scripts: impl Iterator<Item = &Script>) -> Result<Vec<String>, Stop> {
        let mut results = Vec::new();
        for script in scripts {
            let mut ran = Ran::default();
            self.statements(script, false, &mut ran).await?;
            if let Some(failed) =
                ran.shown.iter().find(|shown| shown.output.status != Status::Done && !ran.success)
            {
                // A word that could not be found out is no word: what it stands in does not run.
                let output = failed.output.clone().noting([format!("It stands in $( ): {}", failed.line)]);
                return Err(Stop::Because(Box::new(output)));
            }
            results.push(ran.text);
        }
        Ok(results)
    }

    async fn pipeline(&self, pipeline: &Pipeline, last: bool) -> Result<Given, Stop> {
        let results = self.results(pipeline.substitutions()).await?;
        let plan = pipeline.plan(&|name: &str| self.variable(name), &results);
        let plan = plan.map_err(|fault| because(format!("{fault}.")))?;
        let filtered =
            !plan.legs.iter().all(|leg| leg.filters.is_empty() && leg.calls.is_none()) || plan.sink.is_some();
        let behind = behind(pipeline, 0);
        let mut given = self.source(&plan, filtered, last.then_some(behind)).await?;
        let mut at = 0;
        for leg in &plan.legs {
            if !given.success {
                return Ok(given);
            }
            at += leg.filters.len();
            if !leg.filters.is_empty() {
                given = self.filter(leg.filters.clone(), given).await?;
            }
            if let Some(xargs) = &leg.calls {
                at += 1;
                let behind = last.then(|| self::behind(pipeline, at));
                given = self.xargs(xargs, given, behind).await?;
            }
        }
        match (&plan.sink, given.success) {
            (Some(sink), true) => self.sink(sink, given).await,
            _ => Ok(given),
        }
    }

    /// Runs filters where they hold up nobody else.
    async fn filter(&self, filters: Vec<Filter>, given: Given) -> Result<Given, Stop> {
        let Given { data, output, .. } = given;
        let clock = self.reach.inner.clock.clone();
        let until = clock.0.instant() + FILTERING;
        let work = move || {
            let over = || clock.0.instant() >= until;
            let made = pipeline::run(&filters, data, &LIMITS, &over)?;
            let text = pipeline::text(made.data.clone(), &LIMITS, &over)?;
            Ok((made, text))
        };
        let made: Result<Result<_, pipeline::FilterFault>, _> = tokio::task::spawn_blocking(work).await;
        match made {
            Ok(Ok((made, text))) => {
                let body = leaf::body(&made.data, &text);
                let kept = kept::copies(self.reach, self.command, &made.copies).await;
                let shown = Output::text("").with_body(body).noting(output.notes).noting(kept);
                Ok(Given { success: made.success, output: shown, data: made.data })
            }
            Ok(Err(fault)) => Ok(Given::failed(Output::problem(
                Status::Failed,
                Problem::new(super::sentence(&fault.to_string())),
            ))),
            Err(_) => Err(because("A filter failed.")),
        }
    }

    async fn sink(&self, sink: &pipeline::Sink, given: Given) -> Result<Given, Stop> {
        let content = upload::content(given.data, sink.form, &LIMITS, &pipeline::Untimed);
        let content = content.map_err(|fault| because(super::sentence(&fault.to_string())))?;
        let output = upload::put(self.reach, &sink.name, content).await;
        Ok(Given::output(output.noting(given.output.notes)))
    }

    /// Runs the command at the head of a pipeline; `behind` is what follows it, where it may become a line of its own.
    async fn source(&self, plan: &Plan, filtered: bool, behind: Option<String>) -> Result<Given, Stop> {
        match self.understand(&plan.source)? {
            Command::Aws(command) if !only_reads(&command) => match self.promised(&command) {
                Some(index) => self.write(command, index, filtered).await,
                None => Err(self.derived(&[plan.source.as_slice()], behind)),
            },
            command => self.read(command, filtered, behind.is_some_and(|behind| behind.is_empty())).await,
        }
    }

    /// Makes the calls of `xargs`.
    async fn xargs(&self, xargs: &Xargs, given: Given, behind: Option<String>) -> Result<Given, Stop> {
        let refused = |fault: pipeline::FilterFault| because(super::sentence(&fault.to_string()));
        let text = pipeline::text(given.data, &LIMITS, &pipeline::Untimed).map_err(refused)?;
        let calls = xargs.calls(&text).map_err(refused)?;
        let mut understood = Vec::new();
        for words in &calls {
            understood.push(self.understand(words)?);
        }
        let changes =
            understood.iter().any(|command| matches!(command, Command::Aws(call) if !only_reads(call)));
        if changes {
            let calls: Vec<&[String]> = calls.iter().map(Vec::as_slice).collect();
            return Err(self.derived(&calls, behind));
        }
        let reads = understood.into_iter().map(|command| self.read(command, true, false));
        let answers: Vec<Result<Given, Stop>> = stream::iter(reads).buffered(AT_A_TIME).collect().await;
        let mut joined = Vec::new();
        for answer in answers {
            let answer = answer?;
            if !answer.success {
                return Ok(answer);
            }
            joined.push(answer.data);
        }
        let data = join(joined).map_err(refused)?;
        let text = pipeline::text(data.clone(), &LIMITS, &pipeline::Untimed).map_err(refused)?;
        let body = leaf::body(&data, &text);
        Ok(Given { success: true, output: Output::text("").with_body(body), data })
    }

    fn understand(&self, words: &[String]) -> Result<Command, Stop> {
        if self.calls.fetch_add(1, Ordering::Relaxed) >= MAX_CALLS {
            return Err(because(format!("One line makes {MAX_CALLS} calls at most.")));
        }
        let (catalog, settings) = (&self.reach.inner.catalog, &self.reach.inner.settings);
        let understood = command::line_of(words.to_vec(), catalog)
            .and_then(|line| command::of_line(line, catalog, settings));
        understood.map_err(|fault| {
            let shown = super::masked(&words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" "));
            let mut problem = Problem::new(fault.what).why(shown);
            if !fault.suggestions.is_empty() {
                problem = problem.next(format!("Did you mean {}?", fault.suggestions.join(", ")));
            }
            Stop::Because(Box::new(Output::problem(Status::Failed, problem)))
        })
    }

    /// The number of the promise that a call stands under, if it was promised and has not begun.
    fn promised(&self, command: &AwsCommand) -> Option<usize> {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let mut writes = self.command.writes().enumerate();
        let (index, _) = writes.find(|(index, write)| write.meaning == command.meaning && !begun[*index])?;
        begun[index] = true;
        Some(index)
    }

    /// Calls that change things and whose words are known only now: a line of their own, if they end the script.
    fn derived(&self, calls: &[&[String]], behind: Option<String>) -> Stop {
        let Some(behind) = behind else {
            return because(
                "A call that changes things, with words found out on the way, has to be the last of its line.",
            );
        };
        if self.command.writes().next().is_some() {
            return because(
                "Calls that change things cannot be joined with others whose words are found out on the way.",
            );
        }
        if calls.len() > 1 && !behind.is_empty() {
            return because("Filters cannot follow several calls that change things.");
        }
        let flags = [(true, " --confirm"), (self.command.yes, " --yes"), (self.command.again, " --again")];
        let flags: String = flags.into_iter().filter_map(|(given, flag)| given.then_some(flag)).collect();
        let line = |words: &&[String]| {
            format!("{}{flags}", words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" "))
        };
        let calls: Vec<String> = calls.iter().map(line).collect();
        Stop::Then(format!("{}{behind}", calls.join("; ")))
    }
}

/// What stands behind the first `stages` filters of a pipeline, as a line has it.
fn behind(pipeline: &Pipeline, stages: usize) -> String {
    let mut text = String::new();
    for filter in pipeline.filters.iter().skip(stages) {
        text.push_str(&format!(" | {filter}"));
    }
    if let Some(sink) = &pipeline.sink {
        text.push_str(&format!(" > {}", sink.name));
    }
    text
}

/// Several answers, one behind the other.
fn join(answers: Vec<Data>) -> Result<Data, pipeline::FilterFault> {
    let all_trees = answers.iter().all(|data| matches!(data, Data::Value(_)));
    if all_trees {
        let items = answers
            .into_iter()
            .filter_map(|data| if let Data::Value(value) = data { Some(value) } else { None });
        return Ok(Data::Values { items: items.collect(), form: Form::default() });
    }
    let mut text = String::new();
    for data in answers {
        text.push_str(&pipeline::text(data, &LIMITS, &pipeline::Untimed)?);
    }
    Ok(Data::Text(text))
}
