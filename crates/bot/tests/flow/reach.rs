//! Lines that reach many places, and commands of Bellhop's own that read before they act.

use bot::Rules;
use policy::Need;

use crate::asking::{id_in, last, needing, press};
use crate::stage::{Play, Running, Stage, rules, until};
use crate::text;

const RUNNING: &str = r#"{"Reservations": [{"Instances": [{"InstanceId": "i-0a1b2c3d", "InstanceType": "t3.micro",
    "State": {"Name": "running"}, "Tags": [{"Key": "Name", "Value": "shop-web-1"}]}]}]}"#;
const STOPPED: &str = r#"{"Reservations": [{"Instances": [{"InstanceId": "i-0a1b2c3d", "InstanceType": "t3.micro",
    "State": {"Name": "stopped"}, "Tags": [{"Key": "Name", "Value": "shop-web-1"}]}]}]}"#;

fn both_accounts() -> Rules {
    let mut book = rules(&["*"], &["list", "read", "write"]).book;
    book.grants[0].accounts.push("prod".to_owned());
    Rules::of(book).expect("rules")
}

async fn answer(stage: &Stage, line: &str) -> String {
    let running = Running::start(stage).await;
    let before = stage.slack.posts().len();
    text(&running.bot.accept(&stage.typed(line)).await);
    until("the answer", || stage.slack.posts().len() > before).await;
    running.stop().await;
    last(stage)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_line_reads_in_every_account_and_region_that_its_caller_reaches() {
    let stage = Stage::new();
    stage.rules.replace(both_accounts());
    // A question about regions, which stays unanswered, then three places of which one refuses.
    let plays = [
        Play::Reject,
        Play::Answer(r#"{"Vpcs": [{"VpcId": "vpc-1"}]}"#),
        Play::Reject,
        Play::Answer(r#"{"Vpcs": [{"VpcId": "vpc-2"}]}"#),
    ];
    stage.aws.plays.lock().expect("plays").extend(plays);
    let post = answer(
        &stage,
        "ec2 describe-vpcs --account all --region all --query 'Vpcs[].[account,VpcId]' --output text",
    )
    .await;
    assert!(post.contains("vpc-1") && post.contains("vpc-2"), "{post}");
    assert!(
        post.contains("2 of 3 scopes answered") && post.contains("UnauthorizedOperation (role arn:"),
        "{post}"
    );
    let kinds: Vec<String> = stage.audit().await;
    assert!(kinds.iter().any(|row| row.contains(r#""outcome":"partly done""#)), "{kinds:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn places_that_were_not_granted_are_left_out_or_named() {
    let stage = Stage::new();
    let post = answer(&stage, "ec2 describe-vpcs --account dev,prod").await;
    assert!(post.contains("1 scope answered") && post.contains("Not asked: prod"), "{post}");
    let post = answer(&stage, "ec2 describe-vpcs --account all").await;
    assert!(post.contains("1 scope answered") && !post.contains("prod"), "{post}");
}

#[tokio::test(flavor = "multi_thread")]
async fn instances_are_stopped_by_name_once_their_caller_confirms_and_their_end_is_told() {
    let stage = Stage::new();
    stage.rules.replace(needing(Need::Confirm));
    *stage.aws.instances.lock().expect("instances") = Some(RUNNING);
    let running = Running::start(&stage).await;
    text(&running.bot.accept(&stage.typed("ec2 stop shop-web-1 --region eu-west-1")).await);
    until("the card", || stage.slack.posts().iter().any(|post| post.contains(r#""action_id":"run""#))).await;
    let card =
        stage.slack.posts().into_iter().find(|post| post.contains(r#""action_id":"run""#)).expect("a card");
    assert!(card.contains("aws ec2 stop-instances --instance-ids i-0a1b2c3d"), "{card}");
    assert_eq!(stage.aws.count(), 0, "nothing is changed before the word");
    *stage.aws.instances.lock().expect("instances") = Some(STOPPED);
    press(&running, &stage.pressed("U0ALICE", "run", &id_in(&card))).await;
    until("the end", || last(&stage).contains("shop-web-1 (i-0a1b2c3d) is stopped")).await;
    assert_eq!(stage.aws.count(), 1);
    // The way back is a line like any other: it is asked about.
    let undo = last(&stage);
    let button: serde_json::Value = serde_json::from_str(&undo).expect("json");
    let button = button["blocks"]
        .as_array()
        .expect("blocks")
        .iter()
        .find(|block| block["type"] == "actions")
        .expect("buttons");
    let button = &button["elements"][0];
    assert_eq!(button["text"]["text"], "Undo");
    let (id, value) = (button["action_id"].as_str().expect("id"), button["value"].as_str().expect("value"));
    let cards = || stage.slack.posts().iter().filter(|post| post.contains(r#""action_id":"run""#)).count();
    let before = cards();
    press(&running, &stage.pressed("U0MALLORY", id, value)).await;
    until("a refusal", || last(&stage).contains("grant")).await;
    assert_eq!(cards(), before, "a button lends nobody a right");
    press(&running, &stage.pressed("U0ALICE", id, &value.replace("ec2 start", "ec2 stop"))).await;
    until("a refusal", || last(&stage).contains("not known here")).await;
    press(&running, &stage.pressed("U0ALICE", id, value)).await;
    until("the card", || cards() > before).await;
    assert_eq!(stage.aws.count(), 1);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_already_is_said_and_not_done() {
    let stage = Stage::new();
    *stage.aws.instances.lock().expect("instances") = Some(STOPPED);
    let post = answer(&stage, "ec2 stop i-0a1b2c3d --region eu-west-1").await;
    assert!(post.contains("is already stopped"), "{post}");
    let post = answer(&stage, "ec2 stop nobody").await;
    assert!(post.contains("There is no instance nobody"), "{post}");
    let calls = stage.aws.calls.lock().expect("calls").clone();
    assert!(calls.iter().all(|(operation, _)| operation == "DescribeRegions"), "{calls:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn instances_are_listed() {
    let stage = Stage::new();
    *stage.aws.instances.lock().expect("instances") = Some(RUNNING);
    let post = answer(&stage, "ec2").await;
    for part in ["i-0a1b2c3d", "shop-web-1", "running", "t3.micro"] {
        assert!(post.contains(part), "{part} in {post}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_rows_appear_while_others_are_awaited() {
    let stage = Stage::new();
    stage.rules.replace(both_accounts());
    let plays = [Play::Answer(r#"{"Vpcs": [{"VpcId": "vpc-1"}]}"#), Play::Hang];
    stage.aws.plays.lock().expect("plays").extend(plays);
    let running = Running::start(&stage).await;
    text(&running.bot.accept(&stage.typed("ec2 describe-vpcs --account all")).await);
    until("the end", || last(&stage).contains("did not answer in time")).await;
    running.stop().await;
    let posts = stage.slack.posts();
    assert!(posts[0].contains("1 of 2 scopes answered so far") && posts[0].contains("vpc-1"), "{}", posts[0]);
    assert!(
        last(&stage).contains("1 of 2 scopes answered;") && last(&stage).contains("vpc-1"),
        "{}",
        last(&stage)
    );
}
