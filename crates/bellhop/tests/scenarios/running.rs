//! Functions and commands on machines, run by the real binary and watched to their end.

use std::time::Duration;

use serde_json::json;
use testkit::{Aws, Proxy, Seen};

use crate::console::instance;
use crate::support::{PATIENCE, Stage};

/// Makes a function.
pub(crate) fn function(stage: &Stage, name: &str) {
    let done = |words: &[&str]| {
        let output = stage.aws(&[words, &["--region", "us-east-1"]].concat());
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let role = format!("arn:aws:iam::{}:role/Bellhop", stage.account);
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#;
    done(&["iam", "create-role", "--role-name", "Bellhop", "--assume-role-policy-document", trust]);
    let archive = std::env::temp_dir().join(format!("{}.zip", stage.account));
    // The end of an archive's directory alone: one with nothing in it.
    std::fs::write(&archive, [&b"PK\x05\x06"[..], &[0; 18]].concat()).expect("an archive");
    let zip = format!("fileb://{}", archive.display());
    let function = ["lambda", "create-function", "--function-name", name, "--runtime", "python3.12"];
    done(&[&function[..], &["--handler", "index.handler", "--role", &role, "--zip-file", &zip]].concat());
    std::fs::remove_file(&archive).expect("the archive");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_function_is_run_and_answers() {
    let aws = Aws::strict().await.expect("a local AWS");
    aws.echo_functions().await.expect("plain functions");
    let stage = Stage::before(aws.url()).await;
    function(&stage, "orders");
    let (slash, name) = stage.slash(r#"lambda invoke orders '{"order": 4711}'"#);
    slash.post(&stage.bellhop.url()).await.expect("an ack");
    let ran = stage.slack.wait_for(&name, PATIENCE, |post| post.text().contains("Done")).await;
    let ran = ran.expect("an answer").text();
    assert!(ran.contains("lambda invoke --function-name orders") && ran.contains("4711"), "{ran}");
}

/// The local AWS has no list of a command's invocations: each says that it succeeded.
fn invocations(seen: &Seen) -> Option<String> {
    if seen.target != "AmazonSSM.ListCommandInvocations" {
        return None;
    }
    let asked: serde_json::Value = serde_json::from_str(&seen.body).ok()?;
    let plugin = json!({ "Name": "aws:runShellScript", "ResponseCode": 0, "Output": "41% used\n" });
    let invocation = json!({
        "CommandId": asked["CommandId"], "InstanceId": "i-0123456789abcdef0", "Status": "Success",
        "StatusDetails": "Success", "CommandPlugins": [plugin],
    });
    Some(json!({ "CommandInvocations": [invocation] }).to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_is_run_on_a_machine_and_watched() {
    let moto = Aws::start().await.expect("a local AWS");
    let aws = Proxy::before(moto.url(), Duration::ZERO).await.expect("a proxy").knowing(invocations);
    let stage = Stage::before(aws.url()).await;
    let id = instance(&stage);
    let (slash, name) = stage.slash("ssm run 'df -h /' on web-1");
    slash.post(&stage.bellhop.url()).await.expect("an ack");
    let over = stage.slack.wait_for(&name, PATIENCE, |post| post.text().contains("It is over")).await;
    let over = over.expect("an end").text();
    assert!(over.contains("It is over: Success") && over.contains("41% used"), "{over}");
    let sent: Vec<Seen> =
        aws.seen().into_iter().filter(|seen| seen.target == "AmazonSSM.SendCommand").collect();
    assert_eq!(sent.len(), 1, "{sent:#?}");
    assert!(sent[0].body.contains(&id) && sent[0].body.contains("df -h /"), "{}", sent[0].body);
}
