//! Lambda's own sample events, as the packages of `lambda_http` and `aws_lambda_events` carry them, before the real binary.
//! They are not part of this repository: `cargo xtask conformance` fetches them and names their folders in
//! `BELLHOP_LAMBDA_EVENTS`. Without that this test has nothing to do.
#![expect(clippy::print_stdout, reason = "the counts are read by the command that runs this")]

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Aws, FakeSlack, Outcome, Proxy, fresh_account};

use crate::function::Function;
use crate::support::config;

/// What comes of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// An answer as API Gateway's REST API wants it.
    Rest,
    /// As its HTTP API and function URLs do.
    Api,
    /// As a load balancer does.
    Balancer,
    /// Each message answered for.
    Queue,
    /// Taken.
    Topic,
    /// A sweep.
    Schedule,
    /// Refused by name.
    Unknown,
}

/// What an event's file is, by how its name begins; the first that fits counts. Whatever is not named here is for others.
const NAMED: &[(&str, Kind)] = &[
    ("alb_", Kind::Balancer),
    ("apigw_v2_", Kind::Api),
    ("apigw_request_path_with_space", Kind::Api),
    ("apigw_", Kind::Rest),
    ("lambda_function_url_request", Kind::Api),
    ("example-alb-lambda-target-request", Kind::Balancer),
    ("example-apigw-v2-request", Kind::Api),
    ("example-apigw-sam-http-request", Kind::Api),
    ("example-apigw-console-", Kind::Rest),
    ("example-apigw-request", Kind::Rest),
    ("example-apigw-restapi", Kind::Rest),
    ("example-apigw-sam-rest-request", Kind::Rest),
    ("example-lambda-function-url-request", Kind::Api),
    ("example-sqs-event", Kind::Queue),
    ("example-sns-event", Kind::Topic),
    ("example-cloudwatch-alarm-sns-payload", Kind::Topic),
    ("example-eventbridge-schedule", Kind::Schedule),
];

fn kind_of(name: &str) -> Kind {
    let named = NAMED.iter().find(|(begin, _)| name.starts_with(begin));
    named.map_or(Kind::Unknown, |(_, kind)| *kind)
}

/// Every file of those folders that holds JSON, by name.
fn events(folders: &std::ffi::OsStr) -> Vec<(String, Value)> {
    let files = std::env::split_paths(folders).flat_map(|folder: PathBuf| {
        let entries =
            std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        entries.map(|entry| entry.expect("an entry").path()).collect::<Vec<_>>()
    });
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    let read = files.map(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read(&path).expect("a file");
        let event = serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, event)
    });
    let mut read: Vec<(String, Value)> = read.collect();
    read.sort_by(|one, other| one.0.cmp(&other.0));
    read
}

/// What came of it is what is to come of that kind; else why not.
fn judged(kind: Kind, event: &Value, outcome: Outcome) -> Result<(), String> {
    let told = format!("{outcome:?}");
    let good = match (kind, outcome) {
        (Kind::Unknown, Outcome::Failed(error)) => {
            let told = error["errorMessage"].as_str().unwrap_or_default();
            error["errorType"] == "Bellhop.UnknownEvent" && told.contains("none that Bellhop knows: ")
        }
        (Kind::Rest, Outcome::Answered(answer)) => {
            is_answer(&answer) && answer["multiValueHeaders"].is_object()
        }
        (Kind::Api, Outcome::Answered(answer)) => is_answer(&answer) && answer["headers"].is_object(),
        (Kind::Balancer, Outcome::Answered(answer)) => {
            let headers =
                if event["multiValueHeaders"].is_object() { "multiValueHeaders" } else { "headers" };
            is_answer(&answer) && answer["statusDescription"].is_string() && answer[headers].is_object()
        }
        // What these say is no ring, and would not become one by coming again.
        (Kind::Queue, Outcome::Answered(answer)) => answer == json!({"batchItemFailures": []}),
        (Kind::Topic, Outcome::Answered(answer)) => answer.is_null(),
        (Kind::Schedule, Outcome::Answered(answer)) => answer == json!({"jobs": 0}),
        _ => false,
    };
    if good { Ok(()) } else { Err(format!("it is {kind:?}, and {told} came of it")) }
}

/// None of them is signed by Slack, so nobody is let in.
fn is_answer(answer: &Value) -> bool {
    matches!(answer["statusCode"].as_u64(), Some(200 | 401 | 404 | 405)) && answer["body"].is_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn published_events() {
    let Some(folders) = std::env::var_os("BELLHOP_LAMBDA_EVENTS") else { return };
    let events = events(&folders);
    assert!(events.len() > 100, "there are only {}", events.len());
    let slack = FakeSlack::start().await.expect("a fake Slack");
    let local = Aws::start().await.expect("a local AWS");
    let aws = Proxy::before(local.url(), Duration::ZERO).await.expect("a proxy");
    let mut function = Function::start(aws.url(), &config(&slack, &fresh_account()), &[]).await;
    let (mut passed, mut failures) = (0, Vec::new());
    for (name, event) in &events {
        let outcome = function.invoke(event).await;
        match judged(kind_of(name), event, outcome) {
            Ok(()) => passed += 1,
            Err(why) => failures.push(format!("{name}: {why}")),
        }
    }
    println!("lambda-events cases={} passed={passed} skipped=0", events.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(function.process().is_running() && !function.log().contains("panicked"));
    let seen = aws.seen();
    let more: Vec<&str> = seen.iter().map(|seen| seen.target.as_str()).collect();
    assert!(slack.posts().is_empty() && more.iter().all(|target| target.starts_with("DynamoDB")), "{more:?}");
}
