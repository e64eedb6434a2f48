//! Passwords that AWS makes for a while: `ecr get-login-password`, `eks get-token`, `rds generate-db-auth-token`,
//! `dsql generate-db-connect-*auth-token`.
//!
//! Invariant: all of them are credentials, so chat refuses them; their level is `secret` wherever they are asked for.

use std::sync::Arc;

use aws_call::credentials::StaticCredentials;
use aws_call::{BoxFuture, Call, CallOptions, Credentials, Link};
use aws_model::Level;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use value::{Map, Value};

use super::line::{Line, step};
use super::options::{Spec, Takes, one};
use super::task::{Calls, Fault, Runs, World};
use crate::{Parsed, UsageError, print};

/// How long a link for a Kubernetes server is good, in seconds.
const EKS_SECONDS: u32 = 60;
/// How long a client may keep the token that is made of it.
const EKS_MINUTES: i64 = 14;
/// How long a database's password is good unless the line says, in seconds.
const DATABASE_SECONDS: u32 = 900;

static ECR: Spec = Spec { about: "Prints a password for a container client.", words: &[], options: &[] };

static EKS: Spec = Spec {
    about: "Prints a token for a Kubernetes cluster.",
    words: &[],
    options: &[&[
        one("cluster-name", "The cluster's name."),
        one("role-arn", "The role to assume first."),
        one("cluster-id", "The id of a local cluster on an Outpost, instead of a name."),
    ]],
};

static RDS: Spec = Spec {
    about: "Prints a password for a database that takes IAM credentials.",
    words: &[],
    options: &[&[
        one("hostname", "The database's host.").needed(),
        one("port", "Its port.").taking(Takes::Number).needed(),
        one("username", "The database's user.").needed(),
    ]],
};

static DSQL: Spec = Spec {
    about: "Prints a password for a DSQL cluster.",
    words: &[],
    options: &[&[
        one("hostname", "The cluster's host.").needed(),
        one("expires-in", "Seconds until it expires, 900 by default.").taking(Takes::Number),
    ]],
};

#[derive(Debug)]
enum Token {
    Ecr { service: &'static str },
    Eks { cluster: String, role: Option<String> },
    Database { address: String, query: Vec<(&'static str, String)>, signing_name: &'static str, seconds: u32 },
}

/// Reads the words of `ecr get-login-password`.
pub(super) fn ecr(line: &Line<'_>) -> Result<Parsed, UsageError> {
    registry(line, "ecr")
}

/// Reads the words of `ecr-public get-login-password`.
pub(super) fn ecr_public(line: &Line<'_>) -> Result<Parsed, UsageError> {
    registry(line, "ecr-public")
}

fn registry(line: &Line<'_>, service: &'static str) -> Result<Parsed, UsageError> {
    if let Err(page) = line.read(&ECR)? {
        return Ok(page);
    }
    line.invocation(
        Token::Ecr { service },
        vec![step(service, "GetAuthorizationToken", Map::new()).at(Level::Secret)],
    )
}

/// Reads the words of `eks get-token`.
pub(super) fn eks(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&EKS)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let cluster = match (given.text("cluster-name"), given.text("cluster-id")) {
        (Some(_), Some(_)) => {
            return Err(UsageError::validation(
                "The following arguments are mutually exclusive: cluster_name, cluster_id",
            ));
        }
        (name, id) => name.or(id).map(str::to_owned),
    };
    let cluster = cluster.ok_or_else(|| {
        UsageError::validation("Either parameter --cluster-name or --cluster-id must be specified.")
    })?;
    let role = given.text("role-arn").map(str::to_owned);
    let mut steps = Vec::new();
    if let Some(role) = &role {
        steps.push(step("sts", "AssumeRole", assume(role)).at(Level::Secret));
    }
    steps.push(step("sts", "GetCallerIdentity", Map::new()).at(Level::Secret));
    line.invocation(Token::Eks { cluster, role }, steps)
}

fn assume(role: &str) -> Map {
    [("RoleArn", role), ("RoleSessionName", "EKSGetTokenAuth")].into_iter().collect()
}

/// Reads the words of `rds generate-db-auth-token`.
pub(super) fn rds(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&RDS)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let address =
        format!("https://{}:{}", given.needed("hostname"), given.number("port").unwrap_or_default());
    let query = vec![("Action", "connect".to_owned()), ("DBUser", given.needed("username"))];
    let token = Token::Database { address, query, signing_name: "rds-db", seconds: DATABASE_SECONDS };
    line.invocation(token, vec![step("rds", "DescribeDBInstances", Map::new()).at(Level::Secret)])
}

/// Reads the words of `dsql generate-db-connect-auth-token`.
pub(super) fn dsql(line: &Line<'_>) -> Result<Parsed, UsageError> {
    cluster_of_dsql(line, "DbConnect")
}

/// Reads the words of `dsql generate-db-connect-admin-auth-token`.
pub(super) fn dsql_admin(line: &Line<'_>) -> Result<Parsed, UsageError> {
    cluster_of_dsql(line, "DbConnectAdmin")
}

fn cluster_of_dsql(line: &Line<'_>, action: &str) -> Result<Parsed, UsageError> {
    let given = match line.read(&DSQL)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let seconds = given.number("expires-in").map_or(Ok(DATABASE_SECONDS), u32::try_from);
    let seconds = seconds.map_err(|_| UsageError::validation("--expires-in is not a number of seconds"))?;
    let address = format!("https://{}", given.needed("hostname"));
    let query = vec![("Action", action.to_owned())];
    let token = Token::Database { address, query, signing_name: "dsql", seconds };
    line.invocation(token, vec![step("dsql", "GetCluster", Map::new()).at(Level::Secret)])
}

impl Runs for Token {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            match self {
                Token::Ecr { service } => login(world, service).await,
                Token::Eks { cluster, role } => kubernetes(world, cluster, role.as_deref()).await,
                Token::Database { address, query, signing_name, seconds } => {
                    let query: Vec<(&str, &str)> =
                        query.iter().map(|(name, value)| (*name, value.as_str())).collect();
                    let link = Link { address, query: &query, headers: &[], signing_name };
                    let options = world.calls.options.as_ref().clone();
                    let url = signed(&world.calls, &link, &options, *seconds).await?;
                    world.say(&format!("{}\n", url.trim_start_matches("https://")));
                    Ok(0)
                }
            }
        })
    }
}

async fn login(world: &mut World<'_>, service: &str) -> Result<u8, Fault> {
    let answer = world.calls.call(service, "GetAuthorizationToken", Map::new()).await?;
    let data = answer.get("authorizationData");
    let first = data.and_then(Value::as_list).and_then(<[Value]>::first).or(data);
    let token = first.and_then(|data| data.get("authorizationToken")).and_then(Value::as_text);
    let decoded = token.and_then(|token| STANDARD.decode(token).ok());
    let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    let password = decoded.as_deref().and_then(|pair| pair.split_once(':')).map(|(_, password)| password);
    let password = password.ok_or_else(|| Fault::General("the answer holds no password".to_owned()))?;
    world.say(&format!("{password}\n"));
    Ok(0)
}

async fn signed(
    calls: &Calls,
    link: &Link<'_>,
    options: &CallOptions,
    seconds: u32,
) -> Result<String, Fault> {
    let signed = calls.client.sign_link(link, options, seconds).await;
    signed.map_err(|error| Fault::Call {
        operation: "GetCallerIdentity".into(),
        error: Box::new(aws_call::CallError::NotSent(error)),
    })
}

async fn kubernetes(world: &mut World<'_>, cluster: &str, role: Option<&str>) -> Result<u8, Fault> {
    let sts = world.calls.service("sts")?;
    let mut options = world.calls.options_for(&sts);
    if let Some(role) = role {
        let answer = world.calls.call("sts", "AssumeRole", assume(role)).await?;
        options.credentials = Some(Arc::new(StaticCredentials::new(assumed(&answer))));
    }
    let call = Call::new(sts, "GetCallerIdentity", Map::new());
    let request = world.calls.client.prepare(&call, &options).await;
    let request =
        request.map_err(|error| Fault::Call { operation: call.operation.clone(), error: Box::new(error) })?;
    let link = Link {
        address: request.url.trim_end_matches('/'),
        query: &[("Action", "GetCallerIdentity"), ("Version", "2011-06-15")],
        headers: &[("x-k8s-aws-id", cluster)],
        signing_name: "sts",
    };
    let url = signed(&world.calls, &link, &options, EKS_SECONDS).await?;
    let version = version(world);
    let expires = world.calls.client.parts().clock.now() + jiff::SignedDuration::from_mins(EKS_MINUTES);
    let status: Map = [
        ("expirationTimestamp", Value::from(expires.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())),
        ("token", Value::from(format!("k8s-aws-v1.{}", URL_SAFE_NO_PAD.encode(url)))),
    ]
    .into_iter()
    .collect();
    let token: Map = [
        ("kind", Value::text("ExecCredential")),
        ("apiVersion", Value::text(version)),
        ("spec", Value::Map(Map::new())),
        ("status", Value::Map(status)),
    ]
    .into_iter()
    .collect();
    let printed = print::print_value(&Value::Map(token), world.globals, "get-token", world.out);
    printed.map_err(|error| Fault::General(error.to_string()))?;
    world.say("\n");
    Ok(0)
}

/// The credentials that AssumeRole answered.
pub(super) fn assumed(answer: &Value) -> Credentials {
    let text = |name: &str| {
        let value = answer.get("Credentials").and_then(|credentials| credentials.get(name));
        value.and_then(Value::as_text).unwrap_or_default().to_owned()
    };
    let mut credentials = Credentials::new(text("AccessKeyId"), text("SecretAccessKey"));
    credentials.session_token = Some(text("SessionToken"));
    credentials
}

/// The version that the Kubernetes client asks for in its variable.
fn version(world: &mut World<'_>) -> &'static str {
    const KNOWN: [&str; 2] = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];
    const OLD: &str = "client.authentication.k8s.io/v1alpha1";
    let usual = KNOWN[1];
    let Some(info) = world.env.var("KUBERNETES_EXEC_INFO") else { return usual };
    let Ok(info) = Value::from_json(info.as_bytes()) else {
        world.complain(&format!(
            "Error parsing KUBERNETES_EXEC_INFO, defaulting to {usual}. This is likely a bug in your Kubernetes client. \
             Please update your Kubernetes client.\n"
        ));
        return usual;
    };
    let asked = info.get("apiVersion").and_then(Value::as_text).unwrap_or_default();
    if let Some(known) = KNOWN.into_iter().find(|known| *known == asked) {
        return known;
    }
    if asked == OLD {
        world.complain(&format!(
            "Kubeconfig user entry is using deprecated API version {OLD}. Run 'aws eks update-kubeconfig' to update.\n"
        ));
        return OLD;
    }
    world.complain(&format!(
        "Unrecognized API version in KUBERNETES_EXEC_INFO, defaulting to {usual}. This is likely due to an outdated AWS \
         CLI. Please update your AWS CLI.\n"
    ));
    usual
}
