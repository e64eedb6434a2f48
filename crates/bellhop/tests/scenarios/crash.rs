//! `kill -9` at any point between ack and reply: nothing is lost without a word, no write is repeated.

use std::time::Duration;

use testkit::{Aws, Proxy};

use crate::support::{PATIENCE, Stage};

/// Kills at this many points, spread over the time that a command takes.
const ROUNDS: u32 = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_loses_nothing_and_repeats_no_write() {
    let moto = Aws::start().await.expect("a local AWS");
    // Each way takes a while, so that kills fall before, within and after the call.
    let aws = Proxy::before(moto.url(), Duration::from_millis(25)).await.expect("a proxy");
    let mut stage = Stage::before(aws.url()).await;
    let output = stage.aws(&["sqs", "create-queue", "--queue-name", "effects", "--output", "json"]);
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a queue");
    let queue = answer["QueueUrl"].as_str().expect("its URL").to_owned();

    let mut doubts = 0;
    for round in 0..ROUNDS {
        let body = format!("effect-{round}");
        let write = format!("sqs send-message --queue-url {queue} --message-body {body}");
        let (write, write_name) = stage.slash(&write);
        let (read, read_name) = stage.slash("sts get-caller-identity");
        for slash in [&write, &read] {
            assert_eq!(slash.post(&stage.bellhop.url()).await.expect("an ack").status, 200);
        }
        tokio::time::sleep(Duration::from_millis(u64::from(round) * 11)).await;
        stage.bellhop.kill();
        stage.bellhop.serve().await.expect("a second start");

        let account = stage.account.clone();
        let read = stage.slack.wait_for(&read_name, PATIENCE, |post| post.text().contains(&account)).await;
        read.unwrap_or_else(|error| {
            panic!("round {round}: a read was lost: {error}\n{}", stage.bellhop.log())
        });
        let reply = stage.slack.wait_for(&write_name, PATIENCE, |_| true).await;
        let reply = reply.unwrap_or_else(|error| panic!("round {round}: a write was lost: {error}"));
        let sent = aws.seen().iter().filter(|seen| seen.body.contains(&format!("\"{body}\""))).count();
        assert!(sent <= 1, "round {round}: a write was sent {sent} times");
        if reply.text().contains("MessageId") {
            assert_eq!(sent, 1, "round {round}: {}", reply.text());
        } else {
            assert!(reply.text().contains("May have happened"), "round {round}: {}", reply.text());
            doubts += 1;
        }
    }
    assert!(doubts < ROUNDS, "not one write came through");
    let audit = stage.bellhop.run(&["audit", "verify", "--config", "bellhop.toml"]).expect("bellhop audit");
    assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stdout));
    stage.assert_log_keeps_secrets(&[]);
}
