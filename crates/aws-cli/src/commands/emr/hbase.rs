//! HBase on clusters of AMI versions: backups made, scheduled, disabled, restored. Each is a step.

use aws_call::BoxFuture;
use value::{Map, Value};

use super::steps::Step;
use super::{SERVICE, refuse_releases, show};
use crate::commands::line::{Line, step};
use crate::commands::options::{Given, Opt, Spec, one, switch};
use crate::commands::task::{Fault, Runs, World};
use crate::commands::tree;
use crate::{Parsed, UsageError};

const JAR: &str = "/home/hadoop/lib/hbase.jar";
const MAIN: &str = "emr.hbase.backup.Main";

const CLUSTER: Opt = one("cluster-id", "The cluster.").needed();
const DIRECTORY: Opt = one("dir", "The folder of the backups in S3, `s3://bucket/folder`.").needed();
const CONSISTENT: Opt = switch("consistent", "Hold all writes while the backup is made.");

static RESTORE: Spec = Spec {
    about: "Restores HBase from a backup in S3. Only for clusters of AMI versions.",
    words: &[],
    options: &[&[CLUSTER, DIRECTORY, one("backup-version", "Which backup; the newest by default.")]],
};

static CREATE: Spec = Spec {
    about: "Makes a backup of HBase in S3. Only for clusters of AMI versions.",
    words: &[],
    options: &[&[CLUSTER, DIRECTORY, CONSISTENT]],
};

static SCHEDULE: Spec = Spec {
    about: "Schedules backups of HBase. Only for clusters of AMI versions.",
    words: &[],
    options: &[&[
        CLUSTER,
        one("type", "`full` or `incremental`.").needed(),
        DIRECTORY,
        one("interval", "How many units lie between two backups.").needed(),
        one("unit", "`minutes`, `hours` or `days`.").needed(),
        one("start-time", "When the first one is made, 2014-04-21T05:26:10Z; now by default."),
        CONSISTENT,
    ]],
};

static DISABLE: Spec = Spec {
    about: "Ends scheduled backups of HBase. Only for clusters of AMI versions.",
    words: &[],
    options: &[&[CLUSTER, switch("full", "Full backups."), switch("incremental", "Incremental backups.")]],
};

#[derive(Debug)]
struct AddStep {
    command: &'static str,
    cluster: String,
    params: Map,
}

type Arguments = fn(&Given) -> Result<Vec<String>, UsageError>;

/// Reads the words of `emr restore-from-hbase-backup`.
pub(in crate::commands) fn restore(line: &Line<'_>) -> Result<Parsed, UsageError> {
    start(line, &RESTORE, "restore-from-hbase-backup", "Restore HBase", |given| {
        Ok(restoring(&given.needed("dir"), given.text("backup-version")))
    })
}

/// Reads the words of `emr create-hbase-backup`.
pub(in crate::commands) fn create(line: &Line<'_>) -> Result<Parsed, UsageError> {
    start(line, &CREATE, "create-hbase-backup", "Backup HBase", |given| {
        let mut words = owned(&[MAIN, "--backup", "--backup-dir", &given.needed("dir")]);
        words.extend(given.has("consistent").then(|| "--consistent".to_owned()));
        Ok(words)
    })
}

/// Reads the words of `emr schedule-hbase-backup`.
pub(in crate::commands) fn schedule(line: &Line<'_>) -> Result<Parsed, UsageError> {
    start(line, &SCHEDULE, "schedule-hbase-backup", "Modify Backup Schedule", schedule_words)
}

/// Reads the words of `emr disable-hbase-backups`.
pub(in crate::commands) fn disable(line: &Line<'_>) -> Result<Parsed, UsageError> {
    start(line, &DISABLE, "disable-hbase-backups", "Modify Backup Schedule", |given| {
        if !given.has("full") && !given.has("incremental") {
            return Err(UsageError::validation("Should specify at least one of --full and --incremental."));
        }
        let mut words = owned(&[MAIN, "--set-scheduled-backup", "false"]);
        words.extend(given.has("full").then(|| "--disable-full-backups".to_owned()));
        words.extend(given.has("incremental").then(|| "--disable-incremental-backups".to_owned()));
        Ok(words)
    })
}

fn schedule_words(given: &Given) -> Result<Vec<String>, UsageError> {
    let (kind, unit) = (given.needed("type").to_lowercase(), given.needed("unit").to_lowercase());
    if kind != "full" && kind != "incremental" {
        return Err(UsageError::validation("invalid type. type should be either full or incremental."));
    }
    if !["minutes", "hours", "days"].contains(&unit.as_str()) {
        return Err(UsageError::validation(
            "invalid unit. unit should be one of the following values: minutes, hours or days.",
        ));
    }
    let mut words = owned(&[MAIN, "--set-scheduled-backup", "true", "--backup-dir", &given.needed("dir")]);
    words.extend(given.has("consistent").then(|| "--consistent".to_owned()));
    words.extend([
        format!("--{kind}-backup-time-interval"),
        given.needed("interval"),
        format!("--{kind}-backup-time-unit"),
        unit,
        "--start-time".to_owned(),
        given.text("start-time").unwrap_or("now").to_owned(),
    ]);
    Ok(words)
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// The words that restore a backup.
fn restoring(directory: &str, version: Option<&str>) -> Vec<String> {
    let mut words = owned(&[MAIN, "--restore", "--backup-dir", directory]);
    words.extend(version.map(|version| owned(&["--backup-version", version])).into_iter().flatten());
    words
}

/// The step that restores a backup.
pub(super) fn restore_step(directory: &str, version: Option<&str>) -> Value {
    hbase_step("Restore HBase", &restoring(directory, version))
}

fn hbase_step(title: &str, words: &[String]) -> Value {
    let words = words.iter().map(Value::text).collect();
    Step { words, on_failure: "CANCEL_AND_WAIT", ..Step::new(title, JAR.to_owned()) }.built()
}

fn start(
    line: &Line<'_>,
    spec: &'static Spec,
    command: &'static str,
    title: &str,
    arguments: Arguments,
) -> Result<Parsed, UsageError> {
    let given = match line.read(spec)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let cluster = given.needed("cluster-id");
    let mut params = tree::params(&[("JobFlowId", &cluster)]);
    params.push("Steps", Value::List(vec![hbase_step(title, &arguments(&given)?)]));
    let steps = vec![
        step(SERVICE, "DescribeCluster", tree::params(&[("ClusterId", &cluster)])),
        step(SERVICE, "AddJobFlowSteps", params.clone()),
    ];
    line.invocation(AddStep { command, cluster, params }, steps)
}

impl Runs for AddStep {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            refuse_releases(&world.calls, &self.cluster, self.command).await?;
            show(world, "AddJobFlowSteps", self.params.clone()).await?;
            Ok(0)
        })
    }
}
