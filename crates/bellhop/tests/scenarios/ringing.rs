//! Front and worker as two functions over one table: what a topic or queue carries between them may be lost, repeated,
//! reordered or forged.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Aws, Bellhop, FakeSlack, Proxy, Slash, assert_keeps_secrets, fresh_account, random_hex};

use crate::function::{Function, Shape, definition};
use crate::support::{BINARY, PATIENCE, config};

/// Which way rings take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// A topic that fills a queue.
    Topic,
    /// A queue.
    Queue,
    /// A queue that keeps an order.
    Fifo,
}

struct Pair {
    slack: FakeSlack,
    front: Function,
    worker: Function,
    account: String,
    queue: String,
    dead: String,
}

/// `bellhop aws` with those words; its answer.
pub(crate) fn aws(bellhop: &Bellhop, words: &[&str]) -> Value {
    let output = bellhop.run(&[&["aws"], words, &["--output", "json"]].concat()).expect("bellhop aws runs");
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or_default()
}

impl Pair {
    /// Both before the AWS of that address, with what they need made there.
    async fn start(address: &str, way: Way) -> Pair {
        let (slack, account, name) =
            (FakeSlack::start().await.expect("a fake Slack"), fresh_account(), random_hex());
        let tools = Bellhop::new(BINARY, address, "").expect("a folder");
        aws(&tools, &["dynamodb", "create-table", "--cli-input-json", &definition(&name)]);
        let made = |name: &str, fifo: bool| {
            let name = if fifo { format!("{name}.fifo") } else { name.to_owned() };
            let attributes =
                if fifo { "FifoQueue=true,VisibilityTimeout=30" } else { "VisibilityTimeout=30" };
            let made =
                aws(&tools, &["sqs", "create-queue", "--queue-name", &name, "--attributes", attributes]);
            made["QueueUrl"].as_str().expect("its URL").to_owned()
        };
        let (queue, dead) = (made(&name, way == Way::Fifo), made(&format!("{name}-dead"), false));
        let bell = if way == Way::Topic {
            let topic = aws(&tools, &["sns", "create-topic", "--name", &name])["TopicArn"]
                .as_str()
                .expect("an ARN")
                .to_owned();
            let endpoint = topic.replace(":sns:", ":sqs:");
            aws(
                &tools,
                &[
                    "sns",
                    "subscribe",
                    "--topic-arn",
                    &topic,
                    "--protocol",
                    "sqs",
                    "--notification-endpoint",
                    &endpoint,
                ],
            );
            format!("kind = \"sns\"\ntopic = \"{topic}\"")
        } else {
            format!("kind = \"sqs\"\nurl = \"{queue}\"\nregion = \"us-east-1\"")
        };
        let keys = tools.folder().join("shared").display().to_string();
        let store = format!(
            "[queue]\n{bell}\ndead_letter_url = \"{dead}\"\n[audit]\nkey_file = \"{keys}.audit\"\n[store]\nkind = \"dynamodb\"\ntable = \"{name}\"\nkey_file = \"{keys}.key\""
        );
        let text = config(&slack, &account).replace("[store]\npath = \"bellhop.db\"", &store);
        let front = Function::start(address, &text, &[("BELLHOP_ROLE", "front")]).await;
        let mut worker = Function::start(address, &text, &[("BELLHOP_ROLE", "worker")]).await;
        worker.keep(tools);
        Pair { slack, front, worker, account, queue, dead }
    }

    /// A queue of the account that commands run in; its URL.
    fn effects(&self) -> String {
        let bellhop = &self.front.bellhop;
        let role = format!("arn:aws:iam::{}:role/Bellhop", self.account);
        let words = ["sts", "assume-role", "--role-session-name", "test", "--role-arn", &role];
        let credentials = aws(bellhop, &words)["Credentials"].clone();
        let mut command = bellhop.command();
        for (variable, member) in [
            ("AWS_ACCESS_KEY_ID", "AccessKeyId"),
            ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey"),
            ("AWS_SESSION_TOKEN", "SessionToken"),
        ] {
            command.env(variable, credentials[member].as_str().expect("a credential"));
        }
        command.args(["aws", "sqs", "create-queue", "--output", "json", "--queue-name", &random_hex()]);
        let output = command.output().expect("bellhop aws runs");
        let made: Value = serde_json::from_slice(&output.stdout).expect("a queue");
        made["QueueUrl"].as_str().expect("its URL").to_owned()
    }

    /// Alice's line; the ack's answer and the name of its `response_url`.
    async fn say(&self, line: &str) -> String {
        let name = random_hex();
        let slash = Slash::new(line, &self.slack.response_url(&name));
        let answer = self.front.invoke(&Shape::Api.slash(&slash, true)).await.answer();
        assert_eq!(answer["statusCode"], 200, "{answer}\n{}", self.front.log());
        name
    }

    /// The messages that wait, as the event that Lambda makes of them. They are taken off the queue.
    fn event(&self) -> Value {
        let words = ["sqs", "receive-message", "--queue-url", &self.queue, "--max-number-of-messages", "10"];
        let answer = aws(&self.front.bellhop, &words);
        let mut records = Vec::new();
        for message in answer["Messages"].as_array().into_iter().flatten() {
            let receipt = message["ReceiptHandle"].as_str().expect("a receipt");
            aws(
                &self.front.bellhop,
                &["sqs", "delete-message", "--queue-url", &self.queue, "--receipt-handle", receipt],
            );
            records.push(json!({
                "messageId": message["MessageId"], "receiptHandle": receipt, "body": message["Body"],
                "attributes": {"ApproximateReceiveCount": "1"}, "messageAttributes": {}, "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:bellhop", "awsRegion": "us-east-1",
            }));
        }
        json!({ "Records": records })
    }

    async fn work(&self, event: &Value) -> Value {
        self.worker.invoke(event).await.answer()
    }

    async fn answer(&self, name: &str) -> String {
        let post = self.slack.wait_for(name, PATIENCE, |_| true).await;
        post.unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.front.log(), self.worker.log())).text()
    }
}

const NONE: fn() -> Value = || json!({ "batchItemFailures": [] });

#[tokio::test(flavor = "multi_thread")]
async fn a_slash_command_goes_from_front_by_topic_to_worker_and_back() {
    let moto = Aws::start().await.expect("a local AWS");
    for way in [Way::Topic, Way::Queue, Way::Fifo] {
        let pair = Pair::start(moto.url(), way).await;
        let name = pair.say("sts get-caller-identity").await;
        let event = pair.event();
        assert_eq!(event["Records"].as_array().map(Vec::len), Some(1), "{}", pair.front.log());
        let carried = event.to_string();
        assert!(
            !carried.contains("ALICE") && !carried.contains("sts") && !carried.contains("/commands/"),
            "{carried}"
        );
        assert!(pair.slack.posts().is_empty());
        assert_eq!(pair.work(&event).await, NONE());
        let answer = pair.answer(&name).await;
        assert!(answer.contains(&pair.account), "{answer}");
        // The same message again, and the topic's own event, find nothing to do.
        assert_eq!(pair.work(&event).await, NONE());
        let ring = event["Records"][0]["body"].as_str().expect("a body");
        let message =
            serde_json::from_str::<Value>(ring).ok().and_then(|it| Some(it["Message"].as_str()?.to_owned()));
        let topic = json!({"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": {"MessageId": "m", "Message": message.as_deref().unwrap_or(ring)}}]});
        assert_eq!(pair.work(&topic).await, Value::Null);
        assert_eq!(pair.slack.posts_to(&name).len(), 1);
        assert_keeps_secrets(
            "the front's log",
            &pair.front.log(),
            &[testkit::SIGNING_SECRET, "/commands/", "test-secret-key"],
        );
        assert_keeps_secrets(
            "the worker's log",
            &pair.worker.log(),
            &[testkit::SIGNING_SECRET, "/commands/", "test-secret-key"],
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_twice_or_turned_round_or_forged_does_no_harm() {
    let moto = Aws::start().await.expect("a local AWS");
    let pair = Pair::start(moto.url(), Way::Queue).await;
    let effects = pair.effects();
    let mut names = Vec::new();
    for number in 0..3 {
        names.push(
            pair.say(&format!("sqs send-message --queue-url {effects} --message-body effect-{number}")).await,
        );
    }
    let mut event = pair.event();
    let records = event["Records"].as_array_mut().expect("records");
    assert_eq!(records.len(), 3);
    records.reverse();
    let again = records.clone();
    records.extend(again);
    for body in [
        "hello".to_owned(),
        r#"{"bellhop":"job","version":1,"job":"0123456789abcdef"}"#.to_owned(),
        r#"{"bellhop":"job","version":1,"job":"../../x"}"#.to_owned(),
        format!(r#"{{"bellhop":"job","version":1,"job":"{}"}}"#, "a".repeat(200_000)),
        "[".repeat(50_000),
        json!({"Type": "Notification", "Message": {"bellhop": "job"}}).to_string(),
    ] {
        records.push(json!({"eventSource": "aws:sqs", "messageId": random_hex(), "body": body}));
    }
    assert_eq!(pair.work(&event).await, NONE());
    for name in &names {
        let answer = pair.answer(name).await;
        assert!(answer.contains("MessageId"), "{answer}");
        assert_eq!(pair.slack.posts_to(name).len(), 1);
    }
    // Lost messages: a sweep finds the job.
    let lost = pair.say("sts get-caller-identity").await;
    drop(pair.event());
    assert_eq!(pair.worker.invoke(&json!({"bellhop": "sweep"})).await.answer(), json!({"jobs": 1}));
    assert!(pair.answer(&lost).await.contains(&pair.account));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_fails_keeps_nobody_from_being_answered() {
    let moto = Aws::start().await.expect("a local AWS");
    let pair = Pair::start(moto.url(), Way::Queue).await;
    aws(&pair.front.bellhop, &["sqs", "delete-queue", "--queue-url", &pair.queue]);
    let name = pair.say("sts get-caller-identity").await;
    assert!(pair.front.log().contains("no worker could be told of a job"), "{}", pair.front.log());
    assert_eq!(pair.worker.invoke(&json!({"bellhop": "sweep"})).await.answer(), json!({"jobs": 1}));
    assert!(pair.answer(&name).await.contains(&pair.account));
}

/// Kills at this many points, spread over the time that a command takes.
const ROUNDS: u32 = 4;

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_dies_anywhere_loses_nothing_and_repeats_no_write() {
    let moto = Aws::start().await.expect("a local AWS");
    let proxy = Proxy::before(moto.url(), Duration::from_millis(15)).await.expect("a proxy");
    let mut pair = Pair::start(proxy.url(), Way::Queue).await;
    let effects = pair.effects();
    let mut doubts = 0;
    for round in 0..ROUNDS {
        let body = format!("effect-{round}");
        let write = pair.say(&format!("sqs send-message --queue-url {effects} --message-body {body}")).await;
        let read = pair.say("sts get-caller-identity").await;
        let event = pair.event();
        // A short time, so that its leases are over soon.
        pair.worker.api.send(event.to_string().into_bytes(), Duration::from_secs(11));
        tokio::time::sleep(Duration::from_millis(u64::from(round) * 170)).await;
        pair.worker.kill();
        pair.worker.start_anew();
        let begun = std::time::Instant::now();
        // The same messages come again, and sweeps look each minute (here: all the time).
        while pair.slack.posts_to(&write).is_empty() || pair.slack.posts_to(&read).is_empty() {
            assert!(
                begun.elapsed() < Duration::from_secs(150),
                "round {round}: an answer was lost\n{}",
                pair.worker.log()
            );
            pair.work(&event).await;
            pair.worker.invoke(&json!({"bellhop": "sweep"})).await.answer();
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        let sent = proxy.seen().iter().filter(|seen| seen.body.contains(&format!("\"{body}\""))).count();
        assert!(sent <= 1, "round {round}: a write was sent {sent} times");
        assert!(pair.answer(&read).await.contains(&pair.account), "round {round}");
        let answer = pair.answer(&write).await;
        if answer.contains("MessageId") {
            assert_eq!(sent, 1, "round {round}: {answer}");
        } else {
            assert!(answer.contains("May have happened"), "round {round}: {answer}");
            doubts += 1;
        }
    }
    assert!(doubts < ROUNDS, "not one write came through");
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_shown_to_admins_and_rung_for_again() {
    let moto = Aws::start().await.expect("a local AWS");
    let pair = Pair::start(moto.url(), Way::Queue).await;
    let name = pair.say("sts get-caller-identity").await;
    let event = pair.event();
    let ring = event["Records"][0]["body"].as_str().expect("a body").to_owned();
    aws(&pair.front.bellhop, &["sqs", "send-message", "--queue-url", &pair.dead, "--message-body", &ring]);
    let listed = pair.say("jobs failed").await;
    pair.work(&pair.event()).await;
    let listed = pair.answer(&listed).await;
    assert!(listed.contains("dead letter"), "{listed}");
    // What was looked at is hidden from others for ten seconds.
    tokio::time::sleep(Duration::from_secs(11)).await;
    let redriven = pair.say("jobs redrive all").await;
    pair.work(&pair.event()).await;
    let redriven = pair.answer(&redriven).await;
    assert!(redriven.contains("Rang again for"), "{redriven}");
    assert_eq!(pair.work(&pair.event()).await, NONE());
    assert!(pair.answer(&name).await.contains(&pair.account));
    let left = aws(&pair.front.bellhop, &["sqs", "receive-message", "--queue-url", &pair.dead]);
    assert!(left["Messages"].is_null(), "{left}");
}
