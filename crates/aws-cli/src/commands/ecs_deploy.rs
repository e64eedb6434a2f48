//! `ecs deploy`: a new task definition brought to a service by way of CodeDeploy.
//!
//! Invariants: everything that can be checked is checked before the task definition is registered. Chat gives task
//! definition and appspec themselves instead of their files, and does not wait for the end.

use aws_call::BoxFuture;
use aws_call::checksum::Algorithm;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use value::{JsonStyle, Map, Value};

use super::line::{Line, step};
use super::options::{Given, Spec, one};
use super::python_json;
use super::task::{Calls, Fault, Runs, World};
use super::waiting::{Pace, wait};
use crate::{Parsed, UsageError, yaml};

/// What a generated name keeps of the cluster's and of the service's name.
const NAME_PART: usize = 46;
/// Seconds between two looks at a deployment.
const DELAY: u32 = 15;
/// Minutes beyond what the deployment group itself waits.
const MORE_MINUTES: i64 = 10;
/// The fewest and the most minutes to wait.
const MINUTES: (i64, i64) = (30, 360);

static SPEC: Spec = Spec {
    about: "Registers a task definition and deploys it to a service that uses CodeDeploy. Instead of the files, the \
            JSON or YAML itself may be given; in chat it must be.",
    words: &[],
    options: &[&[
        one("service", "The service's name or ARN.").needed(),
        one("task-definition", "The task definition's file, in JSON.").needed(),
        one("codedeploy-appspec", "The appspec's file, in JSON or YAML.").needed(),
        one("cluster", "The service's cluster, `default` unless given."),
        one("codedeploy-application", "The application, AppECS-CLUSTER-SERVICE unless given."),
        one("codedeploy-deployment-group", "The deployment group, DgpECS-CLUSTER-SERVICE unless given."),
    ]],
};

#[derive(Debug)]
struct Deploy {
    service: String,
    cluster: String,
    task_definition: Source,
    appspec: Source,
    application: Option<String>,
    group: Option<String>,
    /// Whether the end is waited for.
    waits: bool,
}

/// A document, or where it is.
#[derive(Debug)]
enum Source {
    File(String),
    Text(String),
}

/// The service with its cluster, as both are called and as both are named by ARN.
struct Target {
    service: String,
    service_arn: String,
    cluster: String,
    cluster_arn: String,
}

/// Reads the words of `ecs deploy`.
pub(super) fn start(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let deploy = Deploy {
        service: given.needed("service"),
        cluster: given.text("cluster").unwrap_or("default").to_owned(),
        task_definition: source(line, &given, "task-definition")?,
        appspec: source(line, &given, "codedeploy-appspec")?,
        application: given.text("codedeploy-application").map(str::to_owned),
        group: given.text("codedeploy-deployment-group").map(str::to_owned),
        waits: !line.is_chat(),
    };
    let mut steps = vec![
        step("ecs", "DescribeServices", Map::new()),
        step("codedeploy", "GetApplication", Map::new()),
        step("codedeploy", "GetDeploymentGroup", Map::new()),
        step("ecs", "RegisterTaskDefinition", Map::new()),
        step("codedeploy", "CreateDeployment", Map::new()),
    ];
    if deploy.waits {
        steps.push(step("codedeploy", "GetDeployment", Map::new()));
    }
    line.invocation(deploy, steps)
}

fn source(line: &Line<'_>, given: &Given, option: &str) -> Result<Source, UsageError> {
    let word = given.needed(option);
    if word.trim_start().starts_with('{') || word.contains('\n') {
        return Ok(Source::Text(word));
    }
    if line.is_chat() {
        return Err(
            line.refuse(&format!("--{option} reads a local file; give its content itself, in JSON or YAML"))
        );
    }
    Ok(Source::File(word))
}

impl Runs for Deploy {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(self.work(world))
    }
}

impl Deploy {
    async fn work(&self, world: &mut World<'_>) -> Result<u8, Fault> {
        let definition = self.task_definition.load(world)?;
        let definition = Value::from_json(definition.as_bytes())
            .map_err(|error| Fault::General(format!("--task-definition is not JSON: {error}")))?;
        let Value::Map(definition) = definition else {
            return Err(Fault::General("--task-definition is no JSON object".to_owned()));
        };
        let appspec = self.appspec.load(world)?;
        let mut appspec = match Value::from_json(appspec.as_bytes()) {
            Ok(appspec) => appspec,
            Err(_) => yaml::parse(&appspec).map_err(|error| Fault::General(error.to_string()))?,
        };
        task_definitions(&mut appspec, "")?;
        let target = self.target(&world.calls).await?;
        let (application, group) = self.names(&target);
        check_application(&world.calls, &application).await?;
        let found = deployment_group(&world.calls, &application, &group, &target).await?;
        let made = world.calls.call("ecs", "RegisterTaskDefinition", definition).await;
        let made = made.map_err(|fault| failed("register ECS task definition", fault))?;
        let arn = text(&made, &["taskDefinition", "taskDefinitionArn"]).to_owned();
        world.say(&format!("Successfully registered new ECS task definition {arn}\n"));
        task_definitions(&mut appspec, &arn)?;
        let params = deployment(&application, &group, &appspec);
        let made = world.calls.call("codedeploy", "CreateDeployment", params).await;
        let made = made.map_err(|fault| failed("create deployment", fault))?;
        let id = text(&made, &["deploymentId"]).to_owned();
        world.say(&format!("Successfully created deployment {id}\n"));
        if !self.waits {
            world.say(&format!("See: aws deploy get-deployment --deployment-id {id}\n"));
            return Ok(0);
        }
        follow(world, &id, minutes(&found)).await?;
        world.say(&format!("Successfully deployed {arn} to service '{}'\n", target.service));
        Ok(0)
    }

    async fn target(&self, calls: &Calls) -> Result<Target, Fault> {
        let mut params: Map = [("cluster", self.cluster.as_str())].into_iter().collect();
        params.push("services", Value::List(vec![Value::text(&self.service)]));
        let answer = calls.call("ecs", "DescribeServices", params).await;
        let answer = answer.map_err(|fault| failed("describe ECS service", fault))?;
        let first = answer.get("services").and_then(Value::as_list).and_then(<[Value]>::first);
        let service = first.ok_or_else(|| {
            Fault::General(format!("Service '{}' not found in cluster '{}'", self.service, self.cluster))
        })?;
        let cluster_arn = text(service, &["clusterArn"]);
        Ok(Target {
            service: text(service, &["serviceName"]).to_owned(),
            service_arn: text(service, &["serviceArn"]).to_owned(),
            cluster: cluster_arn.split('/').nth(1).unwrap_or_default().to_owned(),
            cluster_arn: cluster_arn.to_owned(),
        })
    }

    /// The names of application and deployment group.
    fn names(&self, target: &Target) -> (String, String) {
        let part = |name: &str| name.chars().take(NAME_PART).collect::<String>();
        let both = format!("{}-{}", part(&target.cluster), part(&target.service));
        let named =
            |given: &Option<String>, prefix: &str| given.clone().unwrap_or_else(|| format!("{prefix}{both}"));
        (named(&self.application, "AppECS-"), named(&self.group, "DgpECS-"))
    }
}

impl Source {
    fn load(&self, world: &World<'_>) -> Result<String, Fault> {
        let path = match self {
            Source::Text(text) => return Ok(text.clone()),
            Source::File(path) => path,
        };
        let unreadable =
            |error: &dyn std::fmt::Display| Fault::General(format!("Unable to load file at {path}: {error}"));
        let bytes = world.env.files.read(&world.env.expand_path(path)).map_err(|error| unreadable(&error))?;
        String::from_utf8(bytes).map_err(|error| unreadable(&error))
    }
}

/// What AWS answered with an error, as the AWS CLI tells it here; other faults stay.
fn failed(action: &str, fault: Fault) -> Fault {
    match fault.code() {
        Some(_) => Fault::General(format!("Failed to {action}:\n{}", fault.sentence())),
        None => fault,
    }
}

fn text<'a>(value: &'a Value, path: &[&str]) -> &'a str {
    let found = path.iter().try_fold(value, |value, name| value.get(name));
    found.and_then(Value::as_text).unwrap_or_default()
}

async fn check_application(calls: &Calls, name: &str) -> Result<(), Fault> {
    let params: Map = [("applicationName", name)].into_iter().collect();
    let answer = calls.call("codedeploy", "GetApplication", params).await;
    let answer = answer.map_err(|fault| failed("describe Code Deploy application", fault))?;
    check_platform("Application", name, text(&answer, &["application", "computePlatform"]))
}

fn check_platform(kind: &str, name: &str, platform: &str) -> Result<(), Fault> {
    if platform == "ECS" {
        return Ok(());
    }
    Err(Fault::General(format!("{kind} '{name}' must support 'ECS' compute platform")))
}

/// The deployment group, once it is known to deploy to the target.
async fn deployment_group(
    calls: &Calls,
    application: &str,
    group: &str,
    target: &Target,
) -> Result<Value, Fault> {
    let params: Map =
        [("applicationName", application), ("deploymentGroupName", group)].into_iter().collect();
    let answer = calls.call("codedeploy", "GetDeploymentGroup", params).await;
    let answer = answer.map_err(|fault| failed("describe Code Deploy deployment group", fault))?;
    let info = answer.get("deploymentGroupInfo").cloned().unwrap_or_default();
    check_platform("Deployment Group", group, text(&info, &["computePlatform"]))?;
    for found in info.get("ecsServices").and_then(Value::as_list).unwrap_or_default() {
        for (resource, member, name, arn) in [
            ("service", "serviceName", &target.service, &target.service_arn),
            ("cluster", "clusterName", &target.cluster, &target.cluster_arn),
        ] {
            let of_group = text(found, &[member]);
            if of_group != name && of_group != arn {
                return Err(Fault::General(format!(
                    "deployment group '{group}' does not target ECS {resource} '{name}'"
                )));
            }
        }
    }
    Ok(info)
}

/// How long a deployment of that group may take.
fn minutes(info: &Value) -> i64 {
    let blue_green = info.get("blueGreenDeploymentConfiguration");
    let part = |option: &str, minutes: &str| {
        blue_green.and_then(|config| config.get(option)?.get(minutes)?.as_i64()).unwrap_or(0)
    };
    let own = part("deploymentReadyOption", "waitTimeInMinutes")
        .saturating_add(part("terminateBlueInstancesOnDeploymentSuccess", "terminationWaitTimeInMinutes"));
    own.saturating_add(MORE_MINUTES).clamp(MINUTES.0, MINUTES.1)
}

async fn follow(world: &mut World<'_>, id: &str, minutes: i64) -> Result<(), Fault> {
    world.say(&format!("Waiting for {id} to succeed (will wait up to {minutes} minutes)...\n"));
    let _ = world.out.flush();
    let attempts = u32::try_from(minutes * 60 / i64::from(DELAY)).ok();
    let pace = Pace { delay: Some(DELAY), attempts };
    let params: Map = [("deploymentId", id)].into_iter().collect();
    match wait(&world.calls, "codedeploy", "DeploymentSuccessful", pace, params).await? {
        None => Ok(()),
        Some((reason, _)) => Err(Fault::General(reason)),
    }
}

/// The entry of that name in any case.
fn entry<'a>(resource: &str, value: &'a mut Value, name: &str) -> Result<&'a mut Value, Fault> {
    let found = match value {
        Value::Map(map) => map.iter_mut().find(|(key, _)| key.as_str().eq_ignore_ascii_case(name)),
        _ => None,
    };
    let missing = || Fault::General(format!("Resource '{resource}' must include property '{name}'"));
    found.map(|(_, value)| value).ok_or_else(missing)
}

/// Puts the task definition's ARN wherever the appspec names one.
fn task_definitions(appspec: &mut Value, arn: &str) -> Result<(), Fault> {
    let Value::List(resources) = entry("codedeploy-appspec", appspec, "resources")? else {
        return Err(Fault::General("the appspec's resources are no list".to_owned()));
    };
    for resource in resources {
        let Value::Map(resource) = resource else { continue };
        for (name, content) in resource.iter_mut() {
            let properties = entry(name, content, "properties")?;
            *entry("properties", properties, "taskDefinition")? = Value::text(arn);
        }
    }
    Ok(())
}

fn deployment(application: &str, group: &str, appspec: &Value) -> Map {
    let content = python_json::ascii(&appspec.to_json(JsonStyle::Line));
    let digest = STANDARD.decode(Algorithm::Sha256.of(content.as_bytes())).unwrap_or_default();
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let content: Map = [("content", content), ("sha256", digest)].into_iter().collect();
    let revision: Map =
        [("revisionType", Value::text("AppSpecContent")), ("appSpecContent", Value::Map(content))]
            .into_iter()
            .collect();
    let mut params: Map =
        [("applicationName", application), ("deploymentGroupName", group)].into_iter().collect();
    params.push("revision", Value::Map(revision));
    params
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use super::*;

    #[test]
    fn the_arn_goes_where_the_appspec_names_a_task_definition() {
        let text = "version: 0.0\nResources:\n  - s:\n      Type: AWS::ECS::Service\n      properties:\n        taskDefinition: x\n";
        let mut appspec = yaml::parse(text).unwrap();
        task_definitions(&mut appspec, "arn:é").unwrap();
        let params = deployment("a", "g", &appspec);
        let content = params.get("revision").and_then(|revision| revision.get("appSpecContent")).unwrap();
        assert_eq!(
            content.get("content").and_then(Value::as_text).unwrap(),
            "{\"version\": 0.0, \"Resources\": [{\"s\": {\"Type\": \"AWS::ECS::Service\", \"properties\": \
             {\"taskDefinition\": \"arn:\\u00e9\"}}}]}"
        );
        assert_eq!(content.get("sha256").and_then(Value::as_text).map(str::len), Some(64));
    }

    #[test]
    fn what_an_appspec_lacks_is_named() {
        for (text, expected) in [
            ("{}", "Resource 'codedeploy-appspec' must include property 'resources'"),
            (r#"{"resources": [{"s": {}}]}"#, "Resource 's' must include property 'properties'"),
            (
                r#"{"resources": [{"s": {"properties": {}}}]}"#,
                "Resource 'properties' must include property 'taskDefinition'",
            ),
            (r#"{"resources": 1}"#, "the appspec's resources are no list"),
        ] {
            let mut appspec = Value::from_json(text.as_bytes()).unwrap();
            assert_eq!(task_definitions(&mut appspec, "").unwrap_err().sentence(), expected);
        }
    }

    #[test]
    fn waiting_is_bounded() {
        for (ready, end, expected) in [(0, 5, 30), (40, 20, 70), (4000, i64::MAX, 360)] {
            let info = format!(
                r#"{{"blueGreenDeploymentConfiguration": {{"deploymentReadyOption": {{"waitTimeInMinutes": {ready}}},
                "terminateBlueInstancesOnDeploymentSuccess": {{"terminationWaitTimeInMinutes": {end}}}}}}}"#
            );
            assert_eq!(minutes(&Value::from_json(info.as_bytes()).unwrap()), expected);
        }
    }
}
