//! What the HTTP door refuses, and that a refusal does no work and tells no secret.

use testkit::{Proxy, SIGNING_SECRET, Slash, now, sign};

use crate::support::Stage;

/// Posts a body with headers; the status.
async fn post(stage: &Stage, headers: &[(&str, String)], body: impl Into<Vec<u8>>) -> u16 {
    let url = format!("{}/slack/commands", stage.bellhop.url());
    testkit::post(&url, headers, body).await.expect("an answer").status
}

async fn post_signed(stage: &Stage, body: impl Into<Vec<u8>>) -> u16 {
    let body = body.into();
    post(stage, &sign(SIGNING_SECRET, now(), &body), body).await
}

#[tokio::test]
async fn what_is_not_right_gets_its_status_and_does_no_work() {
    let aws = Proxy::dead_end().await.expect("a dead end");
    let stage = Stage::before(aws.url()).await;
    let (slash, _) = stage.slash("sts get-caller-identity");
    let body = slash.body();

    let other_secret = sign("another secret", now(), body.as_bytes());
    assert_eq!(post(&stage, &other_secret, body.clone()).await, 401, "wrong signature");
    assert_eq!(post(&stage, &[], body.clone()).await, 401, "no signature");
    let other_body = sign(SIGNING_SECRET, now(), b"text=other");
    assert_eq!(post(&stage, &other_body, body.clone()).await, 401, "signature of another body");
    for (what, timestamp) in [("old", now() - 301), ("future", now() + 310)] {
        let headers = sign(SIGNING_SECRET, timestamp, body.as_bytes());
        assert_eq!(post(&stage, &headers, body.clone()).await, 401, "{what} timestamp");
    }
    let mut twice = sign(SIGNING_SECRET, now(), body.as_bytes());
    twice.push(("x-slack-signature", "v0=00".to_owned()));
    assert_eq!(post(&stage, &twice, body.clone()).await, 401, "two signatures");

    assert_eq!(post(&stage, &[], "").await, 401, "empty, unsigned");
    assert_eq!(post_signed(&stage, "").await, 400, "empty, signed");
    assert_eq!(post_signed(&stage, b"text=\xff\xfe".to_vec()).await, 400, "invalid UTF-8");
    assert_eq!(
        post_signed(&stage, [body.as_bytes(), b"&x=%ff"].concat()).await,
        400,
        "invalid UTF-8, encoded"
    );
    for field in ["command", "user_id", "channel_id", "team_id", "trigger_id", "response_url"] {
        assert_eq!(post_signed(&stage, slash.clone().without(field).body()).await, 400, "without {field}");
    }
    let elsewhere = slash.clone().with("response_url", "https://hooks.example.com/commands/1");
    assert_eq!(post_signed(&stage, elsewhere.body()).await, 400, "another response_url");

    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert!(stage.slack.posts().is_empty(), "nothing is answered");
    assert!(aws.seen().is_empty(), "AWS is not called");
    stage.assert_log_keeps_secrets(&["another secret", "hooks.example.com/commands"]);
}

#[tokio::test]
async fn ten_megabytes_are_too_large() {
    let aws = Proxy::dead_end().await.expect("a dead end");
    let stage = Stage::before(aws.url()).await;
    assert_eq!(post_signed(&stage, vec![b'x'; 10 * 1024 * 1024]).await, 413);
    let (slash, _) = stage.slash("version");
    assert_eq!(slash.post(&stage.bellhop.url()).await.expect("an ack").status, 200, "it goes on");
}

#[tokio::test]
async fn a_token_and_teams_can_be_demanded_besides() {
    let aws = Proxy::dead_end().await.expect("a dead end");
    let stage = Stage::with(aws.url(), |config| {
        let more = "verification_token = \"file:token\"\nallowed_teams = [\"T0TEAM\"]\n[store]";
        let token = std::env::temp_dir().join(format!("bellhop-token-{}", testkit::random_hex()));
        std::fs::write(&token, "old-verification-token").expect("a token file");
        config.replace("[store]", &more.replace("file:token", &format!("file:{}", token.display())))
    })
    .await;
    let (slash, name) = stage.slash("version");
    let url = stage.bellhop.url();
    let status = async |slash: Slash| slash.post(&url).await.expect("an answer").status;
    assert_eq!(status(slash.clone().with("token", "another")).await, 401);
    assert_eq!(status(slash.clone().without("token")).await, 401);
    assert_eq!(status(slash.clone().with("team_id", "T0OTHER")).await, 401);
    assert!(stage.slack.posts_to(&name).is_empty());
    assert_eq!(status(slash).await, 200);
    stage.assert_log_keeps_secrets(&[]);
}

#[tokio::test]
async fn it_tells_how_it_is() {
    let aws = Proxy::dead_end().await.expect("a dead end");
    let stage = Stage::before(aws.url()).await;
    let url = stage.bellhop.url();
    for path in ["healthz", "readyz"] {
        assert_eq!(testkit::get(&format!("{url}/{path}")).await.expect("an answer").status, 200, "{path}");
    }
    let (slash, _) = stage.slash("version");
    slash.post(&url).await.expect("an ack");
    let metrics = testkit::get(&format!("{url}/metrics")).await.expect("metrics");
    let openmetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(metrics.headers["content-type"], openmetrics);
    let metrics = metrics.text();
    assert!(metrics.ends_with("\n# EOF\n"), "{metrics}");
    assert!(metrics.contains("bellhop_slash_commands_total{status=\"200\"} 1"), "{metrics}");
    let nowhere = testkit::get(&format!("{url}/console")).await.expect("an answer");
    assert_eq!(nowhere.status, 404, "no console unless it is enabled");
}
