//! Commands in few words, by the real binary before an AWS.

use std::time::Duration;

use serde_json::json;
use testkit::{Aws, Proxy, now};

use crate::console::{instance, play, stops, with_console};
use crate::support::{Stage, UNASKED};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_is_stopped_by_its_name_and_started_again_by_two_people() {
    let moto = Aws::start().await.expect("a local AWS");
    let aws = Proxy::before(moto.url(), Duration::ZERO).await.expect("a proxy");
    let needs = "needs = { write = { approvers = [\"U0BOB\"] } }";
    let stage = Stage::with(aws.url(), |config| with_console(&config.replace(UNASKED, needs))).await;
    let id = instance(&stage);
    let steps = json!([
        ["say", "/aws ec2"],
        ["see", "web-1"],
        ["say", "/aws ec2 start web-1"],
        ["see", format!("web-1 ({id}) is already running.")],
        ["say", "/aws ec2 stop web-1"],
        ["see", "approv"],
        ["as", "U0BOB"],
        ["in", "D0BOB"],
        ["see", id],
        ["press", "Approve"],
        ["as", "U0ALICE"],
        ["in", "C0OPS"],
        ["see", format!("web-1 ({id}) is stopped.")],
        ["press", "Undo"],
        ["as", "U0BOB"],
        ["in", "D0BOB"],
        ["see", "start-instances"],
        ["press", "Approve"],
        ["as", "U0ALICE"],
        ["in", "C0OPS"],
        ["see", format!("web-1 ({id}) is running.")],
    ]);
    let shown = play(&stage, &steps);
    assert_eq!(stops(&aws), 1, "{shown}");
    stage.assert_log_keeps_secrets(&[]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_asked_fifty_times_a_day_takes_three_words() {
    let aws = Aws::start().await.expect("a local AWS");
    let stage = Stage::before(aws.url()).await;
    let id = instance(&stage);
    let done = |words: &[&str]| {
        let output = stage.aws(&[words, &["--region", "us-east-1"]].concat());
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let bucket = format!("assets-{}", stage.account);
    done(&["s3api", "create-bucket", "--bucket", &bucket]);
    done(&["logs", "create-log-group", "--log-group-name", "/aws/lambda/checkout"]);
    done(&[
        "logs",
        "create-log-stream",
        "--log-group-name",
        "/aws/lambda/checkout",
        "--log-stream-name",
        "s",
    ]);
    let at = now() * 1000;
    let events = json!([{ "timestamp": at - 60_000, "message": "order taken" }, { "timestamp": at - 30_000, "message": "order \u{1b}[31mlost" }]);
    let stream =
        ["logs", "put-log-events", "--log-group-name", "/aws/lambda/checkout", "--log-stream-name", "s"];
    done(&[&stream[..], &["--log-events", &events.to_string()]].concat());
    let alarm =
        ["cloudwatch", "put-metric-alarm", "--alarm-name", "checkout-errors", "--namespace", "AWS/Lambda"];
    let rest = [
        "--metric-name",
        "Errors",
        "--comparison-operator",
        "GreaterThanThreshold",
        "--evaluation-periods",
        "1",
    ];
    let last = ["--period", "60", "--threshold", "0", "--statistic", "Sum"];
    done(&[&alarm[..], &rest[..], &last[..]].concat());
    let dimensions = |class: &str| json!([{ "Name": "BucketName", "Value": bucket }, { "Name": "StorageType", "Value": class }]);
    let metric = |name: &str, class: &str, value: f64| json!({ "MetricName": name, "Dimensions": dimensions(class), "Value": value, "Timestamp": now() - 86_400 });
    let figures = json!([
        metric("BucketSizeBytes", "StandardStorage", 3_221_225_472.0),
        metric("NumberOfObjects", "AllStorageTypes", 42.0)
    ]);
    done(&["cloudwatch", "put-metric-data", "--namespace", "AWS/S3", "--metric-data", &figures.to_string()]);
    crate::running::function(&stage, "orders");
    let cases: [(String, &[&str]); 13] = [
        ("lambda invoke nothere".to_owned(), &["There is no function nothere here", "nothing was run"]),
        ("lambda invoke orders not-json".to_owned(), &["The payload is no JSON"]),
        ("ssm run AWS-Nothing Name=x".to_owned(), &["There is no document AWS-Nothing here"]),
        ("ec2 screenshot web-1".to_owned(), &["The picture was not uploaded", "no bot token"]),
        ("ec2 console web-1 --lines 3".to_owned(), &["web-1 (", "7 earlier lines are not shown"]),
        ("ec2 list running 'web*'".to_owned(), &[&id, "web-1", "running"]),
        ("s3".to_owned(), &[&bucket]),
        (format!("s3 usage {bucket}"), &["3.00 GiB", "42", "StandardStorage"]),
        ("s3 usage --all".to_owned(), &[&bucket, "3.00 GiB"]),
        ("logs checkout 1h".to_owned(), &["order taken", "order lost"]),
        ("alarms".to_owned(), &["checkout-errors", "AWS/Lambda Errors"]),
        ("cost".to_owned(), &["Nothing was charged"]),
        ("ec2 stop wbe-1".to_owned(), &["Did you mean web-1?"]),
    ];
    let mut wrong = Vec::new();
    for (line, parts) in cases {
        let (_, reply) = stage.say(&line).await;
        let missing = parts.iter().filter(|part| !reply.text().contains(**part));
        wrong.extend(missing.map(|part| format!("{line}: {part} in {}", reply.text())));
    }
    let at_once: [(&str, &[&str]); 4] = [
        ("help", &["find", "logs"]),
        ("wibble wobble", &["`wibble` does not exist", "asked this in"]),
        ("helo", &["Did you mean help?"]),
        ("ec2 list > x.png", &["Pictures are not drawn yet"]),
    ];
    for (line, parts) in at_once {
        let ack = stage.slash(line).0.post(&stage.bellhop.url()).await.expect("an ack").text();
        let missing = parts.iter().filter(|part| !ack.contains(**part));
        wrong.extend(missing.map(|part| format!("{line}: {part} in {ack}")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
