//! `/slack/interactions` and `/slack/events`: believed as commands are, taken once.

use serde_json::json;
use testkit::{Happened, Interacted, Proxy, SIGNING_SECRET, now, sign};

use crate::support::Stage;

#[tokio::test]
async fn what_is_not_right_gets_its_status() {
    let aws = Proxy::dead_end().await.expect("a dead end");
    let stage = Stage::before(aws.url()).await;
    let url = stage.bellhop.url();
    for door in ["interactions", "events"] {
        let post = async |headers: &[(&str, String)], body: Vec<u8>| {
            testkit::post(&format!("{url}/slack/{door}"), headers, body).await.expect("an answer").status
        };
        let body = b"payload={}".to_vec();
        assert_eq!(post(&[], body.clone()).await, 401, "{door}: unsigned");
        assert_eq!(post(&sign("another secret", now(), &body), body.clone()).await, 401, "{door}: another's");
        assert_eq!(post(&sign(SIGNING_SECRET, now() - 301, &body), body.clone()).await, 401, "{door}: old");
        assert_eq!(post(&sign(SIGNING_SECRET, now(), &body), body).await, 400, "{door}: nothing in it");
        let large = vec![b'x'; 10 * 1024 * 1024];
        assert_eq!(post(&sign(SIGNING_SECRET, now(), &large), large).await, 413, "{door}: ten megabytes");
    }
    stage.assert_log_keeps_secrets(&["another secret"]);
}

#[tokio::test]
async fn an_action_that_nobody_knows_changes_nothing() {
    let aws = Proxy::dead_end().await.expect("a dead end");
    let stage = Stage::before(aws.url()).await;
    let response_url = stage.slack.response_url("pressed");
    let unknown = Interacted::button("U0ALICE", "no_such_action", "x", &response_url);
    let answer = unknown.post(&stage.bellhop.url()).await.expect("an answer");
    assert_eq!((answer.status, answer.text().as_str()), (200, ""));
    let mut newer = unknown.clone();
    newer.payload["type"] = "a_kind_of_tomorrow".into();
    assert_eq!(newer.post(&stage.bellhop.url()).await.expect("an answer").status, 200);
    assert!(stage.slack.posts().is_empty() && aws.seen().is_empty());
    stage.assert_log_keeps_secrets(&[]);
}

#[tokio::test]
async fn an_event_is_taken_once_however_often_it_is_sent() {
    let aws = Proxy::dead_end().await.expect("a dead end");
    let stage = Stage::before(aws.url()).await;
    let url = stage.bellhop.url();
    let question =
        json!({"type": "url_verification", "token": "old-verification-token", "challenge": "3eZbrw1aB"});
    let answer = Happened { body: question }.post(&url, 0).await.expect("an answer");
    assert_eq!((answer.status, answer.text().as_str()), (200, "3eZbrw1aB"));
    let joined =
        Happened::new(&json!({"type": "member_joined_channel", "user": "U0BOB", "channel": "C0OPS"}));
    for retry in 0..4 {
        assert_eq!(joined.post(&url, retry).await.expect("an answer").status, 200, "{retry}");
    }
    let another = Happened::new(&json!({"type": "member_left_channel", "user": "U0BOB", "channel": "C0OPS"}));
    assert_eq!(another.post(&url, 0).await.expect("an answer").status, 200);
    let metrics = testkit::get(&format!("{url}/metrics")).await.expect("metrics").text();
    assert!(metrics.contains("\nbellhop_events_total 2\n"), "{metrics}");
    assert!(metrics.contains("bellhop_slack_events_total{status=\"200\"} 6"), "{metrics}");
    stage.assert_log_keeps_secrets(&[]);
}

#[tokio::test]
async fn other_workspaces_are_not_served() {
    let aws = Proxy::dead_end().await.expect("a dead end");
    let only = "allowed_teams = [\"T0TEAM\"]\n[store]";
    let stage = Stage::with(aws.url(), |config| config.replace("[store]", only)).await;
    let url = stage.bellhop.url();
    let mut pressed = Interacted::button("U0ALICE", "x", "x", &stage.slack.response_url("x"));
    assert_eq!(pressed.post(&url).await.expect("an answer").status, 200);
    pressed.payload["team"]["id"] = "T0OTHER".into();
    assert_eq!(pressed.post(&url).await.expect("an answer").status, 401);
    let mut joined = Happened::new(&json!({"type": "team_join", "user": {"id": "U0EVE"}}));
    assert_eq!(joined.post(&url, 0).await.expect("an answer").status, 200);
    joined.body["team_id"] = "T0OTHER".into();
    assert_eq!(joined.post(&url, 0).await.expect("an answer").status, 401);
}
