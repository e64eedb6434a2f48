//! Roles that are lent only to holders of a policy.

use std::collections::BTreeMap;

use bot::{Delegation, Rules};

use crate::stage::{Play, Running, Stage, rules, until};
use crate::text;

const ROLE: &str = "arn:aws:iam::111111111111:role/Bellhop";

fn guarded(users: &[(&str, &str)]) -> Rules {
    let users = users.iter().map(|(slack, iam)| ((*slack).to_owned(), (*iam).to_owned()));
    let guard = Delegation {
        accounts: vec!["dev".to_owned()],
        labels: BTreeMap::new(),
        role: ROLE.to_owned(),
        policy: "ec2-full-access".to_owned(),
        users: users.collect::<BTreeMap<_, _>>(),
        by_email: false,
        lookup_role: None,
    };
    Rules { delegations: vec![guard], ..rules(&["*"], &["list", "read"]) }
}

/// The posts after the lines, and the operations that were called.
async fn said(rules: Rules, lines: &[&str], plays: Vec<Play>) -> (Vec<String>, Vec<String>) {
    let stage = Stage::new();
    stage.rules.replace(rules);
    stage.aws.plays.lock().expect("plays").extend(plays);
    let running = Running::start(&stage).await;
    for (number, line) in lines.iter().enumerate() {
        text(&running.bot.accept(&stage.typed(line)).await);
        until("the answer", || stage.slack.posts().len() == number + 1).await;
    }
    running.stop().await;
    let calls =
        stage.aws.calls.lock().expect("calls").iter().map(|(operation, _)| operation.clone()).collect();
    (stage.slack.posts(), calls)
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_nobody_maps_to_a_user_gets_no_guarded_role() {
    let (posts, calls) = said(guarded(&[]), &["ec2 describe-vpcs"], Vec::new()).await;
    assert!(posts[0].contains("no IAM user is known for you"), "{posts:?}");
    assert!(calls.is_empty(), "{calls:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_holder_gets_the_role_and_is_believed_for_a_moment() {
    let plays = vec![Play::Answer("{}"), Play::Answer(r#"{"PolicyNames": ["ec2-full-access"]}"#)];
    let lines = ["ec2 describe-vpcs", "ec2 describe-subnets"];
    let (posts, calls) = said(guarded(&[("U0ALICE", "alice")]), &lines, plays).await;
    assert_eq!(calls, ["GetUser", "ListUserPolicies", "DescribeVpcs", "DescribeSubnets"], "{posts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_counts_when_a_group_holds_it() {
    let plays = [
        "{}",
        r#"{"PolicyNames": []}"#,
        r#"{"AttachedPolicies": []}"#,
        r#"{"Groups": [{"GroupName": "ops"}]}"#,
        r#"{"PolicyNames": []}"#,
        r#"{"AttachedPolicies": [{"PolicyName": "ec2-full-access", "PolicyArn": "arn:aws:iam::111111111111:policy/x"}]}"#,
    ];
    let (_, calls) =
        said(guarded(&[("U0ALICE", "alice")]), &["ec2 describe-vpcs"], plays.map(Play::Answer).into()).await;
    assert_eq!(calls.last().map(String::as_str), Some("DescribeVpcs"), "{calls:?}");
    assert_eq!(calls.len(), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_hold_the_policy_is_told_so() {
    let plays = ["{}", "{}", "{}", "{}"].map(Play::Answer).into();
    let (posts, calls) = said(guarded(&[("U0ALICE", "alice")]), &["ec2 describe-vpcs"], plays).await;
    assert!(posts[0].contains("IAM user alice of account dev does not hold it"), "{posts:?}");
    assert!(!calls.contains(&"DescribeVpcs".to_owned()), "{calls:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn when_iam_refuses_the_question_the_role_is_not_lent() {
    let (posts, calls) =
        said(guarded(&[("U0ALICE", "alice")]), &["ec2 describe-vpcs"], vec![Play::Reject]).await;
    assert!(
        posts[0].contains("that could not be found out") && posts[0].contains("iam:GetUser"),
        "{posts:?}"
    );
    assert_eq!(calls, ["GetUser"]);
}
