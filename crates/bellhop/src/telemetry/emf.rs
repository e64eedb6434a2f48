//! Metrics under Lambda: one line of CloudWatch's embedded metric format at the end of each invocation.
//!
//! Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>:
//! at most 100 metrics and 100 values each, dimensions are texts at the root. Invariant: the one dimension is the
//! function's name, so that a metric is one time series a function.

use std::time::Duration;

use serde_json::{Map, Value, json};

/// The most times of one metric that a line holds.
const MOST_VALUES: usize = 100;
/// Where the metrics are found in CloudWatch.
const NAMESPACE: &str = "Bellhop";

/// How often something was, and how long it took.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Timed {
    count: u64,
    /// Milliseconds; the first so many.
    millis: Vec<f64>,
}

impl Timed {
    pub(super) fn add(&mut self, time: Duration) {
        self.count += 1;
        if self.millis.len() < MOST_VALUES {
            self.millis.push((time.as_secs_f64() * 1e6).round() / 1e3);
        }
    }
}

/// What happened since the last line.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Sums {
    pub(super) acks: Timed,
    jobs: Timed,
    jobs_failed: u64,
    jobs_in_doubt: u64,
    aws_calls: Timed,
    aws_failed: u64,
    aws_throttled: u64,
    slack_failed: u64,
    slack_limited: u64,
    pub(super) store_failures: u64,
    pub(super) secrets_unread: u64,
    pub(super) denied: u64,
    pub(super) queued: Option<u64>,
    pub(super) doubtful: Option<u64>,
}

/// A metric of a line: its name, unit, and what it holds; none if it was not measured.
pub(crate) type Reader = fn(&Sums) -> Option<Value>;

/// Every metric that a line can hold: name, CloudWatch's unit, what it is, how it is read.
pub(crate) const METRICS: &[(&str, &str, &str, Reader)] = &[
    ("Acks", "Count", "Posts of Slack's that were answered", |sums| counted(sums.acks.count)),
    ("AckTime", "Milliseconds", "From a post's head to its answer", |sums| timed(&sums.acks)),
    ("Jobs", "Count", "Jobs that were run", |sums| counted(sums.jobs.count)),
    ("JobTime", "Milliseconds", "Time that jobs took to run", |sums| timed(&sums.jobs)),
    ("JobsFailed", "Count", "Jobs that came to nothing: rejected, not sent, refused", |sums| {
        counted(sums.jobs_failed)
    }),
    ("JobsInDoubt", "Count", "Jobs of which nobody knows whether they happened", |sums| {
        counted(sums.jobs_in_doubt)
    }),
    ("AwsCalls", "Count", "Calls of AWS, Bellhop's own included", |sums| counted(sums.aws_calls.count)),
    ("AwsCallTime", "Milliseconds", "Time that calls of AWS took", |sums| timed(&sums.aws_calls)),
    ("AwsCallsFailed", "Count", "Calls of AWS that came to no answer", |sums| counted(sums.aws_failed)),
    ("AwsThrottled", "Count", "Attempts that AWS turned away for being too many", |sums| {
        counted(sums.aws_throttled)
    }),
    ("SlackFailed", "Count", "Posts and requests that Slack did not take", |sums| counted(sums.slack_failed)),
    ("SlackRateLimited", "Count", "Posts and requests that Slack turned away for being too many", |sums| {
        counted(sums.slack_limited)
    }),
    ("StoreFailures", "Count", "Calls of the store that failed", |sums| counted(sums.store_failures)),
    ("SecretsUnread", "Count", "Secrets that could not be read anew", |sums| counted(sums.secrets_unread)),
    ("Denied", "Count", "Commands that the rules did not allow", |sums| counted(sums.denied)),
    ("QueueDepth", "Count", "Jobs that wait", |sums| sums.queued.map(Value::from)),
    ("DoubtsUntold", "Count", "Writes in doubt that nobody was told of yet", |sums| {
        sums.doubtful.map(Value::from)
    }),
];

#[expect(clippy::unnecessary_wraps, reason = "one of the ways to read a metric")]
fn counted(count: u64) -> Option<Value> {
    Some(count.into())
}

fn timed(timed: &Timed) -> Option<Value> {
    (!timed.millis.is_empty()).then(|| timed.millis.clone().into())
}

impl Sums {
    pub(super) fn ran(&mut self, outcome: &str, time: Duration) {
        self.jobs.add(time);
        match outcome {
            "done" => {}
            "may have happened" => self.jobs_in_doubt += 1,
            _ => self.jobs_failed += 1,
        }
    }

    pub(super) fn aws_called(&mut self, told: &aws_call::Told<'_>) {
        self.aws_calls.add(told.took);
        self.aws_failed += u64::from(told.ending != aws_call::Ending::Answered);
        self.aws_throttled += u64::from(told.throttled);
    }

    pub(super) fn slack(&mut self, outcome: &str) {
        match outcome {
            "taken" => {}
            "rate_limited" => self.slack_limited += 1,
            _ => self.slack_failed += 1,
        }
    }

    /// The line, in one piece. `at` is milliseconds since 1970.
    pub(crate) fn line(&self, function: &str, at: i64) -> String {
        let mut root = Map::new();
        let mut described = Vec::new();
        let mut values = Map::new();
        for (name, unit, _, read) in METRICS {
            if let Some(value) = read(self) {
                described.push(json!({"Name": name, "Unit": unit}));
                values.insert((*name).to_owned(), value);
            }
        }
        let directive =
            json!({"Namespace": NAMESPACE, "Dimensions": [["FunctionName"]], "Metrics": described});
        root.insert("_aws".to_owned(), json!({"Timestamp": at, "CloudWatchMetrics": [directive]}));
        root.insert("FunctionName".to_owned(), function.into());
        root.append(&mut values);
        Value::Object(root).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the specification asks of a line, as its JSON schema states it.
    fn judge(line: &str) {
        assert!(!line.contains('\n') && line.len() < 256 * 1024);
        let root: Value = serde_json::from_str(line).expect("JSON");
        assert!(root["_aws"]["Timestamp"].as_i64().is_some_and(|at| at > 0));
        let directives = root["_aws"]["CloudWatchMetrics"].as_array().expect("directives");
        for directive in directives {
            assert!(directive["Namespace"].as_str().is_some_and(|name| (1..=1024).contains(&name.len())));
            for set in directive["Dimensions"].as_array().expect("sets of dimensions") {
                let set = set.as_array().expect("a set");
                assert!(set.len() <= 30);
                for dimension in set {
                    let value =
                        root[dimension.as_str().expect("a name")].as_str().expect("a text at the root");
                    assert!((1..=1024).contains(&value.len()));
                }
            }
            let metrics = directive["Metrics"].as_array().expect("metrics");
            assert!((1..=100).contains(&metrics.len()));
            for metric in metrics {
                assert!(["Count", "Milliseconds"].contains(&metric["Unit"].as_str().expect("a unit")));
                match &root[metric["Name"].as_str().expect("a name")] {
                    Value::Number(_) => {}
                    Value::Array(values) => {
                        assert!(values.len() <= 100 && values.iter().all(Value::is_number));
                    }
                    other => panic!("neither a number nor several: {other}"),
                }
            }
        }
    }

    #[test]
    fn a_line_is_what_cloudwatch_takes() {
        judge(&Sums::default().line("bellhop-front", 1));
        let mut sums = Sums { queued: Some(3), ..Sums::default() };
        for number in 0..1000 {
            sums.acks.add(Duration::from_micros(number));
            sums.ran("done", Duration::from_millis(number));
        }
        sums.ran("may have happened", Duration::ZERO);
        sums.slack("rate_limited");
        let line = sums.line("bellhop-worker", 1_795_000_000_000);
        judge(&line);
        let root: Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!((&root["Acks"], &root["Jobs"]), (&json!(1000), &json!(1001)));
        assert_eq!((&root["JobsInDoubt"], &root["QueueDepth"]), (&json!(1), &json!(3)));
        assert_eq!(root["AckTime"].as_array().map(Vec::len), Some(100));
        assert_eq!(root["SlackRateLimited"], 1);
    }
}
