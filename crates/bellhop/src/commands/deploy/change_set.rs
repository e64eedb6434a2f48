//! What would change in a stack: asked of CloudFormation, shown as a table, carried out or taken back.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Result, bail};
use value::{Map, Value};

use super::aws::{Aws, list, text, texts};
use super::stack::State;

/// How often an unfinished change set is looked at, and how many times.
const PACE: Duration = Duration::from_secs(2);
const LOOKS: u32 = 150;

/// What a stack is to be.
pub(super) struct Wanted<'a> {
    /// The stack's name.
    pub(super) stack: &'a str,
    /// The template.
    pub(super) template: &'a str,
    /// Parameters that are given now.
    pub(super) given: &'a BTreeMap<String, String>,
    /// Tags of the stack and all that is in it.
    pub(super) tags: &'a BTreeMap<String, String>,
}

/// A parameter's name, and what it is unless something is said.
pub(super) type Slot = (String, Option<String>);

/// A change set that can be carried out.
pub(super) struct ChangeSet<'a> {
    aws: &'a Aws,
    stack: String,
    id: String,
    /// Whether there was no stack before.
    creates: bool,
    /// What it changes.
    pub(super) changes: Vec<Change>,
}

/// One resource that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    /// `Add`, `Modify`, `Remove`, `Import`
    action: String,
    /// Its name in the template.
    name: String,
    /// `AWS::Lambda::Function`
    kind: String,
    /// Whether it becomes another one: `True`, `False`, `Conditional`.
    replacement: String,
    /// Which properties change.
    properties: Vec<String>,
}

impl<'a> ChangeSet<'a> {
    /// Asks for one; `None` if nothing would change.
    ///
    /// # Errors
    /// The template or its parameters are refused.
    pub(super) async fn make(
        aws: &'a Aws,
        wanted: &Wanted<'_>,
        now: Option<&State>,
        slots: &[Slot],
    ) -> Result<Option<ChangeSet<'a>>> {
        let existing = now.filter(|state| !state.is_empty());
        let name = format!("bellhop-{}", crate::clock::seconds());
        let mut params = texts([
            ("StackName", wanted.stack),
            ("ChangeSetName", name.as_str()),
            ("TemplateBody", wanted.template),
            ("ChangeSetType", if existing.is_some() { "UPDATE" } else { "CREATE" }),
        ]);
        params.push("Parameters", parameters(wanted.given, existing, slots));
        params.push("Capabilities", Value::List(vec![Value::text("CAPABILITY_NAMED_IAM")]));
        let tag = |(key, value): (&String, &String)| Value::Map(texts([("Key", key), ("Value", value)]));
        params.push("Tags", Value::List(wanted.tags.iter().map(tag).collect()));
        if existing.is_none() {
            // What outlived a stack of this name is taken up again.
            params.push("ImportExistingResources", true);
        }
        let answer = aws.call("cloudformation", "CreateChangeSet", params).await?;
        let id = text(&answer, "Id").to_owned();
        let creates = existing.is_none();
        let mut set = ChangeSet { aws, stack: wanted.stack.to_owned(), id, creates, changes: Vec::new() };
        if set.is_made().await? {
            set.changes = set.read().await?;
            return Ok(Some(set));
        }
        set.discard().await?;
        Ok(None)
    }

    /// Waits until it is known what would change; `false` if nothing.
    async fn is_made(&self) -> Result<bool> {
        for _ in 0..LOOKS {
            let set = self.aws.call("cloudformation", "DescribeChangeSet", self.named()).await?;
            let why = text(&set, "StatusReason");
            match text(&set, "Status") {
                "CREATE_COMPLETE" => return Ok(true),
                "FAILED" if is_nothing(why) => return Ok(false),
                "FAILED" => {
                    self.discard().await?;
                    bail!("CloudFormation refuses the change: {why}");
                }
                _ => tokio::time::sleep(PACE).await,
            }
        }
        bail!("CloudFormation does not say what would change; the change set is {}", self.id)
    }

    async fn read(&self) -> Result<Vec<Change>> {
        let mut changes = Vec::new();
        let mut params = self.named();
        loop {
            let page = self.aws.call("cloudformation", "DescribeChangeSet", params).await?;
            changes.extend(list(&page, "Changes").iter().filter_map(Change::of));
            params = self.named();
            match text(&page, "NextToken") {
                "" => return Ok(changes),
                token => params.insert("NextToken", token),
            };
        }
    }

    /// Carries it out; CloudFormation goes on by itself.
    pub(super) async fn execute(&self) -> Result<()> {
        self.aws.call("cloudformation", "ExecuteChangeSet", self.named()).await?;
        Ok(())
    }

    /// Takes it back, and with it a stack that has nothing in it.
    pub(super) async fn discard(&self) -> Result<()> {
        self.aws.call("cloudformation", "DeleteChangeSet", self.named()).await?;
        if self.creates {
            let name = texts([("StackName", self.stack.as_str())]);
            self.aws.call("cloudformation", "DeleteStack", name).await?;
        }
        Ok(())
    }

    fn named(&self) -> Map {
        texts([("StackName", self.stack.as_str()), ("ChangeSetName", self.id.as_str())])
    }
}

/// What is given now; for the rest what the stack has already, or what the template says.
fn parameters(given: &BTreeMap<String, String>, existing: Option<&State>, slots: &[Slot]) -> Value {
    let mut parameters = Vec::new();
    for (name, default) in slots {
        let had = existing.and_then(|state| state.parameters.get(name));
        if let Some(value) = given.get(name).or(had).or(default.as_ref()) {
            let parameter = texts([("ParameterKey", name.as_str()), ("ParameterValue", value.as_str())]);
            parameters.push(Value::Map(parameter));
        }
    }
    Value::List(parameters)
}

/// Whether a change set failed because there is nothing to do.
fn is_nothing(why: &str) -> bool {
    why.contains("didn't contain changes") || why.contains("No updates are to be performed")
}

impl Change {
    fn of(change: &Value) -> Option<Change> {
        let change = change.get("ResourceChange")?;
        let mut properties: Vec<String> = Vec::new();
        for detail in list(change, "Details") {
            let Some(target) = detail.get("Target") else { continue };
            let name = match text(target, "Name") {
                "" => text(target, "Attribute"),
                name => name,
            };
            if !name.is_empty() && !properties.iter().any(|known| known == name) {
                properties.push(name.to_owned());
            }
        }
        Some(Change {
            action: text(change, "Action").to_owned(),
            name: text(change, "LogicalResourceId").to_owned(),
            kind: text(change, "ResourceType").to_owned(),
            replacement: text(change, "Replacement").to_owned(),
            properties,
        })
    }

    /// Whether what is there is lost.
    fn loses(&self) -> bool {
        self.action == "Remove" || self.replacement == "True"
    }

    fn line(&self) -> String {
        let Change { action, name, kind, replacement, properties } = self;
        let (mark, what) = match (action.as_str(), replacement.as_str()) {
            ("Add", _) => ("+", "add"),
            ("Remove", _) => ("-", "REMOVE"),
            ("Import", _) => ("+", "take up"),
            (_, "True") => ("!", "REPLACE"),
            (_, "Conditional") => ("!", "maybe REPLACE"),
            _ => ("~", "change"),
        };
        let properties =
            if properties.is_empty() { String::new() } else { format!("  {}", properties.join(", ")) };
        format!("  {mark} {what:<13} {name:<22} {kind}{properties}")
    }
}

/// The changes as a table: what is lost first, with a line that sums up.
pub(super) fn table(changes: &[Change]) -> String {
    let mut sorted: Vec<&Change> = changes.iter().collect();
    sorted.sort_by_key(|change| !change.loses());
    let mut lines: Vec<String> = sorted.iter().map(|change| change.line()).collect();
    let lost = changes.iter().filter(|change| change.loses()).count();
    let count = |action: &str| changes.iter().filter(|change| change.action == action).count();
    let (added, removed) = (count("Add") + count("Import"), count("Remove"));
    let changed = changes.len() - added - removed;
    lines.push(format!(
        "  {added} added, {changed} changed, {removed} removed; {lost} of what is there is lost"
    ));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use super::*;

    #[test]
    fn what_is_lost_stands_first() {
        let answer = br#"[
            {"Type": "Resource", "ResourceChange": {"Action": "Add", "LogicalResourceId": "Jobs", "ResourceType": "AWS::SQS::Queue"}},
            {"Type": "Resource", "ResourceChange": {"Action": "Modify", "LogicalResourceId": "Front", "ResourceType":
             "AWS::Lambda::Function", "Replacement": "False", "Details": [{"Target": {"Attribute": "Properties", "Name": "Code"}},
             {"Target": {"Attribute": "Tags"}}, {"Target": {"Attribute": "Properties", "Name": "Code"}}]}},
            {"Type": "Resource", "ResourceChange": {"Action": "Modify", "LogicalResourceId": "Table", "ResourceType":
             "AWS::DynamoDB::Table", "Replacement": "True", "Details": [{"Target": {"Attribute": "Properties", "Name": "KeySchema"}}]}},
            {"Type": "Resource", "ResourceChange": {"Action": "Modify", "LogicalResourceId": "Key", "ResourceType":
             "AWS::KMS::Key", "Replacement": "Conditional"}},
            {"Type": "Hook"}]"#;
        let answer = Value::from_json(answer).unwrap();
        let changes: Vec<Change> = answer.as_list().unwrap().iter().filter_map(Change::of).collect();
        let expected = [
            "  ! REPLACE       Table                  AWS::DynamoDB::Table  KeySchema",
            "  + add           Jobs                   AWS::SQS::Queue",
            "  ~ change        Front                  AWS::Lambda::Function  Code, Tags",
            "  ! maybe REPLACE Key                    AWS::KMS::Key",
            "  1 added, 3 changed, 0 removed; 1 of what is there is lost",
        ];
        assert_eq!(table(&changes), expected.join("\n"));
    }

    #[test]
    fn parameters_that_are_not_given_stay_as_they_are() {
        let state = State {
            id: String::new(),
            status: "CREATE_COMPLETE".to_owned(),
            parameters: [("Door".to_owned(), "http-api".to_owned())].into(),
            outputs: BTreeMap::new(),
        };
        let given = [("CodeKey".to_owned(), "k".to_owned())].into();
        let default = |text: &str| Some(text.to_owned());
        let names = [("CodeKey", None), ("Door", default("none")), ("LogDays", default("30")), ("X", None)];
        let names = names.map(|(name, default)| (name.to_owned(), default));
        let told = |existing| {
            let parameters = parameters(&given, existing, &names);
            let pair = |one: &Value| format!("{}={}", text(one, "ParameterKey"), text(one, "ParameterValue"));
            parameters.as_list().unwrap().iter().map(pair).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(told(Some(&state)), "CodeKey=k Door=http-api LogDays=30");
        assert_eq!(told(None), "CodeKey=k Door=none LogDays=30");
    }
}
