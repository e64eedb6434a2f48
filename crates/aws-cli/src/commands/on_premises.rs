//! `deploy deregister`: takes a machine of one's own out of CodeDeploy, and the IAM user that it had.

use aws_call::BoxFuture;
use value::{Map, Value};

use super::line::{Line, step};
use super::options::{Spec, one, switch};
use super::task::{Calls, Fault, Runs, World};
use crate::{Level, Parsed, UsageError};

static SPEC: Spec = Spec {
    about: "Deregisters an on-premises instance: removes its tags, and deletes its IAM user unless told not to.",
    words: &[],
    options: &[&[
        one("instance-name", "The instance's name.").needed(),
        switch("no-delete-iam-user", "Keep the instance's IAM user."),
    ]],
};

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
