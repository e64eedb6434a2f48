//! A configuration that is in AWS, and changes while Bellhop runs.

use std::time::{Duration, Instant};

use testkit::{Aws, Bellhop, FakeSlack, Slash, fresh_account, random_hex};

use crate::secrets::aws;
use crate::support::{BINARY, config};

/// Puts a configuration to its place.
fn put(bellhop: &Bellhop, place: &str, text: &str) {
    let file = bellhop.folder().join("to-put.toml");
    std::fs::write(&file, text).expect("a file");
    let file = format!("file://{}", file.display());
    match place.strip_prefix("ssm:") {
        Some(name) => {
            aws(
                bellhop,
                &[
                    "ssm",
                    "put-parameter",
                    "--name",
                    name,
                    "--type",
                    "SecureString",
                    "--overwrite",
                    "--value",
                    &file,
                ],
            );
        }
        None => {
            aws(bellhop, &["s3", "cp", &file.replace("file://", ""), place]);
        }
    }
}

/// Whether Bob is let do something, in the end.
async fn becomes(bellhop: &Bellhop, slack: &FakeSlack, allowed: bool) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(30) {
        let slash = Slash::new("sts get-caller-identity", &slack.response_url(&random_hex()));
        let ack = slash.with("user_id", "U0BOB").post(&bellhop.url()).await.expect("an ack");
        if ack.text().contains("Not allowed") != allowed {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    false
}

#[tokio::test]
async fn a_configuration_in_aws_is_followed_and_a_faulty_one_refused() {
    let local = Aws::start().await.expect("an AWS");
    let (slack, name) = (FakeSlack::start().await.expect("a fake Slack"), random_hex());
    let bucket = format!("bellhop-{name}");
    for place in [format!("ssm:/bellhop/{name}"), format!("s3://{bucket}/conf/bellhop.toml")] {
        let mut bellhop = Bellhop::new(BINARY, local.url(), "").expect("a folder");
        if place.starts_with("s3:") {
            aws(&bellhop, &["s3", "mb", &format!("s3://{bucket}")]);
        }
        let listen = bellhop.url().replace("http://", "");
        let without = config(&slack, &fresh_account()).replace("{listen}", &listen);
        let without = without.replace("[store]", "[secrets]\nrefresh_seconds = 5\n[store]");
        let with = without.replace("users = [\"U0ALICE\"]", "users = [\"U0ALICE\", \"U0BOB\"]");
        put(&bellhop, &place, &without);
        bellhop.set_config(&place);
        bellhop.serve().await.expect("bellhop serve");
        assert!(becomes(&bellhop, &slack, false).await, "{place}: Bob may do nothing yet");
        put(&bellhop, &place, &with);
        assert!(becomes(&bellhop, &slack, true).await, "{place}: {}", bellhop.log());
        assert!(bellhop.log().contains("gives more than before"), "{}", bellhop.log());
        put(&bellhop, &place, &with.replace("levels", "lewels"));
        let told = Instant::now();
        while !bellhop.log().contains("did you mean `levels`?") && told.elapsed() < Duration::from_secs(20) {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        assert!(bellhop.log().contains("the one before stays in force"), "{}", bellhop.log());
        assert!(becomes(&bellhop, &slack, true).await, "{place}: what was in force is in force");
        put(&bellhop, &place, &without.replace("[store]", "[workers]\ncount = 3\n[store]"));
        bellhop.server().expect("it runs").signal("HUP").expect("a signal");
        assert!(becomes(&bellhop, &slack, false).await, "{place}: taken away again");
        assert!(bellhop.log().contains("parts=\"[workers]\""), "{}", bellhop.log());
    }
}

#[tokio::test]
async fn a_file_is_read_again_when_it_is_asked_for() {
    let local = Aws::start().await.expect("an AWS");
    let slack = FakeSlack::start().await.expect("a fake Slack");
    let text = config(&slack, &fresh_account());
    let mut bellhop = Bellhop::start(BINARY, local.url(), &text).await.expect("bellhop serve");
    let file = bellhop.folder().join("bellhop.toml");
    let before = std::fs::read_to_string(&file).expect("the file");
    std::fs::write(&file, before.replace("[\"U0ALICE\"]", "[\"U0BOB\"]")).expect("another");
    assert!(becomes(&bellhop, &slack, false).await, "nobody has asked for it");
    bellhop.server().expect("it runs").signal("HUP").expect("a signal");
    assert!(becomes(&bellhop, &slack, true).await, "{}", bellhop.log());
}
