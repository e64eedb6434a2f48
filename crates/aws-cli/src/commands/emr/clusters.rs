//! `emr describe-cluster`, `emr terminate-clusters`, `emr modify-cluster-attributes`.

use aws_call::BoxFuture;
use value::{Map, Value};

use super::{SERVICE, print, show};
use crate::commands::line::{Line, Step, step};
use crate::commands::options::{Given, Spec, Takes, one, switch};
use crate::commands::task::{Fault, Runs, World};
use crate::{Parsed, UsageError};

static DESCRIBE: Spec = Spec {
    about: "Describes a cluster with its instance groups or fleets and its bootstrap actions.",
    words: &[],
    options: &[&[one("cluster-id", "The cluster.").needed()]],
};

static TERMINATE: Spec = Spec {
    about: "Terminates clusters.",
    words: &[],
    options: &[&[one("cluster-ids", "The clusters.").taking(Takes::Some).needed()]],
};

static MODIFY: Spec = Spec {
    about: "Changes attributes of a cluster.",
    words: &[],
    options: &[&[
        one("cluster-id", "The cluster.").needed(),
        switch("visible-to-all-users", "All users of the account may see it."),
        switch("no-visible-to-all-users", "Only who made it may see it."),
        switch("termination-protected", "It cannot be terminated."),
        switch("no-termination-protected", "It can be terminated."),
        switch("auto-terminate", "It ends after its last step."),
        switch("no-auto-terminate", "It stays after its last step."),
        switch("unhealthy-node-replacement", "Unhealthy nodes are replaced."),
        switch("no-unhealthy-node-replacement", "Unhealthy nodes stay."),
    ]],
};

/// What can be modified: switch, operation, member, whether the switch says the contrary of the member.
const ATTRIBUTES: [(&str, &str, &str, bool); 4] = [
    ("visible-to-all-users", "SetVisibleToAllUsers", "VisibleToAllUsers", false),
    ("termination-protected", "SetTerminationProtection", "TerminationProtected", false),
    ("auto-terminate", "SetKeepJobFlowAliveWhenNoSteps", "KeepJobFlowAliveWhenNoSteps", true),
    ("unhealthy-node-replacement", "SetUnhealthyNodeReplacement", "UnhealthyNodeReplacement", false),
];

#[derive(Debug)]
struct Describe {
    params: Map,
}

/// Calls whose answers are printed one after the other.
#[derive(Debug)]
struct Series(Vec<(&'static str, Map)>);

/// Reads the words of `emr describe-cluster`.
pub(in crate::commands) fn describe(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&DESCRIBE)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let params: Map = [("ClusterId", given.needed("cluster-id"))].into_iter().collect();
    let operations = ["DescribeCluster", "ListInstanceFleets", "ListInstanceGroups", "ListBootstrapActions"];
    let steps = operations.map(|operation| step(SERVICE, operation, params.clone()));
    line.invocation(Describe { params }, steps.into())
}

/// Reads the words of `emr terminate-clusters`.
pub(in crate::commands) fn terminate(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&TERMINATE)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let ids = given.several("cluster-ids").into_iter().map(Value::text).collect();
    let params: Map = [("JobFlowIds", Value::List(ids))].into_iter().collect();
    series(line, vec![("TerminateJobFlows", params)])
}

/// Reads the words of `emr modify-cluster-attributes`.
pub(in crate::commands) fn modify(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&MODIFY)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let mut calls = Vec::new();
    for (name, operation, member, contrary) in ATTRIBUTES {
        let Some(on) = asked(&given, name)? else { continue };
        let ids = Value::List(vec![Value::from(given.needed("cluster-id"))]);
        let params: Map = [("JobFlowIds", ids), (member, Value::from(on != contrary))].into_iter().collect();
        calls.push((operation, params));
    }
    if calls.is_empty() {
        return Err(UsageError::validation(
            "Must specify one of the following boolean options: --visible-to-all-users|--no-visible-to-all-users, \
             --termination-protected|--no-termination-protected, --auto-terminate|--no-auto-terminate, \
             --unhealthy-node-replacement|--no-unhealthy-node-replacement.",
        ));
    }
    series(line, calls)
}

/// What a switch and its contrary say.
fn asked(given: &Given, name: &str) -> Result<Option<bool>, UsageError> {
    match (given.has(name), given.has(&format!("no-{name}"))) {
        (true, true) => Err(UsageError::validation(format!(
            "You cannot specify both --{name} and --no-{name} options together."
        ))),
        (false, false) => Ok(None),
        (on, _) => Ok(Some(on)),
    }
}

fn series(line: &Line<'_>, calls: Vec<(&'static str, Map)>) -> Result<Parsed, UsageError> {
    let steps: Vec<Step> =
        calls.iter().map(|(operation, params)| step(SERVICE, operation, params.clone())).collect();
    line.invocation(Series(calls), steps)
}

impl Runs for Series {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            for (operation, params) in &self.0 {
                show(world, operation, params.clone()).await?;
            }
            Ok(0)
        })
    }
}

impl Runs for Describe {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let mut answer = world.calls.call(SERVICE, "DescribeCluster", self.params.clone()).await?;
            let kind = answer.get("Cluster").and_then(|cluster| cluster.get("InstanceCollectionType"));
            let is_fleet = kind.and_then(Value::as_text) == Some("INSTANCE_FLEET");
            let (operation, instances) = match is_fleet {
                true => ("ListInstanceFleets", "InstanceFleets"),
                false => ("ListInstanceGroups", "InstanceGroups"),
            };
            let listed = world.calls.call(SERVICE, operation, self.params.clone()).await?;
            let actions = world.calls.call(SERVICE, "ListBootstrapActions", self.params.clone()).await?;
            if let Value::Map(answer) = &mut answer
                && let Some(Value::Map(cluster)) = answer.get_mut("Cluster")
            {
                let actions = actions.get("BootstrapActions").cloned();
                cluster.insert("BootstrapActions", actions.unwrap_or_else(|| Value::List(Vec::new())));
                if let Some(listed) = listed.get(instances) {
                    cluster.insert(instances, listed.clone());
                }
            }
            print(world, "describe_cluster", &answer)?;
            Ok(0)
        })
    }
}
