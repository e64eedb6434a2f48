//! Copies of the record in AWS: a log group of CloudWatch Logs, or objects in S3. Made with Bellhop's own credentials,
//! like every call through `aws-call`.

use std::sync::Arc;
use std::time::Duration;

use aws_call::{
    BoxFuture, Call, CallError, CallOptions, Client, CredentialSource, Lost, NotSent, WriteRetries,
};
use store::{AuditRow, UnixMillis};
use value::{Map, Value};

use super::backlog::{AuditCopy, CopyFault};
use crate::outcome::causes;

/// CloudWatch Logs takes no batch whose events lie more than a day apart, and drops what is older than the group keeps:
/// an event bears a time within this of now, and its row the true one.
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html>.
const OLDEST_MS: i64 = 23 * 3_600_000;

/// Where in AWS the copy goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CopyTarget {
    /// A log group, which must be there. Each chain of a store has a stream of its own in it.
    CloudWatch {
        /// Its name.
        group: String,
    },
    /// Objects of up to 500 lines.
    S3 {
        /// The bucket.
        bucket: String,
        /// What stands before the objects' names, without a slash at its end; may be empty.
        prefix: String,
    },
}

/// A copy in AWS.
pub struct AwsCopy<F> {
    client: Client,
    base: Arc<dyn CredentialSource>,
    options: F,
    target: CopyTarget,
    region: Option<String>,
    name: String,
}

impl<F: Fn(&str) -> CallOptions + Send + Sync> AwsCopy<F> {
    /// A copy there, by calls with the credentials of `base`; `options` gives what calls of a service start from. Without
    /// a region, theirs.
    pub fn new(
        client: Client,
        base: Arc<dyn CredentialSource>,
        options: F,
        target: CopyTarget,
        region: Option<String>,
    ) -> AwsCopy<F> {
        let name = match &target {
            CopyTarget::CloudWatch { group } => format!("cloudwatch:{group}"),
            CopyTarget::S3 { bucket, prefix } => format!("s3://{bucket}/{prefix}"),
        };
        AwsCopy { client, base, options, target, region, name }
    }

    async fn call(&self, service: &str, operation: &str, params: Map) -> Result<Value, Refused> {
        let opened = self.client.parts().catalog.open(service);
        let service_model = opened.map_err(|error| Refused::other(causes(&error)))?;
        let mut options = (self.options)(service).with_credentials(Arc::clone(&self.base));
        if self.region.is_some() {
            options.region.clone_from(&self.region);
        }
        // A row may come twice, so that none is lost.
        options.retry.writes = WriteRetries::LikeAwsCli;
        let answer = self.client.call(&Call::new(service_model, operation, params), &options).await;
        answer.map(|answer| answer.value).map_err(|error| Refused::of(&error))
    }

    async fn put_events(
        &self,
        group: &str,
        stream: &str,
        rows: &[AuditRow],
        now: UnixMillis,
    ) -> Result<(), CopyFault> {
        let put = || self.call("logs", "PutLogEvents", events(group, stream, rows, now));
        let answer = match put().await {
            Err(refused) if refused.code == "ResourceNotFoundException" => {
                let names: Map = [("logGroupName", group), ("logStreamName", stream)].into_iter().collect();
                match self.call("logs", "CreateLogStream", names).await {
                    Ok(_) => {}
                    Err(refused) if refused.code == "ResourceAlreadyExistsException" => {}
                    Err(refused) if refused.code == "ResourceNotFoundException" => {
                        let what = format!("the log group {group} is not there: create it, or name another");
                        return Err(CopyFault(what));
                    }
                    Err(refused) => return Err(refused.fault()),
                }
                put().await
            }
            other => other,
        };
        let answer = answer.map_err(Refused::fault)?;
        match answer.get("rejectedLogEventsInfo") {
            Some(Value::Map(info)) if !info.is_empty() => {
                Err(CopyFault(format!("CloudWatch Logs did not take every row for the group {group}")))
            }
            _ => Ok(()),
        }
    }

    async fn put_object(&self, bucket: &str, key: String, rows: &[AuditRow]) -> Result<(), CopyFault> {
        let mut body = String::new();
        for row in rows {
            body.push_str(&row.line());
            body.push('\n');
        }
        let mut params: Map =
            [("Bucket", bucket), ("ContentType", "application/x-ndjson")].into_iter().collect();
        params.insert("Key", key);
        params.insert("Body", Value::Blob(body.into_bytes().into()));
        self.call("s3", "PutObject", params).await.map(|_| ()).map_err(Refused::fault)
    }
}

impl<F: Fn(&str) -> CallOptions + Send + Sync> AuditCopy for AwsCopy<F> {
    fn name(&self) -> &str {
        &self.name
    }

    fn pace(&self) -> Duration {
        match self.target {
            CopyTarget::CloudWatch { .. } => Duration::from_secs(5),
            // Each object costs a request, and somebody has to read them.
            CopyTarget::S3 { .. } => Duration::from_secs(60),
        }
    }

    fn write<'a>(
        &'a self,
        chain: &'a str,
        rows: &'a [AuditRow],
        now: UnixMillis,
    ) -> BoxFuture<'a, Result<(), CopyFault>> {
        Box::pin(async move {
            match &self.target {
                CopyTarget::CloudWatch { group } => {
                    self.put_events(group, &format!("bellhop-{chain}"), rows, now).await
                }
                CopyTarget::S3 { bucket, prefix } => {
                    self.put_object(bucket, object_key(prefix, chain, rows), rows).await
                }
            }
        })
    }
}

/// `prefix/chain/000000000001-000000000500.jsonl`: listed in order.
fn object_key(prefix: &str, chain: &str, rows: &[AuditRow]) -> String {
    let (first, last) = (rows.first().map_or(0, |row| row.seq), rows.last().map_or(0, |row| row.seq));
    let name = format!("{chain}/{first:012}-{last:012}.jsonl");
    if prefix.is_empty() { name } else { format!("{prefix}/{name}") }
}

fn events(group: &str, stream: &str, rows: &[AuditRow], now: UnixMillis) -> Map {
    let mut time = now.plus(-OLDEST_MS);
    let mut events = Vec::with_capacity(rows.len());
    for row in rows {
        // In order, whatever the clock did.
        time = row.at.clamp(time, now.max(time));
        let mut event = Map::new();
        event.insert("timestamp", Value::from(time.0));
        event.insert("message", row.line());
        events.push(Value::Map(event));
    }
    let mut params: Map = [("logGroupName", group), ("logStreamName", stream)].into_iter().collect();
    params.insert("logEvents", Value::List(events));
    params
}

/// A call that came to nothing.
struct Refused {
    code: String,
    text: String,
}

impl Refused {
    fn other(text: String) -> Refused {
        Refused { code: String::new(), text }
    }

    fn of(error: &CallError) -> Refused {
        match error {
            CallError::Rejected(error) | CallError::MayHaveHappened(Lost::Service(error)) => Refused {
                code: error.code.clone(),
                text: format!("AWS answered {}: {}", error.code, error.message),
            },
            CallError::NotSent(NotSent::Credentials(_)) => {
                Refused::other("there are no credentials of Bellhop's own for it".to_owned())
            }
            other => Refused::other(causes(other)),
        }
    }

    fn fault(self) -> CopyFault {
        CopyFault(self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(seq: u64, at: i64) -> AuditRow {
        AuditRow {
            chain: 0,
            seq,
            at: UnixMillis(at),
            kind: "intent".to_owned(),
            job: "j".to_owned(),
            body: "{}".to_owned(),
            hash: store::FIRST_HASH,
        }
    }

    #[test]
    fn events_come_in_order_and_within_a_day() {
        let now = 100 * OLDEST_MS;
        let rows = [row(1, 5), row(2, now - 20), row(3, now - 30), row(4, now + 1000)];
        let params = events("g", "s", &rows, UnixMillis(now));
        let Some(Value::List(events)) = params.get("logEvents") else { panic!("a list") };
        let times: Vec<_> = events.iter().map(|event| event.get("timestamp").cloned()).collect();
        let expected = [now - OLDEST_MS, now - 20, now - 20, now].map(|time| Some(Value::from(time)));
        assert_eq!(times, expected);
        assert_eq!(events[0].get("message").and_then(Value::as_text), Some(row(1, 5).line().as_str()));
    }

    #[test]
    fn objects_are_named_by_what_they_hold() {
        let rows = [row(7, 1), row(8, 1)];
        for (prefix, expected) in [
            ("", "c0ffee/000000000007-000000000008.jsonl"),
            ("audit/x", "audit/x/c0ffee/000000000007-000000000008.jsonl"),
        ] {
            assert_eq!(object_key(prefix, "c0ffee", &rows), expected);
        }
    }
}
