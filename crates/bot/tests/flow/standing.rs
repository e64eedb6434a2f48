//! `whoami`, `why` and `help`: what people are told about their rights.

use std::collections::BTreeMap;

use bot::Rules;
use policy::{Account, Approval, Deny, Elevation, Grant, Need, Rulebook, Subjects};

use crate::stage::{Play, Running, Stage, until};
use crate::text;

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

fn alice() -> Subjects {
    Subjects { users: texts(&["U0ALICE"]), ..Subjects::default() }
}

/// Alice reads everything, changes EC2 once she confirms, deletes once another approves, and may ask for IAM.
fn rules() -> Rules {
    let approval = Approval { approvers: texts(&["U0BOB"]), count: 1 };
    let ec2 = Grant {
        place: "bellhop.toml line 10".to_owned(),
        subjects: alice(),
        accounts: texts(&["dev"]),
        allow: texts(&["ec2:*"]),
        levels: texts(&["list", "read", "write", "destructive"]),
        needs: BTreeMap::from([("destructive".to_owned(), Need::Approval(approval.clone()))]),
        ..Grant::default()
    };
    let elsewhere = Grant {
        place: "bellhop.toml line 20".to_owned(),
        in_channels: texts(&["C0OTHER"]),
        allow: texts(&["s3:*"]),
        levels: texts(&["list"]),
        needs: BTreeMap::new(),
        ..ec2.clone()
    };
    let on_request = Grant {
        place: "bellhop.toml line 30".to_owned(),
        name: "breakglass".to_owned(),
        allow: texts(&["iam:*"]),
        levels: texts(&["permissions"]),
        needs: BTreeMap::new(),
        request: Some(Elevation { approval, longest_seconds: 1800 }),
        ..ec2.clone()
    };
    let deny = Deny {
        place: "bellhop.toml line 40".to_owned(),
        subjects: alice(),
        allow: texts(&["ec2:Terminate*"]),
        ..Deny::default()
    };
    let accounts = vec![Account::new("dev", "arn:aws:iam::111111111111:role/Bellhop", &["eu-west-1"])];
    let grants = vec![ec2, elsewhere, on_request];
    Rules::of(Rulebook { accounts, grants, denies: vec![deny], ..Rulebook::default() }).expect("rules")
}

/// What is answered at once to a line.
async fn told(line: &str) -> String {
    let stage = Stage::new();
    stage.rules.replace(rules());
    let running = Running::start(&stage).await;
    let told = text(&running.bot.accept(&stage.typed(line)).await);
    running.stop().await;
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn whoami_tells_rights_here_elsewhere_on_request_and_denied() {
    let told = told("whoami").await;
    for part in [
        "You may here:",
        "in dev as Bellhop, eu-west-1",
        "write once you confirm; destructive once 1 of U0BOB approve",
        "In other places only:",
        "only in C0OTHER",
        "On request:",
        r#"access request breakglass 30m"#,
        "Denied, whatever is granted:",
        "ec2:Terminate*",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn why_tells_the_verdict_and_its_rule() {
    let cases = [
        ("ec2 describe-vpcs", vec!["would run at once", "bellhop.toml line 10", "role/Bellhop"]),
        ("ec2 stop-instances --instance-ids i-1", vec!["once you confirm it", "level write"]),
        ("ec2 delete-vpc --vpc-id vpc-1", vec!["once 1 of U0BOB approve"]),
        ("ec2 terminate-instances --instance-ids i-1", vec!["would not run", "bellhop.toml line 40"]),
        (
            "iam put-user-policy --user-name a --policy-name b --policy-document {}",
            vec!["would not run", "access request breakglass 30m"],
        ),
        ("s3api list-buckets", vec!["would not run", "C0OTHER"]),
        ("ec2 describe-vpc", vec!["cannot be read"]),
        ("whoami", vec!["a command of Bellhop's own"]),
    ];
    for (line, parts) in cases {
        let told = told(&format!("why {line}")).await;
        for part in parts {
            assert!(told.contains(part), "{line}: {part} in {told}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn why_alone_is_about_the_last_command_and_what_aws_said() {
    let stage = Stage::new();
    stage.rules.replace(rules());
    stage.aws.plays.lock().expect("plays").push_back(Play::Reject);
    let running = Running::start(&stage).await;
    let nothing = text(&running.bot.accept(&stage.typed("why")).await);
    assert!(nothing.contains("no command of yours"), "{nothing}");
    text(&running.bot.accept(&stage.typed("ec2 describe-vpcs --region eu-west-1")).await);
    until("the refusal", || stage.slack.posts().len() == 1).await;
    let told = text(&running.bot.accept(&stage.typed("why")).await);
    running.stop().await;
    for part in
        ["aws ec2 describe-vpcs --region eu-west-1", "rejected, UnauthorizedOperation", "would have to allow"]
    {
        assert!(told.contains(part), "{part} in {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn help_shows_what_the_caller_may_run_here() {
    let told = told("help").await;
    assert!(told.contains("whoami ") && told.contains("ec2:*"), "{told}");
    assert!(!told.contains("freeze "), "{told}");
}
