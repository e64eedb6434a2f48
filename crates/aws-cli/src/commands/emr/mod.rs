//! `emr`: commands that name clusters, steps and applications in words of their own.

pub(super) mod applications;
pub(super) mod cluster;
mod cluster_words;
pub(super) mod clusters;
mod file_system;
pub(super) mod groups;
pub(super) mod hbase;
mod logging;
pub(super) mod remote;
pub(super) mod roles;
pub(super) mod steps;
mod values;

use value::{Map, Value};

use super::task::{Calls, Fault, World};
use super::tree;
use crate::{UsageError, print};

const SERVICE: &str = "emr";

/// Makes a call and prints its answer.
async fn show(world: &mut World<'_>, operation: &str, params: Map) -> Result<(), Fault> {
    let answer = world.calls.call(SERVICE, operation, params).await?;
    print(world, operation, &answer)
}

fn print(world: &mut World<'_>, title: &str, answer: &Value) -> Result<(), Fault> {
    let printed = print::print_value(answer, world.globals, title, world.out);
    printed.map_err(|error| Fault::General(error.to_string()))
}

/// The release label of a cluster; `None` for one of an AMI version.
async fn release(calls: &Calls, cluster: &str) -> Result<Option<String>, Fault> {
    let answer = calls.call(SERVICE, "DescribeCluster", tree::params(&[("ClusterId", cluster)])).await?;
    let label = tree::text(&answer, &["Cluster", "ReleaseLabel"]);
    Ok((!label.is_empty()).then(|| label.to_owned()))
}

/// Ends commands that only clusters of AMI versions know.
async fn refuse_releases(calls: &Calls, cluster: &str, command: &str) -> Result<(), Fault> {
    match release(calls, cluster).await? {
        None => Ok(()),
        Some(label) => {
            let what = format!("{command} is not supported with '{label}' release.");
            Err(UsageError::validation(what).into())
        }
    }
}
