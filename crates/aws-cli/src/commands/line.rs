//! A line that names a high-level command, and the invocation that is made of it.

use std::sync::Arc;

use aws_call::Call;
use aws_model::{Catalog, Level, Service};
use value::{JsonStyle, Key, Map, Value};

use super::options::{Given, Reading, Spec, read};
use super::task::{Runs, Task};
use crate::globals::Top;
use crate::{Environment, Invocation, Need, Parsed, Profile, UsageError, explain, help};

/// A line as a command's parser sees it.
pub(crate) struct Line<'a> {
    /// The models.
    pub(crate) catalog: &'a Catalog,
    /// The command in full, `s3 cp`.
    pub(crate) command: String,
    /// The words behind it.
    pub(crate) words: Vec<String>,
    /// What the options say that every command has.
    pub(crate) top: Top,
    /// The world around.
    pub(crate) env: &'a Environment,
    /// Where the line was written.
    pub(crate) profile: Profile,
}

/// A call that a command will or may make.
pub(crate) struct Step {
    service: &'static str,
    operation: &'static str,
    params: Map,
    raise: Option<Level>,
}

/// A call of that operation, with the parameters that its level depends on.
pub(crate) fn step(service: &'static str, operation: &'static str, params: Map) -> Step {
    Step { service, operation, params, raise: None }
}

impl Step {
    /// The same at another level.
    pub(crate) fn at(mut self, level: Level) -> Step {
        self.raise = Some(level);
        self
    }
}

impl Line<'_> {
    /// The line of a command below this one, behind its first word.
    pub(crate) fn below(&self, name: &str) -> Line<'_> {
        Line {
            catalog: self.catalog,
            command: format!("{} {name}", self.command),
            words: self.words.iter().skip(1).cloned().collect(),
            top: self.top.clone(),
            env: self.env,
            profile: self.profile,
        }
    }

    /// The form of output that the line itself names.
    pub(crate) fn output(&self) -> Option<&str> {
        let named = self.top.globals.output.as_deref();
        named.filter(|form| self.env.var("AWS_DEFAULT_OUTPUT") != Some(form))
    }

    /// The region that the line itself names.
    pub(crate) fn region(&self) -> Option<&str> {
        let around = ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().find_map(|name| self.env.var(name));
        self.top.globals.region.as_deref().filter(|region| around != Some(region))
    }

    /// Whether it was written in a channel.
    pub(crate) fn is_chat(&self) -> bool {
        self.profile == Profile::Chat
    }

    /// Reads the words; where help is asked for, the page.
    pub(crate) fn read(&self, spec: &'static Spec) -> Result<Result<Given, Parsed>, UsageError> {
        let page = format!("{} help", self.command);
        match read(spec, &self.words, self.env, self.profile).map_err(|fault| fault.with_help(&page))? {
            Reading::Given(given) => Ok(Ok(given)),
            Reading::Help => Ok(Err(Parsed::Help(help::high_level(&self.command, spec, self.env)))),
        }
    }

    /// The invocation of a task. `steps` are all calls that it may make, the first one first.
    pub(crate) fn invocation(
        &self,
        task: impl Runs + 'static,
        steps: Vec<Step>,
    ) -> Result<Parsed, UsageError> {
        let mut opened: Vec<Arc<Service>> = Vec::new();
        let mut needs: Vec<Need> = Vec::new();
        let mut first = None;
        let mut explained = Vec::new();
        for step in steps {
            let service = match opened.iter().find(|service| service.name() == step.service) {
                Some(service) => Arc::clone(service),
                None => {
                    let found = self.catalog.open(step.service);
                    let found = found.map_err(|error| UsageError::general(error.to_string()))?;
                    opened.push(Arc::clone(&found));
                    found
                }
            };
            let need = need(&service, &step)?;
            if let Some(operation) = service.operation(step.operation).filter(|_| self.top.explain) {
                explained.push(Value::Map(explain::of(&service, operation, need.level)));
            }
            if !needs.contains(&need) {
                needs.push(need);
            }
            first.get_or_insert_with(|| Call::new(service, Key::new(step.operation), step.params));
        }
        let call = first.ok_or_else(|| UsageError::general("the command makes no call"))?;
        let worst = (0..needs.len()).max_by_key(|index| (needs[*index].level, std::cmp::Reverse(*index)));
        let worst = needs.remove(worst.unwrap_or(0));
        if self.top.explain {
            return Ok(Parsed::Text(report(&self.command, &worst, explained)));
        }
        let mut globals = self.top.globals.clone();
        globals.paginate = false;
        Ok(Parsed::Call(Box::new(Invocation {
            call,
            command: self.command.clone(),
            globals,
            level: worst.level,
            iam_action: worst.action,
            waiter: None,
            outfile: None,
            member_files: Vec::new(),
            warnings: Vec::new(),
            task: Some(Task(Arc::new(task))),
            further: needs,
        })))
    }

    /// A refusal in chat, with its reason.
    pub(crate) fn refuse(&self, reason: &str) -> UsageError {
        UsageError::refused(&format!("`{}`", self.command), reason)
    }
}

fn need(service: &Service, step: &Step) -> Result<Need, UsageError> {
    let operation = service.operation(step.operation);
    let operation = operation
        .ok_or_else(|| UsageError::general(format!("the model has no operation {}", step.operation)))?;
    let level = step.raise.unwrap_or_else(|| aws_model::level_of_call(service, operation, &step.params));
    Ok(Need { action: aws_model::iam_action(service, operation), level })
}

/// A JSON object: `command`, `level` and `iam_action` of the call that needs most, and `calls`: each call that the command
/// may make, as `--explain` shows it for an operation.
fn report(command: &str, worst: &Need, calls: Vec<Value>) -> String {
    let report: Map = [
        ("command", Value::text(command)),
        ("level", Value::text(worst.level.name())),
        ("iam_action", Value::text(&worst.action)),
        ("calls", Value::List(calls)),
    ]
    .into_iter()
    .collect();
    Value::Map(report).to_json(JsonStyle::Pretty) + "\n"
}
