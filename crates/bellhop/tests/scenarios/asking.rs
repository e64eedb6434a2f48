//! A write from chat: looked at, confirmed by its caller or approved by somebody else, run once.

use std::time::Duration;

use serde_json::Value;
use testkit::{Aws, Interacted, Proxy, random_hex};

use crate::support::{PATIENCE, Stage, UNASKED};

/// A stage whose alice needs that for a write, before an AWS that counts.
async fn stage(aws: &Proxy, needs: &'static str) -> Stage {
    Stage::with(aws.url(), |config| {
        let (base, _) = config.split_once("response_url_base").expect("a base");
        let api = config[base.len()..].split('"').nth(1).expect("an address").to_owned();
        let slack = format!("[slack]\nbot_token = \"env:SLACK_BOT_TOKEN\"\napi_base = \"{api}api/\"");
        config.replace(UNASKED, needs).replace("[slack]", &slack)
    })
    .await
}

/// An instance of the stage's account that is called `web-1`; its id.
fn instance(stage: &Stage) -> String {
    let tags = "ResourceType=instance,Tags=[{Key=Name,Value=web-1}]";
    let run = ["ec2", "run-instances", "--image-id", "ami-12c6146b", "--instance-type", "t3.micro"];
    let more = ["--tag-specifications", tags, "--region", "us-east-1", "--output", "json"];
    let output = stage.aws(&[&run[..], &more[..]].concat());
    let answer: Value = serde_json::from_slice(&output.stdout).expect("an instance");
    answer["Instances"][0]["InstanceId"].as_str().expect("its id").to_owned()
}

/// How often instances were truly stopped.
fn stops(aws: &Proxy) -> usize {
    let stops = |body: &str| body.contains("Action=StopInstances") && !body.contains("DryRun=true");
    aws.seen().iter().filter(|seen| stops(&seen.body)).count()
}

/// The value that a message's buttons carry.
fn id_in(text: &str) -> String {
    let start = text.find(r#""value":""#).expect("a button") + 9;
    text[start..].chars().take_while(char::is_ascii_hexdigit).collect()
}

/// Presses, and gives the name of the address that the press may answer to.
async fn press(stage: &Stage, user: &str, action: &str, id: &str) -> String {
    let name = random_hex();
    let pressed = Interacted::button(user, action, id, &stage.slack.response_url(&name));
    let answer = pressed.post(&stage.bellhop.url()).await.expect("an answer");
    assert_eq!((answer.status, answer.text().as_str()), (200, ""));
    name
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_shows_its_card_and_runs_once_when_its_caller_presses_run() {
    let moto = Aws::start().await.expect("a local AWS");
    let aws = Proxy::before(moto.url(), Duration::ZERO).await.expect("a proxy");
    let stage = stage(&aws, "").await;
    let instance = instance(&stage);
    let (ack, card) = stage.say(&format!("ec2 stop-instances --instance-ids {instance}")).await;
    assert!(ack.text().contains("Waiting for your word"), "{}", ack.text());
    let shown = card.text();
    for part in
        [instance.as_str(), "web-1", "running", "t3.micro", "Dry run: AWS would do it.", "start-instances"]
    {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    assert_eq!(stops(&aws), 0);
    let id = id_in(&shown);
    let other = press(&stage, "U0BOB", "run", &id).await;
    let told = stage.slack.wait_for(&other, PATIENCE, |_| true).await.expect("bob is told");
    assert!(told.text().contains("Only the one who asked"), "{}", told.text());
    let mine = press(&stage, "U0ALICE", "run", &id).await;
    let answered = |posted: &testkit::Posted| posted.text().contains("StoppingInstances");
    let answer = stage.slack.wait_for(&mine, PATIENCE, answered).await.expect("the answer");
    assert_eq!(answer.message["replace_original"], true);
    let again = press(&stage, "U0ALICE", "run", &id).await;
    let told = stage.slack.wait_for(&again, PATIENCE, |_| true).await.expect("alice is told");
    assert!(told.text().contains("It is over"), "{}", told.text());
    assert_eq!(stops(&aws), 1);
    stage.assert_log_keeps_secrets(&[]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_runs_once_when_a_second_person_approves() {
    let moto = Aws::start().await.expect("a local AWS");
    let aws = Proxy::before(moto.url(), Duration::ZERO).await.expect("a proxy");
    let stage = stage(&aws, "needs = { write = { approvers = [\"U0BOB\"], count = 1 } }").await;
    for user in ["U0ALICE", "U0BOB"] {
        stage.slack.workspace(|workspace| workspace.user(user));
    }
    let instance = instance(&stage);
    let (slash, name) = stage.slash(&format!("ec2 stop-instances --instance-ids {instance}"));
    slash.post(&stage.bellhop.url()).await.expect("an ack");
    let to_bob = |called: &testkit::Called| called.text().contains(r#""approve""#);
    let card = stage.slack.wait_for_call("chat.postMessage", PATIENCE, to_bob).await.expect("bob's card");
    assert!(card.text().contains("web-1") && card.text().contains(&instance), "{}", card.text());
    let id = id_in(&card.text());
    let mine = press(&stage, "U0ALICE", "approve", &id).await;
    let told = stage.slack.wait_for(&mine, PATIENCE, |_| true).await.expect("alice is told");
    assert!(told.text().contains("somebody else has to approve"), "{}", told.text());
    assert_eq!(stops(&aws), 0);
    press(&stage, "U0BOB", "approve", &id).await;
    let answered = |posted: &testkit::Posted| posted.text().contains("StoppingInstances");
    stage.slack.wait_for(&name, PATIENCE, answered).await.expect("alice's answer");
    let ended = |called: &testkit::Called| called.text().contains("outcome: done");
    stage.slack.wait_for_call("chat.update", PATIENCE, ended).await.expect("the card ends");
    let late = press(&stage, "U0BOB", "approve", &id).await;
    stage.slack.wait_for(&late, PATIENCE, |_| true).await.expect("bob is told");
    assert_eq!(stops(&aws), 1);
    stage.assert_log_keeps_secrets(&[]);
}
