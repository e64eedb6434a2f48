//! The topic and queues by which workers of other processes are rung for.

use value::{Map, Value};

use super::subject::Refused;
use super::{Seen, Subject};
use crate::config::{self, QueueAddress};

/// Where rings go, as the configuration says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rings {
    /// The topic, or the queue: its ARN or URL.
    pub(crate) name: String,
    pub(crate) is_topic: bool,
    pub(crate) region: Option<String>,
    /// The queue of what nobody could act upon: its URL and region.
    pub(crate) dead_letters: Option<(String, Option<String>)>,
}

impl Rings {
    /// Where they go; `None` where this process works by itself.
    pub(crate) fn of(queue: &config::Queue) -> Option<Rings> {
        let letters = |address: &Option<QueueAddress>| {
            address.as_ref().map(|address| (address.name.clone(), address.region.clone()))
        };
        let (address, is_topic, dead_letters) = match queue {
            config::Queue::Local => return None,
            config::Queue::Sns { topic, dead_letters } => (topic, true, letters(dead_letters)),
            config::Queue::Sqs { url, dead_letters } => (url, false, letters(dead_letters)),
        };
        Some(Rings { name: address.name.clone(), is_topic, region: address.region.clone(), dead_letters })
    }
}

/// So long a message should be hidden from others while one works on it, in seconds: a heartbeat prolongs it.
const HIDDEN: i64 = 30;
/// After so many attempts a message should lie among the dead letters.
const ATTEMPTS: i64 = 10;

pub(super) async fn rings(subject: &Subject) -> Vec<Seen> {
    let Some(rings) = &subject.facts.rings else { return Vec::new() };
    if rings.is_topic {
        return vec![topic(subject, rings).await];
    }
    match attributes(subject, &rings.name, rings.region.as_deref()).await {
        Ok(told) => judge(&rings.name, &told),
        Err(refused) => vec![unseen(&rings.name, &refused, "sqs:GetQueueAttributes")],
    }
}

async fn topic(subject: &Subject, rings: &Rings) -> Seen {
    let options = subject.options("sns", rings.region.as_deref());
    let params: Map = [("TopicArn", rings.name.as_str())].into_iter().collect();
    match subject.call("sns", "GetTopicAttributes", params, &options).await {
        Ok(told) => {
            let confirmed = number(told.get("Attributes"), "SubscriptionsConfirmed");
            if confirmed == Some(0) {
                Seen::failure(
                    format!("nobody listens to {}", rings.name),
                    "Subscribe the worker function, or the queue that it reads; until then only the sweep finds work.",
                )
            } else {
                Seen::ok(format!("{} is there, with {} that listen", rings.name, confirmed.unwrap_or(1)))
            }
        }
        Err(refused) => unseen(&rings.name, &refused, "sns:GetTopicAttributes"),
    }
}

async fn attributes(subject: &Subject, url: &str, region: Option<&str>) -> Result<Value, Refused> {
    let options = subject.options("sqs", region);
    let mut params: Map = [("QueueUrl", url)].into_iter().collect();
    params.insert("AttributeNames", Value::List(vec!["All".into()]));
    let told = subject.call("sqs", "GetQueueAttributes", params, &options).await?;
    Ok(told.get("Attributes").cloned().unwrap_or_default())
}

fn judge(name: &str, told: &Value) -> Vec<Seen> {
    let told = Some(told);
    let mut seen = Vec::new();
    let policy = told.and_then(|told| told.get("RedrivePolicy")).and_then(Value::as_text).unwrap_or_default();
    if policy.is_empty() {
        seen.push(Seen::warning(
            format!("{name} has no queue of dead letters: what nobody can act upon comes again for days"),
            format!("Give it a redrive policy with maxReceiveCount {ATTEMPTS} or less."),
        ));
    }
    if number(told, "VisibilityTimeout").is_some_and(|seconds| seconds < HIDDEN) {
        seen.push(Seen::warning(
            format!("{name} shows a message to others after less than {HIDDEN} s"),
            format!("Set its visibility timeout to {HIDDEN} s or more."),
        ));
    }
    if seen.is_empty() {
        let waiting = number(told, "ApproximateNumberOfMessages").unwrap_or(0);
        seen.push(Seen::ok(format!("{name} is there, with {waiting} messages that wait")));
    }
    seen
}

pub(super) async fn dead_letters(subject: &Subject) -> Vec<Seen> {
    let Some((url, region)) = subject.facts.rings.as_ref().and_then(|rings| rings.dead_letters.as_ref())
    else {
        return Vec::new();
    };
    vec![match attributes(subject, url, region.as_deref()).await {
        Err(refused) => unseen(url, &refused, "sqs:GetQueueAttributes"),
        Ok(told) => match number(Some(&told), "ApproximateNumberOfMessages") {
            Some(count @ 1..) => Seen::warning(
                format!("{count} messages lie there: workers could not act upon them"),
                "See `/aws jobs failed`, and the workers' log; then put them back from there.",
            ),
            _ => Seen::ok("nothing lies there"),
        },
    }]
}

/// Numbers are texts in such answers.
fn number(told: Option<&Value>, name: &str) -> Option<i64> {
    told?.get(name)?.as_text()?.parse().ok()
}

fn unseen(name: &str, refused: &Refused, action: &str) -> Seen {
    let what = format!("{name} cannot be looked at: {}", refused.said);
    match refused.code.as_str() {
        "AccessDenied" | "AccessDeniedException" | "AuthorizationError" => {
            Seen::warning(what, format!("Allow Bellhop's own role {action}, so that this can be seen."))
        }
        "" => Seen::failure(what, "See whether it can be reached from here: proxy, firewall, VPC endpoint."),
        _ => Seen::failure(what, "Correct [queue], or make it: `bellhop deploy` does."),
    }
}
