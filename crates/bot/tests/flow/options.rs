//! Grants with rules about options: what a call is given decides, and tags are looked up before it is made.

use std::collections::BTreeMap;
use std::sync::Arc;

use bot::Rules;
use policy::{Grant, Policy};

use crate::stage::{Play, Running, Stage, rules, until};
use crate::text;

const STOP: &str = "ec2 stop-instances --instance-ids i-0123456789abcdef0";

/// Alice may stop what bears the tag team=web, and may tag anything with EC2.
fn ruled() -> Rules {
    let base = rules(&["ec2:*"], &["write"]);
    let mut book = base.book.clone();
    let tagger = Grant { levels: vec!["tagging".to_owned()], ..book.grants[0].clone() };
    let rule = ("--instance-ids".to_owned(), vec!["tag:team=web".to_owned()]);
    book.grants[0].arguments = BTreeMap::from([rule]);
    book.grants.push(tagger);
    Rules { policy: Arc::new(Policy::new(&book).expect("rules")), book, ..base }
}

/// What was said at the door and after it, and the operations that were called.
async fn said(line: &str, plays: Vec<Play>, posts: usize) -> (String, Vec<String>) {
    let stage = Stage::new();
    stage.rules.replace(ruled());
    stage.aws.plays.lock().expect("plays").extend(plays);
    let running = Running::start(&stage).await;
    let acknowledged = text(&running.bot.accept(&stage.typed(line)).await);
    until("the answer", || stage.slack.posts().len() == posts).await;
    running.stop().await;
    let calls = stage.aws.calls.lock().expect("calls").iter().map(|(name, _)| name.clone()).collect();
    (format!("{acknowledged}{}", stage.slack.posts().join("")), calls)
}

fn tagged(value: &'static str) -> Play {
    Play::Answer(match value {
        "web" => r#"{"Tags": [{"ResourceId": "i-0123456789abcdef0", "Key": "team", "Value": "web"}]}"#,
        "db" => r#"{"Tags": [{"ResourceId": "i-0123456789abcdef0", "Key": "team", "Value": "db"}]}"#,
        _ => r#"{"Tags": []}"#,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_bears_the_tag_is_stopped() {
    let (_, calls) = said(STOP, vec![tagged("web")], 1).await;
    assert_eq!(calls, ["DescribeTags", "StopInstances"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_bears_another_tag_or_none_is_not() {
    for value in ["db", "none"] {
        let (told, calls) = said(STOP, vec![tagged(value)], 1).await;
        assert!(told.contains("with the tag team=web; i-0123456789abcdef0 does not bear it"), "{told}");
        assert_eq!(calls, ["DescribeTags"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_cannot_be_looked_up_stops_the_call() {
    let (told, calls) = said(STOP, vec![Play::Reject], 1).await;
    assert!(told.contains("tags could not be read"), "{told}");
    assert_eq!(calls, ["DescribeTags"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn options_are_held_against_the_rules_at_the_door() {
    let cases = [
        ("ec2 start-instances --instance-ids []", "only with --instance-ids of things with the tag team=web"),
        ("ec2 create-volume --availability-zone eu-west-1a", "only with --instance-ids"),
        (
            "ec2 create-tags --resources i-0123456789abcdef0 --tags Key=team,Value=web",
            "counts as permissions",
        ),
        ("ec2 delete-tags --resources i-0123456789abcdef0 --tags Key=TEAM", "counts as permissions"),
    ];
    for (line, expected) in cases {
        let (told, calls) = said(line, Vec::new(), 0).await;
        assert!(told.contains(expected), "{line}: {told}");
        assert!(calls.is_empty(), "{calls:?}");
    }
}
