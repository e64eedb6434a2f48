//! Secrets in KMS, Secrets Manager and Systems Manager: found at start, clear when they are not, in no log.

use std::io::Write as _;
use std::process::{Output, Stdio};
use std::time::Duration;

use testkit::{Aws, Bellhop, Proxy, SIGNING_SECRET, assert_keeps_secrets, now, random_hex, sign};

use crate::support::{BINARY, PATIENCE, Stage};

/// `bellhop aws` as Bellhop itself; what it printed.
pub(crate) fn aws(bellhop: &Bellhop, words: &[&str]) -> String {
    let output = bellhop.command().arg("aws").args(words).output().expect("bellhop aws");
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// A key of KMS.
pub(crate) fn kms_key(bellhop: &Bellhop) -> String {
    aws(bellhop, &["kms", "create-key", "--query", "KeyMetadata.KeyId", "--output", "text"])
}

/// `bellhop` with those words, and that on its standard input.
fn fed(bellhop: &Bellhop, words: &[&str], input: &str) -> Output {
    let mut command = bellhop.command();
    command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("bellhop");
    child.stdin.take().expect("its input").write_all(input.as_bytes()).expect("it reads");
    child.wait_with_output().expect("its end")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

/// A folder with a configuration whose Slack secrets are these references.
fn folder(aws: &str, signing: &str, more: &str) -> Bellhop {
    let config = format!(
        "[slack]\nsigning_secret = \"{signing}\"\n{more}\n[accounts.production]\n\
         role_arn = \"arn:aws:iam::111111111111:role/Bellhop\"\nregions = [\"us-east-1\"]\n[[grants]]\n\
         users = [\"U0ALICE\"]\naccounts = [\"production\"]\nallow = [\"*\"]\nlevels = [\"list\"]\n"
    );
    Bellhop::new(BINARY, aws, &config).expect("a folder")
}

#[tokio::test]
async fn a_secret_is_encrypted_as_it_is_decrypted() {
    let local = Aws::start().await.expect("an AWS");
    let bellhop = folder(local.url(), "env:SLACK_SIGNING_SECRET", "");
    let key = kms_key(&bellhop);
    let words = ["secret", "encrypt", "--key-id", &key, "--context", "app=bellhop"];
    let made = fed(&bellhop, &words, "xoxb-made-up\n");
    let reference = text(&made.stdout);
    assert!(reference.starts_with("kms:") && reference.len() > 20, "{}", text(&made.stderr));
    assert!(!reference.contains("xoxb"), "it is encrypted");
    let again = fed(&bellhop, &["secret", "decrypt", "--context", "app=bellhop"], &reference);
    assert_eq!(text(&again.stdout), "xoxb-made-up", "{}", text(&again.stderr));
    let wrong = fed(&bellhop, &["secret", "decrypt", "--context", "app=other"], &reference);
    assert!(
        !wrong.status.success() && text(&wrong.stderr).contains("encryption context"),
        "{}",
        text(&wrong.stderr)
    );
    let nothing = fed(&bellhop, &words, " \n");
    assert!(text(&nothing.stderr).contains("nothing was handed in"), "{}", text(&nothing.stderr));
}

#[tokio::test]
async fn references_are_followed_at_start_and_the_secrets_are_in_no_log() {
    let local = Aws::start().await.expect("an AWS");
    let tool = folder(local.url(), "env:SLACK_SIGNING_SECRET", "");
    let (name, key) = (format!("bellhop-{}", random_hex()), kms_key(&tool));
    let token = format!("token-{}", random_hex());
    let json = format!("{{\"signing\": \"{SIGNING_SECRET}\", \"n\": 1}}");
    aws(&tool, &["secretsmanager", "create-secret", "--name", &name, "--secret-string", &json]);
    let words = ["secret", "encrypt", "--key-id", &key, "--context", "app=bellhop"];
    let reference = text(&fed(&tool, &words, &token).stdout);
    let stage = Stage::with(local.url(), |config| {
        let slack = format!("\"secretsmanager:{name}#signing\"\nverification_token = \"{reference}\"");
        let config = config.replace("\"env:SLACK_SIGNING_SECRET\"", &slack);
        config.replace("[store]", "[secrets]\nkms_context = { app = \"bellhop\" }\n[store]")
    })
    .await;
    let (slash, _) = stage.slash("version");
    let ack = slash.with("token", &token).post(&stage.bellhop.url()).await.expect("an ack");
    assert_eq!(ack.status, 200, "signed and with the token");
    let (slash, _) = stage.slash("version");
    let ack = slash.with("token", "another").post(&stage.bellhop.url()).await.expect("an ack");
    assert_ne!(ack.status, 200, "without the token");
    stage.assert_log_keeps_secrets(&[&token, SIGNING_SECRET]);
    let checked = stage.bellhop.run(&["check-config"]).expect("a check");
    let said = text(&checked.stdout);
    assert!(
        said.contains(&format!("slack.signing_secret from secretsmanager:{name}#signing, read again")),
        "{said}"
    );
    assert_keeps_secrets("check-config", &said, &[&token, SIGNING_SECRET]);
}

#[tokio::test]
async fn every_secret_that_is_not_there_is_told_at_once_with_a_remedy() {
    let local = Aws::start().await.expect("an AWS");
    let name = format!("bellhop-{}", random_hex());
    let more = format!(
        "bot_token = \"ssm:/bellhop/{name}\"\nverification_token = \"kms:{}\"",
        "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="
    );
    let bellhop = folder(local.url(), &format!("secretsmanager:{name}#signing"), &more);
    let fault = |bellhop: &Bellhop| text(&bellhop.run(&["check-config"]).expect("a check").stderr);
    let told = fault(&bellhop);
    for expected in ["3 faults", "no such secret", "no such parameter", "kms:Decrypt for that key"] {
        assert!(told.contains(expected), "{expected}: {told}");
    }
    aws(
        &bellhop,
        &[
            "secretsmanager",
            "create-secret",
            "--name",
            &name,
            "--secret-string",
            "{\"a\": \"not-to-be-shown\"}",
        ],
    );
    let told = fault(&bellhop);
    assert!(told.contains("has no field `signing`") && told.contains("its fields are: a"), "{told}");
    assert!(!told.contains("not-to-be-shown"), "{told}");
    aws(&bellhop, &["secretsmanager", "delete-secret", "--secret-id", &name]);
    assert!(fault(&bellhop).contains("restore-secret"), "{}", fault(&bellhop));
    let offline = bellhop.run(&["check-config", "--offline"]).expect("a check");
    assert!(offline.status.success(), "{}", text(&offline.stderr));
    let mut dead = folder("http://127.0.0.1:9", "ssm:/bellhop/x", "");
    dead.set_var("AWS_MAX_ATTEMPTS", "1");
    assert!(fault(&dead).contains("AWS did not answer"), "{}", fault(&dead));
}

#[tokio::test]
async fn what_is_kept_is_sealed_by_data_keys_of_kms_and_opens_after_a_rotation() {
    let local = Aws::start().await.expect("an AWS");
    let tool = folder(local.url(), "env:SLACK_SIGNING_SECRET", "");
    let key = kms_key(&tool);
    let mut stage = Stage::with(local.url(), |config| {
        config.replace("path = \"bellhop.db\"", &format!("path = \"bellhop.db\"\nkey = \"kms:{key}\""))
    })
    .await;
    for name in ["bellhop.db.key", "bellhop.db.audit-key"] {
        assert!(!stage.bellhop.folder().join(name).exists(), "{name} is not on the disk");
    }
    let ack =
        stage.slash("alias set vpcs ec2 describe-vpcs").0.post(&stage.bellhop.url()).await.expect("an ack");
    assert!(ack.text().contains("vpcs"), "{}", ack.text());
    let (_, reply) = stage.say("sts get-caller-identity").await;
    assert!(reply.text().contains(&stage.account), "{}", reply.text());
    let rotated = stage.bellhop.run(&["secret", "rotate"]).expect("a rotation");
    assert!(rotated.status.success(), "{}", text(&rotated.stderr));
    let (_, reply) = stage.say("sts get-caller-identity").await;
    assert!(reply.text().contains(&stage.account), "{}", reply.text());
    stage.bellhop.kill();
    stage.bellhop.serve().await.expect("a second start");
    let ack = stage.slash("alias list").0.post(&stage.bellhop.url()).await.expect("an ack");
    assert!(ack.text().contains("describe-vpcs"), "{}", ack.text());
    stage.bellhop.kill();
    stage.bellhop.set_var("AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:9");
    let fault = stage.bellhop.serve().await.expect_err("no key, no start").to_string();
    assert!(fault.contains("the sealing key") && fault.contains("AWS did not answer"), "{fault}");
}

/// The same folder with another configuration.
fn rewrite(bellhop: &Bellhop, from: &str, to: &str) {
    let path = bellhop.folder().join("bellhop.toml");
    let config = std::fs::read_to_string(&path).expect("the configuration");
    assert!(config.contains(from), "{from} in {config}");
    std::fs::write(path, config.replace(from, to)).expect("written");
}

#[tokio::test]
async fn from_a_key_file_to_kms_nothing_becomes_unreadable() {
    let local = Aws::start().await.expect("an AWS");
    let mut stage = Stage::before(local.url()).await;
    let key = kms_key(&stage.bellhop);
    let said = async |stage: &Stage, line: &str| {
        stage.slash(line).0.post(&stage.bellhop.url()).await.expect("an ack").text()
    };
    assert!(said(&stage, "alias set vpcs ec2 describe-vpcs").await.contains("vpcs"));
    let (_, reply) = stage.say("sts get-caller-identity").await;
    assert!(reply.text().contains(&stage.account), "{}", reply.text());
    let told = |stage: &Stage, words: &[&str]| {
        let output = stage.bellhop.run(words).expect("bellhop runs");
        assert!(output.status.success(), "{words:?}: {}", text(&output.stderr));
        text(&output.stdout)
    };
    let in_file = told(&stage, &["secret", "rotate"]);
    assert!(in_file.contains("sealed anew") && !in_file.contains("\n0 records"), "{in_file}");
    assert!(said(&stage, "alias list").await.contains("describe-vpcs"), "a running server takes the key up");
    stage.bellhop.kill();
    let public = told(&stage, &["audit", "key"]);

    let table = format!("bellhop-{}", random_hex());
    told(&stage, &["store", "create-table", "--table", &table]);
    told(&stage, &["store", "migrate", "--from", "sqlite", "--to", "dynamodb", "--table", &table]);
    let store =
        format!("kind = \"dynamodb\"\ntable = \"{table}\"\npath = \"bellhop.db\"\nkey = \"kms:{key}\"");
    rewrite(&stage.bellhop, "path = \"bellhop.db\"", &store);
    let refused = stage.bellhop.serve().await.expect_err("nothing is lost silently").to_string();
    assert!(refused.contains("bellhop secret rotate") && refused.contains("bellhop.db.key"), "{refused}");
    let rotated = told(&stage, &["secret", "rotate"]);
    assert!(rotated.contains("2 of the keys") && rotated.contains("given to KMS"), "{rotated}");
    assert!(rotated.contains("sealed anew") && !rotated.contains("\n0 records"), "{rotated}");
    assert_eq!(told(&stage, &["audit", "key"]), public, "the record is signed by the same key");
    for name in ["bellhop.db", "bellhop.db.key", "bellhop.db.audit-key"] {
        std::fs::remove_file(stage.bellhop.folder().join(name)).expect("it was there");
    }
    assert_eq!(told(&stage, &["audit", "key"]), public, "which is kept in the store by now");
    let again = told(&stage, &["secret", "rotate"]);
    assert!(!again.contains("given to KMS") && !again.contains("are not known"), "{again}");
    stage.bellhop.serve().await.expect("a start without any file");
    assert!(said(&stage, "alias list").await.contains("describe-vpcs"));
    let (_, reply) = stage.say("sts get-caller-identity").await;
    assert!(reply.text().contains(&stage.account), "{}", reply.text());
    assert!(said(&stage, "history").await.contains("get-caller-identity"), "lines of before");
    stage.bellhop.kill();
    let verified = told(&stage, &["audit", "verify"]);
    assert!(verified.contains("the audit log is whole"), "{verified}");
}

#[tokio::test]
async fn a_signing_secret_is_rotated_while_requests_come_in() {
    let local = Aws::start().await.expect("an AWS");
    let seen = Proxy::before(local.url(), Duration::ZERO).await.expect("a proxy");
    let tool = folder(local.url(), "env:SLACK_SIGNING_SECRET", "");
    let name = format!("bellhop-{}", random_hex());
    aws(&tool, &["secretsmanager", "create-secret", "--name", &name, "--secret-string", SIGNING_SECRET]);
    let stage = Stage::with(seen.url(), |config| {
        config.replace("env:SLACK_SIGNING_SECRET", &format!("secretsmanager:{name}"))
    })
    .await;
    let asked = || seen.seen().iter().filter(|seen| seen.target.ends_with(".GetSecretValue")).count();
    let status = async |secret: &str| {
        let body = stage.slash("version").0.body();
        let url = format!("{}/slack/commands", stage.bellhop.url());
        testkit::post(&url, &sign(secret, now(), body.as_bytes()), body).await.expect("an answer").status
    };
    assert_eq!((status(SIGNING_SECRET).await, asked()), (200, 1), "asked for once, at start");
    let fresh = random_hex();
    assert_eq!(status(&fresh).await, 401, "nobody has made it the secret yet");
    tokio::time::sleep(Duration::from_secs(6)).await;
    aws(&tool, &["secretsmanager", "put-secret-value", "--secret-id", &name, "--secret-string", &fresh]);
    assert_eq!(status(&fresh).await, 200, "the first request that it signs is believed");
    assert_eq!(status(SIGNING_SECRET).await, 200, "what is still under way counts too");
    let before = asked();
    for _ in 0..40 {
        assert_eq!(status("forged").await, 401);
    }
    assert!(asked() <= before + 2, "forged requests make no storm of calls: {} then {}", before, asked());
    aws(&tool, &["secretsmanager", "delete-secret", "--secret-id", &name]);
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!((status("forged").await, status(&fresh).await), (401, 200), "it goes on with what it has");
    assert!(stage.bellhop.log().contains("restore-secret"), "and says what is wrong");
    stage.assert_log_keeps_secrets(&[&fresh]);
}

#[tokio::test]
async fn an_old_verification_token_follows_like_other_secrets() {
    let local = Aws::start().await.expect("an AWS");
    let tool = folder(local.url(), "env:SLACK_SIGNING_SECRET", "");
    let name = format!("/bellhop/{}", random_hex());
    let put = |value: &str| {
        let words =
            ["ssm", "put-parameter", "--name", &name, "--type", "SecureString", "--overwrite", "--value"];
        aws(&tool, &[&words[..], &[value]].concat())
    };
    put("token-one");
    let stage = Stage::with(local.url(), |config| {
        config.replace("[store]", &format!("verification_token = \"ssm:{name}\"\n[store]"))
    })
    .await;
    let url = stage.bellhop.url();
    let status = async |token: &str| {
        stage.slash("version").0.with("token", token).post(&url).await.expect("an answer").status
    };
    assert_eq!((status("token-one").await, status("token-two").await), (200, 401));
    put("token-two");
    // Whoever is believed otherwise and brings another token has it looked for, every few seconds at most.
    let mut tries = 0;
    while status("token-two").await != 200 {
        tries += 1;
        assert!(tries < 40, "the new token is not believed\n{}", stage.bellhop.log());
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert_eq!(status("token-one").await, 200, "what is still under way counts too");
    assert_eq!(status("token-three").await, 401);
    let told = testkit::get(&format!("{url}/metrics")).await.expect("metrics").text();
    let looks = "bellhop_secret_looks_total{secret=\"slack.verification_token\",outcome=\"changed\"} 1";
    assert!(told.contains(looks), "{told}");
    stage.assert_log_keeps_secrets(&["token-one", "token-two", "token-three"]);
}

#[tokio::test]
async fn the_doctor_in_slack_looks_at_the_secrets_of_now() {
    let local = Aws::start().await.expect("an AWS");
    let tool = folder(local.url(), "env:SLACK_SIGNING_SECRET", "");
    let name = format!("bellhop-{}", random_hex());
    aws(&tool, &["secretsmanager", "create-secret", "--name", &name, "--secret-string", SIGNING_SECRET]);
    let stage = Stage::with(local.url(), |config| {
        config.replace("env:SLACK_SIGNING_SECRET", &format!("secretsmanager:{name}"))
    })
    .await;
    let doctor = async |secret: &str| {
        let (slash, name) = stage.slash("doctor all");
        let (body, url) = (slash.body(), format!("{}/slack/commands", stage.bellhop.url()));
        let headers = sign(secret, now(), body.as_bytes());
        assert_eq!(testkit::post(&url, &headers, body).await.expect("an answer").status, 200);
        stage.slack.wait_for(&name, PATIENCE, |_| true).await.expect("what the doctor says").text()
    };
    let odd = "is not 32 digits of base 16";
    let told = doctor(SIGNING_SECRET).await;
    assert!(told.contains(odd), "{told}");
    let fresh = random_hex();
    aws(&tool, &["secretsmanager", "put-secret-value", "--secret-id", &name, "--secret-string", &fresh]);
    let told = doctor(&fresh).await;
    assert!(!told.contains(odd), "it looks at the secret of its start: {told}");
    stage.assert_log_keeps_secrets(&[&fresh]);
}
