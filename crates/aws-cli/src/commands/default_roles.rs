//! Roles and instance profiles that services work under by default: made unless they are there.

use value::{Map, Value};

use super::line::{Step, step};
use super::task::{Calls, Fault};
use super::tree;
use crate::UsageError;

/// A role that may be missing.
pub(super) struct Role<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// The managed policy that it gets.
    pub(super) policy: &'a str,
    /// Who may assume it, as JSON.
    pub(super) trust: &'a str,
}

/// Where IAM is, when it is not where the configuration says.
pub(super) type Place<'a> = Option<&'a str>;

/// All calls that making roles and instance profiles may make.
pub(super) fn steps(first: &str) -> Vec<Step> {
    let mut steps = vec![step("iam", "GetRole", tree::params(&[("RoleName", first)]))];
    for operation in [
        "CreateRole",
        "AttachRolePolicy",
        "GetPolicy",
        "GetPolicyVersion",
        "GetInstanceProfile",
        "CreateInstanceProfile",
        "AddRoleToInstanceProfile",
    ] {
        steps.push(step("iam", operation, Map::new()));
    }
    steps
}

/// The partition of policies' ARNs in that region.
pub(super) fn partition(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov") => "aws-us-gov",
        _ => "aws",
    }
}

/// The region of the line.
pub(super) fn region(calls: &Calls) -> Result<&str, Fault> {
    calls.options.region.as_deref().ok_or_else(|| UsageError::no_region().into())
}

/// Makes a call of IAM.
pub(super) async fn iam(
    calls: &Calls,
    place: Place<'_>,
    operation: &str,
    params: Map,
) -> Result<Value, Fault> {
    let Some(place) = place else { return calls.call_as_configured("iam", operation, params).await };
    let service = calls.service("iam")?;
    let mut options = calls.options_as_configured(&service);
    options.endpoint_url = Some(place.to_owned());
    calls.call_with(service, operation, params, &options).await
}

/// Whether the call finds what it asks for.
async fn exists(calls: &Calls, place: Place<'_>, operation: &str, params: Map) -> Result<bool, Fault> {
    match iam(calls, place, operation, params).await {
        Ok(_) => Ok(true),
        Err(fault) if fault.code() == Some("NoSuchEntity") => Ok(false),
        Err(fault) => Err(fault),
    }
}

/// Makes the role unless it is there; what was made, with its policy.
pub(super) async fn ensure_role(
    calls: &Calls,
    place: Place<'_>,
    role: &Role<'_>,
) -> Result<Option<Value>, Fault> {
    let named = tree::params(&[("RoleName", role.name)]);
    if exists(calls, place, "GetRole", named.clone()).await? {
        return Ok(None);
    }
    let mut params = named;
    params.push("AssumeRolePolicyDocument", role.trust);
    let made = iam(calls, place, "CreateRole", params).await?;
    let params = tree::params(&[("PolicyArn", role.policy), ("RoleName", role.name)]);
    iam(calls, place, "AttachRolePolicy", params).await?;
    let mut params = tree::params(&[("PolicyArn", role.policy)]);
    let policy = iam(calls, place, "GetPolicy", params.clone()).await?;
    params.push("VersionId", tree::text(&policy, &["Policy", "DefaultVersionId"]));
    let version = iam(calls, place, "GetPolicyVersion", params).await?;
    let shown: Map = [
        ("Role", made.get("Role").cloned().unwrap_or_default()),
        ("RolePolicy", tree::at(&version, &["PolicyVersion", "Document"]).cloned().unwrap_or_default()),
    ]
    .into_iter()
    .collect();
    Ok(Some(Value::Map(shown)))
}

/// Makes an instance profile of the role's own name, with the role in it, unless it is there.
pub(super) async fn ensure_profile(calls: &Calls, place: Place<'_>, name: &str) -> Result<(), Fault> {
    let mut params = tree::params(&[("InstanceProfileName", name)]);
    if exists(calls, place, "GetInstanceProfile", params.clone()).await? {
        return Ok(());
    }
    iam(calls, place, "CreateInstanceProfile", params.clone()).await?;
    params.push("RoleName", name);
    iam(calls, place, "AddRoleToInstanceProfile", params).await.map(|_| ())
}
