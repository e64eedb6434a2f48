//! Against an AWS that enforces IAM: the session is the caller's, and AWS's own refusal is explained.

use serde_json::Value;
use testkit::{Aws, Bellhop, FakeSlack, Slash, random_hex};

use crate::support::{BINARY, PATIENCE, config};

/// Where moto's own user lives.
const ACCOUNT: &str = "123456789012";

/// What Bellhop itself may do, and what the role may.
const MAY_ASSUME: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:*","Resource":"*"}]}"#;
const TRUSTS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},
    "Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]}]}"#;
const READS: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:Describe*","Resource":"*"}]}"#;

/// A Bellhop that is an IAM user which may assume a role that reads EC2, before an AWS that enforces that; with more in
/// its configuration.
pub(crate) async fn stage(more: &str) -> (Aws, FakeSlack, Bellhop) {
    let aws = Aws::strict().await.expect("an AWS");
    let slack = FakeSlack::start().await.expect("a fake Slack");
    let text = config(&slack, ACCOUNT).replace("role/Bellhop", "role/Reader");
    let text = format!("{text}{more}");
    let mut bellhop = Bellhop::new(BINARY, aws.url(), &text).expect("a folder");
    let run = |words: &[&str]| {
        let output = bellhop.run(words).expect("bellhop aws runs");
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).unwrap_or_default()
    };
    run(&["aws", "iam", "create-user", "--user-name", "bellhop"]);
    let policy = ["--policy-name", "p", "--policy-document"];
    run(&[&["aws", "iam", "put-user-policy", "--user-name", "bellhop"], &policy[..], &[MAY_ASSUME]].concat());
    run(&["aws", "iam", "create-role", "--role-name", "Reader", "--assume-role-policy-document", TRUSTS]);
    run(&[&["aws", "iam", "put-role-policy", "--role-name", "Reader"], &policy[..], &[READS]].concat());
    let key = run(&["aws", "iam", "create-access-key", "--user-name", "bellhop"]);
    for (name, member) in [("AWS_ACCESS_KEY_ID", "AccessKeyId"), ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey")]
    {
        bellhop.set_var(name, key["AccessKey"][member].as_str().expect("a key"));
    }
    aws.enforce().await.expect("IAM is enforced");
    bellhop.serve().await.expect("bellhop serves");
    (aws, slack, bellhop)
}

pub(crate) async fn told(slack: &FakeSlack, bellhop: &Bellhop, line: &str) -> String {
    let name = random_hex();
    let ack = Slash::new(line, &slack.response_url(&name)).post(&bellhop.url()).await.expect("an ack");
    assert_eq!(ack.status, 200, "{}", ack.text());
    slack.wait_for(&name, PATIENCE, |_| true).await.expect("a reply").text()
}

#[tokio::test]
async fn a_granted_read_runs_as_its_caller_and_aws_s_refusal_is_explained() {
    let (_aws, slack, bellhop) = stage("").await;
    let caller = told(&slack, &bellhop, "sts get-caller-identity --query Arn").await;
    assert!(caller.contains(":assumed-role/Reader/U0ALICE@T"), "{caller}");
    let read = told(&slack, &bellhop, "ec2 describe-vpcs --query length(Vpcs)").await;
    assert!(read.contains("Done") && !read.contains("Unauthorized"), "{read}");
    // Bellhop grants the write; the role's own policies do not.
    let refused = told(&slack, &bellhop, "ec2 create-vpc --cidr-block 10.7.0.0/16").await;
    // EC2's own word for it; moto says it as other services do.
    let named = ["UnauthorizedOperation", "AccessDenied"].iter().any(|code| refused.contains(code));
    assert!(named, "{refused}");
    assert!(refused.contains("the policies of role Reader would have to allow"), "{refused}");
    let others = told(&slack, &bellhop, "s3api list-buckets").await;
    assert!(others.contains("AccessDenied") && others.contains("role Reader"), "{others}");
}
