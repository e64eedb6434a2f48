//! The console page in a real browser, and what it refuses.

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Aws, Proxy, get};

use crate::support::{Stage, UNASKED};

const CONSOLE: &str =
    "[console]\nenabled = true\nusers = [\"U0ALICE\", \"U0BOB\"]\nchannels = [\"C0OPS\", \"C0APPROVERS\"]\n";

/// Without one the console plays the Web API.
pub(crate) fn with_console(config: &str) -> String {
    format!("{config}\n{CONSOLE}")
}

/// `serve` prints the page's address.
fn page_address(stage: &Stage) -> String {
    let log = stage.bellhop.log();
    log.split_whitespace().find(|word| word.contains("/console?key=")).expect("an address").to_owned()
}

/// Plays these steps in the page; what it shows in the end.
pub(crate) fn play(stage: &Stage, steps: &Value) -> Value {
    let python = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/venv/bin/python");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios/console.py");
    let mut browser = Command::new(python);
    browser.args([script, &page_address(stage), &steps.to_string()]);
    let output = tokio::task::block_in_place(|| browser.output()).expect("the Python environment");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}\n{}", stage.bellhop.log());
    let shown: Value = serde_json::from_slice(&output.stdout).expect("what the page shows");
    assert_eq!(shown["problem"], "", "{shown}");
    shown
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_is_typed_and_its_answer_shown() {
    let aws = Aws::start().await.expect("a local AWS");
    let stage = Stage::with(aws.url(), |config| with_console(&config)).await;
    let steps = json!([["say", "/aws sts get-caller-identity"], ["see", stage.account]]);
    let shown = play(&stage, &steps);
    assert!(shown["said"].as_str().expect("text").contains("/aws sts get-caller-identity"), "{shown}");
    assert!(shown["preformatted"].as_u64().expect("a number") > 0, "{shown}");
    assert_eq!(shown["json"][0], "block", "{shown}");
    assert_eq!(shown["labelled"], true, "{shown}");
}

/// An instance of the stage's account; its id.
pub(crate) fn instance(stage: &Stage) -> String {
    let tags = "ResourceType=instance,Tags=[{Key=Name,Value=web-1}]";
    let output = stage.aws(&[
        "ec2",
        "run-instances",
        "--image-id",
        "ami-12c6146b",
        "--instance-type",
        "t3.micro",
        "--count",
        "1",
        "--tag-specifications",
        tags,
        "--region",
        "us-east-1",
        "--output",
        "json",
    ]);
    let answer: Value = serde_json::from_slice(&output.stdout).expect("an instance");
    answer["Instances"][0]["InstanceId"].as_str().expect("its id").to_owned()
}

pub(crate) fn stops(aws: &Proxy) -> usize {
    aws.seen()
        .iter()
        .filter(|seen| seen.body.contains("Action=StopInstances") && !seen.body.contains("DryRun"))
        .count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_is_looked_at_and_run_by_its_caller_once() {
    let moto = Aws::start().await.expect("a local AWS");
    let aws = Proxy::before(moto.url(), Duration::ZERO).await.expect("a proxy");
    let needs = "needs = { write = \"confirm\" }";
    let stage = Stage::with(aws.url(), |config| with_console(&config.replace(UNASKED, needs))).await;
    let id = instance(&stage);
    let steps = json!([
        ["say", format!("/aws ec2 stop-instances --instance-ids {id}")],
        ["see", "web-1"],
        ["as", "U0BOB"],
        ["press", "Run"],
        ["see", "Only the one who asked"],
        ["as", "U0ALICE"],
        ["press", "Run"],
        ["see", "StoppingInstances"],
    ]);
    let shown = play(&stage, &steps);
    assert_eq!(stops(&aws), 1, "{shown}");
    stage.assert_log_keeps_secrets(&[]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_person_approves_or_rejects_with_a_reason() {
    let moto = Aws::start().await.expect("a local AWS");
    let aws = Proxy::before(moto.url(), Duration::ZERO).await.expect("a proxy");
    let needs = "needs = { write = { approvers = [\"U0BOB\"] } }";
    let stage = Stage::with(aws.url(), |config| with_console(&config.replace(UNASKED, needs))).await;
    let id = instance(&stage);
    let line = format!("/aws ec2 stop-instances --instance-ids {id}");
    let steps = json!([
        ["say", line],
        ["see", "approv"],
        ["as", "U0BOB"],
        ["in", "D0BOB"],
        ["see", id],
        ["press", "Reject"],
        ["fill", "", "not before noon"],
        ["send", "Reject"],
        ["see", "ejected"],
        ["as", "U0ALICE"],
        ["in", "D0ALICE"],
        ["see", "not before noon"],
        ["in", "C0OPS"],
        ["say", line],
        ["see", "approv"],
        ["as", "U0BOB"],
        ["in", "D0BOB"],
        ["press", "Approve"],
        ["as", "U0ALICE"],
        ["in", "C0OPS"],
        ["see", "StoppingInstances"],
    ]);
    let shown = play(&stage, &steps);
    assert_eq!(stops(&aws), 1, "{shown}");
    stage.assert_log_keeps_secrets(&[]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_else_may_use_it() {
    let aws = Proxy::dead_end().await.expect("a dead end");
    let stage = Stage::with(aws.url(), |config| with_console(&config)).await;
    let address = page_address(&stage);
    let (url, key) = (stage.bellhop.url(), address.split_once("key=").expect("a key").1);
    let state = format!("{url}/console/state");
    let key = ("x-console-key", key.to_owned());
    let status = async |headers: &[(&str, String)]| {
        testkit::post(&format!("{url}/console/commands"), headers, "{}").await.expect("an answer").status
    };
    assert_eq!(get(&state).await.expect("an answer").status, 401, "no key");
    assert_eq!(status(&[("x-console-key", "guessed".to_owned())]).await, 401, "a wrong key");
    let foreign = ("origin", "http://evil.example".to_owned());
    assert_eq!(status(&[key.clone(), foreign]).await, 403, "another page");
    let rebound = ("host", "evil.example".to_owned());
    assert_eq!(status(&[key, rebound]).await, 403, "another name for this machine");
    let page = get(&address).await.expect("the page");
    let policy = page.headers.get("content-security-policy").expect("a policy");
    assert!(policy.to_str().expect("text").starts_with("default-src 'none'"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_does_not_lead_to_a_real_aws() {
    let slack = testkit::FakeSlack::start().await.expect("a fake Slack");
    let config = format!("{}\n{CONSOLE}", crate::support::config(&slack, "111111111111"));
    let bellhop = testkit::Bellhop::new(crate::support::BINARY, "", &config).expect("a folder");
    let output = bellhop.run(&["serve", "--config", "bellhop.toml"]).expect("bellhop runs");
    assert!(!output.status.success());
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("allow_real_aws"), "{told}");
}
