//! One `bellhop serve` that only answers, and a `bellhop worker` beside it that hears of jobs by a queue of SQS: both the
//! real binary, the queue moto's, filled directly or by a topic.

use std::fs::File;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{
    Aws, Bellhop, FakeSlack, Lifeline, Proxy, Slash, assert_keeps_secrets, fresh_account, random_hex,
};

use crate::ringing::{Way, aws};
use crate::support::{BINARY, PATIENCE, config};

/// A worker that nobody rings for looks into the store this often; what is answered sooner was rung for.
const RUNG: Duration = Duration::from_secs(12);

/// Where AWS is, for each of the two.
struct Places<'a> {
    aws: &'a str,
    /// Besides, for the worker: `AWS_ENDPOINT_URL_…`.
    worker: &'a [(&'a str, &'a str)],
    tables: &'a str,
}

struct House {
    slack: FakeSlack,
    account: String,
    front: Bellhop,
    worker: Bellhop,
    working: Option<Lifeline>,
    log: PathBuf,
    queue: String,
    dead: String,
    _keys: Bellhop,
}

impl House {
    /// Both, with what they need made in AWS. A message is dead after it was handed out `most` times.
    async fn start(places: &Places<'_>, way: Way, most: u32) -> House {
        let (slack, account, name) =
            (FakeSlack::start().await.expect("a fake Slack"), fresh_account(), random_hex());
        let keys = Bellhop::new(BINARY, places.aws, "").expect("a folder");
        let (queue, dead) = queues(&keys, &name, way == Way::Fifo, most);
        let bell = if way == Way::Topic { topic(&keys, &name) } else { by_queue(&queue) };
        let written = |bell: &str| {
            let keys = keys.folder().join("shared").display().to_string();
            let store = format!(
                "[queue]\n{bell}\ndead_letter_url = \"{dead}\"\n[audit]\nkey_file = \"{keys}.audit\"\n\
                 [store]\nkind = \"dynamodb\"\ntable = \"{name}\"\nkey_file = \"{keys}.key\""
            );
            config(&slack, &account).replace("[store]\npath = \"bellhop.db\"", &store)
        };
        let mut front = Bellhop::new(BINARY, places.aws, &written(&bell)).expect("a folder");
        let mut worker = Bellhop::new(BINARY, places.aws, &written(&by_queue(&queue))).expect("a folder");
        front.set_var("BELLHOP_ROLE", "front");
        for bellhop in [&mut front, &mut worker] {
            bellhop.set_var("AWS_ENDPOINT_URL_DYNAMODB", places.tables);
        }
        for (name, value) in places.worker {
            worker.set_var(name, value);
        }
        let made =
            front.run(&["store", "create-table", "--config", "bellhop.toml"]).expect("create-table runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        front.serve().await.expect("bellhop serve");
        let log = worker.folder().join("worker.log");
        House { slack, account, front, worker, working: None, log, queue, dead, _keys: keys }
    }

    /// Starts the worker, and waits until it works.
    async fn work(&mut self) {
        let mut command = self.worker.command();
        command.env("BELLHOP_LOG", "debug").args(["worker", "--config", "bellhop.toml"]);
        let log = File::options().create(true).append(true).open(&self.log).expect("a log");
        let before = self.worker_log().matches("working").count();
        let running = Lifeline::start(&command, |shell| {
            shell.stderr(log.try_clone().expect("a second handle")).stdout(log);
        });
        self.working = Some(running.expect("bellhop worker"));
        self.until("the worker works", || self.worker_log().matches("working").count() > before).await;
    }

    /// Asks the worker politely to end, and waits until it has.
    fn stop(&mut self) {
        let mut working = self.working.take().expect("it works");
        working.signal("TERM").expect("a signal");
        assert_eq!(working.wait().expect("its end"), Some(0), "{}", self.worker_log());
    }

    fn worker_log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    async fn until(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        let begun = Instant::now();
        while !is_so() {
            assert!(begun.elapsed() < 2 * PATIENCE, "not so in time: {what}\n{}", self.worker_log());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Alice's line; the name of its `response_url`.
    async fn say(&self, line: &str) -> String {
        let name = random_hex();
        let slash = Slash::new(line, &self.slack.response_url(&name));
        let ack = slash.post(&self.front.url()).await.expect("an ack");
        assert_eq!(ack.status, 200, "{}\n{}", ack.text(), self.front.log());
        name
    }

    async fn answer(&self, name: &str) -> String {
        let post = self.slack.wait_for(name, 2 * PATIENCE, |_| true).await;
        post.unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.front.log(), self.worker_log())).text()
    }

    fn aws(&self, words: &[&str]) -> Value {
        aws(&self.front, words)
    }

    /// How many messages a queue holds, those that are hidden among them.
    fn holds(&self, queue: &str) -> u32 {
        let words = ["sqs", "get-queue-attributes", "--queue-url", queue, "--attribute-names", "All"];
        let answer = self.aws(&words);
        ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
            .map(|name| answer["Attributes"][name].as_str().and_then(|text| text.parse::<u32>().ok()))
            .into_iter()
            .map(|count| count.expect("a number"))
            .sum()
    }

    fn assert_kept(&self) {
        let secrets = [testkit::SIGNING_SECRET, "/commands/", "test-secret-key"];
        assert_keeps_secrets("the front's log", &self.front.log(), &secrets);
        assert_keeps_secrets("the worker's log", &self.worker_log(), &secrets);
    }
}

/// A queue and the one for its dead letters; their URLs.
fn queues(tools: &Bellhop, name: &str, fifo: bool, most: u32) -> (String, String) {
    let make = |name: String, mut attributes: Value| {
        let name = if fifo { format!("{name}.fifo") } else { name };
        if fifo {
            attributes["FifoQueue"] = json!("true");
        }
        let words = ["sqs", "create-queue", "--queue-name", &name, "--attributes", &attributes.to_string()];
        let made = aws(tools, &words);
        (made["QueueUrl"].as_str().expect("its URL").to_owned(), name)
    };
    let (dead, dead_name) = make(format!("{name}-dead"), json!({"VisibilityTimeout": "30"}));
    let redrive = json!({
        "deadLetterTargetArn": format!("arn:aws:sqs:us-east-1:123456789012:{dead_name}"), "maxReceiveCount": most,
    });
    let attributes = json!({"VisibilityTimeout": "30", "RedrivePolicy": redrive.to_string()});
    (make(name.to_owned(), attributes).0, dead)
}

/// A topic that fills the queue of that name, as the configuration names it.
fn topic(tools: &Bellhop, name: &str) -> String {
    let made = aws(tools, &["sns", "create-topic", "--name", name]);
    let topic = made["TopicArn"].as_str().expect("an ARN");
    let queue = topic.replace(":sns:", ":sqs:");
    let words = ["sns", "subscribe", "--topic-arn", topic, "--protocol", "sqs", "--notification-endpoint"];
    aws(tools, &[&words[..], &[queue.as_str()]].concat());
    format!("kind = \"sns\"\ntopic = \"{topic}\"")
}

fn by_queue(url: &str) -> String {
    format!("kind = \"sqs\"\nurl = \"{url}\"\nregion = \"us-east-1\"")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_beside_the_door_hears_of_jobs_by_every_kind_of_queue() {
    let (moto, tables) = (Aws::start().await.expect("a local AWS"), Aws::in_turn().await.expect("tables"));
    let places = Places { aws: moto.url(), worker: &[], tables: tables.url() };
    for way in [Way::Queue, Way::Fifo, Way::Topic] {
        let mut house = House::start(&places, way, 5).await;
        house.work().await;
        // moto looks only once a poll which groups are busy: a second message of one user waits there for the poll's end.
        let lines = if way == Way::Fifo { 1 } else { 3 };
        for _ in 0..lines {
            let said = Instant::now();
            let name = house.say("sts get-caller-identity").await;
            let answer = house.answer(&name).await;
            assert!(answer.contains(&house.account), "{answer}");
            assert!(said.elapsed() < RUNG, "{way:?}: nobody rang for it, {:?}", said.elapsed());
        }
        house.until("the queue is empty", || house.holds(&house.queue) == 0).await;
        let log = house.worker_log();
        assert!(!log.contains("none of Bellhop's"), "{way:?}: {log}");
        // A front leaves the work to others.
        house.stop();
        let name = house.say("sts get-caller-identity").await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(house.slack.posts_to(&name).is_empty(), "{way:?}: the front has worked");
        assert_eq!(house.holds(&house.queue), 1, "{way:?}");
        house.work().await;
        assert!(house.answer(&name).await.contains(&house.account));
        house.assert_kept();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_works_hears_the_queue_beside_its_own_bell() {
    let (moto, tables) = (Aws::start().await.expect("a local AWS"), Aws::in_turn().await.expect("tables"));
    let places = Places { aws: moto.url(), worker: &[], tables: tables.url() };
    let mut house = House::start(&places, Way::Queue, 5).await;
    let early = house.say("sts get-caller-identity").await;
    house.front.kill();
    house.front.set_var("BELLHOP_ROLE", "");
    house.front.serve().await.expect("bellhop serve");
    for name in [early, house.say("sts get-caller-identity").await] {
        assert!(house.answer(&name).await.contains(&house.account));
        assert_eq!(house.slack.posts_to(&name).len(), 1);
    }
    house.until("the queue is empty", || house.holds(&house.queue) == 0).await;
    assert_eq!(house.holds(&house.dead), 0);
    house.assert_kept();
    // A front alone where nobody is rung for would leave everything undone.
    let lonely = Bellhop::new(BINARY, moto.url(), &config(&house.slack, &house.account)).expect("a folder");
    for (role, expected) in [("front", "nobody else would work"), ("worker", "`bellhop worker` works")] {
        let mut command = lonely.command();
        command.env("BELLHOP_ROLE", role).args(["serve", "--config", "bellhop.toml"]);
        let output = command.output().expect("bellhop serve runs");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && told.contains(expected), "{role}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_in_the_queue_twice_or_means_nothing_does_no_harm() {
    let (moto, tables) = (Aws::start().await.expect("a local AWS"), Aws::in_turn().await.expect("tables"));
    let places = Places { aws: moto.url(), worker: &[], tables: tables.url() };
    let mut house = House::start(&places, Way::Queue, 5).await;
    let name = house.say("sts get-caller-identity").await;
    let read =
        house.aws(&["sqs", "receive-message", "--queue-url", &house.queue, "--visibility-timeout", "0"]);
    let ring = read["Messages"][0]["Body"].as_str().expect("a ring").to_owned();
    for carried in ["ALICE", "sts", "/commands/"] {
        assert!(!ring.contains(carried), "{ring}");
    }
    let garbage = [
        "hello".to_owned(),
        r#"{"bellhop":"job","version":1,"job":"0123456789abcdef"}"#.to_owned(),
        format!(r#"{{"bellhop":"job","version":1,"job":"{}"}}"#, "a".repeat(200_000)),
        "[".repeat(50_000),
        json!({"Type": "Notification", "Message": "hello"}).to_string(),
    ];
    for body in [&ring, &ring].into_iter().chain(&garbage) {
        let body = format!("file://{}", file_of(&house, body));
        house.aws(&["sqs", "send-message", "--queue-url", &house.queue, "--message-body", &body]);
    }
    assert_eq!(house.holds(&house.queue), 8);
    house.work().await;
    let answer = house.answer(&name).await;
    assert!(answer.contains(&house.account), "{answer}");
    house.until("the queue is empty", || house.holds(&house.queue) == 0).await;
    assert_eq!(house.slack.posts_to(&name).len(), 1);
    assert_eq!(house.holds(&house.dead), 0);
    let log = house.worker_log();
    assert_eq!(log.matches("none of Bellhop's; removed it").count(), 4, "{log}");
    assert_keeps_secrets("the worker's log", &log, &["aaaaaaaaaa", "[[[[[[[["]);
    house.assert_kept();
}

/// The path of a file that holds that text: some are longer than a command line takes.
fn file_of(house: &House, text: &str) -> String {
    let path = house.front.folder().join(random_hex());
    std::fs::write(&path, text).expect("a file");
    path.display().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ring_stays_hidden_while_its_job_runs() {
    let (moto, tables) = (Aws::start().await.expect("a local AWS"), Aws::in_turn().await.expect("tables"));
    let queues = Proxy::before(moto.url(), Duration::ZERO).await.expect("a proxy");
    // There and back again: longer than a worker hides a ring at a time.
    let slow = Proxy::before(moto.url(), Duration::from_millis(16_500)).await.expect("a slow one");
    let worker = [("AWS_ENDPOINT_URL_SQS", queues.url()), ("AWS_ENDPOINT_URL_EC2", slow.url())];
    let places = Places { aws: moto.url(), worker: &worker, tables: tables.url() };
    let mut house = House::start(&places, Way::Queue, 5).await;
    house.work().await;
    let name = house.say("ec2 describe-key-pairs").await;
    let answer = house.answer(&name).await;
    assert!(answer.contains("KeyPairs"), "{answer}");
    house.until("the queue is empty", || house.holds(&house.queue) == 0).await;
    let asked = |operation: &str| {
        let target = format!("AmazonSQS.{operation}");
        queues.seen().iter().filter(|seen| seen.target == target).count()
    };
    assert!(asked("ChangeMessageVisibility") >= 2, "{}", asked("ChangeMessageVisibility"));
    assert_eq!(asked("DeleteMessage"), 1);
    let waits = queues.seen();
    assert!(
        waits.iter().any(|seen| seen.body.contains("\"WaitTimeSeconds\": 20")
            || seen.body.contains("\"WaitTimeSeconds\":20"))
    );
    assert_eq!(slow.seen().len(), 1, "it ran once");
    house.assert_kept();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_nobody_can_act_upon_ends_as_a_dead_letter_and_is_rung_for_again() {
    let (moto, tables) = (Aws::start().await.expect("a local AWS"), Aws::in_turn().await.expect("tables"));
    let cut = Proxy::before(tables.url(), Duration::ZERO).await.expect("a proxy");
    let worker = [("AWS_ENDPOINT_URL_DYNAMODB", cut.url())];
    let places = Places { aws: moto.url(), worker: &worker, tables: tables.url() };
    let mut house = House::start(&places, Way::Queue, 1).await;
    house.work().await;
    cut.shut(true);
    let name = house.say("sts get-caller-identity").await;
    // Handed out once, put back, and by then it is dead.
    house.until("SQS has given it up", || house.holds(&house.dead) == 1).await;
    assert_eq!(house.holds(&house.queue), 0);
    assert!(house.slack.posts_to(&name).is_empty());
    cut.shut(false);
    assert!(house.answer(&name).await.contains(&house.account));

    let listed = house.say("jobs failed").await;
    let listed = house.answer(&listed).await;
    assert!(listed.contains("dead letter") && listed.contains("handed out"), "{listed}");
    // What was looked at is hidden from others for ten seconds.
    tokio::time::sleep(Duration::from_secs(11)).await;
    let redriven = house.say("jobs redrive all").await;
    let redriven = house.answer(&redriven).await;
    assert!(redriven.contains("Rang again for"), "{redriven}");
    house.until("both queues are empty", || house.holds(&house.queue) + house.holds(&house.dead) == 0).await;
    assert_eq!(house.slack.posts_to(&name).len(), 1, "it ran twice");
    house.assert_kept();
}
