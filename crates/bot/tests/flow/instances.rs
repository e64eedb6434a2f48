//! What an instance shows, and which one is meant.

use std::sync::Arc;

use bot::Rules;
use serde_json::Value;

use crate::asking::{last, press};
use crate::stage::{Play, Running, Stage, rules, until};
use crate::text;

const ONE: &str = r#"{"Reservations": [{"Instances": [{"InstanceId": "i-0a1b2c3d", "InstanceType": "t3.micro",
    "State": {"Name": "running"}, "Tags": [{"Key": "Name", "Value": "shop-web-1"}]}]}]}"#;
const TWINS: &str = r#"{"Reservations": [
    {"Instances": [{"InstanceId": "i-0a1b2c3d", "State": {"Name": "running"}, "Tags": [{"Key": "Name", "Value": "twin"}]}]},
    {"Instances": [{"InstanceId": "i-0a1b2c3e", "State": {"Name": "running"}, "Tags": [{"Key": "Name", "Value": "twin"}]}]}]}"#;

/// What comes of a line, with these plays.
pub(crate) async fn answer_with(stage: &Stage, line: &str, plays: Vec<Play>) -> String {
    stage.aws.plays.lock().expect("plays").extend(plays);
    let running = Running::start(stage).await;
    let before = stage.slack.posts().len();
    text(&running.bot.accept(&stage.typed(line)).await);
    until("the answer", || stage.slack.posts().len() > before).await;
    running.stop().await;
    last(stage)
}

fn with(instances: &'static str) -> Stage {
    let stage = Stage::new();
    stage.rules.replace(rules(&["*"], &["list", "read", "data", "write"]));
    *stage.aws.instances.lock().expect("instances") = Some(instances);
    stage
}

/// The buttons of a message, as label, identifier and value.
pub(crate) fn buttons(message: &str) -> Vec<(String, String, String)> {
    let message: Value = serde_json::from_str(message).expect("json");
    let blocks = message["blocks"].as_array().expect("blocks").iter();
    let elements = blocks
        .filter(|block| block["type"] == "actions")
        .flat_map(|block| block["elements"].as_array().expect("elements").clone());
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    elements.map(|one| (text(&one["text"]["text"]), text(&one["action_id"]), text(&one["value"]))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_lines_of_a_console_are_shown_without_what_acts() {
    let output = r#"{"InstanceId": "i-0a1b2c3d", "Timestamp": "2027-01-15T07:00:00+00:00",
        "Output": "boot\r\n\u001b[0;32m  OK  \u001b[0m] two\r\n10%\r100%\r\nthree\u0007\n"}"#;
    let stage = with(ONE);
    let post = answer_with(
        &stage,
        "ec2 console shop-web-1 --region eu-west-1 --lines 3",
        vec![Play::Answer(output)],
    )
    .await;
    assert!(post.contains(r"  OK  ] two\n100%\nthree"), "{post}");
    assert!(post.contains("shop-web-1 (i-0a1b2c3d) in dev/eu-west-1, as AWS took it"), "{post}");
    assert!(post.contains("1 earlier lines are not shown"), "{post}");
    assert!(!post.contains("\\u001b") && !post.contains("boot"), "{post}");
    let cases = [
        ("ec2 console i-0a1b2c3d --region eu-west-1", "has no console output yet"),
        ("ec2 console", "one instance at a time"),
        ("ec2 console shop-web-1 --line 3", "Did you mean --lines?"),
        ("ec2 console shop-wbe-1 --region eu-west-1", "Did you mean shop-web-1?"),
    ];
    for (line, expected) in cases {
        let post = answer_with(&stage, line, Vec::new()).await;
        assert!(post.contains(expected), "{line}: {post}");
    }
    let post = answer_with(&stage, "ec2 console i-0a1b2c3d --region eu-west-1", vec![Play::Reject]).await;
    assert!(post.contains("UnauthorizedOperation (role arn:"), "{post}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_goes_to_whoever_asked_and_needs_a_token() {
    const PICTURE: &str = r#"{"InstanceId": "i-0a1b2c3d", "ImageData": "/9j/4AAQSkZJRgABAQ=="}"#;
    let line = "ec2 screenshot shop-web-1 --region eu-west-1";
    let stage = with(ONE);
    let post = answer_with(&stage, line, vec![Play::Answer(PICTURE)]).await;
    assert!(post.contains("Bellhop has no bot token"), "{post}");
    assert_eq!(stage.aws.count(), 0, "AWS is not asked for what cannot be shown");
    let mut stage = with(ONE);
    stage.web = Some(Arc::default());
    let post = answer_with(&stage, line, vec![Play::Answer(PICTURE)]).await;
    assert!(post.contains("i-0a1b2c3d.jpg is in your direct message with Bellhop."), "{post}");
    let web = stage.web.clone().expect("a web");
    let files = web.files.lock().expect("files").clone();
    assert!(
        files.len() == 1 && files[0].starts_with(b"\xff\xd8\xff\xe0") && files[0].len() == 13,
        "{files:?}"
    );
    let shown = web.asked("files.completeUploadExternal");
    assert!(shown[0].contains(r#""channel_id":"D0DIRECT""#) && shown[0].contains("shop-web-1"), "{shown:?}");
    web.failing.lock().expect("failing").push("files.completeUploadExternal");
    let post = answer_with(&stage, line, vec![Play::Answer(PICTURE)]).await;
    assert!(post.contains("was not uploaded") && post.contains("not in this channel"), "{post}");
    let post = answer_with(&stage, line, vec![Play::Answer(r#"{"ImageData": "no base64!"}"#)]).await;
    assert!(post.contains("AWS gave no picture"), "{post}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_several_bear_is_asked_about_by_buttons() {
    let stage = with(TWINS);
    let post = answer_with(&stage, "ec2 stop twin --no-wait --region eu-west-1", Vec::new()).await;
    assert!(post.contains("2 instances are called twin; nothing was done."), "{post}");
    let buttons = buttons(&post);
    let labels: Vec<&str> = buttons.iter().map(|(label, ..)| label.as_str()).collect();
    assert_eq!(labels, ["i-0a1b2c3d (running, dev/eu-west-1)", "i-0a1b2c3e (running, dev/eu-west-1)"]);
    assert_eq!(stage.aws.count(), 0);
    let (_, id, value) = &buttons[1];
    assert!(value.ends_with("ec2 stop i-0a1b2c3e --no-wait --account dev --region eu-west-1"), "{value}");
    let running = Running::start(&stage).await;
    let before = stage.slack.posts().len();
    press(&running, &stage.pressed("U0ALICE", id, value)).await;
    until("the call", || stage.aws.count() == 1).await;
    until("an answer", || stage.slack.posts().len() > before).await;
    running.stop().await;
    let calls = stage.aws.calls.lock().expect("calls").clone();
    assert_eq!(calls[0].0, "StopInstances");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_machine_says_is_data_and_needs_a_grant_of_it() {
    let stage = with(ONE);
    stage.rules.replace(rules(&["*"], &["list", "read"]));
    for line in ["console", "console --latest"] {
        let post =
            answer_with(&stage, &format!("ec2 {line} i-0a1b2c3d --region eu-west-1"), Vec::new()).await;
        assert!(post.contains("a grant of level data for ec2:GetConsoleOutput"), "{post}");
    }
    assert_eq!(stage.aws.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_not_read_is_told_so() {
    let stage = with(ONE);
    let none: Rules = rules(&["s3:*"], &["list", "read"]);
    stage.rules.replace(none);
    let post = answer_with(&stage, "ec2 console shop-web-1", Vec::new()).await;
    assert!(post.contains("no place where it could be asked"), "{post}");
    assert_eq!(stage.aws.count(), 0);
}
