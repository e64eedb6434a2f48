//! The copy of the record elsewhere: whether it is taken, and how far it has come.

use std::fmt::Display;

use bot::journal::CopyTarget;
use value::{Map, Value};

use super::{Seen, Subject};
use crate::clock;

/// So many rows may wait: a batch or two.
const FEW: u64 = 1000;
/// The stream, or the object's name, of trials.
const TRIAL: &str = "bellhop-doctor";

pub(super) async fn copy(subject: &Subject) -> Vec<Seen> {
    let Some(copy) = &subject.facts.copy else { return Vec::new() };
    let region = copy.region.as_deref();
    vec![match &copy.target {
        CopyTarget::CloudWatch { group } => log_group(subject, group, region).await,
        CopyTarget::S3 { bucket, prefix } => objects(subject, bucket, prefix, region).await,
    }]
}

async fn log_group(subject: &Subject, group: &str, region: Option<&str>) -> Seen {
    let options = subject.options("logs", region);
    let names: Map = [("logGroupName", group), ("logStreamName", TRIAL)].into_iter().collect();
    let made = subject.call("logs", "CreateLogStream", names.clone(), &options).await;
    let made = match made {
        Err(refused) if refused.code == "ResourceAlreadyExistsException" => Ok(Value::Null),
        other => other,
    };
    let mut event = Map::new();
    event.insert("timestamp", Value::from(i64::try_from(clock::seconds()).unwrap_or(0) * 1000));
    event.insert("message", "{\"trial\":\"bellhop doctor\"}");
    let mut params = names;
    params.insert("logEvents", Value::List(vec![Value::Map(event)]));
    let put = match made {
        Ok(_) => subject.call("logs", "PutLogEvents", params, &options).await,
        Err(refused) => Err(refused),
    };
    match put {
        Ok(_) => Seen::ok(format!("the log group {group} takes rows")),
        Err(refused) => untaken(
            format_args!("the log group {group}"),
            &refused.said,
            match refused.code.as_str() {
                "ResourceNotFoundException" => {
                    format!("Create it: aws logs create-log-group --log-group-name {group}")
                }
                _ => "Let Bellhop itself call logs:CreateLogStream and logs:PutLogEvents there.".to_owned(),
            },
        ),
    }
}

async fn objects(subject: &Subject, bucket: &str, prefix: &str, region: Option<&str>) -> Seen {
    let key = if prefix.is_empty() { TRIAL.to_owned() } else { format!("{prefix}/{TRIAL}") };
    let params: Map = [("Bucket", bucket), ("Key", key.as_str()), ("Body", "dHJpYWwK")].into_iter().collect();
    let options = subject.options("s3", region);
    match subject.call("s3", "PutObject", params, &options).await {
        Ok(_) => Seen::ok(format!("s3://{bucket}/{prefix} takes objects")),
        Err(refused) => untaken(
            format_args!("s3://{bucket}/{prefix}"),
            &refused.said,
            match refused.code.as_str() {
                "NoSuchBucket" => format!("Create the bucket {bucket}, or correct [audit] copy."),
                _ => "Let Bellhop itself call s3:PutObject there, and use the bucket's key if it has one."
                    .to_owned(),
            },
        ),
    }
}

fn untaken(place: impl Display, said: &str, remedy: String) -> Seen {
    Seen::failure(format!("{place} does not take the record: {said}"), remedy)
}

pub(super) async fn lag(subject: &Subject) -> Vec<Seen> {
    let Some(Ok(health)) = &subject.health else { return Vec::new() };
    let waiting = health.store.as_ref().ok().and_then(|store| store.uncopied);
    let Some(rows) = waiting else { return Vec::new() };
    vec![if rows > FEW {
        Seen::warning(
            format!("{rows} rows of the record are not copied yet"),
            "See that Bellhop runs, and that the copy takes rows.",
        )
    } else {
        Seen::ok(format!("{rows} rows wait to be copied"))
    }]
}
