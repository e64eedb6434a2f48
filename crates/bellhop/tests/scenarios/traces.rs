//! Traces, as a receiver reads them that uses OpenTelemetry's own messages; and what stands at `/metrics` meanwhile.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use testkit::{Aws, Lifeline, get, random_hex};

use crate::support::{PATIENCE, Stage};

/// The receiver, and what it has read.
struct Collector {
    url: String,
    file: PathBuf,
    _server: Lifeline,
}

impl Collector {
    async fn start() -> Collector {
        let port =
            TcpListener::bind(("127.0.0.1", 0)).expect("a port").local_addr().expect("an address").port();
        let file = std::env::temp_dir().join(format!("bellhop-spans-{}", random_hex()));
        let mut command = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/venv/bin/python"));
        command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios/collector.py"));
        command.arg(port.to_string()).arg(&file);
        let server = Lifeline::start(&command, |shell| {
            shell.stdout(Stdio::null()).stderr(Stdio::inherit());
        });
        let url = format!("http://127.0.0.1:{port}");
        let begun = Instant::now();
        while get(&url).await.is_err() {
            assert!(begun.elapsed() < PATIENCE, "the receiver does not start");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Collector { url, file, _server: server.expect("the receiver runs") }
    }

    fn text(&self) -> String {
        std::fs::read_to_string(&self.file).unwrap_or_default()
    }

    /// Every span, once there is one of that name.
    async fn spans(&self, awaited: &str) -> Vec<Value> {
        let begun = Instant::now();
        loop {
            let text = self.text();
            // The last line may be half written.
            let spans: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
            if spans.iter().any(|span| span["name"] == awaited) {
                return spans;
            }
            assert!(begun.elapsed() < PATIENCE, "there is no span {awaited}: {text}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        // What stays in the temporary folder harms nobody.
        let _: std::io::Result<()> = std::fs::remove_file(&self.file);
    }
}

fn named<'s>(spans: &'s [Value], name: &str) -> &'s Value {
    spans.iter().find(|span| span["name"] == name).unwrap_or_else(|| panic!("no span {name}: {spans:#?}"))
}

/// Waits until that stands at `/metrics`.
async fn stage_tells(stage: &Stage, line: &str) {
    let begun = Instant::now();
    loop {
        let metrics = get(&format!("{}/metrics", stage.bellhop.url())).await.expect("metrics").text();
        if metrics.contains(line) {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{line} is not in\n{metrics}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_request_is_one_trace_from_slack_s_post_to_its_reply() {
    let (aws, collector) = (Aws::start().await.expect("an AWS"), Collector::start().await);
    let telemetry = format!("\n[telemetry]\notlp_endpoint = \"{}\"\n", collector.url);
    let stage = Stage::with(aws.url(), |config| format!("{config}{telemetry}")).await;
    let (_, reply) = stage.say("sts get-caller-identity").await;
    assert!(reply.text().contains("Bellhop"), "{}", reply.text());
    let spans = collector.spans("job").await;
    let post = named(&spans, "POST /slack/commands");
    assert_eq!((&post["parent"], &post["kind"]), (&Value::from(""), &Value::from("SPAN_KIND_SERVER")));
    assert_eq!(post["attributes"]["http.response.status_code"], 200);
    assert_eq!(post["resource"]["service.name"], "bellhop");
    for (name, parent, kind) in [
        ("decide", "POST /slack/commands", "SPAN_KIND_INTERNAL"),
        ("job", "decide", "SPAN_KIND_CONSUMER"),
        ("assume role", "job", "SPAN_KIND_INTERNAL"),
        ("sts AssumeRole", "assume role", "SPAN_KIND_CLIENT"),
        ("sts GetCallerIdentity", "job", "SPAN_KIND_CLIENT"),
        ("deliver", "job", "SPAN_KIND_CLIENT"),
    ] {
        let (span, parent) = (named(&spans, name), named(&spans, parent));
        assert_eq!(span["trace"], post["trace"], "{name} belongs to another trace");
        assert_eq!(span["parent"], parent["id"], "{name} has another parent");
        assert_eq!(span["kind"], kind, "{name}");
    }
    let id = |name: &str| named(&spans, name)["attributes"]["request_id"].clone();
    assert!(id("job").is_string());
    assert_eq!(id("job"), id("decide"));
    let secrets =
        [testkit::SIGNING_SECRET, "test-secret-key", "/commands/", "U0ALICE", "get-caller-identity"];
    testkit::assert_keeps_secrets("the trace", &collector.text(), &secrets);

    for line in [
        "bellhop_build_info{version=",
        "bellhop_aws_calls_total{service=\"sts\",outcome=\"answered\"} 2",
        "bellhop_job_seconds_count{outcome=\"done\"} 1",
        "bellhop_ack_seconds_count{kind=\"command\"} 1",
        "bellhop_slack_posts_total{outcome=\"taken\"} 1",
        "bellhop_store_seconds_count{call=\"enqueue_once\",outcome=\"done\"} 1",
        "bellhop_queue_oldest_seconds 0",
        "bellhop_sessions 1",
        "bellhop_trace_spans_total{outcome=\"sent\"}",
        "bellhop_resident_bytes ",
    ] {
        stage_tells(&stage, line).await;
    }
    stage.assert_log_keeps_secrets(&[]);
}

#[tokio::test]
async fn a_collector_that_is_gone_holds_up_nobody_and_is_counted() {
    let aws = Aws::start().await.expect("an AWS");
    let gone = TcpListener::bind(("127.0.0.1", 0)).expect("a port").local_addr().expect("an address");
    let telemetry = format!("\n[telemetry]\notlp_endpoint = \"http://{gone}\"\n");
    let mut stage = Stage::with(aws.url(), |config| format!("{config}{telemetry}")).await;
    let (_, reply) = stage.say("sts get-caller-identity").await;
    assert!(reply.text().contains("Bellhop"), "{}", reply.text());
    stage_tells(&stage, "bellhop_trace_spans_total{outcome=\"lost\"}").await;
    let begun = Instant::now();
    stage.bellhop.server().expect("it runs").signal("TERM").expect("a signal");
    while stage.bellhop.server().expect("it was started").is_running() {
        assert!(begun.elapsed() < PATIENCE, "it does not end");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
