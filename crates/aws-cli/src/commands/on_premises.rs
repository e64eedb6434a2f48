//! `deploy register` and `deploy deregister`: a machine of one's own comes to CodeDeploy, and goes.
//!
//! Without an IAM user given, registering makes one and prints its key: on a terminal only.

use std::path::Path;

use aws_call::BoxFuture;
use value::{Map, Value};

use super::line::{Line, step};
use super::options::{Given, Spec, Takes, one, switch};
use super::task::{Calls, Fault, Runs, World};
use super::tree;
use crate::arguments::paramfile::ParamFiles;
use crate::arguments::shorthand;
use crate::{Level, Parsed, UsageError};

static REGISTER: Spec = Spec {
    about: "Registers an on-premises instance under the IAM user that it has; without one, a user is made, whose key is \
            printed and kept in codedeploy.onpremises.yml.",
    words: &[],
    options: &[&[
        one("instance-name", "The instance's name.").needed(),
        one("tags", "Its tags, each as `Key=…,Value=…`, or JSON.").taking(Takes::Some),
        one("iam-user-arn", "The ARN of its IAM user."),
    ]],
};

static SPEC: Spec = Spec {
    about: "Deregisters an on-premises instance: removes its tags, and deletes its IAM user unless told not to.",
    words: &[],
    options: &[&[
        one("instance-name", "The instance's name.").needed(),
        switch("no-delete-iam-user", "Keep the instance's IAM user."),
    ]],
};

/// The file that goes to the instance.
const FILE: &str = "codedeploy.onpremises.yml";
/// The most tags of an instance.
const MAX_TAGS: usize = 10;

#[derive(Debug)]
struct Deregister {
    name: String,
    keep_user: bool,
}

/// Reads the words of `deploy deregister`.
pub(super) fn deregister(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let name = given.needed("instance-name");
    check_name(&name)?;
    let keep_user = given.has("no-delete-iam-user");
    let first: Map = [("instanceName", name.as_str())].into_iter().collect();
    let mut steps = vec![
        step("codedeploy", "GetOnPremisesInstance", first),
        step("codedeploy", "RemoveTagsFromOnPremisesInstances", Map::new()),
        step("codedeploy", "DeregisterOnPremisesInstance", Map::new()),
    ];
    if !keep_user {
        steps.push(step("iam", "ListUserPolicies", Map::new()));
        steps.push(step("iam", "ListAccessKeys", Map::new()));
        for operation in ["DeleteUserPolicy", "DeleteAccessKey", "DeleteUser"] {
            steps.push(step("iam", operation, Map::new()).at(Level::Permissions));
        }
    }
    line.invocation(Deregister { name, keep_user }, steps)
}

fn check_name(name: &str) -> Result<(), UsageError> {
    let plain = |sign: char| sign.is_ascii_alphanumeric() || "+=,.@_-".contains(sign);
    if name.is_empty() || !name.chars().all(plain) {
        return Err(UsageError::validation("Instance name contains invalid characters."));
    }
    if name.starts_with("i-") {
        return Err(UsageError::validation("Instance name cannot start with 'i-'."));
    }
    if name.len() > 100 {
        return Err(UsageError::validation("Instance name cannot be longer than 100 characters."));
    }
    Ok(())
}

#[derive(Debug)]
struct Register {
    name: String,
    /// The ARN of its user; one is made if there is none.
    user: Option<String>,
    tags: Vec<Value>,
}

/// Reads the words of `deploy register`.
pub(super) fn register(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&REGISTER)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let name = given.needed("instance-name");
    check_name(&name)?;
    let tags = tags(&given, line)?;
    let user = given.text("iam-user-arn").filter(|arn| !arn.is_empty()).map(str::to_owned);
    if user.as_ref().is_some_and(|arn| !is_user(arn)) {
        return Err(UsageError::validation("Invalid IAM user ARN."));
    }
    if user.is_none() && line.is_chat() {
        return Err(line.refuse("without --iam-user-arn it makes a user and prints its key"));
    }
    let mut first: Map = [("instanceName", name.as_str())].into_iter().collect();
    if let Some(arn) = &user {
        first.push("iamUserArn", arn.as_str());
    }
    let mut steps = vec![step("codedeploy", "RegisterOnPremisesInstance", first)];
    if user.is_none() {
        steps.push(step("iam", "CreateUser", Map::new()).at(Level::Permissions));
        steps.push(step("iam", "CreateAccessKey", Map::new()).at(Level::Secret));
        steps.push(step("iam", "PutUserPolicy", Map::new()).at(Level::Permissions));
    }
    if !tags.is_empty() {
        steps.push(step("codedeploy", "AddTagsToOnPremisesInstances", Map::new()));
    }
    line.invocation(Register { name, user, tags }, steps)
}

/// Whether it is the ARN of an IAM user.
fn is_user(arn: &str) -> bool {
    let rest = arn.strip_prefix("arn:aws:iam::").and_then(|rest| rest.split_once(":user/"));
    rest.is_some_and(|(account, name)| {
        let plain = |sign: char| sign.is_ascii_alphanumeric() || "/+=,.@_-".contains(sign);
        account.len() == 12
            && account.bytes().all(|digit| digit.is_ascii_digit())
            && !name.is_empty()
            && name.chars().all(plain)
    })
}

fn tags(given: &Given, line: &Line<'_>) -> Result<Vec<Value>, UsageError> {
    let words = given.several("tags");
    if let [json] = words.as_slice()
        && let Ok(Value::List(tags)) = Value::from_json(json.as_bytes())
    {
        return Ok(tags);
    }
    let files = ParamFiles::new(line.env, line.profile);
    let tag = |word: &&str| {
        let parsed = shorthand::parse(word, &files);
        parsed.map(Value::Map).map_err(|_| {
            UsageError::parameter("--tags", format!("Expected: Key=…,Value=…, received: {word}"))
        })
    };
    let tags: Vec<Value> = words.iter().map(tag).collect::<Result<_, _>>()?;
    if tags.len() > MAX_TAGS {
        return Err(UsageError::validation(format!("Instances can only have a maximum of {MAX_TAGS} tags.")));
    }
    Ok(tags)
}

impl Runs for Register {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let Err(fault) = self.work(world).await else { return Ok(0) };
            let _ = world.out.flush();
            world.complain(&format!(
                "ERROR\n{}\nRegister the on-premises instance by following the instructions in \"Configure Existing \
                 On-Premises Instances by Using AWS CodeDeploy\" in the AWS CodeDeploy User Guide.\n",
                fault.sentence()
            ));
            Ok(255)
        })
    }
}

impl Register {
    async fn work(&self, world: &mut World<'_>) -> Result<(), Fault> {
        let user = match &self.user {
            Some(arn) => arn.clone(),
            None => self.make_user(world).await?,
        };
        world.say("Registering the on-premises instance... ");
        let params: Map =
            [("instanceName", self.name.as_str()), ("iamUserArn", user.as_str())].into_iter().collect();
        world.calls.call("codedeploy", "RegisterOnPremisesInstance", params).await?;
        world.say("DONE\n");
        if !self.tags.is_empty() {
            world.say("Adding tags to the on-premises instance... ");
            let mut params: Map = [("tags", Value::List(self.tags.clone()))].into_iter().collect();
            params.push("instanceNames", Value::List(vec![Value::text(&self.name)]));
            world.calls.call("codedeploy", "AddTagsToOnPremisesInstances", params).await?;
            world.say("DONE\n");
        }
        world.say(
            "Copy the on-premises configuration file named codedeploy.onpremises.yml to the on-premises instance, and \
             run the following command on the on-premises instance to install and configure the AWS CodeDeploy \
             Agent:\naws deploy install --config-file codedeploy.onpremises.yml\n",
        );
        Ok(())
    }
}

/// What the agent's user may do: read from buckets.
const POLICY: &str = "{\n    \"Version\": \"2012-10-17\",\n    \"Statement\": [ {\n        \"Action\": [ \"s3:Get*\", \
                      \"s3:List*\" ],\n        \"Effect\": \"Allow\",\n        \"Resource\": \"*\"\n    } ]\n}";
const POLICY_NAME: &str = "codedeploy-agent";

impl Register {
    /// Makes the instance's user with a key and a policy, writes all to the instance's file; the user's ARN.
    async fn make_user(&self, world: &mut World<'_>) -> Result<String, Fault> {
        world.say("Creating the IAM user... ");
        let mut params = tree::params(&[("Path", "/AWS/CodeDeploy/")]);
        params.push("UserName", self.name.as_str());
        let made = iam(&world.calls, "CreateUser", params).await?;
        let arn = tree::text(&made, &["User", "Arn"]).to_owned();
        world.say(&format!("DONE\nIamUserArn: {arn}\n"));
        world.say("Creating the IAM user access key... ");
        let made = iam(&world.calls, "CreateAccessKey", tree::params(&[("UserName", &self.name)])).await?;
        let id = tree::text(&made, &["AccessKey", "AccessKeyId"]);
        let secret = tree::text(&made, &["AccessKey", "SecretAccessKey"]);
        world.say(&format!("DONE\nAccessKeyId: {id}\nSecretAccessKey: {secret}\n"));
        world.say("Creating the IAM user policy... ");
        let params =
            [("UserName", self.name.as_str()), ("PolicyName", POLICY_NAME), ("PolicyDocument", POLICY)];
        iam(&world.calls, "PutUserPolicy", tree::params(&params)).await?;
        world.say(&format!("DONE\nPolicyName: {POLICY_NAME}\nPolicyDocument: {POLICY}\n"));
        world.say(&format!("Creating the on-premises instance configuration file named {FILE}..."));
        let region = super::default_roles::region(&world.calls)?;
        let content = format!(
            "---\nregion: {region}\niam_user_arn: {arn}\naws_access_key_id: {id}\naws_secret_access_key: {secret}\n"
        );
        let written = world.env.files.write_private(Path::new(FILE), content.as_bytes());
        written.map_err(|error| Fault::General(format!("Failed to create config file {FILE}: {error}")))?;
        world.say("DONE\n");
        Ok(arn)
    }
}

async fn iam(calls: &Calls, operation: &str, params: Map) -> Result<Value, Fault> {
    calls.call_as_configured("iam", operation, params).await
}

impl Runs for Deregister {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let Err(fault) = self.work(world).await else { return Ok(0) };
            let _ = world.out.flush();
            world.complain(&format!(
                "ERROR\n{}\nDeregister the on-premises instance by following the instructions in \"Configure Existing \
                 On-Premises Instances by Using AWS CodeDeploy\" in the AWS CodeDeploy User Guide.\n",
                fault.sentence()
            ));
            Ok(255)
        })
    }
}

impl Deregister {
    async fn work(&self, world: &mut World<'_>) -> Result<(), Fault> {
        world.say("Retrieving on-premises instance information... ");
        let named: Map = [("instanceName", self.name.as_str())].into_iter().collect();
        let answer = world.calls.call("codedeploy", "GetOnPremisesInstance", named.clone()).await?;
        let info = answer.get("instanceInfo").cloned().unwrap_or_default();
        let arn = info.get("iamUserArn").and_then(Value::as_text).unwrap_or_default().to_owned();
        world.say(&format!("DONE\nIamUserArn: {arn}\n"));
        let tags = info.get("tags").and_then(Value::as_list).unwrap_or_default();
        if !tags.is_empty() {
            let text = |tag: &Value, name: &str| {
                tag.get(name).and_then(Value::as_text).unwrap_or_default().to_owned()
            };
            let shown: String = tags
                .iter()
                .map(|tag| format!(" Key={},Value={}", text(tag, "Key"), text(tag, "Value")))
                .collect();
            world.say(&format!("Tags:{shown}\nRemoving tags from the on-premises instance... "));
            let mut params: Map = [("tags", Value::List(tags.to_vec()))].into_iter().collect();
            params.push("instanceNames", Value::List(vec![Value::text(&self.name)]));
            world.calls.call("codedeploy", "RemoveTagsFromOnPremisesInstances", params).await?;
            world.say("DONE\n");
        }
        world.say("Deregistering the on-premises instance... ");
        world.calls.call("codedeploy", "DeregisterOnPremisesInstance", named).await?;
        world.say("DONE\n");
        if !self.keep_user {
            delete_user(world, arn.rsplit('/').next().unwrap_or(&arn)).await?;
        }
        world.say(
            "Run the following command on the on-premises instance to uninstall the codedeploy-agent:\naws deploy \
             uninstall\n",
        );
        Ok(())
    }
}

async fn delete_user(world: &mut World<'_>, user: &str) -> Result<(), Fault> {
    world.say("Deleting the IAM user policies... ");
    each(&world.calls, user, ("ListUserPolicies", "PolicyNames"), "DeleteUserPolicy", |policy| {
        policy.as_text().map(|name| ("PolicyName", name.to_owned()))
    })
    .await?;
    world.say("DONE\nDeleting the IAM user access keys... ");
    each(&world.calls, user, ("ListAccessKeys", "AccessKeyMetadata"), "DeleteAccessKey", |key| {
        let id = key.get("AccessKeyId").and_then(Value::as_text);
        id.map(|id| ("AccessKeyId", id.to_owned()))
    })
    .await?;
    world.say(&format!("DONE\nDeleting the IAM user ({user})... "));
    let named: Map = [("UserName", user)].into_iter().collect();
    or_absent(world.calls.call("iam", "DeleteUser", named).await.map(|_| ()))?;
    world.say("DONE\n");
    Ok(())
}

/// Deletes each thing that a user has of one kind.
async fn each(
    calls: &Calls,
    user: &str,
    (list, member): (&str, &str),
    delete: &str,
    name: fn(&Value) -> Option<(&'static str, String)>,
) -> Result<(), Fault> {
    let named: Map = [("UserName", user)].into_iter().collect();
    let mut pages = calls.pages("iam", list, named.clone(), None)?;
    loop {
        let page = match pages.next().await {
            Ok(Some(page)) => page,
            Ok(None) => return Ok(()),
            Err(fault) => return or_absent(Err(fault)),
        };
        for item in page.get(member).and_then(Value::as_list).unwrap_or_default() {
            if let Some((member, name)) = name(item) {
                let mut params = named.clone();
                params.push(member, name);
                or_absent(calls.call("iam", delete, params).await.map(|_| ()))?;
            }
        }
    }
}

/// What is gone already need not be deleted.
fn or_absent(done: Result<(), Fault>) -> Result<(), Fault> {
    match done {
        Err(fault) if fault.code() == Some("NoSuchEntity") => Ok(()),
        other => other,
    }
}
