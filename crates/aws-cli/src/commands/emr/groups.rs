//! `emr add-instance-groups`, and the instance groups and fleets of `emr create-cluster`.

use aws_call::BoxFuture;
use value::{Map, Value};

use super::values::{check_members, needed, structures, typed};
use super::{SERVICE, print};
use crate::arguments::paramfile::ParamFiles;
use crate::commands::line::{Line, step};
use crate::commands::options::{Spec, Takes, one};
use crate::commands::task::{Fault, Runs, World};
use crate::commands::tree;
use crate::{Parsed, UsageError, python};

static SPEC: Spec = Spec {
    about: "Adds instance groups to a running cluster.",
    words: &[],
    options: &[&[
        one("cluster-id", "The cluster.").needed(),
        one(
            "instance-groups",
            "The groups, each as `InstanceGroupType=TASK,InstanceType=m5.xlarge,InstanceCount=2`, or JSON.",
        )
        .taking(Takes::Some)
        .needed(),
    ]],
};

/// Members of a group that stay as they are.
const OF_GROUPS: [&str; 4] = ["EbsConfiguration", "AutoScalingPolicy", "Configurations", "CustomAmiId"];

/// Members that every group has.
pub(super) const OF_EVERY_GROUP: [&str; 3] = ["InstanceGroupType", "InstanceType", "InstanceCount"];

#[derive(Debug)]
struct Add(Map);

/// Reads the words of `emr add-instance-groups`.
pub(in crate::commands) fn add(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let files = ParamFiles::new(line.env, line.profile);
    let groups = structures(&given, "instance-groups", &files)?.unwrap_or_default();
    check_members(&groups, &OF_EVERY_GROUP)?;
    let mut params = tree::params(&[("JobFlowId", &given.needed("cluster-id"))]);
    params.push("InstanceGroups", Value::List(groups.iter().map(group).collect::<Result<_, _>>()?));
    let service = line.catalog.open(SERVICE).map_err(|error| UsageError::general(error.to_string()))?;
    let params = typed(&service, "AddInstanceGroups", params)?;
    let first = step(SERVICE, "AddInstanceGroups", params.clone());
    line.invocation(Add(params), vec![first])
}

impl Runs for Add {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let answer = world.calls.call(SERVICE, "AddInstanceGroups", self.0.clone()).await?;
            let mut shown = Map::new();
            if answer.get("JobFlowId").is_some() && answer.get("InstanceGroupIds").is_some() {
                for (name, from) in [
                    ("ClusterId", "JobFlowId"),
                    ("InstanceGroupIds", "InstanceGroupIds"),
                    ("ClusterArn", "ClusterArn"),
                ] {
                    shown.push(name, answer.get(from).cloned().unwrap_or_default());
                }
            }
            print(world, "add_instance_groups", &Value::Map(shown))?;
            Ok(0)
        })
    }
}

/// A group as the service knows it.
pub(super) fn group(group: &Value) -> Result<Value, UsageError> {
    let kind = || needed(group, "InstanceGroupType");
    let name = match group.get("Name") {
        Some(name) => name.clone(),
        None => Value::text(kind()?),
    };
    let count = group.get("InstanceCount").cloned();
    let mut config: Map = [
        ("Name", name),
        ("InstanceType", Value::text(needed(group, "InstanceType")?)),
        ("InstanceCount", count.ok_or_else(|| UsageError::general("'InstanceCount'"))?),
        ("InstanceRole", Value::text(kind()?.to_uppercase())),
    ]
    .into_iter()
    .collect();
    match group.get("BidPrice") {
        Some(price) => {
            if price.as_text() != Some("OnDemandPrice") {
                config.push("BidPrice", price.clone());
            }
            config.push("Market", "SPOT");
        }
        None => config.push("Market", "ON_DEMAND"),
    }
    for name in OF_GROUPS {
        if let Some(value) = group.get(name) {
            config.push(name, value.clone());
        }
    }
    Ok(Value::Map(config))
}

/// The groups of a cluster that is described by a type and a count: one master, the rest core.
pub(super) fn by_count(kind: &str, count: Option<&str>) -> Result<Vec<Value>, UsageError> {
    let count = match count {
        Some(text) => {
            let number = python::integer(text).and_then(|number| number.as_i64());
            number.ok_or_else(|| UsageError::general(python::integer_fault(text)))?
        }
        None => 1,
    };
    let group = |role: &str, count: i64| {
        let group: Map = [
            ("InstanceType", Value::text(kind)),
            ("InstanceCount", Value::from(count)),
            ("InstanceRole", Value::text(role)),
            ("Name", Value::text(role)),
            ("Market", Value::text("ON_DEMAND")),
        ]
        .into_iter()
        .collect();
        Value::Map(group)
    };
    let mut groups = vec![group("MASTER", 1)];
    if count > 1 {
        groups.push(group("CORE", count - 1));
    }
    Ok(groups)
}

/// A fleet as the service knows it.
pub(super) fn fleet(fleet: &Value) -> Result<Value, UsageError> {
    let kind = needed(fleet, "InstanceFleetType")?;
    let mut config: Map = [
        ("Name", fleet.get("Name").cloned().unwrap_or_else(|| Value::text(kind))),
        ("InstanceFleetType", Value::text(kind)),
    ]
    .into_iter()
    .collect();
    for (name, inner) in [
        ("TargetOnDemandCapacity", [].as_slice()),
        ("TargetSpotCapacity", &[]),
        ("InstanceTypeConfigs", &[]),
        ("LaunchSpecifications", &["SpotSpecification", "OnDemandSpecification"]),
        ("ResizeSpecifications", &["SpotResizeSpecification", "OnDemandResizeSpecification"]),
        ("Context", &[]),
    ] {
        let Some(value) = fleet.get(name) else { continue };
        if inner.is_empty() {
            config.push(name, value.clone());
            continue;
        }
        let known = inner.iter().filter_map(|inner| Some((*inner, value.get(inner)?.clone())));
        config.push(name, Value::Map(known.collect()));
    }
    Ok(Value::Map(config))
}
