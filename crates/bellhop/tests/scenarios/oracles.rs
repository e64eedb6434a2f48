//! Whatever is sent to Slack is held against Slack's own models and types, and against an independent library.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use testkit::{Aws, Interacted, Slash};

use crate::support::{PATIENCE, Stage, UNASKED};

/// Every kind of block and input, as the `slack` crate's own tests have it.
const EXAMPLES: [(&str, &str); 2] = [
    ("message", include_str!("../../../slack/tests/snapshots/blocks__each_block_is_what_slack_takes.snap")),
    ("view", include_str!("../../../slack/tests/snapshots/blocks__a_modal_is_what_slack_takes.snap")),
];

/// Lines whose answers differ in kind: built-ins, help, tables, refusals, things not understood.
const LINES: [&str; 12] = [
    "help",
    "version",
    "whoami",
    "ec2 help",
    "sts get-caller-identity",
    "ec2 describe-regions",
    "ec2 describe-instances --output table",
    "ec2 describe-nonsense",
    "nonsense",
    "ec2 describe-instances --instance-ids i-00000000000000000",
    "iam create-user --user-name x",
    "s3 cp a b",
];

/// Feeds lines to the programs that judge; their complaints are the failure.
fn judge(stage: &Stage, sent: &[Value]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../");
    let file = stage.bellhop.folder().join("sent.jsonl");
    let lines: String = sent.iter().map(|line| format!("{line}\n")).collect();
    std::fs::write(&file, lines).expect("a file");
    let python = folder.join("target/venv/bin/python");
    let mut models = Command::new(python);
    models.arg(folder.join("xtask/oracles/check.py")).arg(&file);
    let mut types = Command::new("node");
    types.arg("types.mjs").arg(&file).current_dir(folder.join("target/oracles"));
    for judge in [&mut models, &mut types] {
        let output = judge.output().expect("`cargo xtask test` makes what is needed here");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "`cargo xtask test` makes what is needed here; {told}");
    }
}

/// Alice says a line; what she is told at once and later.
async fn say(stage: &Stage, line: &str, sent: &mut Vec<Value>) -> Value {
    let (slash, name): (Slash, String) = stage.slash(line);
    let ack = slash.post(&stage.bellhop.url()).await.expect("an ack").json();
    sent.push(json!({"surface": "message", "body": ack}));
    if ack.to_string().contains("Running") || ack.to_string().contains("Waiting") {
        return stage.slack.wait_for(&name, PATIENCE, |_| true).await.expect("an answer").message;
    }
    ack
}

/// The value of a message's button.
fn button(message: &Value, action: &str) -> String {
    let blocks = message["blocks"].as_array().into_iter().flatten();
    let mut elements = blocks.filter_map(|block| block["elements"].as_array()).flatten();
    let found = elements.find(|element| element["action_id"] == action);
    found.and_then(|element| element["value"].as_str()).unwrap_or_else(|| panic!("{message}")).to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_is_sent_passes_slacks_models_and_types() {
    let aws = Aws::start().await.expect("a local AWS");
    let slack = testkit::FakeSlack::start().await.expect("a fake Slack");
    let web = format!("bot_token = \"env:SLACK_BOT_TOKEN\"\napi_base = \"{}\"\n[store]", slack.api_base());
    let needs = "needs = { write = \"confirm\", destructive = { approvers = [\"U0BOB\", \"C0OPS\"] } }";
    let stage =
        Stage::with(aws.url(), |config| config.replace("[store]", &web).replace(UNASKED, needs)).await;
    slack.workspace(|workspace| workspace.channel("C0OPS", &["U0ALICE", "U0BOB"]));
    let url = stage.bellhop.url();
    let example = |(surface, snapshot): &(&str, &str)| {
        let body = snapshot.splitn(3, "---").last().expect("a body");
        json!({"surface": surface, "body": serde_json::from_str::<Value>(body).expect("JSON")})
    };
    let mut sent: Vec<Value> = EXAMPLES.iter().map(example).collect();
    for line in LINES {
        say(&stage, line, &mut sent).await;
    }
    let card = say(&stage, "ec2 create-vpc --cidr-block 10.0.0.0/16", &mut sent).await;
    let press = async |user: &str, action: &str, value: &str| {
        let name = testkit::random_hex();
        let pressed = Interacted::button(user, action, value, &stage.slack.response_url(&name));
        assert_eq!(pressed.post(&url).await.expect("an answer").status, 200);
        name
    };
    let denied = press("U0EVE", "run", &button(&card, "run")).await;
    stage.slack.wait_for(&denied, PATIENCE, |_| true).await.expect("a refusal");
    press("U0ALICE", "run", &button(&card, "run")).await;
    say(&stage, "ec2 delete-vpc --vpc-id vpc-12345678", &mut sent).await;
    let asked = slack.wait_for_call("chat.postMessage", PATIENCE, |call| call.text().contains("approve"));
    let asked = asked.await.expect("a card for the approvers").fields;
    press("U0BOB", "reject", &button(&asked, "reject")).await;
    slack.wait_for_call("views.open", PATIENCE, |_| true).await.expect("a form for the reason");
    press("U0BOB", "approve", &button(&asked, "approve")).await;
    slack.wait_for_call("chat.update", PATIENCE, |_| true).await.expect("the card moves");
    sent.extend(stage.slack.sent());
    sent.extend(slack.sent());
    assert!(sent.len() > 30, "{}", sent.len());
    tokio::task::block_in_place(|| judge(&stage, &sent));
}
