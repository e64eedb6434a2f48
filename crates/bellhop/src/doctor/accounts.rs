//! Each account: its role is assumed as a command would assume it, and where that fails, with less, to see what is missing.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_call::credentials::{AssumeRole, AssumedRole, CredentialsError};
use aws_call::{BoxFuture, CredentialSource as _};
use bot::Attribution;
use futures_util::{StreamExt as _, stream};
use value::{Map, Value};

use super::{Seen, Subject};
use crate::config::Account;

/// How many roles are assumed at a time.
const AT_ONCE: usize = 16;
/// How the doctor's sessions are called.
const SESSION: &str = "doctor@Bellhop";

pub(super) async fn roles(subject: &Subject) -> Vec<Seen> {
    let mut each: Vec<BoxFuture<'_, Seen>> = Vec::new();
    for account in &subject.facts.accounts {
        each.push(Box::pin(bounded(subject, account)));
    }
    stream::iter(each).buffered(AT_ONCE).collect().await
}

async fn bounded(subject: &Subject, account: &Account) -> Seen {
    let seen = tokio::time::timeout(subject.patience, role(subject, account)).await;
    let late = |_| {
        let what = format!("STS did not answer within {} s", subject.patience.as_secs());
        Seen::failure(what, "See whether STS of its first region can be reached from here.")
    };
    seen.unwrap_or_else(late).about(format!("role of {}", account.policy.name))
}

/// What the caller is named by.
#[derive(Clone, Copy)]
struct Named {
    tags: bool,
    identity: bool,
}

async fn role(subject: &Subject, account: &Account) -> Seen {
    let required = account.settings.attribution == Attribution::Required;
    let whole = Named { tags: required, identity: required };
    let arn = &account.policy.role_arn;
    let fault = match assume(subject, account, whole).await {
        Ok(()) if required => {
            return Seen::ok(format!("{arn} can be assumed, with tags and source identity"));
        }
        Ok(()) => {
            return Seen::warning(
                format!("{arn} can be assumed; attribution = \"none\" leaves the caller out of CloudTrail"),
                "Allow sts:TagSession and sts:SetSourceIdentity in its trust policy, and leave attribution out.",
            );
        }
        Err(fault) => fault,
    };
    if !required || code(&fault) != "AccessDenied" {
        return refused(account, &fault);
    }
    let (tags, identity) = tokio::join!(
        assume(subject, account, Named { tags: true, identity: false }),
        assume(subject, account, Named { tags: false, identity: true }),
    );
    let lacks = match (tags.is_ok(), identity.is_ok()) {
        (true, _) => "sts:SetSourceIdentity",
        (false, true) => "sts:TagSession",
        (false, false) => match assume(subject, account, Named { tags: false, identity: false }).await {
            Ok(()) => "sts:TagSession and sts:SetSourceIdentity",
            Err(fault) => return refused(account, &fault),
        },
    };
    Seen::failure(
        format!("{arn} can be assumed only without naming the caller: {lacks} is not allowed"),
        format!("Add {lacks} to the actions of the role's trust policy, and to what Bellhop itself may do."),
    )
}

async fn assume(subject: &Subject, account: &Account, named: Named) -> Result<(), CredentialsError> {
    let region = account.policy.default_region().unwrap_or("us-east-1");
    let options = subject.options("sts", Some(region));
    let tag = |key: &str| (key.to_owned(), "doctor".to_owned());
    let role = AssumeRole {
        role_arn: account.policy.role_arn.clone(),
        session_name: SESSION.to_owned(),
        source_identity: named.identity.then(|| SESSION.to_owned()),
        tags: if named.tags { vec![tag("SlackWorkspace"), tag("SlackUser")] } else { Vec::new() },
        external_id: account.settings.external_id.clone(),
        duration: account.settings.session_duration,
        ..AssumeRole::default()
    };
    let base = subject.engine.credentials();
    let source = AssumedRole::new(subject.client.clone(), Arc::clone(&base), &options, role);
    source.credentials().await.map(drop)
}

fn code(fault: &CredentialsError) -> &str {
    match fault {
        CredentialsError::Fetch { code: Some(code), .. } => code,
        _ => "",
    }
}

/// Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>, Errors.
fn refused(account: &Account, fault: &CredentialsError) -> Seen {
    let what = format!("{} cannot be assumed: {fault}", account.policy.role_arn);
    let text = fault.to_string();
    let remedy = match code(fault) {
        "AccessDenied" if account.settings.external_id.is_none() => {
            "See that the role exists, that its trust policy names Bellhop's own role, and that Bellhop may sts:AssumeRole \
             it; a trust policy with sts:ExternalId needs external_id here."
        }
        "AccessDenied" => {
            "See that the role exists, that its trust policy names Bellhop's own role and this external_id, and that \
             Bellhop may sts:AssumeRole it."
        }
        "ValidationError" if text.contains("DurationSeconds") => {
            "Set session_minutes to no more than the role's maximum session duration; 60 where roles are chained."
        }
        "ValidationError" => "Correct role_arn: arn:aws:iam::<12 digits>:role/<name>.",
        "RegionDisabledException" => "Switch STS on in that region, or put another region first.",
        "ExpiredToken" | "InvalidClientTokenId" => {
            "Bellhop's own credentials are not good: see AWS: credentials."
        }
        _ if text.contains("no source has credentials") => {
            "Give Bellhop credentials of its own first: see AWS: credentials."
        }
        _ => "See whether STS of its first region can be reached from here: proxy, firewall, VPC endpoint.",
    };
    Seen::failure(what, remedy)
}

/// Regions that the models do not know, or that belong to another partition than the role.
pub(super) async fn regions(subject: &Subject) -> Vec<Seen> {
    let partitions = subject.client.parts().catalog.partitions();
    let mut seen = Vec::new();
    let mut known = BTreeSet::new();
    for account in &subject.facts.accounts {
        let account = &account.policy;
        let partition = account.role_arn.split(':').nth(1).unwrap_or("aws");
        if account.regions.is_empty() {
            let fault =
                Seen::failure("it has no regions", "Set regions = [\"us-east-1\"], the default first.");
            seen.push(fault.about(format!("regions of {}", account.name)));
        }
        for region in &account.regions {
            let about = format!("regions of {}", account.name);
            match partition_of(partitions, region) {
                Some(found) if found == partition => {
                    known.insert(region.clone());
                }
                Some(found) => seen.push(
                    Seen::failure(
                        format!("{region} belongs to the partition {found}, and the role to {partition}"),
                        "Take the region out, or correct role_arn.",
                    )
                    .about(about),
                ),
                None => seen.push(
                    Seen::failure(
                        format!("there is no region {region} that this version knows"),
                        "Correct its name; for a new region, update Bellhop.",
                    )
                    .about(about),
                ),
            }
        }
    }
    if seen.is_empty() {
        seen.push(Seen::ok(format!("{} regions, all known", known.len())));
    }
    seen
}

/// The partition that lists a region.
fn partition_of<'a>(partitions: &'a Value, region: &str) -> Option<&'a str> {
    let all = partitions.get("partitions").and_then(Value::as_list).unwrap_or_default();
    let found = all
        .iter()
        .find(|partition| partition.get("regions").is_some_and(|regions| regions.get(region).is_some()))?;
    found.get("id").and_then(Value::as_text)
}

/// Whether Organizations can be asked for further accounts.
pub(super) async fn discovery(subject: &Subject) -> Vec<Seen> {
    let Some(discovery) = &subject.facts.discovery else { return Vec::new() };
    let mut options = subject.options("organizations", None);
    if let Some(role_arn) = &discovery.through {
        let sts = subject.options("sts", options.region.as_deref());
        let role = AssumeRole {
            role_arn: role_arn.clone(),
            session_name: SESSION.to_owned(),
            ..AssumeRole::default()
        };
        let base = subject.engine.credentials();
        options.credentials = Some(Arc::new(AssumedRole::new(subject.client.clone(), base, &sts, role)));
    }
    vec![match subject.call("organizations", "ListRoots", Map::new(), &options).await {
        Ok(_) => Seen::ok("Organizations can be asked for accounts"),
        Err(refused) => Seen::failure(
            refused.said,
            "Let Bellhop, or the role of `through`, call organizations:List* in the management account or a delegated one.",
        ),
    }]
}
