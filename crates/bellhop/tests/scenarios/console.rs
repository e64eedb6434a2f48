//! The console page in a real browser, and what it refuses.

use std::process::Command;

use testkit::{Aws, Proxy, get};

use crate::support::Stage;

const CONSOLE: &str = "[console]\nenabled = true\nusers = [\"U0ALICE\", \"U0BOB\"]\nchannels = [\"C0OPS\"]\n";

/// `serve` prints the page's address.
fn page_address(stage: &Stage) -> String {
    let log = stage.bellhop.log();
    log.split_whitespace().find(|word| word.contains("/console?key=")).expect("an address").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_is_typed_and_its_answer_shown() {
    let aws = Aws::start().await.expect("a local AWS");
    let stage = Stage::with(aws.url(), |config| format!("{config}\n{CONSOLE}")).await;
    let address = page_address(&stage);
    let python = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/venv/bin/python");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios/console.py");
    let mut browser = Command::new(python);
    browser.args([script, &address, "/aws sts get-caller-identity", &stage.account]);
    let output = tokio::task::block_in_place(|| browser.output()).expect("the Python environment");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}\n{}", stage.bellhop.log());
    let shown: serde_json::Value = serde_json::from_slice(&output.stdout).expect("what the page shows");
    assert!(shown["said"].as_str().expect("text").contains("/aws sts get-caller-identity"), "{shown}");
    assert!(shown["reply"].as_str().expect("text").contains(&stage.account), "{shown}");
    assert!(shown["preformatted"].as_u64().expect("a number") > 0, "{shown}");
    assert_eq!(shown["json"][0], "block", "{shown}");
    assert_eq!(shown["labelled"], true, "{shown}");
    assert_eq!(shown["problem"], "", "{shown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_else_may_use_it() {
    let aws = Proxy::dead_end().await.expect("a dead end");
    let stage = Stage::with(aws.url(), |config| format!("{config}\n{CONSOLE}")).await;
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
