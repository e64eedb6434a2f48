//! `emr create-default-roles`: the roles and the instance profile that clusters have unless they are told others.

use aws_call::BoxFuture;
use value::Value;

use super::{SERVICE, print};
use crate::commands::configure;
use crate::commands::default_roles::{Role, ensure_profile, ensure_role, partition, region, steps};
use crate::commands::line::Line;
use crate::commands::options::{Spec, one};
use crate::commands::task::{Calls, Fault, Runs, World};
use crate::{Parsed, UsageError};

/// The role of clusters' machines, and their instance profile.
pub(super) const MACHINES: &str = "EMR_EC2_DefaultRole";
/// The role of EMR itself.
pub(super) const SERVICE_ROLE: &str = "EMR_DefaultRole";
const SCALING: &str = "EMR_AutoScaling_DefaultRole";

static SPEC: Spec = Spec {
    about: "Creates the default roles of EMR and the instance profile of its machines, unless they are there. On a \
            terminal they become the defaults of the profile, unless it has some.",
    words: &[],
    options: &[&[one("iam-endpoint", "Call IAM at this URL.")]],
};

/// Who assumes a role, by what the names of services end in.
type Principals = fn(&str) -> Vec<String>;

#[derive(Debug)]
struct CreateRoles {
    endpoint: Option<String>,
    remembers: bool,
}

/// Reads the words of `emr create-default-roles`.
pub(in crate::commands) fn start(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let endpoint = given.text("iam-endpoint").map(str::to_owned);
    if endpoint.is_some() && line.is_chat() {
        return Err(line.refuse("calls go to AWS's own endpoints"));
    }
    line.invocation(CreateRoles { endpoint, remembers: !line.is_chat() }, steps(MACHINES))
}

impl Runs for CreateRoles {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let made = self.make(&world.calls).await?;
            if self.remembers {
                remember(world)?;
            }
            print(world, "create_role", &Value::List(made))?;
            Ok(0)
        })
    }
}

impl CreateRoles {
    async fn make(&self, calls: &Calls) -> Result<Vec<Value>, Fault> {
        let place = self.endpoint.as_deref();
        let partition = partition(region(calls)?);
        let policy = |name: &str| format!("arn:{partition}:iam::aws:policy/service-role/{name}");
        let mut made = Vec::new();
        let (policy_of_machines, trust) =
            (policy("AmazonElasticMapReduceforEC2Role"), trust(&["ec2.amazonaws.com".into()]));
        let role = Role { name: MACHINES, policy: &policy_of_machines, trust: &trust };
        made.extend(ensure_role(calls, place, &role).await?);
        ensure_profile(calls, place, MACHINES).await?;
        let wanted: [(&str, &str, Principals); 2] = [
            (SERVICE_ROLE, "AmazonElasticMapReduceRole", |suffix| vec![format!("elasticmapreduce.{suffix}")]),
            (SCALING, "AmazonElasticMapReduceforAutoScalingRole", |suffix| {
                let own = if suffix == "amazonaws.com.cn" { suffix } else { "amazonaws.com" };
                vec![format!("elasticmapreduce.{suffix}"), format!("application-autoscaling.{own}")]
            }),
        ];
        for (name, policy_name, principals) in wanted {
            // Where the service is need be known only for a role that is missing.
            let trust = suffix(calls).map(|suffix| self::trust(&principals(&suffix)));
            let role =
                Role { name, policy: &policy(policy_name), trust: trust.as_deref().unwrap_or_default() };
            match (ensure_role(calls, place, &role).await, trust) {
                (Ok(role), _) => made.extend(role),
                (Err(Fault::Call { operation, .. }), None) if operation.as_str() == "CreateRole" => {
                    return Err(Fault::General(
                        "Could not resolve the service principal from the region or the endpoint.".to_owned(),
                    ));
                }
                (Err(fault), _) => return Err(fault),
            }
        }
        Ok(made)
    }
}

/// What the names of services end in where EMR is; `None` if its endpoint does not tell.
fn suffix(calls: &Calls) -> Option<String> {
    let region = calls.options.region.as_deref()?;
    let options = calls.options_for(calls.service(SERVICE).ok()?.as_ref());
    let Some(url) = options.endpoint_url.as_deref() else {
        let known = [
            ("cn-", "amazonaws.com.cn"),
            ("us-isob-", "sc2s.sgov.gov"),
            ("us-iso-", "c2s.ic.gov"),
            ("eusc-", "amazonaws.eu"),
        ];
        let found = known.iter().find(|(prefix, _)| region.starts_with(prefix));
        return Some(found.map_or("amazonaws.com", |(_, suffix)| suffix).to_owned());
    };
    let host = url.split_once("://")?.1.split('/').next()?;
    let (_, rest) = match host.strip_prefix("elasticmapreduce.") {
        Some(rest) => rest.split_once('.')?,
        None => host.split_once(".elasticmapreduce.")?,
    };
    Some(rest.to_owned())
}

/// Who may assume a role, as JSON.
fn trust(principals: &[String]) -> String {
    let service = match principals {
        [one] => format!("\"{one}\""),
        many => {
            let lines: Vec<String> = many.iter().map(|name| format!("          \"{name}\"")).collect();
            format!("[\n{}\n        ]", lines.join(",\n"))
        }
    };
    format!(
        "{{\n  \"Version\": \"2008-10-17\",\n  \"Statement\": [\n    {{\n      \"Sid\": \"\",\n      \"Effect\": \
         \"Allow\",\n      \"Principal\": {{\n        \"Service\": {service}\n      }},\n      \"Action\": \
         \"sts:AssumeRole\"\n    }}\n  ]\n}}"
    )
}

/// Makes the roles the profile's defaults, unless it has some.
fn remember(world: &World<'_>) -> Result<(), Fault> {
    let profile = configure::profile(world);
    let section = configure::shared(world.env)?.profile(profile.as_deref().unwrap_or("default"));
    if ["service_role", "instance_profile"].iter().any(|name| section.nested("emr", name).is_some()) {
        return Ok(());
    }
    let title = match profile.as_deref() {
        None => "default".to_owned(),
        Some(name) => format!("profile {name}"),
    };
    for (name, value) in [("service_role", SERVICE_ROLE), ("instance_profile", MACHINES)] {
        configure::write_setting(world.env, &title, "emr", Some(name), value)?;
    }
    Ok(())
}
