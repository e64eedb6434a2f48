//! A stack of CloudFormation: what state it is in, what it has, and what happens to it, shown as it happens.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use anyhow::{Result, bail};
use value::{Map, Value};

use super::aws::{Aws, Refused, list, text, texts};
use super::template;
use crate::commands::mention;

/// How often a stack is looked at while something happens to it.
const PACE: Duration = Duration::from_secs(2);
/// How long something may happen to it.
const PATIENCE: Duration = Duration::from_secs(3600);

/// A stack's name or, for one that is being deleted, its id.
pub(super) struct Stack<'a> {
    aws: &'a Aws,
    /// How it is called.
    pub(super) name: String,
    /// Events that were shown, or that happened before.
    seen: HashSet<String>,
}

/// What a stack is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    /// Its id.
    pub(super) id: String,
    /// `CREATE_COMPLETE`
    pub(super) status: String,
    /// Its parameters.
    pub(super) parameters: BTreeMap<String, String>,
    /// What it puts out.
    pub(super) outputs: BTreeMap<String, String>,
}

/// What came of a change.
pub(super) struct Ended {
    /// The status at the end.
    pub(super) status: String,
    /// The first resource that failed, and why.
    pub(super) failed: Option<String>,
}

impl<'a> Stack<'a> {
    /// The stack of that name, there or not.
    pub(super) fn new(aws: &'a Aws, name: &str) -> Stack<'a> {
        Stack { aws, name: name.to_owned(), seen: HashSet::new() }
    }

    /// What it is; `None` if there is none.
    pub(super) async fn state(&self) -> Result<Option<State>, Refused> {
        let answer = match self.aws.call("cloudformation", "DescribeStacks", self.named()).await {
            Ok(answer) => answer,
            Err(refused) if refused.message.contains("does not exist") => return Ok(None),
            Err(refused) => return Err(refused),
        };
        Ok(list(&answer, "Stacks").first().map(State::of))
    }

    /// The template that it is made from.
    ///
    /// # Errors
    /// CloudFormation does not show it, or it cannot be read.
    pub(super) async fn template(&self) -> Result<Value> {
        let answer = self.aws.call("cloudformation", "GetTemplate", self.named()).await?;
        template::read(text(&answer, "TemplateBody"))
    }

    /// What it consists of: logical name, type, and name in AWS.
    pub(super) async fn resources(&self) -> Result<Vec<[String; 3]>, Refused> {
        let mut found = Vec::new();
        let mut params = self.named();
        loop {
            let answer = self.aws.call("cloudformation", "ListStackResources", params).await?;
            found.extend(list(&answer, "StackResourceSummaries").iter().map(|one| {
                ["LogicalResourceId", "ResourceType", "PhysicalResourceId"]
                    .map(|name| text(one, name).to_owned())
            }));
            params = self.named();
            match text(&answer, "NextToken") {
                "" => return Ok(found),
                token => params.insert("NextToken", token),
            };
        }
    }

    fn named(&self) -> Map {
        texts([("StackName", self.name.as_str())])
    }

    /// Events that were not shown yet, oldest first.
    async fn news(&mut self) -> Result<Vec<Value>, Refused> {
        let mut found = Vec::new();
        let mut params = self.named();
        loop {
            let answer = match self.aws.call("cloudformation", "DescribeStackEvents", params).await {
                // Not there yet, or not there any more.
                Err(refused) if refused.message.contains("does not exist") => return Ok(found),
                other => other?,
            };
            let page = list(&answer, "StackEvents");
            let new: Vec<&Value> =
                page.iter().filter(|event| !self.seen.contains(text(event, "EventId"))).collect();
            let all_new = new.len() == page.len();
            found.extend(new.into_iter().cloned());
            params = self.named();
            match text(&answer, "NextToken") {
                token if !token.is_empty() && all_new => params.insert("NextToken", token),
                _ => break,
            };
        }
        self.seen.extend(found.iter().map(|event| text(event, "EventId").to_owned()));
        found.reverse();
        Ok(found)
    }

    /// Takes what has happened so far as known.
    pub(super) async fn forget_the_past(&mut self) -> Result<(), Refused> {
        self.news().await.map(drop)
    }

    /// Shows what happens until it is over.
    ///
    /// # Errors
    /// CloudFormation cannot be asked, or it takes more than an hour.
    pub(super) async fn watch(&mut self) -> Result<Ended> {
        let mut failed = None;
        let mut left = PATIENCE;
        loop {
            // The status first: when it is final, all events have happened.
            let state = self.state().await?;
            for event in self.news().await? {
                mention(&shown(&event));
                if failed.is_none() {
                    failed = failure(&event);
                }
            }
            let status = state.map_or_else(|| "DELETE_COMPLETE".to_owned(), |state| state.status);
            if !status.ends_with("_IN_PROGRESS") {
                return Ok(Ended { status, failed });
            }
            if left.is_zero() {
                bail!("{} is still {status} after an hour; it goes on without this program", self.name);
            }
            tokio::time::sleep(PACE).await;
            left = left.saturating_sub(PACE);
        }
    }
}

impl State {
    fn of(stack: &Value) -> State {
        let pairs = |list_name: &str, key: &str, value: &str| {
            let pair = |one: &Value| (text(one, key).to_owned(), text(one, value).to_owned());
            list(stack, list_name).iter().map(pair).collect()
        };
        State {
            id: text(stack, "StackId").to_owned(),
            status: text(stack, "StackStatus").to_owned(),
            parameters: pairs("Parameters", "ParameterKey", "ParameterValue"),
            outputs: pairs("Outputs", "OutputKey", "OutputValue"),
        }
    }

    /// Whether there is something in it, of which it is known what.
    pub(super) fn is_up(&self) -> bool {
        !self.is_empty() && !self.is_stillborn()
    }

    /// Whether it is only the name of a change set that was never executed.
    pub(super) fn is_empty(&self) -> bool {
        self.status == "REVIEW_IN_PROGRESS"
    }

    /// Whether something is happening to it.
    pub(super) fn is_busy(&self) -> bool {
        !self.is_empty() && self.status.ends_with("_IN_PROGRESS")
    }

    /// Whether its creation failed, so that nothing can be done but delete it.
    pub(super) fn is_stillborn(&self) -> bool {
        matches!(
            self.status.as_str(),
            "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "CREATE_FAILED" | "DELETE_FAILED"
        )
    }

    /// Where Slack finds Bellhop.
    pub(super) fn url(&self) -> Option<&str> {
        let url = ["ApiEndpoint", "UrlEndpoint"].iter().find_map(|name| self.outputs.get(*name))?;
        Some(url.trim_end_matches('/'))
    }
}

fn shown(event: &Value) -> String {
    let (status, name, kind) =
        (text(event, "ResourceStatus"), text(event, "LogicalResourceId"), text(event, "ResourceType"));
    let line = format!("  {status:<28} {name:<22} {kind}");
    match text(event, "ResourceStatusReason") {
        "" => line,
        why => format!("{line}\n      {why}"),
    }
}

/// What failed in that event. What is only given up because of another failure does not count.
fn failure(event: &Value) -> Option<String> {
    let (status, why) = (text(event, "ResourceStatus"), text(event, "ResourceStatusReason"));
    if !status.ends_with("_FAILED") || why.contains("cancelled") {
        return None;
    }
    let (name, kind) = (text(event, "LogicalResourceId"), text(event, "ResourceType"));
    Some(format!("{name} ({kind}): {}", if why.is_empty() { status } else { why }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(status: &str, why: &str) -> Value {
        let map: Map = [
            ("ResourceStatus", status),
            ("LogicalResourceId", "Table"),
            ("ResourceType", "AWS::DynamoDB::Table"),
            ("ResourceStatusReason", why),
        ]
        .into_iter()
        .collect();
        Value::Map(map)
    }

    #[test]
    fn a_failure_is_the_first_that_is_nobody_elses_fault() {
        let cases = [
            ("CREATE_COMPLETE", "", None),
            ("CREATE_FAILED", "Resource creation cancelled", None),
            ("CREATE_FAILED", "it exists", Some("Table (AWS::DynamoDB::Table): it exists")),
            ("UPDATE_FAILED", "", Some("Table (AWS::DynamoDB::Table): UPDATE_FAILED")),
        ];
        for (status, why, expected) in cases {
            assert_eq!(failure(&event(status, why)).as_deref(), expected, "{status} {why}");
        }
    }
}
