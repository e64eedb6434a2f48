//! Rights that are changed from Slack, who is in which group, and the record of it all, with the real binary.

use std::fs;

use serde_json::Value;
use testkit::{Aws, Interacted, Slash, random_hex};

use crate::support::{PATIENCE, Stage};

/// An admin (U0ROOT), a usergroup of Bob, and a ceiling; a bot token.
async fn stage(aws: &Aws) -> Stage {
    stage_with(aws, |config| config).await
}

async fn stage_with(aws: &Aws, change: impl Fn(String) -> String) -> Stage {
    let stage = Stage::with(aws.url(), |config| {
        let (base, _) = config.split_once("response_url_base").expect("a base");
        let api = config[base.len()..].split('"').nth(1).expect("an address").to_owned();
        let slack = format!("[slack]\nbot_token = \"env:SLACK_BOT_TOKEN\"\napi_base = \"{api}api/\"");
        let more = r#"
[ceiling]
accounts = ["production"]
allow = ["sts:*", "ec2:*"]
levels = ["list", "read"]
[[grants]]
admins = true
accounts = ["production"]
allow = ["bellhop:*"]
levels = ["list"]
[[grants]]
usergroups = ["S0SRE"]
accounts = ["production"]
allow = ["sts:*"]
levels = ["list", "read"]
"#;
        change(format!("{}{more}", config.replace("[slack]", &slack)))
    })
    .await;
    stage.slack.workspace(|workspace| {
        workspace.users.insert("U0ROOT".to_owned(), serde_json::json!({"is_admin": true}));
        ["U0ALICE", "U0CAROL"].iter().for_each(|user| workspace.user(user));
        workspace.usergroup("S0SRE", &["U0BOB"]);
    });
    stage
}

/// What is said at once to that user's line, and the name of the address for later answers.
async fn said(stage: &Stage, user: &str, line: &str) -> (String, String) {
    let name = random_hex();
    let slash = Slash::new(line, &stage.slack.response_url(&name)).with("user_id", user);
    let ack = slash.post(&stage.bellhop.url()).await.expect("an ack");
    assert_eq!(ack.status, 200, "{}", ack.text());
    (ack.text(), name)
}

/// Says it until that is in the answer: who is who is learnt at the first sight, and lists are read in the background.
async fn until_said(stage: &Stage, user: &str, line: &str, expected: &str) -> String {
    let begun = std::time::Instant::now();
    loop {
        let (told, _) = said(stage, user, line).await;
        if told.contains(expected) {
            return told;
        }
        assert!(begun.elapsed() < PATIENCE, "{user}: {line}: never {expected}: {told}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// Presses the card's button; what takes its place.
async fn apply(stage: &Stage, user: &str, card: &str, expected: &str) -> String {
    let value = card.split("\"value\":\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a button");
    let name = random_hex();
    let pressed = Interacted::button(user, "access-apply", value, &stage.slack.response_url(&name));
    assert_eq!(pressed.post(&stage.bellhop.url()).await.expect("an answer").status, 200);
    let told = |posted: &testkit::Posted| posted.text().contains(expected);
    stage.slack.wait_for(&name, PATIENCE, told).await.expect(expected).text()
}

const WHO: &str = "sts get-caller-identity --query Arn";
const ADD: &str = "access add --who U0CAROL --accounts production --allow sts:* --levels list,read,write";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_is_made_and_taken_away_from_slack_and_stands_in_the_record() {
    let aws = Aws::start().await.expect("an AWS");
    let mut stage = stage(&aws).await;
    assert!(said(&stage, "U0CAROL", WHO).await.0.contains("AWS was not called"));
    let refused = until_said(&stage, "U0CAROL", ADD, "Only the workspace's admins").await;
    assert!(!refused.contains("Grant it"), "{refused}");
    let card = until_said(&stage, "U0ROOT", ADD, "Grant it").await;
    for part in ["U0CAROL", "production", "sts:*", "list, read", "left out  write"] {
        assert!(card.contains(part), "{part} in {card}");
    }
    assert!(said(&stage, "U0CAROL", WHO).await.0.contains("AWS was not called"), "showing gives nothing");
    let granted = apply(&stage, "U0ROOT", &card, "It is in force").await;
    let id = granted
        .split("Granted, as ")
        .nth(1)
        .and_then(|rest| rest.split('.').next())
        .expect("an id")
        .to_owned();
    let (_, name) = said(&stage, "U0CAROL", WHO).await;
    let told = stage.slack.wait_for(&name, PATIENCE, |_| true).await.expect("a reply").text();
    assert!(told.contains("assumed-role/Bellhop/U0CAROL@T0TEAM"), "{told}");
    until_said(&stage, "U0ROOT", "access list", &id).await;
    let shown = until_said(&stage, "U0ROOT", &format!("access show {id}"), "made by").await;
    assert!(shown.contains("U0ROOT") && shown.contains("sts:*"), "{shown}");
    let card = until_said(&stage, "U0ROOT", &format!("access remove {id}"), "would take away").await;
    apply(&stage, "U0ROOT", &card, &format!("Taken away: {id}")).await;
    assert!(said(&stage, "U0CAROL", WHO).await.0.contains("AWS was not called"));
    let told = until_said(&stage, "U0ROOT", "audit who U0ROOT kind all", "grant removed").await;
    assert!(told.contains("grant added"), "{told}");
    record_is_whole_until_one_byte_is_altered(&mut stage);
}

fn export(stage: &Stage) -> Vec<Value> {
    let output = stage.bellhop.run(&["audit", "export", "--config", "bellhop.toml"]).expect("it exports");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().map(|line| serde_json::from_str(line).expect("a row")).collect()
}

/// Stops the server, looks through its record, alters one byte of it, and looks again.
fn record_is_whole_until_one_byte_is_altered(stage: &mut Stage) {
    let server = stage.bellhop.server().expect("it runs");
    server.signal("TERM").expect("a signal");
    server.wait().expect("it ends");
    let verify = |stage: &Stage| {
        let output =
            stage.bellhop.run(&["audit", "verify", "--config", "bellhop.toml"]).expect("it verifies");
        let text = [&output.stdout[..], &output.stderr[..]].concat();
        (output.status.success(), String::from_utf8(text).expect("text"))
    };
    let (whole, told) = verify(stage);
    assert!(whole && told.contains("the audit log is whole"), "{told}");
    let rows = export(stage);
    let row = rows.iter().position(|row| row["kind"] == "grant added").expect("its row") + 1;
    let path = stage.bellhop.folder().join("bellhop.db");
    let database = rusqlite::Connection::open(&path).expect("the database");
    database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).expect("all of it in one file");
    drop(database);
    let mut bytes = fs::read(&path).expect("the database");
    let needle = b"grant added";
    let at = bytes.windows(needle.len()).position(|window| window == needle).expect("the row's bytes");
    bytes[at] ^= 1;
    fs::write(&path, bytes).expect("the database");
    let (whole, told) = verify(stage);
    assert!(!whole && told.contains(&format!("broken at row {row}")), "row {row}: {told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_reads_who_is_in_the_groups_that_rules_name() {
    let aws = Aws::start().await.expect("an AWS");
    let stage = stage(&aws).await;
    // The first reading, at the start, found no such group yet.
    until_said(&stage, "U0ROOT", "sync", "Reading who is in which group").await;
    until_said(&stage, "U0BOB", WHO, "Running").await;
    assert!(said(&stage, "U0CAROL", WHO).await.0.contains("AWS was not called"));
    stage.slack.workspace(|workspace| workspace.usergroup("S0SRE", &["U0BOB", "U0CAROL"]));
    until_said(&stage, "U0CAROL", "sync", "Only the workspace's admins").await;
    until_said(&stage, "U0ROOT", "sync", "Reading who is in which group").await;
    until_said(&stage, "U0CAROL", WHO, "Running").await;
    let told = |called: &testkit::Called| called.text().contains("Read who is in which group: 1 of 1");
    stage.slack.wait_for_call("chat.update", PATIENCE, told).await.expect("the admin is told");
    let rows = export(&stage);
    assert!(rows.iter().any(|row| row["kind"] == "sync" && row["body"]["user"] == "U0ROOT"), "{rows:?}");
    stage.assert_log_keeps_secrets(&[testkit::BOT_TOKEN]);
}

/// With more accounts than a menu takes, the form's menu asks for those that fit what is typed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_accounts_are_looked_for_by_what_an_admin_types() {
    let aws = Aws::start().await.expect("an AWS");
    let stage = stage_with(&aws, |config| {
        let more = (0..150).map(|number| {
            let id = 555_555_000_000_u64 + number;
            format!("[accounts.lab-{number}]\nrole_arn = \"arn:aws:iam::{id}:role/Bellhop\"\nregions = [\"us-east-1\"]\n")
        });
        format!("{config}{}", more.collect::<String>())
    })
    .await;
    until_said(&stage, "U0ROOT", "access add", "A form opens").await;
    let forms = stage.slack.calls("views.open");
    let form = forms.first().expect("a form").text();
    assert!(form.contains("multi_external_select") && !form.contains("lab-7"), "{form}");
    let url = format!("{}/slack/options", stage.bellhop.url());
    let offered = async |user: &str, typed: &str| {
        let answer = Interacted::typing(user, "accounts", typed).post_to(&url).await.expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text());
        let options = answer.json()["options"].as_array().expect("options").clone();
        options.iter().map(|option| option["value"].as_str().expect("a value").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(offered("U0ROOT", "").await.len(), 100);
    assert_eq!(offered("U0ROOT", "LAB-14").await.len(), 11, "lab-14 and lab-140 to lab-149");
    assert_eq!(offered("U0ROOT", "555555000007").await, ["lab-7"]);
    assert!(offered("U0ROOT", "<!channel>").await.is_empty());
    assert!(offered("U0ALICE", "lab").await.is_empty(), "accounts are told to admins");
    let other = Interacted::button("U0ROOT", "run", "0", "https://hooks.slack.com/x").post_to(&url).await;
    assert_eq!(other.expect("an answer").status, 400);
    let unsigned = testkit::post(&url, &[], "payload={}").await.expect("an answer");
    assert_eq!(unsigned.status, 401);
}
