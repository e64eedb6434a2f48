//! `bellhop lambda`: events of every shape, answered by the real binary.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::{
    Aws, Bellhop, FakeSlack, SIGNING_SECRET, Slash, assert_keeps_secrets, fresh_account, now, random_hex,
    sign,
};

use crate::function::{Function, SHAPES, Shape};
use crate::support::{BINARY, PATIENCE, config};

const SECRETS: [&str; 4] = [SIGNING_SECRET, "test-secret-key", "old-verification-token", "/commands/"];

async fn alone(change: impl Fn(String) -> String, vars: &[(&str, &str)]) -> (FakeSlack, Function, Aws) {
    let slack = FakeSlack::start().await.expect("a fake Slack");
    let aws = Aws::start().await.expect("a local AWS");
    let function = Function::start(aws.url(), &change(config(&slack, &fresh_account())), vars).await;
    (slack, function, aws)
}

fn slash(slack: &FakeSlack, line: &str) -> (Slash, String) {
    let name = random_hex();
    (Slash::new(line, &slack.response_url(&name)), name)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_front_reaches_the_same_router() {
    let (slack, function, _aws) = alone(|config| config, &[]).await;
    for shape in SHAPES {
        for encoded in [false, true] {
            let (command, _) = slash(&slack, "version ü &=+%");
            let answer = function.invoke(&shape.slash(&command, encoded)).await.answer();
            assert_eq!(answer["statusCode"], 200, "{shape:?} {answer}");
            let message: Value =
                serde_json::from_str(answer["body"].as_str().expect("a body")).expect("JSON");
            assert_eq!(message["response_type"], "ephemeral", "{shape:?} {message}");
            let several = matches!(shape, Shape::Rest | Shape::BalancerMulti);
            let kind = if several {
                &answer["multiValueHeaders"]["content-type"][0]
            } else {
                &answer["headers"]["content-type"]
            };
            assert_eq!(kind, "application/json", "{shape:?} {answer}");
            assert_eq!(
                answer["statusDescription"].is_string(),
                matches!(shape, Shape::Balancer | Shape::BalancerMulti)
            );
        }
        let body = slash(&slack, "version").0.body();
        let signed = |secret: &str, body: &str| sign(secret, now(), body.as_bytes());
        let mut twice = signed(SIGNING_SECRET, &body);
        twice.push(("x-slack-signature", "v0=00".to_owned()));
        let huge = "x".repeat(300 * 1024);
        for (what, event, expected) in [
            (
                "wrong secret",
                shape.event("POST", "/slack/commands", &signed("other", &body), &body, false),
                401,
            ),
            ("unsigned", shape.event("POST", "/slack/commands", &[], &body, true), 401),
            (
                "other body",
                shape.event("POST", "/slack/commands", &signed(SIGNING_SECRET, "text=x"), &body, true),
                401,
            ),
            ("two signatures", shape.event("POST", "/slack/commands", &twice, &body, false), 401),
            (
                "too large",
                shape.event("POST", "/slack/commands", &signed(SIGNING_SECRET, &huge), &huge, true),
                413,
            ),
            (
                "unreadable",
                shape.event("POST", "/slack/commands", &signed(SIGNING_SECRET, "text=%ff"), "text=%ff", true),
                400,
            ),
            ("nowhere", shape.event("POST", "/nowhere", &[], "", false), 404),
            ("a decoded path", shape.event("GET", "/no where/ü?", &[], "", false), 404),
            ("alive", shape.event("GET", "/healthz", &[], "", false), 200),
            ("ready", shape.event("GET", "/readyz", &[], "", false), 200),
        ] {
            if what == "two signatures" && !matches!(shape, Shape::Rest | Shape::BalancerMulti) {
                continue;
            }
            let answer = function.invoke(&event).await.answer();
            assert_eq!(answer["statusCode"], expected, "{shape:?} {what} {answer}");
        }
        let mut broken = shape.event("POST", "/slack/commands", &[], "", true);
        broken["body"] = json!("%%%");
        assert_eq!(function.invoke(&broken).await.answer()["statusCode"], 400, "{shape:?}");
    }
    assert_keeps_secrets("the log", &function.log(), &SECRETS);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_unknown_is_refused_by_name() {
    let (_slack, mut function, _aws) = alone(|config| config, &[]).await;
    for (event, expected) in [
        (json!({"key1": "hidden-value", "key2": 1}), "an object with key1, key2"),
        (json!("hidden-value"), "a text"),
        (json!(null), "nothing"),
        (
            json!({"Records": [{"eventSource": "aws:s3", "s3": {"object": "hidden-value"}}]}),
            "records of aws:s3",
        ),
        (json!({"requestContext": "hidden-value"}), "an object with requestContext"),
        (json!({"bellhop": "dance"}), "a message to Bellhop"),
    ] {
        let error = function.invoke(&event).await.error();
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains("hidden-value"), "{error}");
    }
    // What is not JSON at all the library itself refuses.
    let id = function.api.send(b"{\"body\": \"hidden-value".to_vec(), Duration::from_secs(5));
    let refused = function.api.wait(&id, PATIENCE).await.expect("an outcome").error();
    assert!(!refused.contains("hidden-value"), "{refused}");
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let id = function.api.send(deep.into_bytes(), Duration::from_secs(5));
    function.api.wait(&id, PATIENCE).await.expect("an outcome").error();
    assert!(function.process().is_running());
    assert_keeps_secrets("the log", &function.log(), &["hidden-value"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_the_front_is_worked_off_by_a_sweep() {
    let aws = Aws::start().await.expect("a local AWS");
    let slack = FakeSlack::start().await.expect("a fake Slack");
    let account = fresh_account();
    let function = Function::start(aws.url(), &config(&slack, &account), &[]).await;
    let (command, name) = slash(&slack, "sts get-caller-identity");
    let answer = function.invoke(&Shape::Url.slash(&command, true)).await.answer();
    assert_eq!(answer["statusCode"], 200, "{answer}");
    assert!(slack.posts().is_empty(), "nothing runs on behind the answer");
    assert_eq!(function.invoke(&json!({"bellhop": "sweep"})).await.answer(), json!({"jobs": 1}));
    let post = slack.wait_for(&name, PATIENCE, |_| true).await.expect("the answer");
    assert!(post.text().contains(&account), "{}", post.text());
    assert_eq!(function.invoke(&json!({"bellhop": "sweep"})).await.answer(), json!({"jobs": 0}));
    assert_keeps_secrets("the log", &function.log(), &SECRETS);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_takes_only_what_is_its_own() {
    let ring = json!({"Records": [{"eventSource": "aws:sqs", "messageId": "m1", "body": r#"{"bellhop":"job","job":"0a"}"#}]});
    let (slack, front, _aws) = alone(|config| config, &[("BELLHOP_ROLE", "front")]).await;
    let (command, _) = slash(&slack, "version");
    assert_eq!(front.invoke(&Shape::Api.slash(&command, false)).await.answer()["statusCode"], 200);
    for event in [&ring, &json!({"bellhop": "sweep"}), &json!({"bellhop": "job", "job": "0a"})] {
        let error = front.invoke(event).await.error();
        assert!(error.contains("BELLHOP_ROLE is front"), "{error}");
    }
    let (slack, worker, _aws) = alone(|config| config, &[("BELLHOP_ROLE", "worker")]).await;
    let (command, _) = slash(&slack, "version");
    assert_eq!(worker.invoke(&Shape::Api.slash(&command, false)).await.answer()["statusCode"], 403);
    assert!(worker.invoke(&json!({"body": "text=x"})).await.error().contains("BELLHOP_ROLE is worker"));
    assert_eq!(worker.invoke(&ring).await.answer(), json!({"batchItemFailures": []}));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_it_from_starting_is_told_to_lambda() {
    for ([from, to], vars, expected) in [
        (["[slack]", "[slak]"], &[][..], "the configuration"),
        (["bellhop.db", "other.db"], &[][..], "kind = \"dynamodb\""),
        (["", ""], &[("BELLHOP_ROLE", "both")][..], "it can be front, worker, or left out"),
        (["", ""], &[("BELLHOP_CONFIG", "nowhere.toml")][..], "cannot be read"),
    ] {
        let broken = |config: String| if from.is_empty() { config } else { config.replace(from, to) };
        let (_slack, mut function, _aws) = alone(broken, vars).await;
        let code = function.process().wait().expect("it ends");
        assert_eq!(code, Some(1), "{}", function.log());
        let told = function.api.failed_start().expect("a report");
        assert!(told["errorMessage"].as_str().expect("a message").contains(expected), "{told}");
        assert_eq!(
            (told["errorType"].as_str(), told["header"].as_str()),
            (Some("Bellhop.Start"), Some("Bellhop.Start"))
        );
        assert_eq!(function.api.asked(), 0);
        assert!(function.log().contains("the function cannot start"), "{}", function.log());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_template_that_drops_the_headers_is_told_apart() {
    let (slack, function, _aws) = alone(|config| config, &[]).await;
    let (command, _) = slash(&slack, "version");
    let bare = |command: &Slash| json!({ "body": command.body() });
    let answer = function.invoke(&bare(&command)).await.answer();
    let text = answer["text"].as_str().expect("a message to whoever typed it");
    for part in ["proxy integration", "legacy_token_only", "did not run"] {
        assert!(text.contains(part), "{text}");
    }
    assert!(function.log().contains("proxy integration"), "the log names the remedy too");

    let trusting = |config: String| {
        config.replace(
            "[store]",
            "verification_token = \"env:OLD_TOKEN\"\nallowed_teams = [\"T0TEAM\"]\nlegacy_token_only = true\n[store]",
        )
    };
    let vars = [("OLD_TOKEN", "old-verification-token")];
    let (slack, function, _aws) = alone(trusting, &vars).await;
    let (command, _) = slash(&slack, "version");
    let answer = function.invoke(&bare(&command)).await.answer();
    assert_eq!(answer["response_type"], "ephemeral", "{answer}");
    assert!(answer["blocks"].is_array(), "{answer}");
    for wrong in [
        command.clone().with("token", "other"),
        command.clone().without("token"),
        command.clone().with("team_id", "T0OTHER"),
        command.clone().without("team_id"),
    ] {
        let answer = function.invoke(&bare(&wrong)).await.answer();
        assert!(answer["text"].as_str().expect("a text").contains("not believed"), "{answer}");
    }
    assert!(function.log().contains("weak"), "{}", function.log());
    assert_keeps_secrets("the log", &function.log(), &SECRETS);
}

/// The metrics of docs/metrics.md under Lambda: name and unit.
fn documented() -> BTreeMap<&'static str, &'static str> {
    let page = include_str!("../../../../docs/metrics.md");
    let (_, part) = page.split_once("## Under Lambda").expect("its part");
    let (part, _) = part.split_once("## ").expect("the next part");
    let rows = part.lines().filter_map(|line| line.strip_prefix("| `"));
    let row = |row: &'static str| {
        let mut cells = row.split(" | ");
        Some((cells.next()?.trim_end_matches('`'), cells.next()?))
    };
    rows.filter_map(row).collect()
}

/// One line as CloudWatch reads it: its metrics, each a number or several. Whatever the format's specification asks for is
/// asked for here.
fn emf(line: &str) -> BTreeMap<String, Value> {
    let root: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let at = root["_aws"]["Timestamp"].as_u64().expect("a time in milliseconds");
    assert!(at.abs_diff(now() * 1000) < 60_000, "{line}");
    let directives = root["_aws"]["CloudWatchMetrics"].as_array().expect("directives");
    assert_eq!(directives.len(), 1, "{line}");
    assert_eq!(directives[0]["Namespace"], "Bellhop");
    assert_eq!(directives[0]["Dimensions"], json!([["FunctionName"]]));
    assert_eq!(root["FunctionName"], "bellhop-test");
    let known = documented();
    let described = directives[0]["Metrics"].as_array().expect("metrics");
    let read = described.iter().map(|metric| {
        let name = metric["Name"].as_str().expect("a name");
        assert_eq!(
            known.get(name).copied(),
            metric["Unit"].as_str(),
            "docs/metrics.md does not have {name} so"
        );
        let value = root[name].clone();
        let several = value
            .as_array()
            .is_some_and(|values| (1..=100).contains(&values.len()) && values.iter().all(Value::is_number));
        assert!(value.is_number() || several, "{name}: {value}");
        (name.to_owned(), value)
    });
    let read: BTreeMap<String, Value> = read.collect();
    let members = root.as_object().expect("an object").keys();
    let more: Vec<&String> = members.filter(|name| !read.contains_key(*name)).collect();
    assert_eq!(more, ["_aws", "FunctionName"], "{line}");
    read
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_is_told_in_numbers_as_cloudwatch_reads_them() {
    let aws = Aws::start().await.expect("a local AWS");
    let slack = FakeSlack::start().await.expect("a fake Slack");
    let account = fresh_account();
    let function = Function::start(aws.url(), &config(&slack, &account), &[]).await;
    let mut lines = 0;
    let mut told = || {
        let text = function.told();
        let new: Vec<&str> = text.lines().skip(lines).collect();
        lines += new.len();
        assert_eq!(new.len(), 1, "a line an event, and nothing else: {text}");
        emf(new[0])
    };
    let (good, answered) = slash(&slack, "sts get-caller-identity");
    let (bad, rejected) = slash(&slack, "sqs get-queue-url --queue-name nowhere");
    let (bob, _) = slash(&slack, "sts get-caller-identity");
    let bob = bob.with("user_id", "U0BOB");
    for (slash, denied) in [(&good, 0), (&bad, 0), (&bob, 1)] {
        function.invoke(&Shape::Url.slash(slash, true)).await.answer();
        let numbers = told();
        assert_eq!(
            (&numbers["Acks"], &numbers["Denied"], &numbers["Jobs"]),
            (&json!(1), &json!(denied), &json!(0))
        );
        assert_eq!(numbers["AckTime"].as_array().map(Vec::len), Some(1));
        assert!(!numbers.contains_key("JobTime"), "{numbers:?}");
    }
    assert_eq!(function.invoke(&json!({"bellhop": "sweep"})).await.answer(), json!({"jobs": 2}));
    let numbers = told();
    for (name, expected) in [
        ("Acks", 0),
        ("Jobs", 2),
        ("JobsFailed", 1),
        ("JobsInDoubt", 0),
        ("QueueDepth", 0),
        ("DoubtsUntold", 0),
        ("StoreFailures", 0),
    ] {
        assert_eq!(numbers[name], expected, "{name}: {numbers:?}");
    }
    assert_eq!(numbers["JobTime"].as_array().map(Vec::len), Some(2));
    let calls = numbers["AwsCalls"].as_u64().expect("a number");
    assert!(calls >= 3, "a role and two calls: {numbers:?}");
    for name in [answered, rejected] {
        slack.wait_for(&name, PATIENCE, |_| true).await.expect("the answer");
    }
    // What is refused is told of too; what was told once is not told again.
    function.invoke(&json!({"unknown": 1})).await.error();
    let numbers = told();
    // The table is still looked at.
    assert_eq!(numbers["Jobs"], json!(0));
    assert!(numbers["AwsCalls"].as_u64().is_some_and(|again| again < calls), "{numbers:?}");
    assert_keeps_secrets("the metrics", &function.told(), &[account.as_str(), "U0ALICE", "nowhere"]);
    assert_keeps_secrets("the metrics", &function.told(), &SECRETS);
}

#[tokio::test(flavor = "multi_thread")]
async fn slack_is_asked_once_whose_the_token_is() {
    let aws = Aws::start().await.expect("a local AWS");
    let slack = FakeSlack::start().await.expect("a fake Slack");
    let web = format!("[slack]\nbot_token = \"env:SLACK_BOT_TOKEN\"\napi_base = \"{}\"", slack.api_base());
    let text = config(&slack, &fresh_account()).replace("[slack]", &web);
    let function = Function::start(aws.url(), &text, &[]).await;
    for _ in 0..3 {
        assert_eq!(function.invoke(&json!({"bellhop": "sweep"})).await.answer(), json!({"jobs": 0}));
    }
    assert_eq!(slack.calls("auth.test").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_verification_token_alone_follows_when_it_changes() {
    let aws = Aws::start().await.expect("a local AWS");
    let slack = FakeSlack::start().await.expect("a fake Slack");
    let tools = Bellhop::new(BINARY, aws.url(), "").expect("a folder");
    let name = format!("/bellhop/{}", random_hex());
    let put = |value: &str| {
        let words = ["aws", "ssm", "put-parameter", "--name", &name, "--type", "SecureString", "--overwrite"];
        let put = tools.run(&[&words[..], &["--value", value]].concat()).expect("bellhop aws runs");
        assert!(put.status.success(), "{}", String::from_utf8_lossy(&put.stderr));
    };
    put("token-one");
    let trusting = format!(
        "verification_token = \"ssm:{name}\"\nallowed_teams = [\"T0TEAM\"]\nlegacy_token_only = true\n[store]"
    );
    let text = config(&slack, &fresh_account()).replace("[store]", &trusting);
    let function = Function::start(aws.url(), &text, &[]).await;
    let taken = async |token: &str| {
        let (command, _) = slash(&slack, "version");
        let event = json!({ "body": command.with("token", token).body() });
        function.invoke(&event).await.answer()["blocks"].is_array()
    };
    assert!(taken("token-one").await && !taken("token-two").await);
    put("token-two");
    // Looks for doubt are some seconds apart.
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert!(taken("token-two").await, "{}", function.log());
    assert!(taken("token-one").await && !taken("token-three").await);
    assert_keeps_secrets("the log", &function.log(), &["token-one", "token-two", "token-three"]);
}
