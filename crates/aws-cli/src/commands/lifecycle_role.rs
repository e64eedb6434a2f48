//! `dlm create-default-role`: the role that Data Lifecycle Manager works under, unless it is there.

use aws_call::BoxFuture;
use value::{Map, Value};

use super::line::{Line, step};
use super::options::{Spec, one};
use super::task::{Fault, Runs, World};
use crate::{Parsed, UsageError, print};

const TRUST: &str = "{\"Version\": \"2012-10-17\", \"Statement\": [{\"Sid\": \"\", \"Effect\": \"Allow\", \"Principal\": \
                     {\"Service\": \"dlm.amazonaws.com\"}, \"Action\": \"sts:AssumeRole\"}]}";

static SPEC: Spec = Spec {
    about: "Creates the default role of Data Lifecycle Manager with its managed policy, unless the role is there.",
    words: &[],
    options: &[&[
        one("resource-type", "What the role is for; snapshots by default.").of(&["snapshot", "image"])
    ]],
};

#[derive(Debug)]
struct CreateRole {
    role: &'static str,
    policy: &'static str,
}

/// Reads the words of `dlm create-default-role`.
pub(super) fn start(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let (role, policy) = match given.text("resource-type") {
        Some("image") => (
            "AWSDataLifecycleManagerDefaultRoleForAMIManagement",
            "AWSDataLifecycleManagerServiceRoleForAMIManagement",
        ),
        _ => ("AWSDataLifecycleManagerDefaultRole", "AWSDataLifecycleManagerServiceRole"),
    };
    let named: Map = [("RoleName", role)].into_iter().collect();
    let steps = vec![
        step("iam", "GetRole", named),
        step("iam", "GetPolicy", Map::new()),
        step("iam", "CreateRole", Map::new()),
        step("iam", "AttachRolePolicy", Map::new()),
        step("iam", "GetPolicyVersion", Map::new()),
    ];
    line.invocation(CreateRole { role, policy }, steps)
}

impl Runs for CreateRole {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(self.work(world))
    }
}

impl CreateRole {
    async fn work(&self, world: &mut World<'_>) -> Result<u8, Fault> {
        let named: Map = [("RoleName", self.role)].into_iter().collect();
        if found(world.calls.call("iam", "GetRole", named.clone()).await)?.is_some() {
            return Ok(0);
        }
        let region = world.calls.options.region.as_deref().ok_or_else(UsageError::no_region)?;
        let partition = match region {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        let arn = format!("arn:{partition}:iam::aws:policy/service-role/{}", self.policy);
        let of_policy: Map = [("PolicyArn", arn.as_str())].into_iter().collect();
        let Some(policy) = found(world.calls.call("iam", "GetPolicy", of_policy.clone()).await)? else {
            return Ok(0);
        };
        let mut params = named.clone();
        params.push("AssumeRolePolicyDocument", TRUST);
        let created = world.calls.call("iam", "CreateRole", params).await?;
        let mut params = of_policy.clone();
        params.push("RoleName", self.role);
        world.calls.call("iam", "AttachRolePolicy", params).await?;
        let version = policy.get("Policy").and_then(|policy| policy.get("DefaultVersionId")).cloned();
        let mut params = of_policy;
        params.push("VersionId", version.unwrap_or_default());
        let document = world.calls.call("iam", "GetPolicyVersion", params).await?;
        let document = document.get("PolicyVersion").and_then(|version| version.get("Document")).cloned();
        let mut result: Map = [("RolePolicy", document.unwrap_or_default())].into_iter().collect();
        if let Value::Map(created) = created {
            for (name, value) in created {
                result.push(name, value);
            }
        }
        let printed = print::print_value(&Value::Map(result), world.globals, "create_role", world.out);
        printed.map_err(|error| Fault::General(error.to_string()))?;
        Ok(0)
    }
}

/// The answer, unless IAM has no such thing.
fn found(answer: Result<Value, Fault>) -> Result<Option<Value>, Fault> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(fault) if fault.code() == Some("NoSuchEntity") => Ok(None),
        Err(fault) => Err(fault),
    }
}
