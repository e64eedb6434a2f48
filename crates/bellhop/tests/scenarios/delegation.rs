//! Roles that are lent only to people whose own IAM user holds a policy, against a local AWS.

use serde_json::Value;
use testkit::{Aws, random_hex};

use crate::enforced;
use crate::support::{PATIENCE, Stage, UNASKED};

const WHO: &str = "sts get-caller-identity --query Arn";
const POLICY: &str = "ec2-full-access";
const DOCUMENT: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:*","Resource":"*"}]}"#;

/// A stage where these may come by the role Operators.
async fn stage(aws: &Aws) -> Stage {
    Stage::with(aws.url(), |config| {
        let everybody = "everyone = true\nrole = \"Operators\"";
        let guard = r#"
[[delegation]]
accounts = ["production"]
role = "Operators"
policy = "ec2-full-access"
users = { U0ALICE = "alice", U0BOB = "bob", U0CAROL = "carol", U0DAVE = "dave", U0ERIN = "erin" }
"#;
        format!("{}{guard}", config.replace("users = [\"U0ALICE\"]", everybody))
    })
    .await
}

/// What that user is told to the line.
async fn told(stage: &Stage, user: &str, line: &str) -> String {
    let (slash, name) = stage.slash(line);
    let ack = slash.with("user_id", user).post(&stage.bellhop.url()).await.expect("an ack");
    assert_eq!(ack.status, 200, "{}", ack.text());
    stage.slack.wait_for(&name, PATIENCE, |_| true).await.expect("a reply").text()
}

fn iam(stage: &Stage, words: &[&str]) -> Value {
    let output = stage.aws(&[&["iam"], words, &["--output", "json"]].concat());
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guarded_role_is_lent_to_who_holds_the_policy() {
    let aws = Aws::start().await.expect("an AWS");
    let stage = stage(&aws).await;
    for user in ["alice", "bob", "carol", "dave"] {
        iam(&stage, &["create-user", "--user-name", user]);
    }
    // Inline, attached, and by a group.
    let inline = ["--policy-name", POLICY, "--policy-document", DOCUMENT];
    iam(&stage, &[&["put-user-policy", "--user-name", "alice"], &inline[..]].concat());
    let made = iam(&stage, &[&["create-policy"], &inline[..]].concat());
    let arn = made["Policy"]["Arn"].as_str().expect("an ARN");
    iam(&stage, &["attach-user-policy", "--user-name", "bob", "--policy-arn", arn]);
    iam(&stage, &["create-group", "--group-name", "ops"]);
    iam(&stage, &["add-user-to-group", "--group-name", "ops", "--user-name", "carol"]);
    iam(&stage, &["attach-group-policy", "--group-name", "ops", "--policy-arn", arn]);
    for user in ["U0ALICE", "U0BOB", "U0CAROL"] {
        let told = told(&stage, user, WHO).await;
        assert!(told.contains(&format!("assumed-role/Operators/{user}@T0TEAM")), "{told}");
    }
    for (user, expected) in [
        ("U0DAVE", "IAM user dave of account production does not hold it"),
        ("U0ERIN", "account production has no IAM user erin"),
        ("U0FRANK", "no IAM user is known for you"),
    ] {
        let told = told(&stage, user, WHO).await;
        assert!(told.contains(expected) && !told.contains("assumed-role/Operators"), "{user}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guarded_role_is_not_lent_where_iam_may_not_be_asked() {
    // The account's own role reads EC2 and nothing of IAM.
    let guard = "[[delegation]]\naccounts = [\"production\"]\nrole = \"Reader\"\npolicy = \"ec2-full-access\"\n\
                 users = { U0ALICE = \"alice\" }\n";
    let (_aws, slack, bellhop) = enforced::stage(guard).await;
    let told = enforced::told(&slack, &bellhop, "ec2 describe-vpcs").await;
    for part in ["that could not be found out", "needs iam:GetUser", "role/Reader"] {
        assert!(told.contains(part), "{part} in {told}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guard_by_labels_reaches_accounts_that_are_discovered_later() {
    let aws = Aws::start().await.expect("an AWS");
    let manager = Stage::before(aws.url()).await;
    let made = manager.aws(&["organizations", "create-organization"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let email = format!("{}@example.com", random_hex());
    let create = ["organizations", "create-account", "--account-name", "Data Lab", "--email", &email];
    assert!(manager.aws(&create).status.success());
    let more = format!(
        r#"
[accounts.discover]
role_name = "Bellhop"
regions = ["eu-west-1"]
labels = {{ discovered = "yes" }}
through = "arn:aws:iam::{}:role/Bellhop"
[[delegation]]
labels = {{ discovered = "yes" }}
role = "Bellhop"
policy = "ec2-full-access"
users = {{ U0ALICE = "alice" }}
[[grants]]
users = ["U0ALICE"]
labels = {{ discovered = "yes" }}
allow = ["sts:*"]
levels = ["list", "read"]
{UNASKED}
"#,
        manager.account
    );
    let stage = Stage::with(aws.url(), |config| format!("{config}{more}")).await;
    let begun = std::time::Instant::now();
    let told = loop {
        let (slash, name) = stage.slash(&format!("{WHO} --account data-lab"));
        let ack = slash.post(&stage.bellhop.url()).await.expect("an ack");
        if !ack.text().contains("There is no account") {
            break stage.slack.wait_for(&name, PATIENCE, |_| true).await.expect("a reply").text();
        }
        assert!(begun.elapsed() < PATIENCE, "it was not found: {}", stage.bellhop.log());
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    assert!(told.contains("account data-lab has no IAM user alice"), "{told}");
    // The account of the file bears no such label.
    let own = self::told(&stage, "U0ALICE", WHO).await;
    assert!(own.contains("assumed-role/Bellhop/U0ALICE"), "{own}");
}
