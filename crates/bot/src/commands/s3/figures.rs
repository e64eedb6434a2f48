//! What CloudWatch knows of buckets: size by storage class, and number of objects, once a day.
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html>. The figures are taken about once
//! a day and come a day late; what is listed has had some within two weeks.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use value::Value;

use crate::reach::Reach;
use crate::reach::fault::ScopeFault;
use crate::reach::scope::Scope;

/// How many days are looked at.
pub(super) const DAYS: i64 = 14;
/// How many metrics are asked for at a time; CloudWatch takes 500.
const AT_A_TIME: usize = 100;
/// The most metrics of one place.
const MOST: usize = 20_000;
const DAY: i64 = 86_400;

/// The figures of one bucket.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Bucket {
    /// Storage class, as CloudWatch names it → size in bytes by day.
    pub(super) classes: BTreeMap<String, Days>,
    /// Number of objects by day.
    pub(super) objects: Days,
}

/// A figure for each day that has one; days count from 1970.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Days(BTreeMap<i64, f64>);

impl Days {
    fn add(&mut self, day: i64, figure: f64) {
        *self.0.entry(day).or_default() += figure;
    }

    /// In their order.
    pub(super) fn figures(&self) -> Vec<f64> {
        self.0.values().copied().collect()
    }

    /// The first and the last.
    pub(super) fn ends(&self) -> Option<(f64, f64)> {
        Some((*self.0.values().next()?, *self.0.values().next_back()?))
    }

    pub(super) fn last(&self) -> f64 {
        self.ends().map_or(0.0, |(_, last)| last)
    }

    /// The last day that has a figure, as its date.
    pub(super) fn last_day(&self) -> Option<String> {
        let (day, _) = self.0.last_key_value()?;
        let at = Timestamp::from_second(day.checked_mul(DAY)?).ok()?;
        Some(at.strftime("%Y-%m-%d").to_string())
    }
}

impl Bucket {
    /// All classes together. A class without a figure for a day counts with the one before: what is not told is not gone.
    pub(super) fn total(&self) -> Days {
        let mut total = Days::default();
        let days: std::collections::BTreeSet<i64> =
            self.classes.values().flat_map(|class| class.0.keys().copied()).collect();
        for day in days {
            for class in self.classes.values() {
                let figure = class.0.range(..=day).next_back().map_or(0.0, |(_, figure)| *figure);
                total.add(day, figure);
            }
        }
        total
    }
}

/// One metric that there is.
struct Metric {
    bucket: String,
    class: String,
    is_size: bool,
}

/// The figures of one bucket, or of all, in one place.
///
/// # Errors
/// The place gave no answer.
pub(super) async fn read(
    reach: &Reach<'_>,
    scope: &Scope,
    bucket: Option<&str>,
) -> Result<BTreeMap<String, Bucket>, ScopeFault> {
    let mut words = ["cloudwatch", "list-metrics", "--namespace", "AWS/S3"].map(str::to_owned).to_vec();
    if let Some(bucket) = bucket {
        let dimension = serde_json::json!([{ "Name": "BucketName", "Value": bucket }]);
        words.extend(["--dimensions".to_owned(), dimension.to_string()]);
    }
    let listed = reach.read_there(&words, scope).await?;
    let listed = listed.get("Metrics").and_then(Value::as_list).unwrap_or_default();
    let metrics: Vec<Metric> = listed.iter().filter_map(metric).take(MOST).collect();
    let mut found: BTreeMap<String, Bucket> = BTreeMap::new();
    for some in metrics.chunks(AT_A_TIME) {
        let answer = reach.read_there(&question(some, reach.inner.clock.0.now()), scope).await?;
        take(&mut found, some, &answer);
    }
    Ok(found)
}

fn metric(listed: &Value) -> Option<Metric> {
    let is_size = match listed.get("MetricName").and_then(Value::as_text)? {
        "BucketSizeBytes" => true,
        "NumberOfObjects" => false,
        _ => return None,
    };
    let dimension = |name: &str| {
        let dimensions = listed.get("Dimensions").and_then(Value::as_list)?.iter();
        let mut named = dimensions.filter(|one| one.get("Name").and_then(Value::as_text) == Some(name));
        named.next()?.get("Value").and_then(Value::as_text).map(str::to_owned)
    };
    Some(Metric { bucket: dimension("BucketName")?, class: dimension("StorageType")?, is_size })
}

/// The call that asks for these metrics. Its window ends now and begins with the first of the days.
fn question(metrics: &[Metric], now: Timestamp) -> Vec<String> {
    let query = |(index, metric): (usize, &Metric)| {
        let name = if metric.is_size { "BucketSizeBytes" } else { "NumberOfObjects" };
        let dimensions = serde_json::json!([
            { "Name": "BucketName", "Value": metric.bucket },
            { "Name": "StorageType", "Value": metric.class },
        ]);
        serde_json::json!({ "Id": format!("m{index}"), "MetricStat": {
            "Metric": { "Namespace": "AWS/S3", "MetricName": name, "Dimensions": dimensions },
            "Period": DAY, "Stat": "Average",
        }})
    };
    let queries: Vec<serde_json::Value> = metrics.iter().enumerate().map(query).collect();
    let midnight = now.as_second() - now.as_second().rem_euclid(DAY);
    let begin = Timestamp::from_second(midnight).unwrap_or(now);
    let begin = begin.checked_sub(SignedDuration::from_secs(DAYS * DAY)).unwrap_or(begin);
    vec![
        "cloudwatch".to_owned(),
        "get-metric-data".to_owned(),
        "--metric-data-queries".to_owned(),
        serde_json::Value::Array(queries).to_string(),
        "--start-time".to_owned(),
        begin.to_string(),
        "--end-time".to_owned(),
        now.to_string(),
    ]
}

fn take(found: &mut BTreeMap<String, Bucket>, metrics: &[Metric], answer: &Value) {
    let results = answer.get("MetricDataResults").and_then(Value::as_list).unwrap_or_default();
    for result in results {
        let index =
            result.get("Id").and_then(Value::as_text).and_then(|id| id.strip_prefix('m')?.parse().ok());
        let Some(metric) = index.and_then(|index: usize| metrics.get(index)) else { continue };
        let list = |name: &str| result.get(name).and_then(Value::as_list).unwrap_or_default();
        for (at, figure) in list("Timestamps").iter().zip(list("Values")) {
            let at = at.as_text().and_then(|at| at.parse::<Timestamp>().ok());
            let (Some(at), Some(figure)) = (at, figure.as_number()) else { continue };
            let bucket = found.entry(metric.bucket.clone()).or_default();
            let days = if metric.is_size {
                bucket.classes.entry(metric.class.clone()).or_default()
            } else {
                &mut bucket.objects
            };
            // A metric that is listed twice is one all the same.
            days.0.insert(at.as_second().div_euclid(DAY), figure.as_f64());
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn all_classes_and_days_are_read() {
        let size = |class: &str| Metric { bucket: "b".to_owned(), class: class.to_owned(), is_size: true };
        let objects = Metric { bucket: "b".to_owned(), class: "AllStorageTypes".to_owned(), is_size: false };
        let metrics = [size("StandardStorage"), size("GlacierStorage"), objects];
        let answer = br#"{"MetricDataResults": [
            {"Id": "m0", "Timestamps": ["2026-11-20T00:00:00+00:00", "2026-11-19T00:00:00+00:00"], "Values": [30.0, 10.0]},
            {"Id": "m1", "Timestamps": ["2026-11-19T00:00:00+00:00"], "Values": [5.0]},
            {"Id": "m2", "Timestamps": ["2026-11-20T00:00:00+00:00"], "Values": [7.0]},
            {"Id": "m9", "Timestamps": ["2026-11-20T00:00:00+00:00"], "Values": [1.0]}]}"#;
        let mut found = BTreeMap::new();
        take(&mut found, &metrics, &Value::from_json(answer).expect("json"));
        let bucket = &found["b"];
        assert_eq!(bucket.classes["StandardStorage"].ends(), Some((10.0, 30.0)));
        assert_eq!(bucket.total().figures(), [15.0, 35.0], "a class that is not told yet is not gone");
        assert_eq!((bucket.objects.last(), bucket.objects.last_day().as_deref()), (7.0, Some("2026-11-20")));
    }

    #[test]
    fn the_window_is_two_weeks_of_whole_days() {
        let metric = Metric { bucket: "b\"x".to_owned(), class: "StandardStorage".to_owned(), is_size: true };
        let words = question(&[metric], "2026-11-21T17:40:00Z".parse().expect("a time"));
        assert_eq!(
            words[5..],
            ["2026-11-07T00:00:00Z", "--end-time", "2026-11-21T17:40:00Z"].map(str::to_owned)
        );
        assert!(words[3].contains(r#""Value":"b\"x""#), "{}", words[3]);
    }
}
