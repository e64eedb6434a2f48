//! `emr add-steps`: steps by their type instead of by the jar that runs them.

use aws_call::BoxFuture;
use value::{Map, Value};

use super::values::{missing, structures, text, words};
use super::{SERVICE, release, show};
use crate::arguments::paramfile::ParamFiles;
use crate::commands::line::{Line, step};
use crate::commands::options::{Spec, Takes, one};
use crate::commands::task::{Fault, Runs, World};
use crate::commands::tree;
use crate::{Parsed, UsageError};

/// What runs scripts on clusters of a release.
pub(super) const RUNNER: &str = "command-runner.jar";

static SPEC: Spec = Spec {
    about: "Adds steps to a cluster.",
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
    steps: Vec<Value>,
    role: Option<String>,
}

/// A step on its way to the service's form.
pub(super) struct Step<'a> {
    pub(super) title: &'a str,
    pub(super) on_failure: &'a str,
    pub(super) jar: String,
    pub(super) words: Vec<Value>,
}

impl<'a> Step<'a> {
    /// A step without words.
    pub(super) fn new(title: &'a str, jar: String) -> Step<'a> {
        Step { title, on_failure: "CONTINUE", jar, words: Vec::new() }
    }

    /// The step as the service knows it.
    pub(super) fn built(self) -> Value {
        let mut jar = Map::new();
        jar.push("Jar", self.jar);
        if !self.words.is_empty() {
            jar.push("Args", Value::List(self.words));
        }
        let mut built = Map::new();
        for (name, text) in [("Name", self.title), ("ActionOnFailure", self.on_failure)] {
            if !text.is_empty() {
                built.push(name, text);
            }
        }
        built.push("HadoopJarStep", Value::Map(jar));
        Value::Map(built)
    }
}

/// A type of steps.
struct Kind {
    name: &'static str,
    /// What a step is called unless it says.
    title: &'static str,
    /// What messages call the type.
    config: &'static str,
    /// What stands before a step's own words on clusters of a release; such clusters do not know types without.
    before: &'static [&'static str],
    /// Whether a single blank word is no word at all.
    needs_words: bool,
}

const KINDS: [Kind; 5] = [
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
        name: "impala",
        title: "Impala program",
        config: "ImpalaStepConfig",
        before: &[],
        needs_words: false,
    },
    Kind {
        name: "spark",
        title: "Spark application",
        config: "SparkStepConfig",
        before: &["spark-submit"],
        needs_words: false,
    },
];

/// A place below EMR's own bucket of a region.
pub(super) fn s3_link(path: &str, region: Option<&str>) -> String {
    format!("s3://{}.elasticmapreduce{path}", region.unwrap_or("us-east-1"))
}

/// What runs scripts on clusters of AMI versions.
pub(super) fn script_runner(region: Option<&str>) -> String {
    s3_link("/libs/script-runner/script-runner.jar", region)
}

/// Reads the words of `emr add-steps`.
pub(in crate::commands) fn add(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let files = ParamFiles::new(line.env, line.profile);
    let steps = structures(&given, "steps", &files)?.unwrap_or_default();
    // What is wrong wherever the cluster comes from need not wait for it to be described.
    if let (Err(fault), Err(_)) = (configs(&steps, Some(""), None), configs(&steps, None, None)) {
        return Err(fault);
    }
    let cluster = given.needed("cluster-id");
    let calls = vec![
        step(SERVICE, "DescribeCluster", tree::params(&[("ClusterId", &cluster)])),
        step(SERVICE, "AddJobFlowSteps", Map::new()),
    ];
    let role = given.text("execution-role-arn").map(str::to_owned);
    line.invocation(Add { cluster, steps, role }, calls)
}

/// The steps as the service knows them, on a cluster of that release.
pub(super) fn configs(
    steps: &[Value],
    release: Option<&str>,
    region: Option<&str>,
) -> Result<Vec<Value>, UsageError> {
    steps.iter().map(|step| config(step, release, region)).collect()
}

fn config(step: &Value, release: Option<&str>, region: Option<&str>) -> Result<Value, UsageError> {
    let kind = step.get("Type").and_then(Value::as_text).unwrap_or("custom_jar").to_lowercase();
    let mut built = if kind == "custom_jar" {
        custom_jar(step)?
    } else {
        let known = KINDS.iter().find(|known| known.name == kind);
        let known = known.filter(|known| release.is_none() || !known.before.is_empty());
        let known =
            known.ok_or_else(|| UsageError::validation(format!("The step type {kind} is not supported.")))?;
        of_kind(known, step, release, region)?
    };
    let logs: Map = ["LogUri", "EncryptionKeyArn"]
        .into_iter()
        .filter_map(|name| Some((name, text(step, name)?)))
        .collect();
    if let (false, Value::Map(built)) = (logs.is_empty(), &mut built) {
        let logs: Map = [("S3MonitoringConfiguration", Value::Map(logs))].into_iter().collect();
        built.push("StepMonitoringConfiguration", Value::Map(logs));
    }
    Ok(built)
}

/// A step's own text, the usual one if it says nothing.
fn or<'a>(step: &'a Value, name: &str, usual: &'a str) -> &'a str {
    step.get(name).and_then(Value::as_text).unwrap_or(usual)
}

fn custom_jar(step: &Value) -> Result<Value, UsageError> {
    let jar = text(step, "Jar").ok_or_else(|| missing("CustomJARStepConfig", "Jar"))?;
    let mut built = Step {
        title: or(step, "Name", "Custom JAR"),
        on_failure: or(step, "ActionOnFailure", "CONTINUE"),
        jar: jar.to_owned(),
        words: words(step, "Args").unwrap_or_default(),
    }
    .built();
    if let Value::Map(built) = &mut built
        && let Some(Value::Map(jar)) = built.get_mut("HadoopJarStep")
    {
        if let Some(class) = text(step, "MainClass") {
            jar.push("MainClass", class);
        }
        if let Some(properties) = step.get("Properties") {
            let properties = properties.as_text().ok_or_else(|| {
                UsageError::validation(
                    "Parameter validation failed:\nInvalid type for parameter Properties: it is one text",
                )
            })?;
            jar.push("Properties", Value::List(properties.split(',').map(property).collect()));
        }
    }
    Ok(built)
}

fn of_kind(
    kind: &Kind,
    step: &Value,
    release: Option<&str>,
    region: Option<&str>,
) -> Result<Value, UsageError> {
    let own = words(step, "Args").unwrap_or_default();
    if own.is_empty() {
        return Err(missing(kind.config, "Args"));
    }
    let is_blank = own.len() == 1 && own[0].as_text().is_some_and(|word| word.trim().is_empty());
    if kind.needs_words && is_blank {
        return Err(UsageError::validation("The parameter Args cannot be an empty list."));
    }
    let (jar, before) = match release {
        Some(_) => (RUNNER.to_owned(), kind.before.iter().map(|word| (*word).to_owned()).collect()),
        None => without_release(kind, region),
    };
    let step = Step {
        title: or(step, "Name", kind.title),
        on_failure: or(step, "ActionOnFailure", "CONTINUE"),
        jar,
        words: before.iter().map(Value::text).chain(own).collect(),
    };
    Ok(step.built())
}

/// Jar and first words on clusters of AMI versions.
fn without_release(kind: &Kind, region: Option<&str>) -> (String, Vec<String>) {
    let script = |name: &str| {
        vec![
            s3_link(&format!("/libs/{name}/{name}-script"), region),
            format!("--run-{name}-script"),
            format!("--{name}-versions"),
            "latest".to_owned(),
            "--args".to_owned(),
        ]
    };
    match kind.name {
        "streaming" => ("/home/hadoop/contrib/streaming/hadoop-streaming.jar".to_owned(), Vec::new()),
        "spark" => (script_runner(region), vec!["/home/hadoop/spark/bin/spark-submit".to_owned()]),
        "impala" => (
            script_runner(region),
            vec![s3_link("/libs/impala/setup-impala", region), "--run-impala-script".to_owned()],
        ),
        name => (script_runner(region), script(name)),
    }
}

fn property(pair: &str) -> Value {
    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
    Value::Map(tree::params(&[("Key", key), ("Value", value)]))
}

impl Runs for Add {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let release = release(&world.calls, &self.cluster).await?;
            let region = world.calls.options.region.clone();
            let steps = configs(&self.steps, release.as_deref(), region.as_deref())?;
            let mut params = tree::params(&[("JobFlowId", &self.cluster)]);
            params.push("Steps", Value::List(steps));
            if let Some(role) = &self.role {
                params.push("ExecutionRoleArn", role.as_str());
            }
            show(world, "AddJobFlowSteps", params).await?;
            Ok(0)
        })
    }
}
