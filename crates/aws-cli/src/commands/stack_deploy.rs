//! `cloudformation deploy`: a stack made or brought up to date by way of a change set.

use std::path::Path;

use aws_call::BoxFuture;
use value::{Map, Value};

use super::artifacts::Store;
use super::line::{Line, step};
use super::options::{Given, Spec, Takes, one, switch};
use super::package;
use super::task::{Calls, Fault, Runs, World};
use super::waiting::{Pace, wait};
use crate::{Level, Parsed, UsageError};

/// The largest template that a request may hold itself.
const MAX_INLINE: usize = 51_200;
const SERVICE: &str = "cloudformation";
/// Seconds between two looks at a change set.
const CHANGE_SET_DELAY: u32 = 5;

static SPEC: Spec = Spec {
    about: "Creates a stack or brings it up to date, by way of a change set. In chat the template is given itself, by \
            --template-body, and the end is not waited for.",
    words: &[],
    options: &[&[
        one("template-file", "The template's file."),
        one("template-body", "The template itself."),
        one("stack-name", "The stack.").needed(),
        one("s3-bucket", "The bucket that a large template goes through."),
        switch("force-upload", "Upload the template even if the bucket has it."),
        one("s3-prefix", "What the template's name in the bucket begins with."),
        one("kms-key-id", "The key that encrypts the template in the bucket."),
        one("parameter-overrides", "Parameters as `Key=Value`, or JSON.").taking(Takes::Some),
        one("capabilities", "What the template may do: CAPABILITY_IAM, CAPABILITY_NAMED_IAM.")
            .taking(Takes::Some),
        switch("no-execute-changeset", "Make the change set only."),
        switch("disable-rollback", "Leave what was made when something fails."),
        switch("no-disable-rollback", "Take back what was made when something fails."),
        one("role-arn", "The role that CloudFormation assumes."),
        one("notification-arns", "Topics that are told.").taking(Takes::Some),
        switch("fail-on-empty-changeset", "Fail when there is nothing to change."),
        switch("no-fail-on-empty-changeset", "Do not fail when there is nothing to change."),
        one("tags", "Tags of the stack, as `Key=Value`.").taking(Takes::Some),
    ]],
};

#[derive(Debug)]
struct Deploy {
    template: Template,
    /// The bucket that the template goes through.
    store: Option<Store>,
    stack: String,
    overrides: Vec<(String, String)>,
    /// Parameters of CreateChangeSet that the line gives.
    given: Map,
    execute: bool,
    disable_rollback: bool,
    fail_on_empty: bool,
    /// Whether the end is waited for.
    waits: bool,
}

#[derive(Debug)]
enum Template {
    File(String),
    Text(String),
}

/// Reads the words of `cloudformation deploy`.
pub(super) fn start(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let template = match (given.text("template-file"), given.text("template-body")) {
        (Some(_), _) if line.is_chat() => {
            return Err(
                line.refuse("--template-file reads a local file; give the template by --template-body")
            );
        }
        (Some(path), None) => Template::File(path.to_owned()),
        (None, Some(text)) => Template::Text(text.to_owned()),
        _ => return Err(UsageError::syntax("the following arguments are required: --template-file")),
    };
    let store = given.has("s3-bucket").then(|| package::store(&given));
    if store.is_some() && line.is_chat() {
        return Err(line.refuse("--s3-bucket uploads a file; a template that fits a message needs no bucket"));
    }
    let deploy = Deploy {
        template,
        store,
        stack: given.needed("stack-name"),
        overrides: overrides(&given)?,
        given: change_set_params(&given)?,
        execute: !given.has("no-execute-changeset"),
        disable_rollback: given.has("disable-rollback"),
        fail_on_empty: given.has("fail-on-empty-changeset"),
        waits: !line.is_chat(),
    };
    let name: Map = [("StackName", deploy.stack.as_str())].into_iter().collect();
    let mut steps = vec![
        step("cloudformation", "DescribeStacks", name),
        step("cloudformation", "GetTemplateSummary", Map::new()),
        step("cloudformation", "CreateChangeSet", Map::new()).at(Level::Write),
        step("cloudformation", "DescribeChangeSet", Map::new()),
    ];
    if deploy.execute {
        steps.push(step("cloudformation", "ExecuteChangeSet", Map::new()));
    }
    if let Some(store) = &deploy.store {
        steps.extend(package::uploads(&store.bucket));
    }
    line.invocation(deploy, steps)
}

/// Texts of the form `Key=Value`.
fn pairs(option: &str, words: &[&str]) -> Result<Vec<(String, String)>, UsageError> {
    let pair = |word: &&str| match word.split_once('=') {
        Some((key, value)) => Ok((key.to_owned(), value.to_owned())),
        None => Err(UsageError::general(format!(
            "['{word}'] value passed to --{option} must be of format Key=Value"
        ))),
    };
    words.iter().map(pair).collect()
}

fn overrides(given: &Given) -> Result<Vec<(String, String)>, UsageError> {
    let words = given.several("parameter-overrides");
    let Some(data) = words.first().and_then(|text| Value::from_json(text.as_bytes()).ok()) else {
        return pairs("parameter-overrides", &words);
    };
    let text = |value: Option<&Value>| value.map(|value| value.python_text().into_owned());
    let found = match &data {
        Value::Map(map) => map.get("Parameters").and_then(Value::as_map).map(|parameters| {
            parameters
                .iter()
                .map(|(key, value)| (key.to_string(), value.python_text().into_owned()))
                .collect()
        }),
        Value::List(items) if items.iter().all(|item| item.as_map().is_some()) => {
            let pair = |item: &Value| text(item.get("ParameterKey")).zip(text(item.get("ParameterValue")));
            items.iter().map(pair).collect::<Option<Vec<_>>>()
        }
        Value::List(items) => {
            let words: Option<Vec<&str>> = items.iter().map(Value::as_text).collect();
            words.and_then(|words| pairs("parameter-overrides", &words).ok())
        }
        _ => None,
    };
    found.ok_or_else(|| {
        UsageError::validation(
            "JSON passed to --parameter-overrides must be one of the formats: [\"Key1=Value1\",\"Key2=Value2\", ...] , \
             [{\"ParameterKey\": \"Key1\", \"ParameterValue\": \"Value1\"}, ...] , [\"Parameters\": {\"Key1\": \
             \"Value1\", \"Key2\": \"Value2\", ...}]",
        )
    })
}

fn change_set_params(given: &Given) -> Result<Map, UsageError> {
    let texts = |name: &str| Value::List(given.several(name).into_iter().map(Value::text).collect());
    let tag = |(key, value): (String, String)| {
        let tag: Map = [("Key", key), ("Value", value)].into_iter().collect();
        Value::Map(tag)
    };
    let tags = pairs("tags", &given.several("tags"))?.into_iter().map(tag).collect();
    let mut params = Map::new();
    params.push("Capabilities", texts("capabilities"));
    params.push("Tags", Value::List(tags));
    if let Some(role) = given.text("role-arn") {
        params.push("RoleARN", role);
    }
    if given.has("notification-arns") {
        params.push("NotificationARNs", texts("notification-arns"));
    }
    Ok(params)
}

/// The names of a template's parameters, in order.
fn parameter_names(template: &str) -> Result<Vec<String>, Fault> {
    let template = package::read(template)?;
    let parameters = template.get("Parameters").and_then(Value::as_map);
    Ok(parameters.map(|map| map.keys().map(ToString::to_string).collect()).unwrap_or_default())
}

impl Runs for Deploy {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(self.work(world))
    }
}

impl Deploy {
    async fn work(&self, world: &mut World<'_>) -> Result<u8, Fault> {
        let template = self.template(world)?;
        let (id, updates) = self.change_set(world, template).await?;
        world.say("\nWaiting for changeset to be created..\n");
        if !self.created(&world.calls, &id).await? {
            let what = format!("No changes to deploy. Stack {} is up to date", self.stack);
            if self.fail_on_empty {
                return Err(Fault::General(what));
            }
            world.say(&format!("\n{what}\n"));
            return Ok(0);
        }
        if !self.execute {
            world.say(&format!(
                "Changeset created successfully. Run the following command to review changes:\naws cloudformation \
                 describe-change-set --change-set-name {id}\n"
            ));
            return Ok(0);
        }
        let mut params = self.names(&id);
        params.push("DisableRollback", self.disable_rollback);
        world.calls.call("cloudformation", "ExecuteChangeSet", params).await?;
        if !self.waits {
            world.say(&format!(
                "The change set is being executed. See: aws cloudformation describe-stack-events --stack-name {}\n",
                self.stack
            ));
            return Ok(0);
        }
        world.say("Waiting for stack create/update to complete\n");
        let _ = world.out.flush();
        let waiter = if updates { "StackUpdateComplete" } else { "StackCreateComplete" };
        let name: Map = [("StackName", self.stack.as_str())].into_iter().collect();
        if wait(&world.calls, SERVICE, waiter, Pace::default(), name).await?.is_some() {
            return Err(Fault::General(format!(
                "Failed to create/update the stack. Run the following command\nto fetch the list of events leading up \
                 to the failure\naws cloudformation describe-stack-events --stack-name {}",
                self.stack
            )));
        }
        world.say(&format!("Successfully created/updated stack - {}\n", self.stack));
        Ok(0)
    }

    fn template(&self, world: &World<'_>) -> Result<String, Fault> {
        let text = match &self.template {
            Template::Text(text) => text.clone(),
            Template::File(path) => {
                let path = world.env.expand_path(path);
                read(world, &path)?
            }
        };
        if text.len() > MAX_INLINE && self.store.is_none() {
            return Err(Fault::General(
                "Templates with a size greater than 51,200 bytes must be deployed via an S3 Bucket. Please add the \
                 --s3-bucket parameter to your command. The local template will be copied to that S3 bucket and then \
                 deployed."
                    .to_owned(),
            ));
        }
        Ok(text)
    }

    fn names(&self, id: &str) -> Map {
        [("ChangeSetName", id), ("StackName", self.stack.as_str())].into_iter().collect()
    }

    /// Makes the change set: its id, and whether it is for a stack that there is.
    async fn change_set(&self, world: &mut World<'_>, template: String) -> Result<(String, bool), Fault> {
        let names = parameter_names(&template)?;
        let (calls, now) = (world.calls.clone(), world.env.now);
        let exists = self.exists(&calls).await?;
        let known = if exists { self.known_parameters(&calls).await? } else { Vec::new() };
        let mut parameters = Vec::new();
        for name in names {
            let mut parameter: Map = [("ParameterKey", name.as_str())].into_iter().collect();
            match self.overrides.iter().rev().find(|(key, _)| *key == name) {
                Some((_, value)) => parameter.push("ParameterValue", value.as_str()),
                None if known.contains(&name) => parameter.push("UsePreviousValue", true),
                None => continue,
            }
            parameters.push(Value::Map(parameter));
        }
        let set = format!("awscli-cloudformation-package-deploy-{}", now.as_second());
        let mut params = self.names(&set);
        match &self.store {
            Some(store) => {
                let options = package::s3_options(&calls)?;
                params.push("TemplateURL", package::upload(world, store, &options, &template).await?);
            }
            None => params.push("TemplateBody", template),
        }
        params.push("ChangeSetType", if exists { "UPDATE" } else { "CREATE" });
        params.push("Parameters", Value::List(parameters));
        params.push(
            "Description",
            format!("Created by AWS CLI at {} UTC", now.strftime("%Y-%m-%dT%H:%M:%S%.6f")),
        );
        for (name, value) in self.given.iter() {
            params.push(name.clone(), value.clone());
        }
        let answer = calls.call("cloudformation", "CreateChangeSet", params).await?;
        let id = answer.get("Id").and_then(Value::as_text).unwrap_or(&set).to_owned();
        Ok((id, exists))
    }

    async fn exists(&self, calls: &Calls) -> Result<bool, Fault> {
        let name: Map = [("StackName", self.stack.as_str())].into_iter().collect();
        match calls.call("cloudformation", "DescribeStacks", name).await {
            Ok(answer) => {
                let stacks = answer.get("Stacks").and_then(Value::as_list).unwrap_or_default();
                let status =
                    stacks.first().and_then(|stack| stack.get("StackStatus")).and_then(Value::as_text);
                Ok(stacks.len() == 1 && status != Some("REVIEW_IN_PROGRESS"))
            }
            Err(fault) => {
                let absent = format!("Stack with id {} does not exist", self.stack);
                if fault.sentence().contains(&absent) { Ok(false) } else { Err(fault) }
            }
        }
    }

    async fn known_parameters(&self, calls: &Calls) -> Result<Vec<String>, Fault> {
        let name: Map = [("StackName", self.stack.as_str())].into_iter().collect();
        let summary = calls.call("cloudformation", "GetTemplateSummary", name).await?;
        let parameters = summary.get("Parameters").and_then(Value::as_list).unwrap_or_default();
        let key =
            |parameter: &Value| parameter.get("ParameterKey").and_then(Value::as_text).map(str::to_owned);
        Ok(parameters.iter().filter_map(key).collect())
    }

    /// Waits for the change set; `false` if it would change nothing.
    async fn created(&self, calls: &Calls, id: &str) -> Result<bool, Fault> {
        let pace = Pace { delay: Some(CHANGE_SET_DELAY), ..Pace::default() };
        let failed = wait(calls, SERVICE, "ChangeSetCreateComplete", pace, self.names(id)).await?;
        let Some((reason, last)) = failed else { return Ok(true) };
        let text = |name: &str| last.get(name).and_then(Value::as_text).unwrap_or_default();
        let (status, why) = (text("Status"), text("StatusReason"));
        let nothing = status == "FAILED" && why.contains("The submitted information didn't contain changes.");
        if nothing || why.contains("No updates are to be performed") {
            return Ok(false);
        }
        Err(Fault::General(format!(
            "Failed to create the changeset: {reason} Status: {status}. Reason: {why}"
        )))
    }
}

fn read(world: &World<'_>, path: &Path) -> Result<String, Fault> {
    let bytes = world.env.files.read(path);
    let invalid = |_| Fault::General(format!("Invalid template path {}", path.display()));
    String::from_utf8(bytes.map_err(invalid)?).map_err(|error| Fault::General(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_templates_are_found() {
        for (template, expected) in [
            (r#"{"Parameters": {"A": {}, "B": {}}, "Resources": {}}"#, &["A", "B"][..]),
            (
                "Description: x\nParameters:\n  A:\n    Type: String\n  # no\n  'B':\n    Type: Number\nResources:\n  C: !Ref A\n",
                &["A", "B"][..],
            ),
            ("Resources:\n  Parameters:\n    A: 1\n", &[][..]),
            ("Resources: {}\n", &[][..]),
            ("", &[][..]),
        ] {
            assert_eq!(parameter_names(template).expect(template), expected, "{template}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_template_panics(text in "(Parameters:|[ a-z:#'\"é]{0,8}|\n){0,20}") {
            let _ = parameter_names(&text);
        }
    }
}
