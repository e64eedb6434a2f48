//! What there is to operate in the demo's accounts: logs, alarms, a function, figures of buckets, charges.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use crate::demo::seed::Account;
use crate::demo::{Stage, http};

const DAY: u64 = 86_400;
/// How many days back figures of buckets go.
const DAYS: u64 = 14;
/// An archive with nothing in it, as zip has it: the end of the central directory alone.
const EMPTY_ZIP: [u8; 22] = [b'P', b'K', 5, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// Tells moto to play functions without containers: what goes in comes out.
pub(super) fn prepare(stage: &Stage) -> Result<()> {
    tell(stage, "/moto-api/config", &json!({ "lambda": { "use_docker": false } }))
}

fn tell(stage: &Stage, path: &str, what: &Value) -> Result<()> {
    let port = stage
        .aws
        .rsplit(':')
        .next()
        .and_then(|port| port.parse().ok())
        .context("an address without a port")?;
    let answer = http::post(port, path, &[("content-type", "application/json")], &what.to_string())?;
    ensure!(answer.status == 201, "moto did not take {path}: {}", answer.start);
    Ok(())
}

fn now() -> Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
}

impl Account<'_> {
    pub(super) fn operations(&self, environment: &str) -> Result<()> {
        self.logs()?;
        self.alarms()?;
        self.function()?;
        for purpose in ["logs", "backups"] {
            self.figures(&format!("bellhop-demo-{environment}-{purpose}"))?;
        }
        self.charges()
    }

    fn logs(&self) -> Result<()> {
        let now = now()? * 1000;
        for (group, messages) in [
            (
                "/aws/lambda/orders",
                ["START order 4711", "order 4711 taken", "ERROR order 4712: no such article"],
            ),
            ("/app/shop", ["GET / 200 12ms", "GET /cart 500 3ms error: timeout", "GET / 200 9ms"]),
        ] {
            self.aws(&["logs", "create-log-group", "--log-group-name", group])?;
            let stream = ["--log-group-name", group, "--log-stream-name", "demo"];
            self.aws(&[&["logs", "create-log-stream"][..], &stream].concat())?;
            let event = |(number, message): (usize, &&str)| json!({ "timestamp": now - 60_000 * (messages.len() - number) as u64, "message": message });
            let events: Value = messages.iter().enumerate().map(event).collect();
            let events = ["--log-events", &events.to_string()];
            self.aws(&[&["logs", "put-log-events"][..], &stream, &events].concat())?;
        }
        Ok(())
    }

    fn alarms(&self) -> Result<()> {
        for (name, namespace, metric, threshold) in
            [("orders-errors", "AWS/Lambda", "Errors", "0"), ("shop-cpu", "AWS/EC2", "CPUUtilization", "80")]
        {
            let what = ["cloudwatch", "put-metric-alarm", "--alarm-name", name, "--namespace", namespace];
            let when = ["--metric-name", metric, "--threshold", threshold, "--comparison-operator"];
            let how =
                ["GreaterThanThreshold", "--evaluation-periods", "1", "--period", "60", "--statistic", "Sum"];
            self.aws(&[&what[..], &when, &how].concat())?;
        }
        let reason = "Threshold Crossed: 1 datapoint [3.0] was greater than the threshold (0.0).";
        let state = ["--state-value", "ALARM", "--state-reason", reason];
        self.aws(
            &[&["cloudwatch", "set-alarm-state", "--alarm-name", "orders-errors"][..], &state].concat(),
        )?;
        Ok(())
    }

    fn function(&self) -> Result<()> {
        let archive = self.stage.folder.join("empty.zip");
        std::fs::write(&archive, EMPTY_ZIP)?;
        let (archive, role) = (format!("fileb://{}", archive.display()), self.role());
        let what = ["lambda", "create-function", "--function-name", "orders", "--runtime", "python3.12"];
        let how = ["--handler", "index.handler", "--role", &role, "--zip-file", &archive];
        self.aws(&[&what[..], &how].concat())?;
        Ok(())
    }

    fn figures(&self, bucket: &str) -> Result<()> {
        let now = now()?;
        let figure = |name: &str, class: &str, value: u64, day: u64| {
            let dimensions =
                json!([{ "Name": "BucketName", "Value": bucket }, { "Name": "StorageType", "Value": class }]);
            json!({ "MetricName": name, "Dimensions": dimensions, "Value": value, "Timestamp": now - day * DAY })
        };
        let of_day = |day: u64| {
            let grown = DAYS + 1 - day;
            [
                figure("BucketSizeBytes", "StandardStorage", grown * 300_000_000, day),
                figure("BucketSizeBytes", "GlacierStorage", 40_000_000_000, day),
                figure("NumberOfObjects", "AllStorageTypes", 1_000 + 25 * grown, day),
            ]
        };
        let figures: Value = (1..=DAYS).flat_map(of_day).collect();
        let data = ["--namespace", "AWS/S3", "--metric-data", &figures.to_string()];
        self.aws(&[&["cloudwatch", "put-metric-data"][..], &data].concat())?;
        Ok(())
    }

    /// Moto answers what it was told to whoever asks first, and ever after to the very same question: here that of `cost`.
    fn charges(&self) -> Result<()> {
        let today = now()? / DAY;
        let (year, month, day) = civil(today);
        let begin = today + 1 - u64::from(day);
        let (_, _, days_before) = civil(begin - 1);
        let before = begin - u64::from(days_before);
        let end = if day == 1 { today + 1 } else { today };
        let text = |day: u64| {
            let (year, month, day) = civil(day);
            format!("{year}-{month:02}-{day:02}")
        };
        let group = |name: &str, amount: u64| {
            let cents = format!("{}.{:02}", amount / 100, amount % 100);
            json!({ "Keys": [name], "Metrics": { "UnblendedCost": { "Amount": cents, "Unit": "USD" } } })
        };
        let of_day = |day: u64| {
            let groups = [
                group("Amazon Elastic Compute Cloud - Compute", 410 + day % 7 * 12),
                group("Amazon Simple Storage Service", 95 + day % 3),
                group("AmazonCloudWatch", 31),
            ];
            json!({ "TimePeriod": { "Start": text(day), "End": text(day + 1) }, "Total": {}, "Groups": groups, "Estimated": true })
        };
        let days: Value = (before..end).map(of_day).collect();
        let result = json!({ "account_id": self.id, "results": [{ "ResultsByTime": days, "DimensionValueAttributes": [] }] });
        tell(self.stage, "/moto-api/static/ce/cost-and-usage-results", &result)?;
        let period = format!("Start={},End={}", text(before), text(end));
        let group = r#"[{"Type":"DIMENSION","Key":"SERVICE"}]"#;
        let what = ["ce", "get-cost-and-usage", "--time-period", &period, "--granularity", "DAILY"];
        self.aws(&[&what[..], &["--metrics", "UnblendedCost", "--group-by", group]].concat())?;
        ensure!(year >= 2024 && month >= 1, "the clock of this machine is wrong");
        Ok(())
    }
}

/// Year, month and day of a number of days since 1970. Years are taken to begin in March, so that a leap day is the last.
fn civil(days: u64) -> (u64, u64, u32) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year + u64::from(month <= 2), month, u32::try_from(day).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_dates() {
        let cases =
            [(0, (1970, 1, 1)), (59, (1970, 3, 1)), (11_016, (2000, 2, 29)), (20_778, (2026, 11, 21))];
        for (days, expected) in cases {
            assert_eq!(civil(days), expected);
        }
    }
}
