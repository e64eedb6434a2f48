//! One command of each protocol, from the terminal and from Slack.

use testkit::Aws;

use crate::support::Stage;

/// Command, and what its answer from a fresh account must hold.
const LINES: [(&str, &str); 7] = [
    ("sqs list-queues", "bellhop-queue"),
    ("sts get-caller-identity", "assumed-role/Bellhop"),
    ("ec2 describe-instances", "Reservations"),
    ("dynamodb list-tables", "TableNames"),
    ("lambda list-functions", "Functions"),
    ("s3api list-buckets", "Buckets"),
    ("cloudwatch list-metrics", "Metrics"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_protocol_answers_both_ways() {
    let aws = Aws::start().await.expect("a local AWS");
    let stage = Stage::before(aws.url()).await;
    let made = stage.aws(&["sqs", "create-queue", "--queue-name", "bellhop-queue"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    for (line, expected) in LINES {
        let words: Vec<&str> = line.split(' ').collect();
        let output = stage.aws(&words);
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(printed.contains(expected), "{line} printed {printed}");

        let (_, reply) = stage.say(line).await;
        assert!(reply.text().contains(expected), "{line} was answered {}", reply.text());
    }
    stage.assert_log_keeps_secrets(&[]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rejected_call_is_told_in_its_own_words() {
    let aws = Aws::start().await.expect("a local AWS");
    let stage = Stage::before(aws.url()).await;
    let (_, reply) = stage.say("ec2 describe-instances --instance-ids i-0123456789abcdef0").await;
    assert!(reply.text().contains("InvalidInstanceID.NotFound"), "{}", reply.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn run_takes_the_same_path() {
    let aws = Aws::start().await.expect("a local AWS");
    let mut stage = Stage::before(aws.url()).await;
    stage.bellhop.kill();
    let words = ["run", "--config", "bellhop.toml", "--as", "U0ALICE", "--channel", "C0OPS"];
    let output =
        stage.bellhop.run(&[&words[..], &["sts get-caller-identity"]].concat()).expect("bellhop run");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains(&stage.account), "{printed} {}", String::from_utf8_lossy(&output.stderr));

    let words = ["run", "--config", "bellhop.toml", "--as", "U0BOB", "--channel", "C0OPS"];
    let output =
        stage.bellhop.run(&[&words[..], &["sts get-caller-identity"]].concat()).expect("bellhop run");
    assert!(!output.status.success(), "Bob has no grant");

    let audit = stage.bellhop.run(&["audit", "verify", "--config", "bellhop.toml"]).expect("bellhop audit");
    assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stderr));
}
