//! What the scenarios share.

use std::time::Duration;

use testkit::{Answer, Bellhop, FakeSlack, Posted, Slash, assert_keeps_secrets, fresh_account, random_hex};

/// The binary under test.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_bellhop");

/// How long an answer may take on a machine that does other things too.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// What the grant of [`config`] needs: no word of anybody.
pub(crate) const UNASKED: &str = "needs = { write = \"nothing\", tagging = \"nothing\", execute = \"nothing\", destructive = \"nothing\" }";

/// A configuration in which Alice may do everything in one account and Bob nothing.
pub(crate) fn config(slack: &FakeSlack, account: &str) -> String {
    format!(
        r#"
[server]
listen = "{{listen}}"
[slack]
signing_secret = "env:SLACK_SIGNING_SECRET"
response_url_base = "{}"
[store]
path = "bellhop.db"
[accounts.production]
role_arn = "arn:aws:iam::{account}:role/Bellhop"
regions = ["us-east-1", "eu-west-1"]
[[grants]]
users = ["U0ALICE"]
accounts = ["production"]
allow = ["*"]
levels = ["list", "read", "data", "write", "tagging", "execute", "destructive"]
{UNASKED}
"#,
        slack.base()
    )
}

/// A Slack, a Bellhop before an AWS, and an account of its own.
pub(crate) struct Stage {
    pub(crate) slack: FakeSlack,
    pub(crate) bellhop: Bellhop,
    pub(crate) account: String,
}

impl Stage {
    /// Before the AWS at that address.
    pub(crate) async fn before(aws: &str) -> Stage {
        Stage::with(aws, |config| config).await
    }

    /// The same with another configuration.
    pub(crate) async fn with(aws: &str, change: impl Fn(String) -> String) -> Stage {
        let slack = FakeSlack::start().await.expect("a fake Slack");
        let account = fresh_account();
        let config = change(config(&slack, &account));
        let bellhop = Bellhop::start(BINARY, aws, &config).await.expect("bellhop serve");
        Stage { slack, bellhop, account }
    }

    /// A command of Alice, and the name of its `response_url`.
    pub(crate) fn slash(&self, line: &str) -> (Slash, String) {
        let name = random_hex();
        (Slash::new(line, &self.slack.response_url(&name)), name)
    }

    /// Says the line as Alice; the ack and the first reply.
    pub(crate) async fn say(&self, line: &str) -> (Answer, Posted) {
        let (slash, name) = self.slash(line);
        let ack = slash.post(&self.bellhop.url()).await.expect("an ack");
        assert_eq!(ack.status, 200, "{}", ack.text());
        let reply = self.slack.wait_for(&name, PATIENCE, |_| true).await.expect("a reply");
        (ack, reply)
    }

    /// `bellhop aws` as the stage's account sees it: with an assumed role.
    pub(crate) fn aws(&self, words: &[&str]) -> std::process::Output {
        let role = format!("arn:aws:iam::{}:role/Bellhop", self.account);
        let assume =
            ["aws", "sts", "assume-role", "--role-session-name", "test", "--output", "json", "--role-arn"];
        let output = self.bellhop.run(&[&assume[..], &[role.as_str()]].concat()).expect("assume-role runs");
        let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("credentials");
        let mut command = self.bellhop.command();
        for (variable, member) in [
            ("AWS_ACCESS_KEY_ID", "AccessKeyId"),
            ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey"),
            ("AWS_SESSION_TOKEN", "SessionToken"),
        ] {
            command.env(variable, answer["Credentials"][member].as_str().expect("a credential"));
        }
        command.arg("aws").args(words).output().expect("bellhop aws runs")
    }

    /// The logs hold nothing that they must not hold.
    pub(crate) fn assert_log_keeps_secrets(&self, more: &[&str]) {
        let secrets = [testkit::SIGNING_SECRET, "test-secret-key", "old-verification-token", "/commands/"];
        assert_keeps_secrets("the log", &self.bellhop.log(), &[&secrets[..], more].concat());
    }
}
