//! Commands in few words: what they ask of AWS, what they show, and lines that they become.

use crate::asking::last;
use crate::instances::{answer_with, buttons};
use crate::stage::{Play, Running, Stage, rules};
use crate::text;

const WEB: &str = r#"{"Reservations": [{"Instances": [{"InstanceId": "i-0a1b2c3d", "State": {"Name": "running"},
    "Tags": [{"Key": "Name", "Value": "web-1"}]}]}]}"#;

fn stage() -> Stage {
    let stage = Stage::new();
    let levels = ["list", "read", "data", "write", "execute", "destructive", "permissions"];
    stage.rules.replace(rules(&["*"], &levels));
    stage
}

/// Types a line and waits for a post that holds that.
async fn until_post(stage: &Stage, line: &str, plays: Vec<Play>, part: &str) -> String {
    stage.aws.plays.lock().expect("plays").extend(plays);
    let running = Running::start(stage).await;
    text(&running.bot.accept(&stage.typed(line)).await);
    for _ in 0..1_000 {
        if stage.slack.posts().iter().any(|post| post.contains(part)) {
            running.stop().await;
            return last(stage);
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("never: {part} in {:#?}", stage.slack.posts());
}

fn operations(stage: &Stage) -> Vec<String> {
    stage.aws.calls.lock().expect("calls").iter().map(|(operation, _)| operation.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_buckets_size_is_told_by_class_with_its_trend() {
    let metrics = r#"{"Metrics": [
        {"MetricName": "BucketSizeBytes", "Dimensions": [{"Name": "BucketName", "Value": "assets"}, {"Name": "StorageType", "Value": "StandardStorage"}]},
        {"MetricName": "BucketSizeBytes", "Dimensions": [{"Name": "StorageType", "Value": "GlacierStorage"}, {"Name": "BucketName", "Value": "assets"}]},
        {"MetricName": "NumberOfObjects", "Dimensions": [{"Name": "BucketName", "Value": "assets"}, {"Name": "StorageType", "Value": "AllStorageTypes"}]}]}"#;
    let data = r#"{"MetricDataResults": [
        {"Id": "m0", "Timestamps": ["2027-01-14T00:00:00+00:00", "2027-01-13T00:00:00+00:00"], "Values": [2147483648, 1073741824]},
        {"Id": "m1", "Timestamps": ["2027-01-14T00:00:00+00:00"], "Values": [1024]},
        {"Id": "m2", "Timestamps": ["2027-01-14T00:00:00+00:00"], "Values": [12345]}]}"#;
    let plays = || {
        vec![
            Play::Answer(r#"{"LocationConstraint": "us-east-1"}"#),
            Play::Answer(metrics),
            Play::Answer(data),
        ]
    };
    let stage = stage();
    let post = answer_with(&stage, "s3 usage assets", plays()).await;
    for part in [
        "assets (dev/us-east-1) holds 2.00 GiB in 12,345 objects, as of 2027-01-14",
        "GlacierStorage",
        "+100.0 %",
        "▁█",
    ] {
        assert!(post.contains(part), "{part} in {post}");
    }
    assert_eq!(operations(&stage), ["GetBucketLocation", "ListMetrics", "GetMetricData"]);
    let post = answer_with(&stage, "s3 usage s3://assets/ --bytes", plays()).await;
    assert!(post.contains("2,147,484,672"), "{post}");
    let plays = vec![
        Play::Answer(r#"{"Buckets": [{"Name": "assets"}, {"Name": "empty"}]}"#),
        Play::Answer(metrics),
        Play::Answer(data),
    ];
    let post = answer_with(&stage, "s3 usage --all --region us-east-1", plays).await;
    assert!(post.contains("no figures") && post.contains("no figures of 1 bucket: it is empty"), "{post}");
    assert!(post.find("assets") < post.find("empty"), "{post}");
    let plays = vec![Play::Reject, Play::Answer(r#"{"Buckets": [{"Name": "assets"}]}"#)];
    let post = answer_with(&stage, "s3 usage asets", plays).await;
    assert!(post.contains("Did you mean assets?"), "{post}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_from_one_place_names_it() {
    let stage = stage();
    let quiet = || Play::Answer("{}");
    for (line, plays, named) in [
        ("alarms", vec![quiet()], "dev · eu-west-1 · "),
        ("ec2 list --account dev --region us-east-1", vec![quiet()], "dev · us-east-1 · "),
        ("alarms --region us-east-1 | wc -l", vec![quiet()], "dev · us-east-1 · "),
    ] {
        let post = answer_with(&stage, line, plays).await;
        assert!(post.contains(line) && post.contains(named), "{line}: {post}");
    }
    let outcomes = stage.audit().await.into_iter().filter(|row| row.contains(r#""outcome":"done""#));
    let placed = outcomes.filter(|row| row.contains(r#""account":"dev""#)).count();
    assert_eq!(placed, 3, "{:#?}", stage.audit().await);
    let line = "alarms --region eu-west-1,us-east-1";
    let post = answer_with(&stage, line, vec![quiet(), quiet()]).await;
    assert!(post.contains(line) && !post.contains("dev · "), "{post}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_groups_newest_lines_come_last() {
    let groups = r#"{"logGroups": [{"logGroupName": "/aws/lambda/checkout"}, {"logGroupName": "/aws/lambda/checkout-old"}]}"#;
    let events = r#"{"events": [{"timestamp": 1799999990000, "message": "second ERROR\n"}, {"timestamp": 1799999980000, "message": "first\n"}]}"#;
    let stage = stage();
    let plays = vec![Play::Answer("{}"), Play::Answer(groups), Play::Answer(events)];
    let post = answer_with(&stage, "logs checkout errors 15m", plays).await;
    assert!(post.contains(r"2027-01-15 07:59:40 first\n2027-01-15 07:59:50 second ERROR"), "{post}");
    assert!(post.contains("/aws/lambda/checkout in dev/eu-west-1, the last 15m."), "{post}");
    let post = answer_with(&stage, "logs lambda", vec![Play::Answer("{}"), Play::Answer(groups)]).await;
    let labels: Vec<String> = buttons(&post).into_iter().map(|(label, ..)| label).collect();
    assert_eq!(labels, ["/aws/lambda/checkout", "/aws/lambda/checkout-old"], "{post}");
    let post =
        answer_with(&stage, "logs /aws/lambda/chekcout-old", vec![Play::Answer("{}"), Play::Answer(groups)])
            .await;
    assert!(post.contains("Did you mean /aws/lambda/checkout-old, "), "{post}");
    let plays = vec![Play::Answer(r#"{"logGroups": [{"logGroupName": "g"}]}"#)];
    let post = answer_with(&stage, "logs g --filter zebra", plays).await;
    assert!(post.contains("Nothing that fits was logged."), "{post}");
}

#[tokio::test(flavor = "multi_thread")]
async fn alarms_that_ring_come_first() {
    let alarms = r#"{"MetricAlarms": [
        {"AlarmName": "quiet", "StateValue": "OK", "Namespace": "AWS/EC2", "MetricName": "CPUUtilization", "StateUpdatedTimestamp": "2027-01-15T07:00:00Z"},
        {"AlarmName": "checkout-errors", "StateValue": "ALARM", "StateReason": "Threshold crossed", "StateUpdatedTimestamp": "2027-01-15T06:00:00Z"}]}"#;
    let stage = stage();
    let post = answer_with(&stage, "alarms", vec![Play::Answer(alarms)]).await;
    assert!(post.find("checkout-errors") < post.find("quiet") && post.contains("2h"), "{post}");
    let post = answer_with(&stage, "alarms in alarm", vec![Play::Answer("{}")]).await;
    assert!(post.contains("There are no such alarms."), "{post}");
    let post = answer_with(&stage, "alarms chekout-errors", vec![Play::Answer(alarms)]).await;
    assert!(post.contains("Did you mean checkout-errors?"), "{post}");
    let post = answer_with(
        &stage,
        "alarms quiet --region eu-west-1,us-east-1",
        vec![Play::Answer(alarms), Play::Reject],
    )
    .await;
    assert!(post.contains("Account") && post.contains("1 of 2 scopes answered"), "{post}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_is_told_beside_the_same_days_of_the_one_before() {
    let day = |date: &str, amount: &str| {
        format!(
            r#"{{"TimePeriod": {{"Start": "{date}"}}, "Groups": [{{"Keys": ["Amazon S3"], "Metrics": {{"UnblendedCost": {{"Amount": "{amount}", "Unit": "USD"}}}}}}]}}"#
        )
    };
    let days = [
        day("2026-12-02", "4.0"),
        day("2026-12-20", "100"),
        day("2027-01-02", "5.004"),
        day("2027-01-03", "1"),
    ];
    let answer: &'static str =
        Box::leak(format!(r#"{{"ResultsByTime": [{}]}}"#, days.join(",")).into_boxed_str());
    let stage = stage();
    let post = answer_with(&stage, "cost by service", vec![Play::Answer(answer)]).await;
    for part in [
        "Amazon S3",
        "6.00",
        "4.00",
        "+50.1 %",
        "2027-01-01 to 2027-01-14, beside 2026-12-01 to 2026-12-14.",
        "Cost (USD)",
    ] {
        assert!(post.contains(part), "{part} in {post}");
    }
    let post = answer_with(&stage, "cost yesterday", Vec::new()).await;
    assert!(post.contains("`yesterday` is no month"), "{post}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_is_run_by_its_name_and_its_log_is_read() {
    let stage = stage();
    let answer = r#"{"StatusCode": 200, "LogResult": "U1RBUlQKRU5ECg==", "Payload": {"taken": true, "api_token": "sesame-sesame"}}"#;
    let plays = vec![Play::Answer("{}"), Play::Answer(answer)];
    let post = until_post(
        &stage,
        r#"lambda invoke checkout '{"order": 4711}' --region eu-west-1"#,
        plays,
        "LogResult",
    )
    .await;
    assert!(
        post.contains("START") && post.contains("lambda invoke --function-name checkout --log-type Tail"),
        "{post}"
    );
    assert!(post.contains("taken") && !post.contains("sesame"), "{post}");
    assert_eq!(operations(&stage), ["GetFunctionConfiguration", "Invoke"]);
    let post = answer_with(&stage, "lambda invoke checkout {order:1}", Vec::new()).await;
    assert!(post.contains("The payload is no JSON"), "{post}");
    assert_eq!(stage.aws.count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_runs_on_machines_and_its_end_is_told() {
    let stage = stage();
    *stage.aws.instances.lock().expect("instances") = Some(WEB);
    let plays = vec![
        Play::Answer(r#"{"Command": {"CommandId": "0123abcd-0123-4567-89ab-0123456789ab"}}"#),
        Play::Answer(
            r#"{"CommandInvocations": [{"InstanceId": "i-0a1b2c3d", "Status": "InProgress", "StatusDetails": "InProgress"}]}"#,
        ),
        Play::Answer(
            r#"{"CommandInvocations": [{"InstanceId": "i-0a1b2c3d", "Status": "Failed", "StatusDetails": "Failed",
            "CommandPlugins": [{"ResponseCode": 2, "Output": "no space\n"}]}]}"#,
        ),
    ];
    let post =
        until_post(&stage, "ssm run 'df -h; rm x' on web-1 --region eu-west-1", plays, "It is over").await;
    assert!(post.contains("0 of 1 succeeded") && post.contains("no space"), "{post}");
    let sent = stage.slack.posts().join("\n");
    assert!(
        sent.contains("ssm send-command --document-name AWS-RunShellScript --instance-ids i-0a1b2c3d"),
        "{sent}"
    );
    assert_eq!(operations(&stage), ["SendCommand", "ListCommandInvocations", "ListCommandInvocations"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runbook_is_started_and_watched() {
    let stage = stage();
    let plays = vec![
        Play::Answer(r#"{"Document": {"DocumentType": "Automation"}}"#),
        Play::Answer(r#"{"AutomationExecutionId": "0123abcd-0123-4567-89ab-0123456789ab"}"#),
        Play::Answer(
            r#"{"AutomationExecution": {"AutomationExecutionStatus": "Success", "StepExecutions": [{"StepName": "stop", "StepStatus": "Success"}]}}"#,
        ),
    ];
    let line = "ssm run AWS-RestartEC2Instance InstanceId=i-0a1b2c3d --region eu-west-1";
    let post = until_post(&stage, line, plays, "It is over: Success").await;
    assert!(post.contains("stop"), "{post}");
    let calls = operations(&stage);
    assert_eq!(calls, ["DescribeDocument", "StartAutomationExecution", "GetAutomationExecution"]);
    let post = answer_with(&stage, "ssm run", Vec::new()).await;
    assert!(post.contains("It says nothing to run."), "{post}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_means_nothing_is_repeated_with_who_asked_where() {
    let stage = stage();
    let bot = stage.bot(stage.store(store::Holder::Owner));
    let ack = text(&bot.accept(&stage.typed("ec2 stpo web-1 --master-password hunter2")).await);
    for part in [
        "ec2 stpo web-1 --master-password ****",
        "U0ALICE",
        "C0OPS",
        " asked this in ",
        "Did you mean ec2 stop",
    ] {
        assert!(ack.contains(part), "{part} in {ack}");
    }
    assert!(!ack.contains("hunter2"), "{ack}");
    let mut direct = stage.typed("hlep");
    direct.channel_id = "D0ALICE".to_owned();
    let ack = text(&bot.accept(&direct).await);
    assert!(ack.contains("Did you mean help?") && ack.contains("in a direct message"), "{ack}");
    let running = text(&bot.accept(&stage.typed("s3 usage assets --bytes")).await);
    assert!(running.contains("s3 usage assets --bytes"), "the ack names the line: {running}");
    let help = text(&bot.accept(&stage.typed("help")).await);
    assert!(help.contains("Machines") && help.contains("ec2 stop web-1"), "{help}");
    assert_eq!(stage.aws.count(), 0);
}
