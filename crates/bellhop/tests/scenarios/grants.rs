//! Nothing granted, nothing runs; and who is refused is told what would be needed.

use testkit::Proxy;

use crate::support::{PATIENCE, Stage};

#[tokio::test]
async fn without_a_grant_aws_is_not_called() {
    let aws = Proxy::dead_end().await.expect("a dead end");
    let stage = Stage::before(aws.url()).await;
    for line in
        ["ec2 describe-instances", "s3api delete-bucket --bucket b", "iam list-users --account production"]
    {
        let (slash, name) = stage.slash(line);
        let ack = slash.with("user_id", "U0BOB").post(&stage.bellhop.url()).await.expect("an ack");
        assert_eq!(ack.status, 200);
        let told = if ack.body.len() > 2 && ack.json()["text"].is_string() {
            ack.text()
        } else {
            stage.slack.wait_for(&name, PATIENCE, |_| true).await.expect("a reply").text()
        };
        assert!(told.contains("grant"), "{line}: {told}");
    }
    // Alice holds no `permissions` level.
    let (slash, name) =
        stage.slash("iam attach-user-policy --user-name u --policy-arn arn:aws:iam::aws:policy/Admin");
    let ack = slash.post(&stage.bellhop.url()).await.expect("an ack");
    let told = if ack.text().contains("permissions") {
        ack.text()
    } else {
        stage.slack.wait_for(&name, PATIENCE, |_| true).await.expect("a reply").text()
    };
    assert!(told.contains("permissions"), "{told}");
    assert!(aws.seen().is_empty(), "AWS was called: {:?}", aws.seen());
}

#[tokio::test]
async fn a_deny_wins() {
    let aws = Proxy::dead_end().await.expect("a dead end");
    let stage = Stage::with(aws.url(), |config| {
        format!("{config}\n[[deny]]\nusers = [\"U0ALICE\"]\nallow = [\"ec2:*\"]\n")
    })
    .await;
    let (slash, name) = stage.slash("ec2 describe-instances");
    let ack = slash.post(&stage.bellhop.url()).await.expect("an ack");
    assert_eq!(ack.status, 200);
    let told = if ack.text().contains("den") {
        ack.text()
    } else {
        stage.slack.wait_for(&name, PATIENCE, |_| true).await.expect("a reply").text()
    };
    assert!(told.contains("den"), "{told}");
    assert!(aws.seen().is_empty());
}
