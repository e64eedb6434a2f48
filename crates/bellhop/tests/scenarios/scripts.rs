//! Lines over every account and region, with filters behind them, before a local AWS.

use testkit::{Aws, fresh_account};

use crate::support::Stage;

/// A stage with a second account, in which Alice may do the same.
async fn with_two_accounts(aws: &str) -> Stage {
    let second = fresh_account();
    Stage::with(aws, move |config| {
        let accounts = format!(
            "[accounts.staging]\nrole_arn = \"arn:aws:iam::{second}:role/Bellhop\"\nregions = [\"eu-west-1\", \"us-east-1\"]\n[[grants]]"
        );
        config.replace("[[grants]]", &accounts).replace("[\"production\"]", "[\"production\", \"staging\"]")
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn types_of_instances_are_counted_over_every_account_and_region() {
    let aws = Aws::start().await.expect("a local AWS");
    let stage = with_two_accounts(aws.url()).await;
    for (kind, count, place) in [
        ("t3.micro", 3, "--account production --region us-east-1"),
        ("t3.micro", 1, "--account staging --region eu-west-1"),
        ("m5.large", 2, "--account staging --region us-east-1"),
    ] {
        let line = format!(
            "ec2 run-instances --image-id ami-12c6146b --instance-type {kind} --count {count} {place}"
        );
        let (_, reply) = stage.say(&line).await;
        assert!(reply.text().contains("InstanceId"), "{}", reply.text());
    }
    let line = "ec2 describe-instances --account all --region all | jq '.Reservations[].Instances[].InstanceType' \
                | sort | uniq -c | sort -rn | head -5";
    let (ack, reply) = stage.say(line).await;
    assert!(ack.text().contains("uniq -c"), "the line that was understood is named: {}", ack.text());
    let text = reply.text();
    let (micro, large) = (text.find("4 \\\"t3.micro\\\""), text.find("2 \\\"m5.large\\\""));
    assert!(micro.is_some() && large.is_some() && micro < large, "{text}");
    assert!(text.contains("4 of 4 scopes answered"), "{text}");
    // The same by few words.
    let (_, reply) = stage.say("ec2 list 'tag:none' running --account all --region all | wc -l").await;
    assert!(reply.text().contains('0'), "{}", reply.text());
    let (_, reply) = stage.say("ec2 list --account staging --region all | cut -f 5 | sort | uniq -c").await;
    assert!(reply.text().contains("running"), "{}", reply.text());
    stage.assert_log_keeps_secrets(&[]);
}
