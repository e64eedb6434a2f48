//! The fake Slack answers Slack's own library as Slack does: so what passes against the fake is worth something.

#![expect(clippy::disallowed_methods, reason = "tests start programs")]

use serde_json::{Value, json};
use testkit::{BOT_TOKEN, Behaviour, FakeSlack};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slacks_own_library_accepts_the_fakes_answers() {
    let slack = FakeSlack::start().await.expect("a fake Slack").unjudged();
    slack.workspace(|workspace| {
        workspace.channel("C0OPS", &["U0ALICE", "U0BOB", "U0CAROL", "U0DAN", "U0EVE"]);
        workspace.usergroup("S0SRE", &["U0BOB"]);
        workspace.page = 2;
    });
    slack.plan_calls([Behaviour::TooMany(1)]);
    let python = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/venv/bin/python");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/official_sdk.py");
    let mut command = std::process::Command::new(python);
    command.args([script, &slack.api_base(), BOT_TOKEN]);
    let output = tokio::task::block_in_place(|| command.output()).expect("the Python environment");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let everybody = ["U0ALICE", "U0BOB", "U0CAROL", "U0DAN", "U0EVE"];
    let expected = json!({
        "identity": "U0BELLHOP", "members": everybody, "users": everybody, "group": ["U0BOB"], "groups": ["S0SRE"],
        "email": "u0alice@example.com", "channel": 5, "updated": "bye", "direct": "DU0ALICE", "opened": "DU0ALICE",
        "ephemeral": true, "view": "modal", "file": true, "deleted": true, "gone": "message_not_found",
        "stranger": "user_not_found", "nowhere": "channel_not_found", "wrong token": "invalid_auth",
    });
    assert_eq!(told, expected);
    let files = slack.workspace(|workspace| workspace.files.clone());
    let file = files.values().next().expect("a file");
    assert_eq!((file.bytes.as_slice(), file.channel.as_deref()), (b"a,b".as_slice(), Some("C0OPS")));
    assert_eq!(slack.calls("chat.postMessage").len(), 4, "the limited one comes twice");
    assert_eq!(slack.calls("conversations.members").len(), 3, "two a page");
}
