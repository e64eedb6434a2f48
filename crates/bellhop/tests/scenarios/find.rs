//! Things are found in every account and region that their finder reaches, and from the index.

use serde_json::Value;
use testkit::{Aws, fresh_account};

use crate::support::{PATIENCE, Stage, UNASKED};

/// What `bellhop aws` answered.
fn answer(stage: &Stage, words: &[&str]) -> Value {
    let output = stage.aws(words);
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or_default()
}

/// An instance with that name; its id and private address.
fn instance(stage: &Stage, region: &str, name: &str) -> (String, String) {
    let image =
        answer(stage, &["ec2", "describe-images", "--region", region, "--query", "Images[0].ImageId"]);
    let tags =
        format!("ResourceType=instance,Tags=[{{Key=Name,Value={name}}},{{Key=Environment,Value=test}}]");
    let image = image.as_str().expect("an image").to_owned();
    let words =
        ["ec2", "run-instances", "--region", region, "--image-id", &image, "--tag-specifications", &tags];
    let made = answer(stage, &words);
    let of = |name: &str| made["Instances"][0][name].as_str().expect("a text").to_owned();
    (of("InstanceId"), of("PrivateIpAddress"))
}

async fn found(stage: &Stage, line: &str) -> String {
    let (slash, name) = stage.slash(line);
    let ack = slash.post(&stage.bellhop.url()).await.expect("an ack");
    assert_eq!(ack.status, 200, "{}", ack.text());
    let answers = |posted: &testkit::Posted| !posted.text().contains("Running");
    stage.slack.wait_for(&name, PATIENCE, answers).await.expect("a reply").text()
}

#[tokio::test]
async fn things_are_found_wherever_they_are() {
    let aws = Aws::start().await.expect("an AWS");
    let other = fresh_account();
    let stage = Stage::with(aws.url(), |config| {
        format!(
            r#"{config}
[commands]
"/infra-search" = "find"
[index]
every_minutes = 1
kinds = ["function", "bucket", "hosted-zone", "user"]
[accounts.hidden]
role_arn = "arn:aws:iam::{other}:role/Bellhop"
regions = ["us-east-1"]
[[grants]]
users = ["U0NOBODY"]
accounts = ["hidden"]
allow = ["*"]
levels = ["list"]
{UNASKED}
"#
        )
    })
    .await;
    let (id, address) = instance(&stage, "eu-west-1", "shop-web");
    let post = found(&stage, &format!("find {id}")).await;
    for part in [
        "shop-web",
        "production, eu-west-1",
        "Environment: test",
        &address,
        "console.aws.amazon.com",
        "in_channel",
    ] {
        assert!(post.contains(part), "{part} in {post}");
    }
    let post = found(&stage, &format!("find {address}")).await;
    assert!(post.contains(&id) && post.contains("Network interface"), "{post}");
    let post = found(&stage, "find tag:Environment=test").await;
    assert!(post.contains(&id), "{post}");
    let post = found(&stage, "find op-we").await;
    assert!(post.contains(&id), "{post}");
    let post = found(&stage, "find i-0123456789abcdef0").await;
    assert!(
        post.contains("Nothing fits i-0123456789abcdef0.") && post.contains("2 of 2 scopes answered"),
        "{post}"
    );
    let post = found(&stage, &format!("find --attached {id}")).await;
    assert!(post.contains("Network interface") && post.contains("Volume"), "{post}");
    records(&stage).await;
    index(&stage).await;
    stage.assert_log_keeps_secrets(&[]);
}

/// A name of Route 53, and the bucket that is called so.
async fn records(stage: &Stage) {
    let words = ["route53", "create-hosted-zone", "--name", "example.com", "--caller-reference", "1"];
    let zone = answer(stage, &words)["HostedZone"]["Id"].as_str().expect("an id").to_owned();
    let changes = r#"{"Changes": [{"Action": "CREATE", "ResourceRecordSet": {"Name": "www.example.com", "Type": "CNAME",
        "TTL": 60, "ResourceRecords": [{"Value": "shop-1234567890.eu-west-1.elb.amazonaws.com"}]}}]}"#;
    let words =
        ["route53", "change-resource-record-sets", "--hosted-zone-id", &zone, "--change-batch", changes];
    answer(stage, &words);
    let post = found(stage, "find https://WWW.example.com/").await;
    assert!(post.contains("Record www.example.com CNAME"), "{post}");
    assert!(post.contains("shop-1234567890.eu-west-1.elb.amazonaws.com"), "{post}");
}

/// What only the index finds: a user by a part of the name.
async fn index(stage: &Stage) {
    answer(stage, &["iam", "create-user", "--user-name", "deployer-of-shop"]);
    let begun = std::time::Instant::now();
    loop {
        let post = found(stage, "find deployer").await;
        if post.contains("IAM user deployer-of-shop") {
            assert!(post.contains("The index is"), "{post}");
            return;
        }
        assert!(begun.elapsed() < 4 * PATIENCE, "{post}\n{}", stage.bellhop.log());
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    }
}
