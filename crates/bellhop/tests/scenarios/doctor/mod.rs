//! `bellhop doctor`: faults are staged one by one, and each must be named with its remedy, and nothing else be found.

mod staged;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};
use testkit::{Aws, Bellhop, Slash, random_hex};

use crate::support::{BINARY, Stage};
use staged::{Behaviour, Staged};

/// What Slack gives an app.
const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A configuration in which all is well.
const GOOD: &str = r#"
[server]
listen = "{listen}"
public_url = "{url}"
[slack]
signing_secret = "env:SLACK_SIGNING_SECRET"
bot_token = "env:SLACK_BOT_TOKEN"
api_base = "{url}/api/"
[store]
path = "bellhop.db"
[accounts.production]
role_arn = "arn:aws:iam::111111111111:role/Bellhop"
regions = ["us-east-1", "eu-west-1"]
[[grants]]
users = ["U0ALICE"]
accounts = ["production"]
allow = ["*"]
levels = ["list", "read"]
"#;

/// One fault: how it comes about, and what must be said of it.
struct Case {
    /// `group: name` of the finding.
    finding: &'static str,
    level: &'static str,
    /// Parts of what is said, and of the remedy.
    told: [&'static str; 2],
    behaviour: Behaviour,
    /// What in the configuration is replaced by what.
    config: Vec<(&'static str, &'static str)>,
    vars: Vec<(&'static str, &'static str)>,
    /// What is done to the folder before.
    before: Option<fn(&Bellhop)>,
}

fn case(finding: &'static str, level: &'static str, told: [&'static str; 2]) -> Case {
    let behaviour = Behaviour::default();
    Case { finding, level, told, behaviour, config: Vec::new(), vars: Vec::new(), before: None }
}

impl Case {
    fn staging(mut self, stage: impl FnOnce(&mut Behaviour)) -> Case {
        stage(&mut self.behaviour);
        self
    }

    fn with(mut self, from: &'static str, to: &'static str) -> Case {
        self.config.push((from, to));
        self
    }

    fn var(mut self, name: &'static str, value: &'static str) -> Case {
        self.vars.push((name, value));
        self
    }

    fn after(self, before: fn(&Bellhop)) -> Case {
        Case { before: Some(before), ..self }
    }

    async fn found(&self) -> (i32, Vec<Value>) {
        let staged = Staged::start(self.behaviour.clone()).await;
        let mut config = GOOD.to_owned();
        for (from, to) in &self.config {
            assert!(config.contains(from), "{from}");
            config = config.replace(from, to);
        }
        let mut bellhop =
            Bellhop::new(BINARY, &staged.url, &config.replace("{url}", &staged.url)).expect("a folder");
        bellhop.set_var("SLACK_SIGNING_SECRET", SECRET);
        for (name, value) in &self.vars {
            bellhop.set_var(name, value);
        }
        if let Some(before) = self.before {
            before(&bellhop);
        }
        let mut command = bellhop.command();
        command.args(["doctor", "--json", "--quiet", "--timeout", "2"]);
        let output = tokio::task::spawn_blocking(move || command.output()).await.expect("a thread");
        let output = output.expect("bellhop doctor runs");
        let told: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("no JSON: {}", String::from_utf8_lossy(&output.stderr)));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        testkit::assert_keeps_secrets(
            "what the doctor says",
            &text,
            &[SECRET, testkit::BOT_TOKEN, "test-secret-key"],
        );
        let findings = told["findings"].as_array().expect("findings").clone();
        (output.status.code().unwrap_or(-1), findings)
    }
}

/// Tests lead all of AWS to this machine, which the doctor rightly minds.
fn is_the_test_s_own(finding: &Value) -> bool {
    finding["name"] == "endpoints"
}

/// A run makes the database and the keys.
fn a_run(bellhop: &Bellhop) {
    let output =
        bellhop.run(&["run", "--as", "U0ALICE", "--channel", "C0OPS", "help"]).expect("bellhop runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn slack_and_address() -> Vec<Case> {
    let auth = |error: &'static str| {
        move |staged: &mut Behaviour| staged.auth = json!({"ok": false, "error": error})
    };
    vec![
        case("Slack: signing secret", "warning", ["32 digits", "Signing Secret"])
            .var("SLACK_SIGNING_SECRET", "not-what-slack-gives"),
        case("Slack: signing secret", "warning", ["legacy_token_only is set", "proxy integration"]).with(
            "[store]",
            "legacy_token_only = true\nverification_token = \"env:SLACK_BOT_TOKEN\"\nallowed_teams = [\"T0TEAM\"]\n[store]",
        ),
        case("Slack: bot token", "warning", ["there is none", "bot_token ="])
            .with("bot_token = \"env:SLACK_BOT_TOKEN\"\n", ""),
        case("Slack: bot token", "failure", ["does not begin with xoxb-", "Bot User OAuth Token"])
            .var("SLACK_BOT_TOKEN", "xoxp-a-users-token"),
        case("Slack: bot token", "failure", ["invalid_auth", "OAuth & Permissions"])
            .staging(auth("invalid_auth")),
        case("Slack: bot token", "failure", ["token_revoked", "install it again"])
            .staging(auth("token_revoked")),
        case("Slack: bot token", "failure", ["workspace T0TEAM", "allowed_teams"])
            .with("[store]", "allowed_teams = [\"T0OTHER\"]\n[store]"),
        case("Slack: bot token", "failure", ["does not answer", "proxy"])
            .staging(|staged| staged.slack_hangs = true),
        case("Slack: scope usergroups:read", "failure", ["grants to usergroups", "install the app again"])
            .staging(|staged| staged.scopes = staged.scopes.replace("usergroups:read,", "")),
        case("Slack: addresses", "warning", ["not Slack's address", "hooks.slack.com"])
            .with("[store]", "response_url_base = \"https://hooks.slack.com.example/\"\n[store]"),
        case("Clock: beside Slack", "failure", ["400 s behind Slack's", "NTP"])
            .staging(|staged| staged.slack_ahead = 400),
        case("Clock: beside AWS", "warning", ["ahead of AWS's", "NTP"])
            .staging(|staged| staged.aws_ahead = -90),
        case("Address: public URL", "warning", ["is not known", "--url"])
            .with("public_url = \"{url}\"\n", ""),
        case("Address: public URL", "failure", ["not https", "ends TLS"])
            .with("public_url = \"{url}\"", "public_url = \"http://bellhop.invalid\""),
        case("Address: public URL", "failure", ["not Bellhop", "/slack/"])
            .staging(|staged| staged.is_bellhop = false),
        case("Address: signed requests", "failure", ["is not believed", "X-Slack-Signature"])
            .staging(|staged| staged.signed = 401),
        case("Address: signed requests", "failure", ["status 404", "POST /slack/"])
            .staging(|staged| staged.signed = 404),
    ]
}

fn aws_and_accounts() -> Vec<Case> {
    const DENIED: &str = "User is not authorized to perform that";
    let (tags, identity) = ("Tags.member.1", "SourceIdentity");
    vec![
        case("AWS: credentials", "failure", ["InvalidClientTokenId", "key active"])
            .staging(|staged| staged.stranger = Some("InvalidClientTokenId")),
        case("AWS: credentials", "failure", ["no answer", "reached from here"])
            .staging(|staged| staged.aws_hangs = true),
        case("Accounts: role of production", "failure", ["AccessDenied", "trust policy names"])
            .staging(|staged| staged.minds = vec![("RoleArn", "AccessDenied", DENIED)]),
        case(
            "Accounts: role of production",
            "failure",
            ["sts:TagSession is not allowed", "Add sts:TagSession"],
        )
        .staging(move |staged| staged.minds = vec![(tags, "AccessDenied", DENIED)]),
        case(
            "Accounts: role of production",
            "failure",
            ["sts:SetSourceIdentity is not", "Add sts:SetSourceIdentity"],
        )
        .staging(move |staged| staged.minds = vec![(identity, "AccessDenied", DENIED)]),
        case("Accounts: role of production", "failure", ["TagSession and sts:SetSource", "trust policy"])
            .staging(move |staged| {
                staged.minds = vec![(tags, "AccessDenied", DENIED), (identity, "AccessDenied", DENIED)];
            }),
        case("Accounts: role of production", "failure", ["MaxSessionDuration", "session_minutes"])
            .with("[[grants]]", "session_minutes = 720\n[[grants]]")
            .staging(|staged| {
                let told = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
                staged.minds = vec![("DurationSeconds=43200", "ValidationError", told)];
            }),
        case("Accounts: role of production", "warning", ["CloudTrail", "sts:TagSession"])
            .with("[[grants]]", "attribution = \"none\"\n[[grants]]"),
        case("Accounts: regions of production", "failure", ["eu-wets-1", "Correct its name"])
            .with("\"eu-west-1\"", "\"eu-wets-1\""),
        case("Accounts: regions of production", "failure", ["partition aws-cn", "role_arn"])
            .with("\"eu-west-1\"", "\"cn-north-1\""),
    ]
}

fn keys_and_tables() -> Vec<Case> {
    let kms = |told| {
        case("Keys: KMS", "failure", told)
            .with("path = \"bellhop.db\"", "path = \"bellhop.db\"\nkey = \"kms:alias/bellhop\"")
    };
    let table = |level, told| {
        case("Store: table", level, told)
            .with("path = \"bellhop.db\"", "kind = \"dynamodb\"\ntable = \"bellhop\"")
    };
    let queue = |finding, told| {
        case(finding, "warning", told).with(
            "[[grants]]",
            "[queue]\nkind = \"sqs\"\nurl = \"https://sqs.us-east-1.amazonaws.com/111111111111/bellhop\"\n\
             dead_letter_url = \"https://sqs.us-east-1.amazonaws.com/111111111111/dead\"\n[[grants]]",
        )
    };
    vec![
        kms(["AccessDeniedException", "kms:GenerateDataKey and kms:Decrypt"])
            .staging(|staged| staged.refuses = Some(("GenerateDataKey", "AccessDeniedException"))),
        kms(["does not open a data key", "enable-key"])
            .staging(|staged| staged.refuses = Some(("Decrypt", "DisabledException"))),
        table("failure", ["ResourceNotFoundException", "bellhop deploy"])
            .staging(|staged| staged.refuses = Some(("DescribeTable", "ResourceNotFoundException"))),
        table("warning", ["fixed capacity", "PAY_PER_REQUEST"]),
        table("warning", ["do not expire", "ttl"]),
        queue("Queue: rings", ["no queue of dead letters", "redrive policy"]),
        queue("Queue: rings", ["after less than 30 s", "visibility timeout"]),
        queue("Queue: dead letters", ["3 messages lie there", "/aws jobs failed"]),
    ]
}

fn state_and_files() -> Vec<Case> {
    vec![
        case("Configuration: file", "failure", ["bellhop.toml:10:1", "did you mean"])
            .with("[store]\npath", "[store]\npaht"),
        case("Configuration: file", "failure", ["SLACK_SIGNING_SECRET is empty", "protects nothing"])
            .var("SLACK_SIGNING_SECRET", ""),
        case("Configuration: console", "failure", ["console is on", "enabled = false"])
            .with("[[grants]]", "[console]\nenabled = true\n[[grants]]")
            .with("public_url = \"{url}\"", "public_url = \"http://bellhop.invalid\""),
        case("Store: writing", "failure", ["does not take writes", "right file"]).after(|bellhop| {
            a_run(bellhop);
            for beside in ["bellhop.db-wal", "bellhop.db-shm"] {
                // What is not checkpointed yet would repair it.
                let _: std::io::Result<()> = fs::remove_file(bellhop.folder().join(beside));
            }
            fs::write(bellhop.folder().join("bellhop.db"), "this is no database, whatever its name says")
                .expect("a file");
        }),
        case("Store: disk", "failure", ["cannot be looked at", "Make the folder"])
            .with("path = \"bellhop.db\"", "path = \"no/such/folder/bellhop.db\""),
        case("Keys: bellhop.db.key", "failure", ["mode 644", "chmod 600"]).after(|bellhop| {
            a_run(bellhop);
            let key = bellhop.folder().join("bellhop.db.key");
            fs::set_permissions(key, fs::Permissions::from_mode(0o644)).expect("a mode");
        }),
        case("Keys: bellhop.db.key", "failure", ["is not", "backup"]).after(|bellhop| {
            a_run(bellhop);
            fs::remove_file(bellhop.folder().join("bellhop.db.key")).expect("a key");
        }),
        case("Record: copy", "failure", ["ResourceNotFoundException", "create-log-group"])
            .with("[[grants]]", "[audit]\ncopy = { cloudwatch_log_group = \"/bellhop/audit\" }\n[[grants]]")
            .staging(|staged| staged.copy = Some("ResourceNotFoundException")),
        case("Record: copy", "failure", ["NoSuchBucket", "Create the bucket"])
            .with("[[grants]]", "[audit]\ncopy = { s3 = \"s3://records/bellhop\" }\n[[grants]]")
            .staging(|staged| staged.copy = Some("NoSuchBucket")),
        case("Members: group S0SRE", "failure", ["never read", "/aws sync"])
            .with("users = [\"U0ALICE\"]", "users = [\"U0ALICE\"]\nusergroups = [\"S0SRE\"]")
            .after(a_run),
        case("Index: age", "warning", ["not there yet", "Start Bellhop"])
            .with("[[grants]]", "[index]\n[[grants]]")
            .after(a_run),
    ]
}

async fn judge(cases: Vec<Case>) {
    for case in cases {
        let (code, findings) = case.found().await;
        let called = |finding: &Value| {
            format!(
                "{}: {}",
                finding["group"].as_str().unwrap_or_default(),
                finding["name"].as_str().unwrap_or_default()
            )
        };
        let [what, remedy] = case.told;
        let fits = |finding: &&Value| {
            let holds =
                |member: &str, part: &str| finding[member].as_str().is_some_and(|text| text.contains(part));
            called(finding) == case.finding
                && finding["level"] == case.level
                && holds("what", what)
                && holds("remedy", remedy)
        };
        assert!(
            findings.iter().any(|finding| fits(&finding)),
            "{} ({what}) is not among {findings:#?}",
            case.finding
        );
        assert!(
            code == if case.level == "failure" { 1 } else { code } && code != 0,
            "{}: {code}",
            case.finding
        );
    }
}

#[tokio::test]
async fn where_all_is_well_nothing_is_said() {
    let (code, findings) = case("", "", ["", ""]).after(a_run).found().await;
    let others: Vec<&Value> = findings.iter().filter(|finding| !is_the_test_s_own(finding)).collect();
    assert!(others.is_empty(), "{others:#?}");
    assert_eq!(code, 2, "the test's own AWS is minded");
}

#[tokio::test]
async fn the_doctor_names_faults_of_slack_and_of_the_address() {
    judge(slack_and_address()).await;
}

#[tokio::test]
async fn the_doctor_names_faults_of_aws_and_of_accounts() {
    judge(aws_and_accounts()).await;
}

#[tokio::test]
async fn the_doctor_names_faults_of_keys_and_tables() {
    judge(keys_and_tables()).await;
}

#[tokio::test]
async fn the_doctor_names_faults_of_state_and_files() {
    judge(state_and_files()).await;
}

#[tokio::test]
async fn admins_ask_the_doctor_from_slack() {
    let aws = Aws::start().await.expect("an AWS");
    let stage = Stage::before(aws.url()).await;
    let (_, reply) = stage.say("doctor").await;
    let text = reply.text();
    assert!(
        text.contains("warnings") && text.contains("bot token") && text.contains("SLACK_BOT_TOKEN"),
        "{text}"
    );
    stage.assert_log_keeps_secrets(&[]);
    // Nobody else may.
    let slash = Slash::new("doctor", &stage.slack.response_url(&random_hex())).with("user_id", "U0BOB");
    let ack = slash.post(&stage.bellhop.url()).await.expect("an ack");
    assert!(!ack.text().contains("warnings"), "{}", ack.text());
}
