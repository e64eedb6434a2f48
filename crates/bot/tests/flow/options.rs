//! Grants with rules about options: what a call is given decides, and tags are looked up before it is made.

use std::collections::BTreeMap;
use std::sync::Arc;

use bot::Rules;
use policy::{Grant, Need, Policy};

use crate::asking::{id_in, press};
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

/// Alice may stop what bears the tag, in the role Ops; by another grant anything, in the account's role, if that is given.
fn falling_back(need: Need) -> Rules {
    let base = ruled();
    let mut book = base.book.clone();
    let mut any =
        Grant { arguments: BTreeMap::new(), place: "any grant".to_owned(), ..book.grants[0].clone() };
    any.needs.insert("write".to_owned(), need);
    book.grants[0].role = Some("Ops".to_owned());
    book.grants[0].priority = 1;
    book.grants.push(any);
    Rules { policy: Arc::new(Policy::new(&book).expect("rules")), book, ..base }
}

fn called(stage: &Stage) -> Vec<String> {
    stage.aws.calls.lock().expect("calls").iter().map(|(name, _)| name.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_tag_is_missing_another_grant_counts() {
    for (value, role) in [("web", "role/Ops"), ("db", "role/Bellhop")] {
        let stage = Stage::new();
        stage.rules.replace(falling_back(Need::Nothing));
        stage.aws.plays.lock().expect("plays").push_back(tagged(value));
        let running = Running::start(&stage).await;
        text(&running.bot.accept(&stage.typed(STOP)).await);
        until("the answer", || stage.slack.posts().len() == 1).await;
        running.stop().await;
        assert_eq!(called(&stage), ["DescribeTags", "StopInstances"], "{value}");
        let last = stage.roles.0.lock().expect("roles").last().cloned().expect("a session");
        assert!(last.role_arn.ends_with(role), "{value}: {}", last.role_arn);
        let audit = stage.audit().await.join("\n");
        assert_eq!(audit.contains(r#""any grant""#), value == "db", "{audit}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_other_grant_needs_a_word_that_is_asked_for() {
    let stage = Stage::new();
    stage.rules.replace(falling_back(Need::Confirm));
    stage.aws.plays.lock().expect("plays").push_back(tagged("db"));
    let running = Running::start(&stage).await;
    text(&running.bot.accept(&stage.typed(STOP)).await);
    let shown = || stage.slack.posts().into_iter().find(|post| post.contains(r#""action_id":"run""#));
    until("the card", || shown().is_some()).await;
    let posts = stage.slack.posts();
    assert!(posts.iter().any(|post| post.contains("once you confirm it: a card follows")), "{posts:?}");
    assert!(!called(&stage).contains(&"StopInstances".to_owned()), "nothing runs before that");
    let card = shown().expect("a card");
    press(&running, &stage.pressed("U0ALICE", "run", &id_in(&card))).await;
    until("the call", || called(&stage).contains(&"StopInstances".to_owned())).await;
    running.stop().await;
    // What was confirmed rests on the other grant: no tag is looked at again.
    assert_eq!(called(&stage).iter().filter(|name| *name == "DescribeTags").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_can_be_asked_for_that_word_it_is_refused() {
    let stage = Stage::new();
    let approvers = vec!["U0BOB".to_owned()];
    stage.rules.replace(falling_back(Need::Approval(policy::Approval { approvers, count: 1 })));
    stage.aws.plays.lock().expect("plays").push_back(tagged("none"));
    let running = Running::start(&stage).await;
    text(&running.bot.accept(&stage.typed(STOP)).await);
    until("the answer", || stage.slack.posts().len() == 1).await;
    running.stop().await;
    let told = &stage.slack.posts()[0];
    assert!(told.contains("does not bear it") && told.contains("no way to reach them"), "{told}");
    assert_eq!(called(&stage), ["DescribeTags"]);
}

/// Bob may only tag, with whatever call tags; Alice's rule hangs on the tag.
#[tokio::test(flavor = "multi_thread")]
async fn who_may_only_tag_cannot_tag_a_box_into_a_rule() {
    let base = ruled();
    let mut book = base.book.clone();
    book.grants[1].subjects.users = vec!["U0BOB".to_owned()];
    book.grants[1].allow = vec!["*".to_owned()];
    book.grants[1].levels = vec!["tagging".to_owned(), "write".to_owned()];
    let stage = Stage::new();
    stage.rules.replace(Rules { policy: Arc::new(Policy::new(&book).expect("rules")), book, ..base });
    let running = Running::start(&stage).await;
    let arn = "arn:aws:ec2:us-east-1:111111111111:instance/i-0123456789abcdef0";
    for line in [
        "ec2 create-tags --resources i-0123456789abcdef0 --tags Key=team,Value=web".to_owned(),
        format!("resourcegroupstaggingapi tag-resources --resource-arn-list {arn} --tags team=web"),
        format!("resourcegroupstaggingapi untag-resources --resource-arn-list {arn} --tag-keys Team"),
        "ec2 create-volume --availability-zone a --tag-specifications ResourceType=volume,Tags=[{Key=team,Value=web}]"
            .to_owned(),
    ] {
        let typed = slack::SlashCommand { user_id: "U0BOB".to_owned(), ..stage.typed(&line) };
        let told = text(&running.bot.accept(&typed).await);
        assert!(told.contains("counts as permissions"), "{line}: {told}");
    }
    running.stop().await;
    assert!(called(&stage).is_empty());
}
