//! `emr install-applications`, and what applications are on clusters of AMI versions: bootstrap actions and steps.

use aws_call::BoxFuture;
use value::{Map, Value};

use super::steps::{Step, s3_link, script_runner};
use super::values::{check_members, needed, structures, words};
use super::{SERVICE, refuse_releases, show};
use crate::arguments::paramfile::ParamFiles;
use crate::commands::line::{Line, step};
use crate::commands::options::{Spec, Takes, one};
use crate::commands::task::{Fault, Runs, World};
use crate::commands::tree;
use crate::{Parsed, UsageError};

static SPEC: Spec = Spec {
    about: "Installs Hive or Pig on a running cluster of an AMI version (2.x, 3.x).",
    words: &[],
    options: &[&[
        one("cluster-id", "The cluster.").needed(),
        one("applications", "The applications, each as `Name=Hive,Args=[…]`, or JSON.")
            .taking(Takes::Some)
            .needed(),
    ]],
};

/// What can be installed on a cluster that runs.
const INSTALLABLE: [&str; 2] = ["HIVE", "PIG"];
const KNOWN: [&str; 10] =
    ["HIVE", "PIG", "HBASE", "GANGLIA", "IMPALA", "SPARK", "MAPR", "MAPR_M3", "MAPR_M5", "MAPR_M7"];

/// What applications come to.
#[derive(Default)]
pub(super) struct Built {
    /// Third parties' products.
    pub(super) products: Vec<Value>,
    /// What runs before Hadoop starts.
    pub(super) actions: Vec<Value>,
    /// What runs after it has started.
    pub(super) steps: Vec<Value>,
}

#[derive(Debug)]
struct Install {
    cluster: String,
    applications: Vec<Value>,
}

/// Reads the words of `emr install-applications`.
pub(in crate::commands) fn install(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let files = ParamFiles::new(line.env, line.profile);
    let applications = structures(&given, "applications", &files)?.unwrap_or_default();
    check_members(&applications, &["Name"])?;
    for application in &applications {
        let name = needed(application, "Name")?;
        let upper = name.to_uppercase();
        if !KNOWN.contains(&upper.as_str()) {
            let known = KNOWN.join(", ");
            return Err(UsageError::validation(format!(
                "Unknown application: {name}. 'Name' should be one of the following: {known}"
            )));
        }
        if !INSTALLABLE.contains(&upper.as_str()) {
            return Err(UsageError::validation(format!(
                "{name} cannot be installed on a running cluster. 'Name' should be one of the following: {}",
                INSTALLABLE.join(", ")
            )));
        }
    }
    let cluster = given.needed("cluster-id");
    let steps = vec![
        step(SERVICE, "DescribeCluster", tree::params(&[("ClusterId", &cluster)])),
        step(SERVICE, "AddJobFlowSteps", Map::new()),
    ];
    line.invocation(Install { cluster, applications }, steps)
}

impl Runs for Install {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            refuse_releases(&world.calls, &self.cluster, "install-applications").await?;
            let region = world.calls.options.region.clone();
            let built = build(&self.applications, region.as_deref(), None)?;
            let mut params = tree::params(&[("JobFlowId", &self.cluster)]);
            params.push("Steps", Value::List(built.steps));
            show(world, "AddJobFlowSteps", params).await?;
            Ok(0)
        })
    }
}

/// What applications come to on a cluster of that AMI version.
pub(super) fn build(
    applications: &[Value],
    region: Option<&str>,
    version: Option<&str>,
) -> Result<Built, UsageError> {
    let mut built = Built::default();
    for application in applications {
        let name = needed(application, "Name")?;
        let own = words(application, "Args");
        match name.to_lowercase().as_str() {
            "hive" => {
                built.steps.push(install_step("Install Hive", "hive", region));
                let site =
                    own.iter().flatten().filter_map(Value::as_text).find(|word| word.contains("--hive-site"));
                built.steps.extend(site.map(|site| hive_site(site, region)));
            }
            "pig" => built.steps.push(install_step("Install Pig", "pig", region)),
            "ganglia" => {
                let path = s3_link("/bootstrap-actions/install-ganglia", region);
                built.actions.push(action("Install Ganglia", &path, Vec::new()));
            }
            "hbase" => {
                let path = s3_link("/bootstrap-actions/setup-hbase", region);
                built.actions.push(action("Install HBase", &path, Vec::new()));
                built.steps.push(hbase(version.unwrap_or_default())?);
            }
            "impala" => {
                let mut arguments = vec![
                    "--base-path".to_owned(),
                    s3_link("", region),
                    "--impala-version".into(),
                    "latest".into(),
                ];
                if let Some(own) = own {
                    let own: Vec<&str> = own.iter().filter_map(Value::as_text).collect();
                    arguments.extend(["--impala-conf".to_owned(), own.join(",")]);
                }
                let path = s3_link("/libs/impala/setup-impala", region);
                built.actions.push(action(
                    "Install Impala",
                    &path,
                    arguments.iter().map(Value::text).collect(),
                ));
            }
            lower => {
                let mut product = tree::params(&[("Name", lower)]);
                product.push("Args", Value::List(own.unwrap_or_default()));
                built.products.push(Value::Map(product));
            }
        }
    }
    Ok(built)
}

fn install_step(title: &str, program: &str, region: Option<&str>) -> Value {
    let words = [
        s3_link(&format!("/libs/{program}/{program}-script"), region),
        format!("--install-{program}"),
        "--base-path".to_owned(),
        s3_link(&format!("/libs/{program}"), region),
        format!("--{program}-versions"),
        "latest".to_owned(),
    ];
    let words = words.iter().map(Value::text).collect();
    Step { words, on_failure: "TERMINATE_CLUSTER", ..Step::new(title, script_runner(region)) }.built()
}

fn hive_site(site: &str, region: Option<&str>) -> Value {
    // The base path is that of the first region, wherever the cluster is.
    let words = [
        s3_link("/libs/hive/hive-script", region),
        "--base-path".to_owned(),
        s3_link("/libs/hive", None),
        "--install-hive-site".to_owned(),
        site.to_owned(),
        "--hive-versions".to_owned(),
        "latest".to_owned(),
    ];
    let words = words.iter().map(Value::text).collect();
    let step = Step::new("Install Hive Site Configuration", script_runner(region));
    Step { words, on_failure: "CANCEL_AND_WAIT", ..step }.built()
}

fn hbase(version: &str) -> Result<Value, UsageError> {
    let jar = match version {
        version if version >= "3.0" => "/home/hadoop/lib/hbase.jar",
        version if version >= "2.1" => "/home/hadoop/lib/hbase-0.92.0.jar",
        _ => {
            return Err(UsageError::validation(format!(
                "AMI version {version} is not compatible with HBase."
            )));
        }
    };
    let words = ["emr.hbase.backup.Main", "--start-master"].iter().map(Value::text).collect();
    Ok(Step { words, on_failure: "TERMINATE_CLUSTER", ..Step::new("Start HBase", jar.to_owned()) }.built())
}

/// A bootstrap action.
pub(super) fn action(name: &str, path: &str, words: Vec<Value>) -> Value {
    let mut script = Map::new();
    if !words.is_empty() {
        script.push("Args", Value::List(words));
    }
    script.push("Path", path);
    let action: Map =
        [("Name", Value::text(name)), ("ScriptBootstrapAction", Value::Map(script))].into_iter().collect();
    Value::Map(action)
}
