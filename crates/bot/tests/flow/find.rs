//! Finding things: what is asked, what is shown and to whom, and what the index adds.

use std::sync::Arc;

use bot::Rules;
use store::index::{Entry, Index, LocalIndex, Scope};
use store::{Holder, UnixMillis};

use crate::asking::last;
use crate::stage::{Play, Running, Stage, logs, rules, until};
use crate::text;

const INSTANCE: &str = r#"{"Reservations": [{"Instances": [{"InstanceId": "i-0a1b2c3d", "InstanceType": "t3.micro",
    "State": {"Name": "running"}, "Placement": {"AvailabilityZone": "eu-west-1a"}, "PrivateIpAddress": "10.0.0.1",
    "Tags": [{"Key": "Name", "Value": "<!channel> web"}, {"Key": "Environment", "Value": "prod"}]}]}]}"#;

/// The acknowledgement, and the last post.
async fn answered(stage: &Stage, line: &str) -> (String, String) {
    let answers = || stage.slack.posts().iter().filter(|post| !post.contains("Running")).count();
    let (running, before) = (Running::start(stage).await, answers());
    let ack = text(&running.bot.accept(&stage.typed(line)).await);
    if ack.contains("Running") {
        until("the answer", || answers() > before).await;
    }
    running.stop().await;
    (ack, last(stage))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_is_shown_to_the_channel_with_its_pages_and_buttons() {
    let stage = Stage::new();
    *stage.aws.instances.lock().expect("instances") = Some(INSTANCE);
    let (ack, post) = answered(&stage, "find i-0a1b2c3d --region eu-west-1").await;
    assert!(ack.contains("in_channel") && ack.contains("find i-0a1b2c3d"), "{ack}");
    for part in [
        r#""response_type":"in_channel""#,
        r#"{"type":"link","url":"https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1#InstanceDetails:instanceId=i-0a1b2c3d""#,
        "resources/timeline?resourceId=i-0a1b2c3d",
        "dev, eu-west-1 · running t3.micro in eu-west-1a",
        "Environment: prod",
        "Addresses: 10.0.0.1",
        "Console output",
        "ec2 stop i-0a1b2c3d --account dev --region eu-west-1",
        "Everything attached",
    ] {
        assert!(post.contains(part), "{part} in {post}");
    }
    let notification: serde_json::Value = serde_json::from_str(&post).expect("json");
    assert!(!notification["text"].as_str().expect("text").contains("<!channel>"), "{post}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_in_private_is_for_its_caller_alone() {
    let stage = Stage::new();
    *stage.aws.instances.lock().expect("instances") = Some(INSTANCE);
    let (ack, post) = answered(&stage, "find --private i-0a1b2c3d").await;
    assert!(ack.contains("ephemeral") && post.contains("ephemeral"), "{ack} {post}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_looked_for_is_said_and_nothing_is_asked() {
    let stage = Stage::new();
    for (line, expected) in [
        ("find x", "fits nearly everything"),
        ("find", "there is nothing to look for"),
        ("find i-123", "8 or 17 hexadecimal digits"),
        ("find 127.0.0.1", "the same on every machine"),
        ("find web --fast", "is no option here"),
    ] {
        let (_, post) = answered(&stage, line).await;
        assert!(post.contains(expected) && post.contains("ephemeral"), "{line}: {post}");
    }
    assert_eq!(stage.aws.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_found_and_places_that_failed_are_told_apart() {
    let stage = Stage::new();
    let (_, post) = answered(&stage, "find vpc-0a1b2c3d").await;
    assert!(post.contains("Nothing fits vpc-0a1b2c3d.") && post.contains("2 of 2 scopes answered"), "{post}");
    // A question about regions, then two places of which one refuses.
    stage.aws.plays.lock().expect("plays").extend([Play::Answer("{}"), Play::Reject]);
    let (_, post) = answered(&stage, "find vpc-0a1b2c3d").await;
    assert!(post.contains("where an answer came from") && post.contains("1 of 2 scopes answered"), "{post}");
    assert!(post.contains("UnauthorizedOperation (role arn:aws:iam::111111111111:role/Bellhop)"), "{post}");
    stage.aws.plays.lock().expect("plays").extend([Play::Reject, Play::Reject, Play::Reject]);
    let (_, post) = answered(&stage, "find subnet-0a1b2c3d").await;
    assert!(post.contains("Failed") && !post.contains("Nothing fits"), "{post}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_shows_masked_everywhere() {
    let stage = Stage::new();
    let plays = [
        Play::Answer(r#"{"Account": "111111111111"}"#),
        Play::Answer(
            r#"{"UserName": "carol", "AccessKeyLastUsed": {"ServiceName": "s3", "Region": "eu-west-1", "LastUsedDate": "2026-03-14"}}"#,
        ),
        Play::Answer(r#"{"User": {"UserName": "carol", "Arn": "arn:aws:iam::111111111111:user/carol"}}"#),
    ];
    stage.aws.plays.lock().expect("plays").extend(plays);
    let (ack, post) = answered(&stage, "find AKIAIOSFODNN7ZZZZZZZ").await;
    assert!(ack.contains("ephemeral") && post.contains("ephemeral"), "{ack} {post}");
    assert!(post.contains("AKIA…ZZZZ") && post.contains("carol"), "{post}");
    assert!(post.contains("belongs to the account 111111111111"), "{post}");
    let audit = stage.audit().await.join("\n");
    for (name, text) in [("ack", ack), ("post", post), ("audit", audit), ("logs", logs())] {
        assert!(!text.contains("IOSFODNN7ZZZ"), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_grant_for_it_finds_nothing() {
    let stage = Stage::new();
    stage.rules.replace(rules(&["ec2:*"], &["list", "read"]));
    let (ack, _) = answered(&stage, "find i-0a1b2c3d").await;
    assert!(ack.contains("bellhop:find"), "{ack}");
    assert_eq!(stage.aws.count(), 0);
    stage.rules.replace(rules(&["bellhop:find"], &["list", "read"]));
    let (_, post) = answered(&stage, "find i-0a1b2c3d").await;
    assert!(post.contains("no place where it could be asked"), "{post}");
    assert_eq!(stage.aws.count(), 0);
}

fn thing(kind: &str, id: &str, name: &str) -> Entry {
    let body = format!(r#"{{"kind": "{kind}", "id": "{id}", "name": "{name}", "tags": [["Team", "shop"]]}}"#);
    Entry {
        id: id.to_owned(),
        names: vec![name.to_owned()],
        addresses: Vec::new(),
        tags: vec![("Team".to_owned(), "shop".to_owned())],
        body: body.into_bytes(),
    }
}

async fn indexed(stage: &mut Stage) -> Arc<LocalIndex> {
    static NUMBER: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("bellhop-find-{}-{number}.index", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let index = Arc::new(LocalIndex::open(&path, Holder::Owner).expect("an index"));
    for (account, name) in
        [("111111111111", "shop-one"), ("222222222222", "shop-two"), ("333333333333", "shop-three")]
    {
        let scope = Scope {
            account: account.to_owned(),
            region: "us-east-1".to_owned(),
            kind: "function".to_owned(),
        };
        index.replace(scope, UnixMillis(0), vec![thing("function", name, name)]).await.expect("kept");
    }
    stage.index = Some(index.clone());
    index
}

#[tokio::test(flavor = "multi_thread")]
async fn the_index_shows_only_what_its_reader_could_have_listed() {
    let mut stage = Stage::new();
    indexed(&mut stage).await;
    let (_, post) = answered(&stage, "find shop").await;
    assert!(
        post.contains("shop-one") && !post.contains("shop-two") && !post.contains("shop-three"),
        "{post}"
    );
    assert!(post.contains("The index is"), "{post}");
    let mut book = rules(&["*"], &["list", "read"]).book;
    book.grants[0].accounts.push("prod".to_owned());
    stage.rules.replace(Rules::of(book.clone()).expect("rules"));
    let (_, post) = answered(&stage, "find shop").await;
    assert!(post.contains("shop-one") && post.contains("shop-two") && !post.contains("shop-three"), "{post}");
    book.grants[0].allow = vec!["bellhop:find".to_owned(), "ec2:*".to_owned()];
    stage.rules.replace(Rules::of(book).expect("rules"));
    let (_, post) = answered(&stage, "find shop").await;
    assert!(!post.contains("shop-one"), "functions cannot be listed: {post}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_index_had_is_held_against_aws() {
    let mut stage = Stage::new();
    indexed(&mut stage).await;
    // The function answers for itself: `{}` is no function.
    let (_, post) = answered(&stage, "find shop-one --account dev --region us-east-1").await;
    assert!(post.contains("AWS has it no more"), "{post}");
    let calls: Vec<String> =
        stage.aws.calls.lock().expect("calls").iter().map(|(name, _)| name.clone()).collect();
    assert!(calls.contains(&"GetFunctionConfiguration".to_owned()), "{calls:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sweep_fills_the_index_and_leaves_what_failed() {
    let mut stage = Stage::new();
    let index = indexed(&mut stage).await;
    stage.settings.indexing = Some(bot::Indexing {
        accounts: vec!["dev".to_owned()],
        every: std::time::Duration::from_secs(3600),
        kinds: vec!["function".to_owned(), "bucket".to_owned()],
    });
    let plays = [
        Play::Answer(r#"{"Functions": [{"FunctionName": "orders", "Runtime": "python3.14"}]}"#),
        Play::Answer(r#"{"Buckets": [{"Name": "orders-archive"}]}"#),
        Play::Reject,
    ];
    stage.aws.plays.lock().expect("plays").extend(plays);
    let bot = stage.bot(stage.store(Holder::Owner));
    let keepers = tokio::spawn(async move { bot.run_keepers(std::future::pending()).await });
    until("three listings", || stage.aws.count() >= 3 && index.listed().len() == 3).await;
    keepers.abort();
    let _ = keepers.await;
    let listed: Vec<String> = index
        .listed()
        .into_iter()
        .map(|listed| format!("{} {} {}", listed.scope.account, listed.scope.region, listed.scope.kind))
        .collect();
    assert_eq!(
        listed,
        [
            "111111111111 eu-west-1 bucket",
            "111111111111 eu-west-1 function",
            "111111111111 us-east-1 function",
        ],
        "others are forgotten, and what failed stays"
    );
    let sessions = stage.roles.0.lock().expect("sessions").clone();
    assert!(
        sessions.iter().all(|session| session.session_name == "index@Bellhop" && session.policy.is_some())
    );
}
