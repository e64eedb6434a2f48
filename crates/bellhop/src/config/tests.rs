#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;
use std::path::Path;

use super::*;

const GOOD: &str = r#"
[slack]
signing_secret = "env:SLACK_SIGNING_SECRET"
[accounts.production]
role_arn = "arn:aws:iam::111111111111:role/Bellhop"
regions = ["us-east-1", "eu-west-1"]
[[grants]]
users = ["U0ALICE"]
accounts = ["production"]
allow = ["ec2:*"]
levels = ["list", "read"]
"#;

fn vars(more: &[(&str, &str)]) -> BTreeMap<String, String> {
    let secret = [("SLACK_SIGNING_SECRET", "8f742231b10e8888abcd99yyyzzz85a5")];
    secret.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn read_with(text: &str, more: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let services = Services::new(aws_model::Catalog::embedded().iam_prefixes());
    let (vars, folder, referred) = (vars(more), Path::new("/srv"), Referred::default());
    let origin = Origin { place: Place::File("bellhop.toml".into()), version: Version::default() };
    let source = Source { vars: &vars, folder, services: &services, referred: &referred, origin: &origin };
    read("bellhop.toml", text, &source)
}

fn faults_of(text: &str, more: &[(&str, &str)]) -> String {
    read_with(text, more).expect_err("faults").to_string()
}

#[test]
fn defaults_fill_what_is_left_out() {
    let config = read_with(GOOD, &[]).expect("a good configuration");
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.slack.response_url_base, "https://hooks.slack.com/");
    assert_eq!(config.store.path, Path::new("/srv/bellhop.db"));
    assert!(!config.console.enabled);
}

#[test]
fn the_example_is_a_good_configuration() {
    let text = include_str!("../../../../bellhop.example.toml");
    let config = read_with(text, &[("SLACK_BOT_TOKEN", "xoxb-1")]).expect("the example");
    assert!(!config.accounts.is_empty());
}

#[test]
fn every_fault_is_listed_with_its_place() {
    let text = r#"
[server]
listen = "everywhere"
lisen = "127.0.0.1:8080"
[slack]
signing_secret = "8f742231b10e8888abcd99yyyzzz85a5"
response_url_base = "http://example.com/"
[accounts.production]
role_arn = "arn:aws:iam::1:role/Bellhop"
regions = ["mars"]
[[grants]]
users = ["alice"]
accounts = ["prodution"]
levels = ["raed"]
[console]
enabled = "yes"
"#;
    insta::assert_snapshot!(faults_of(text, &[]));
}

#[test]
fn faults_of_syntax_come_alone() {
    insta::assert_snapshot!(faults_of("[slack\nsigning_secret = 1", &[]), @r"
    1 fault in the configuration:
    bellhop.toml:1:7: unclosed table, expected `]`
    ");
}

#[test]
fn nothing_granted_is_no_start() {
    let text = faults_of("", &[]);
    for expected in ["slack.signing_secret: missing", "accounts: there are none", "grants: there are none"] {
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn an_empty_secret_is_no_start_and_no_secret_is_shown() {
    let text = faults_of(GOOD, &[("SLACK_SIGNING_SECRET", " ")]);
    assert!(text.contains("bellhop.toml:3:18: slack.signing_secret: the environment variable"), "{text}");
    let config = read_with(GOOD, &[]).expect("a good configuration");
    assert!(!format!("{config:?}").contains("8f742231"));
}

#[test]
fn the_environment_adds_accounts() {
    let more = [
        ("AWS_ROLE_DEV", "arn:aws:iam::222222222222:role/Bellhop"),
        ("AWS_REGION_DEV", "eu-west-1"),
        ("AWS_ROLE_ARN", "arn:aws:iam::333333333333:role/Pod"),
        ("AWS_ROLE_SESSION_NAME", "pod"),
    ];
    let config = read_with(GOOD, &more).expect("a good configuration");
    let names: Vec<&str> = config.accounts.iter().map(|account| account.policy.name.as_str()).collect();
    assert_eq!(names, ["production", "dev"]);
    assert_eq!(config.accounts[1].policy.regions, ["eu-west-1"]);
}

#[test]
fn a_platforms_port_wins() {
    let config = read_with(GOOD, &[("PORT", "9000")]).expect("a good configuration");
    assert_eq!(config.server.listen.to_string(), "0.0.0.0:9000");
    assert!(faults_of(GOOD, &[("PORT", "http")]).contains("PORT: `http` is not a port number"));
}

#[test]
fn the_console_is_for_loopback_only() {
    let text = format!("{GOOD}[console]\nenabled = true\n[server]\nlisten = \"0.0.0.0:80\"\n");
    assert!(faults_of(&text, &[]).contains("console.enabled: refused"));
}

#[test]
fn bases_end_in_a_slash() {
    let text = GOOD.replace("[accounts", "response_url_base = \"http://127.0.0.1:9\"\n[accounts");
    let config = read_with(&text, &[]).expect("a good configuration");
    assert_eq!(config.slack.response_url_base, "http://127.0.0.1:9/");
}

#[test]
fn what_a_secret_refers_to_is_bounded() {
    for (reference, expected) in [
        ("file:/dev/zero", "it has more than 65536 bytes"),
        ("file:/dev/null", "is empty"),
        ("env:", "is not a reference to a secret"),
        ("file:", "is not a reference to a secret"),
    ] {
        let text = faults_of(&GOOD.replace("env:SLACK_SIGNING_SECRET", reference), &[]);
        assert!(text.contains(expected), "{reference}: {text}");
    }
    assert!(load(Path::new("/dev/zero"), &vars(&[])).is_err());
}

#[test]
fn a_base_that_no_address_lies_under_is_a_fault() {
    for base in ["https://u:p@example.com/", "https://example.com/?q", "http://example.com/", "nonsense"] {
        let text = GOOD.replace("[accounts", &format!("response_url_base = \"{base}\"\n[accounts"));
        assert!(faults_of(&text, &[]).contains("slack.response_url_base"), "{base}");
    }
}

#[test]
fn a_grant_or_deny_of_a_service_that_there_is_not_is_a_fault() {
    let cases = [
        ("s3api:*", "did you mean `s3`?"),
        ("ecc2:*", "did you mean `ec2`?"),
        ("elbv2:Describe*", "did you mean `elasticloadbalancing`?"),
        ("stepfunctions:*", "did you mean `states`?"),
        ("belhop:find", "did you mean `bellhop`?"),
        ("qqqqqqqqqq:*", "no service's actions begin with \"qqqqqqqqqq:\""),
    ];
    for (pattern, expected) in cases {
        let grant = GOOD.replace("ec2:*", pattern);
        let deny = format!("{GOOD}[[deny]]\nusers = [\"U0BOB\"]\nallow = [\"{pattern}\"]\n");
        for text in [grant, deny] {
            let faults = faults_of(&text, &[]);
            assert!(faults.starts_with("1 fault") && faults.contains(expected), "{pattern}: {faults}");
        }
    }
    for pattern in ["*", "bellhop:*", "S3:Get*", "e*:*", "*:List*", "?3:*", "elasticloadbalancing:*"] {
        assert!(read_with(&GOOD.replace("ec2:*", pattern), &[]).is_ok(), "{pattern}");
    }
}

#[test]
fn the_record_is_copied_to_one_place() {
    let with = |copy: &str| format!("{GOOD}[audit]\n{copy}\n");
    let cases = [
        (r#"copy = { cloudwatch_log_group = "/bellhop/audit" }"#, "CloudWatch { group: \"/bellhop/audit\" }"),
        (r#"copy = { s3 = "s3://b/a/", region = "eu-west-1" }"#, "S3 { bucket: \"b\", prefix: \"a\" }"),
        (r#"copy = { s3 = "s3://b" }"#, "S3 { bucket: \"b\", prefix: \"\" }"),
    ];
    for (copy, expected) in cases {
        let copy = read_with(&with(copy), &[]).expect(copy).audit.copy.expect(copy);
        assert_eq!(format!("{:?}", copy.target), expected);
    }
    for (copy, expected) in [
        (r#"copy = { s3 = "s3://b", cloudwatch_log_group = "g" }"#, "audit.copy: needs one of"),
        (r#"copy = { region = "eu-west-1" }"#, "audit.copy: needs one of"),
        (r#"copy = { s3 = "b/a" }"#, "is not s3://bucket/prefix"),
        (r#"copy = { cloudwatch_log_group = "a b" }"#, "is no name of a log group"),
    ] {
        let faults = faults_of(&with(copy), &[]);
        assert!(faults.starts_with("1 fault") && faults.contains(expected), "{copy}: {faults}");
    }
    let config = read_with(GOOD, &[]).expect("a good configuration");
    assert_eq!(config.audit.key_file, Path::new("/srv/bellhop.db.audit-key"));
    assert_eq!(config.audit.copy, None);
}

/// The example with every line that shows a setting taken in, and prose left out.
fn uncommented(text: &str) -> String {
    let setting = |line: &str| {
        let bare = line.trim_start_matches("# ");
        let key = bare.split(" = ").next().unwrap_or_default();
        bare.starts_with('[') || (bare.contains(" = ") && !key.contains(' '))
    };
    let lines = text.lines().map(|line| if setting(line) { line.trim_start_matches("# ") } else { line });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_commented_line_of_the_example_is_good_too() {
    let text = uncommented(include_str!("../../../../bellhop.example.toml"));
    let vars = [("SLACK_BOT_TOKEN", "xoxb-1"), ("SLACK_VERIFICATION_TOKEN", "abc"), ("REDIS_PASSWORD", "p")];
    let config = read_with(&text, &vars).unwrap_or_else(|faults| panic!("{faults}\n{text}"));
    assert_eq!(config.delegations.len(), 1);
    assert!(config.discovery.is_some() && config.book.ceiling.is_some());
    assert_eq!(config.access.admins, ["S0ADMINS"]);
    let named: Vec<&str> = config.book.grants.iter().map(|grant| grant.name.as_str()).collect();
    assert!(named.contains(&"break-glass"), "{named:?}");
}

#[test]
fn rules_say_all_that_they_can() {
    let text = format!(
        r#"{GOOD}
[[grants]]
name = "stop-web"
admins = true
workspaces = ["T0TEAM"]
accounts = ["production"]
allow = ["ec2:StopInstances"]
levels = ["write"]
arguments = {{ "--instance-ids" = "tag:team=web", "--region" = ["eu-*"] }}
yes = true
needs = {{ write = {{ approvers = ["S0SRE"], count = 2 }} }}
request = {{ approvers = ["U0BOB"], longest_minutes = 30 }}
"#
    );
    let config = read_with(&text, &[]).expect("a good configuration");
    let grant = &config.book.grants[1];
    assert_eq!(grant.place, "bellhop.toml line 13");
    assert!(grant.subjects.admins && grant.yes);
    assert_eq!(grant.arguments["--instance-ids"], ["tag:team=web"]);
    assert_eq!(grant.request.as_ref().map(|request| request.longest_seconds), Some(1800));
}

#[test]
fn faults_of_rules_stand_at_their_lines() {
    let text = r#"
[slack]
signing_secret = "env:SLACK_SIGNING_SECRET"
[accounts.production]
role_arn = "arn:aws:iam::111111111111:role/Bellhop"
regions = ["us-east-1"]
session_minutes = 5
read_sessions = "some"
external_id = "x"
[accounts.discover]
ou = ["web"]
regions = ["mars"]
rol_name = "Bellhop"
[ceiling]
accounts = ["production"]
allow = ["ec2:*"]
levels = ["wirte"]
roles = ["arn:aws:iam::222222222222:role/Other"]
[[grants]]
name = "two words"
users = ["U0ALICE"]
workspaces = ["acme"]
accounts = ["production"]
allow = ["ec2:*"]
levels = ["write"]
arguments = { "instance-ids" = ["i-1"], "--region" = "tag:a=b", "--image-id" = [] }
request = { approvers = ["U0BOB"], count = 2, longest = 5 }
[[delegation]]
accounts = ["prodution"]
role = "Operators"
users = { alice = "alice" }
[access]
admins = ["U0ALICE"]
approvers_channel = "approvals"
sync_minutes = 600
members_limit_minutes = 10
"#;
    insta::assert_snapshot!(faults_of(text, &[]));
}

#[test]
fn two_roles_for_one_call_are_no_start() {
    let more = |role: &str, place: &str| {
        format!(
            "[[grants]]\nusers = [\"U0ALICE\"]\naccounts = [\"production\"]\nallow = [\"{place}\"]\n\
             levels = [\"list\"]\nrole = \"{role}\"\n"
        )
    };
    let tied = format!("{GOOD}{}{}", more("One", "ec2:*"), more("Two", "ec2:Describe*"));
    let faults = faults_of(&tied, &[]);
    assert!(
        faults.contains("bellhop.toml line 18: names role \"arn:aws:iam::111111111111:role/Two\""),
        "{faults}"
    );
    assert!(
        faults.contains("bellhop.toml line 12 names role \"arn:aws:iam::111111111111:role/One\""),
        "{faults}"
    );
    let apart = format!("{GOOD}{}{}", more("One", "ec2:*"), more("Two", "s3:*"));
    assert!(read_with(&apart, &[]).is_ok());
}

#[test]
fn a_file_that_is_emptied_or_cut_short_is_no_start() {
    assert!(read_with("", &[]).is_err());
    let grant = GOOD.find("[[grants]]").expect("a grant");
    // At whatever byte it ends inside its only grant, before the last level is closed.
    let end = GOOD.rfind(']').expect("levels");
    for cut in (0..=end).filter(|cut| GOOD.is_char_boundary(*cut)) {
        assert!(
            read_with(&GOOD[..cut], &[]).is_err(),
            "cut at {cut} ({} in the grant)",
            cut.saturating_sub(grant)
        );
    }
}

#[test]
fn aliases_of_the_environment_may_share_a_role() {
    let role = "arn:aws:iam::222222222222:role/Bellhop";
    let more = [("AWS_ROLE_US", role), ("AWS_ROLE_EU", role), ("AWS_REGION_EU", "eu-west-1, eu-central-1")];
    let config = read_with(GOOD, &more).expect("a good configuration");
    let read: Vec<(&str, &[String])> = config.accounts[1..]
        .iter()
        .map(|account| (account.policy.name.as_str(), account.policy.regions.as_slice()))
        .collect();
    assert_eq!(read[0], ("eu", &["eu-west-1".to_owned(), "eu-central-1".to_owned()][..]));
    assert_eq!(read[1], ("us", &["us-east-1".to_owned()][..]));
}

#[test]
fn rules_may_speak_of_accounts_that_are_discovered_later() {
    let later = GOOD.replace("accounts = [\"production\"]", "accounts = [\"production\", \"later\"]");
    assert!(faults_of(&later, &[]).contains("no account is named \"later\""));
    let discovered = format!("{later}[accounts.discover]\nrole_name = \"Bellhop\"\n");
    let config = read_with(&discovered, &[]).expect("a good configuration");
    assert_eq!(config.accounts.len(), 1);
}

#[test]
fn queues_are_named_as_their_kind_wants() {
    let topic = "arn:aws:sns:eu-west-1:111111111111:bellhop.fifo";
    let url = "https://sqs.eu-central-1.amazonaws.com/111111111111/bellhop";
    let read_queue = |table: &str| read_with(&format!("{GOOD}\n[queue]\n{table}"), &[]);
    let good = |table: &str| read_queue(table).expect("a good queue").queue;
    assert_eq!(read_with(GOOD, &[]).expect("good").queue, Queue::Local);
    assert_eq!(good("kind = \"local\""), Queue::Local);
    let Queue::Sns { topic: found, dead_letters } =
        good(&format!("kind = \"sns\"\ntopic = \"{topic}\"\ndead_letter_url = \"{url}\""))
    else {
        panic!("a topic")
    };
    assert!(found.is_fifo() && found.region.as_deref() == Some("eu-west-1"));
    assert_eq!(dead_letters.expect("a queue").region.as_deref(), Some("eu-central-1"));
    let Queue::Sqs { url: found, .. } =
        good("kind = \"sqs\"\nurl = \"http://127.0.0.1:5000/1/q\"\nregion = \"x\"")
    else {
        panic!("a queue")
    };
    assert!(!found.is_fifo() && found.region.as_deref() == Some("x"));
    for (table, expected) in [
        ("kind = \"kafka\"", "queue.kind: `kafka` is no kind of queue"),
        ("kind = \"sns\"", "queue.topic: missing"),
        ("kind = \"sqs\"", "queue.url: missing"),
        ("topic = \"arn:aws:sns:x:1:y\"", "queue.topic: has no meaning where queue.kind is \"local\""),
        ("kind = \"sns\"\ntopic = \"arn:aws:sqs:x:1:y\"", "is no topic's ARN"),
        ("kind = \"sns\"\ntopic = \"arn:aws:sns:x:1:\"", "is no topic's ARN"),
        ("kind = \"sqs\"\nurl = \"http://example.com/1/q\"", "is no queue's URL"),
        ("kind = \"sqs\"\nurl = \"https://sqs.x.amazonaws.com/1/q/more\"", "is no queue's URL"),
        ("kind = \"sqs\"\nurl = \"https://sqs.x.amazonaws.com/1/a b\"", "is no queue's URL"),
    ] {
        let faults = read_queue(table).expect_err("faults").to_string();
        assert!(faults.contains(expected), "{faults}");
    }
}

#[test]
fn a_token_alone_is_believed_only_where_both_are_expected() {
    let with = |more: &str| GOOD.replace("[accounts", &format!("{more}\n[accounts"));
    let vars = [("OLD", "abc")];
    let token = "verification_token = \"env:OLD\"";
    for more in ["", token, "allowed_teams = [\"T1\"]"] {
        let faults = faults_of(&with(&format!("legacy_token_only = true\n{more}")), &vars);
        assert!(faults.contains("slack.legacy_token_only: needs"), "{faults}");
    }
    let both = with(&format!("legacy_token_only = true\n{token}\nallowed_teams = [\"T1\"]"));
    assert!(read_with(&both, &vars).expect("good").slack.token_trust().is_some());
    let unasked = with(&format!("{token}\nallowed_teams = [\"T1\"]"));
    assert!(read_with(&unasked, &vars).expect("good").slack.token_trust().is_none());
}
