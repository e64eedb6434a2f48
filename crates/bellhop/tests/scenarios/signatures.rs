//! Signatures as Slack's own library makes them.

use std::process::Command;

use testkit::{Proxy, SIGNING_SECRET, now};

use crate::support::Stage;

const SIGNER: &str = "\
import sys
from slack_sdk.signature import SignatureVerifier
secret, timestamp, body = sys.argv[1:4]
print(SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body))
";

/// What slack_sdk signs a body with.
fn slack_sdk(timestamp: u64, body: &str) -> String {
    let python = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/venv/bin/python");
    let output = Command::new(python)
        .args(["-c", SIGNER, SIGNING_SECRET, &timestamp.to_string(), body])
        .output()
        .expect("the Python environment of `cargo xtask test`");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[tokio::test]
async fn slacks_own_signer_is_believed() {
    let aws = Proxy::dead_end().await.expect("a dead end");
    let stage = Stage::before(aws.url()).await;
    for line in ["version", "version ü €", "", "version --with 'quotes & signs = %'"] {
        let (slash, _) = stage.slash(line);
        let (body, timestamp) = (slash.body(), now());
        let signature = slack_sdk(timestamp, &body);
        let ours = testkit::sign(SIGNING_SECRET, timestamp, body.as_bytes());
        assert!(ours.iter().any(|(_, value)| *value == signature), "the testkit signs alike");
        let headers = [
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
            ("x-slack-request-timestamp", timestamp.to_string()),
            ("x-slack-signature", signature),
        ];
        let url = format!("{}/slack/commands", stage.bellhop.url());
        let answer = testkit::post(&url, &headers, body).await.expect("an answer");
        assert_eq!(answer.status, 200, "{line}");
    }
}
