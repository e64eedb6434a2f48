//! What comes twice runs once.

use std::time::Duration;

use testkit::{Aws, Proxy};

use crate::support::{PATIENCE, Stage};

/// A stage with a queue; the URL of the queue. Messages in it count what was done.
async fn with_queue(aws: &Proxy) -> (Stage, String) {
    let stage = Stage::before(aws.url()).await;
    let output = stage.aws(&["sqs", "create-queue", "--queue-name", "effects", "--output", "json"]);
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a queue");
    let queue = answer["QueueUrl"].as_str().expect("its URL").to_owned();
    (stage, queue)
}

fn sends(aws: &Proxy) -> usize {
    aws.seen().iter().filter(|seen| seen.target == "AmazonSQS.SendMessage").count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slacks_retry_runs_nothing_twice() {
    let moto = Aws::start().await.expect("a local AWS");
    let aws = Proxy::before(moto.url(), Duration::ZERO).await.expect("a proxy");
    let (stage, queue) = with_queue(&aws).await;
    let (slash, name) = stage.slash(&format!("sqs send-message --queue-url {queue} --message-body once"));
    for _ in 0..5 {
        let ack = slash.post(&stage.bellhop.url()).await.expect("an ack");
        assert_eq!(ack.status, 200);
    }
    stage.slack.wait_for(&name, PATIENCE, |post| post.text().contains("MessageId")).await.expect("a reply");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(sends(&aws), 1);
    assert_eq!(stage.slack.posts_to(&name).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_identical_write_within_a_minute_asks_first() {
    let moto = Aws::start().await.expect("a local AWS");
    let aws = Proxy::before(moto.url(), Duration::ZERO).await.expect("a proxy");
    let (stage, queue) = with_queue(&aws).await;
    let line = format!("sqs send-message --queue-url {queue} --message-body hello");
    let (_, first) = stage.say(&line).await;
    assert!(first.text().contains("MessageId"), "{}", first.text());
    let (again, _) = stage.slash(&line);
    let ack = again.post(&stage.bellhop.url()).await.expect("an ack");
    assert_eq!(ack.status, 200);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(sends(&aws), 1, "{}", ack.text());
    let (_, other) = stage.say(&line.replace("hello", "another")).await;
    assert!(other.text().contains("MessageId"));
    assert_eq!(sends(&aws), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_post_that_slack_does_not_take_is_tried_again() {
    use testkit::Behaviour::{Answers, TooMany};
    let aws = Aws::start().await.expect("a local AWS");
    let stage = Stage::before(aws.url()).await;
    stage.slack.plan([Answers(500), TooMany(1)]);
    let (_, reply) = stage.say("sts get-caller-identity").await;
    assert!(reply.text().contains(&stage.account));
    assert_eq!(stage.slack.posts().len(), 3);
    stage.assert_log_keeps_secrets(&[]);
}
