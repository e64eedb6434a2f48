//! `emr add-steps`: steps by their type instead of by the jar that runs them.

use aws_call::BoxFuture;
use value::{Map, Value};

use super::{SERVICE, show};
use crate::arguments::paramfile::ParamFiles;
use crate::arguments::{json, shorthand};
use crate::commands::line::{Line, step};
use crate::commands::options::{Spec, Takes, one};
use crate::commands::task::{Fault, Runs, World};
use crate::{Parsed, UsageError};

/// What runs scripts on clusters of a release.
const RUNNER: &str = "command-runner.jar";

static SPEC: Spec = Spec {
    about: "Adds steps to a cluster that has a release label.",
    words: &[],
    options: &[&[
        one("cluster-id", "The cluster.").needed(),
        one("steps", "Steps, as `Type=Spark,Name=x,ActionOnFailure=CONTINUE,Args=[a,b]` or JSON.")
            .taking(Takes::Some)
            .needed(),
        one("execution-role-arn", "The role that the steps run under."),
    ]],
};

#[derive(Debug)]
struct Add {
    cluster: String,
    params: Map,
}

/// A type of steps.
struct Kind {
    name: &'static str,
    /// What a step is called unless it says.
    title: &'static str,
    /// What messages call the type.
    config: &'static str,
    /// What stands before a step's own words.
    before: &'static [&'static str],
    /// Whether a single blank word is no word at all.
    needs_words: bool,
}

const KINDS: [Kind; 4] = [
    Kind {
        name: "streaming",
        title: "Streaming program",
        config: "StreamingStepConfig",
        before: &["hadoop-streaming"],
        needs_words: true,
    },
    Kind {
        name: "hive",
        title: "Hive program",
        config: "HiveStepConfig",
        before: &["hive-script", "--run-hive-script", "--args"],
        needs_words: true,
    },
    Kind {
        name: "pig",
        title: "Pig program",
        config: "PigStepConfig",
        before: &["pig-script", "--run-pig-script", "--args"],
        needs_words: true,
    },
    Kind {
        name: "spark",
        title: "Spark application",
        config: "SparkStepConfig",
        before: &["spark-submit"],
        needs_words: false,
    },
];

/// Reads the words of `emr add-steps`.
pub(in crate::commands) fn add(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let files = ParamFiles::new(line.env, line.profile);
    let steps = read(&given.several("steps"), &files)?;
    let steps = steps.iter().map(config).collect::<Result<Vec<Value>, UsageError>>()?;
    let cluster = given.needed("cluster-id");
    let mut params: Map =
        [("JobFlowId", Value::text(&cluster)), ("Steps", Value::List(steps))].into_iter().collect();
    if let Some(role) = given.text("execution-role-arn") {
        params.push("ExecutionRoleArn", role);
    }
    let described: Map = [("ClusterId", cluster.as_str())].into_iter().collect();
    let calls =
        vec![step(SERVICE, "DescribeCluster", described), step(SERVICE, "AddJobFlowSteps", params.clone())];
    line.invocation(Add { cluster, params }, calls)
}

fn read(words: &[&str], files: &ParamFiles<'_>) -> Result<Vec<Value>, UsageError> {
    let fault = |reason: String| UsageError::parameter("--steps", reason);
    if let [word] = words
        && word.trim_start().starts_with(['[', '{'])
    {
        return match json::parse(word).map_err(fault)? {
            Value::List(steps) => Ok(steps),
            step => Ok(vec![step]),
        };
    }
    let read = |word: &&str| match shorthand::parse(word, files) {
        Ok(step) => Ok(Value::Map(step)),
        Err(shorthand::ShorthandFault::File(error)) => Err(error),
        Err(shorthand::ShorthandFault::Syntax(reason)) => Err(fault(reason)),
    };
    words.iter().map(read).collect()
}

fn text<'a>(step: &'a Value, name: &str) -> Option<&'a str> {
    step.get(name).and_then(Value::as_text).filter(|text| !text.is_empty())
}

fn missing(structure: &str, name: &str) -> UsageError {
    UsageError::validation(format!("The following required parameters are missing for {structure}: {name}."))
}

/// The words of a step; a lone one is a list of one.
fn words(step: &Value) -> Vec<Value> {
    match step.get("Args") {
        Some(Value::List(words)) => words.clone(),
        None | Some(Value::Null) => Vec::new(),
        Some(word) => vec![word.clone()],
    }
}

/// The step as the service knows it.
fn config(step: &Value) -> Result<Value, UsageError> {
    let kind = text(step, "Type").unwrap_or("custom_jar").to_ascii_lowercase();
    let mut jar = Map::new();
    let own = words(step);
    let title = if kind == "custom_jar" {
        jar.push("Jar", text(step, "Jar").ok_or_else(|| missing("CustomJARStepConfig", "Jar"))?);
        if !own.is_empty() {
            jar.push("Args", Value::List(own));
        }
        if let Some(class) = text(step, "MainClass") {
            jar.push("MainClass", class);
        }
        if let Some(properties) = text(step, "Properties") {
            jar.push("Properties", Value::List(properties.split(',').map(property).collect()));
        }
        "Custom JAR"
    } else {
        let known = KINDS.iter().find(|known| known.name == kind);
        let known =
            known.ok_or_else(|| UsageError::validation(format!("The step type {kind} is not supported.")))?;
        if own.is_empty() {
            return Err(missing(known.config, "Args"));
        }
        let is_blank = own.len() == 1 && own[0].as_text().is_some_and(|word| word.trim().is_empty());
        if known.needs_words && is_blank {
            return Err(UsageError::validation("The parameter Args cannot be an empty list."));
        }
        jar.push("Jar", RUNNER);
        jar.push("Args", Value::List(known.before.iter().map(Value::text).chain(own).collect()));
        known.title
    };
    let mut built: Map = [
        ("Name", Value::text(text(step, "Name").unwrap_or(title))),
        ("ActionOnFailure", Value::text(text(step, "ActionOnFailure").unwrap_or("CONTINUE"))),
        ("HadoopJarStep", Value::Map(jar)),
    ]
    .into_iter()
    .collect();
    let logs: Map = ["LogUri", "EncryptionKeyArn"]
        .into_iter()
        .filter_map(|name| Some((name, text(step, name)?)))
        .collect();
    if !logs.is_empty() {
        let logs: Map = [("S3MonitoringConfiguration", Value::Map(logs))].into_iter().collect();
        built.push("StepMonitoringConfiguration", Value::Map(logs));
    }
    Ok(Value::Map(built))
}

fn property(pair: &str) -> Value {
    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
    let pair: Map = [("Key", key), ("Value", value)].into_iter().collect();
    Value::Map(pair)
}

impl Runs for Add {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let named: Map = [("ClusterId", self.cluster.as_str())].into_iter().collect();
            let cluster = world.calls.call(SERVICE, "DescribeCluster", named).await?;
            if cluster.get("Cluster").and_then(|cluster| text(cluster, "ReleaseLabel")).is_none() {
                return Err(Fault::General(
                    "the cluster has no release label; steps of AMI versions are not available here yet"
                        .to_owned(),
                ));
            }
            show(world, "AddJobFlowSteps", self.params.clone()).await?;
            Ok(0)
        })
    }
}
