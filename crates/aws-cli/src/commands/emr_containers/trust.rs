//! `emr-containers update-role-trust-policy`: jobs of EMR on EKS may assume a role.

use aws_call::BoxFuture;
use value::{JsonStyle, Map, Value};

use super::{Cluster, base36, describe};
use crate::commands::default_roles::{self, iam};
use crate::commands::line::{Line, step};
use crate::commands::options::{Spec, one, switch};
use crate::commands::task::{Calls, Fault, Runs, World};
use crate::commands::{python_json, tree};
use crate::{Parsed, UsageError};

static SPEC: Spec = Spec {
    about: "Adds to the trust policy of a role that jobs of EMR on EKS in that namespace may assume it.",
    words: &[],
    options: &[&[
        one("cluster-name", "The EKS cluster.").needed(),
        one("namespace", "The namespace of the jobs.").needed(),
        one("role-name", "The role.").needed(),
        one("iam-endpoint", "Call IAM at this URL."),
        switch("dry-run", "Print the policy as it would be, and change nothing."),
    ]],
};

#[derive(Debug)]
struct Update {
    cluster: String,
    namespace: String,
    role: String,
    endpoint: Option<String>,
    dry: bool,
}

/// Reads the words of `emr-containers update-role-trust-policy`.
pub(in crate::commands) fn start(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    if given.has("iam-endpoint") && line.is_chat() {
        return Err(line.refuse("calls go to AWS's own endpoints"));
    }
    let update = Update {
        cluster: given.needed("cluster-name"),
        namespace: given.needed("namespace"),
        role: given.needed("role-name"),
        endpoint: given.text("iam-endpoint").map(str::to_owned),
        dry: given.has("dry-run"),
    };
    let mut steps = vec![
        step("eks", "DescribeCluster", tree::params(&[("name", &update.cluster)])),
        step("iam", "GetRole", Map::new()),
    ];
    if !update.dry {
        steps.push(step("iam", "UpdateAssumeRolePolicy", Map::new()));
    }
    line.invocation(update, steps)
}

impl Runs for Update {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let done = self.work(&world.calls).await?;
            world.say(&format!("{done}\n"));
            Ok(0)
        })
    }
}

impl Update {
    async fn work(&self, calls: &Calls) -> Result<String, Fault> {
        let cluster = describe(calls, &self.cluster).await?;
        let wanted = self.statement(default_roles::partition(default_roles::region(calls)?), &cluster);
        let place = self.endpoint.as_deref();
        let named = tree::params(&[("RoleName", &self.role)]);
        let role = iam(calls, place, "GetRole", named.clone()).await?;
        let policy = tree::at(&role, &["Role", "AssumeRolePolicyDocument"]).and_then(Value::as_map);
        let mut policy = policy.cloned().unwrap_or_default();
        let mut statements =
            policy.get("Statement").and_then(Value::as_list).map(<[Value]>::to_vec).unwrap_or_default();
        if statements.iter().any(|statement| matches(&wanted, statement)) {
            let what = "Trust policy statement already exists for role";
            return Ok(format!("{what} {}. No changes were made!", self.role));
        }
        statements.push(wanted);
        policy.insert("Statement", Value::List(statements));
        let policy = Value::Map(policy);
        if self.dry {
            return Ok(python_json::indented(&policy, 2));
        }
        let mut params = named;
        params.push("PolicyDocument", python_json::ascii(&policy.to_json(JsonStyle::Line)));
        iam(calls, place, "UpdateAssumeRolePolicy", params).await?;
        Ok(format!("Successfully updated trust policy of role {}", self.role))
    }

    fn statement(&self, partition: &str, cluster: &Cluster) -> Value {
        let Cluster { account, issuer } = cluster;
        let subject = format!(
            "system:serviceaccount:{}:emr-containers-sa-*-*-{account}-{}",
            self.namespace,
            base36(&self.role)
        );
        let provider = format!("arn:{partition}:iam::{account}:oidc-provider/{issuer}");
        let principal: Map = [("Federated", provider)].into_iter().collect();
        let like: Map = [(format!("{issuer}:sub"), subject)].into_iter().collect();
        let condition: Map = [("StringLike", Value::Map(like))].into_iter().collect();
        let statement: Map = [
            ("Effect", Value::text("Allow")),
            ("Principal", Value::Map(principal)),
            ("Action", Value::text("sts:AssumeRoleWithWebIdentity")),
            ("Condition", Value::Map(condition)),
        ]
        .into_iter()
        .collect();
        Value::Map(statement)
    }
}

/// Whether two statements say the same, whatever the order of their members.
fn matches(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::Map(wanted), Value::Map(found)) => {
            wanted.len() == found.len()
                && wanted
                    .iter()
                    .all(|(name, value)| found.get(name).is_some_and(|found| matches(value, found)))
        }
        (wanted, found) => wanted == found,
    }
}
