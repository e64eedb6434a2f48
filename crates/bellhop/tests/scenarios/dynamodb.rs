//! The store in DynamoDB: two servers share it, one is killed, and everything moves to SQLite and back.

use std::process::Output;
use std::time::Duration;

use testkit::{Aws, Bellhop, FakeSlack, Proxy, Slash, fresh_account, random_hex};

use crate::support::{BINARY, PATIENCE, config};

/// Two servers on one table, with the same keys, before one Slack.
struct Pair {
    slack: FakeSlack,
    one: Bellhop,
    other: Bellhop,
    account: String,
}

/// A short deadline: a lease is over soon after it.
fn with_table(config: &str, table: &str, keys: &str) -> String {
    let store = format!(
        "[store]\nkind = \"dynamodb\"\ntable = \"{table}\"\nkey_file = \"{keys}.key\"\n\
         [audit]\nkey_file = \"{keys}.audit-key\"\n[workers]\ndeadline_seconds = 2"
    );
    config.replace("[store]\npath = \"bellhop.db\"", &store)
}

impl Pair {
    async fn before(aws: &str) -> Pair {
        let slack = FakeSlack::start().await.expect("a fake Slack");
        let account = fresh_account();
        let table = format!("bellhop-{}", random_hex());
        let keys = std::env::temp_dir().join(&table).display().to_string();
        let config = with_table(&config(&slack, &account), &table, &keys);
        let mut one = Bellhop::new(BINARY, aws, &config).expect("a folder");
        let mut other = Bellhop::new(BINARY, aws, &config).expect("a folder");
        told(&one, &["store", "create-table"]);
        one.serve().await.expect("bellhop serve");
        other.serve().await.expect("a second one");
        Pair { slack, one, other, account }
    }

    fn slash(&self, line: &str) -> (Slash, String) {
        let name = random_hex();
        (Slash::new(line, &self.slack.response_url(&name)), name)
    }

    async fn say(&self, server: &Bellhop, line: &str) -> String {
        let (slash, name) = self.slash(line);
        assert_eq!(slash.post(&server.url()).await.expect("an ack").status, 200);
        self.slack.wait_for(&name, PATIENCE, |_| true).await.expect("a reply").text().to_owned()
    }
}

/// Runs `bellhop` with those words, which must succeed; what it says.
fn told(bellhop: &Bellhop, words: &[&str]) -> String {
    let output = run(bellhop, words);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{words:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

fn run(bellhop: &Bellhop, words: &[&str]) -> Output {
    bellhop.run(&[words, &["--config", "bellhop.toml"]].concat()).expect("bellhop runs")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_share_a_table_and_one_may_be_killed() {
    let moto = Aws::in_turn().await.expect("a local AWS");
    // Each way takes a while, so that the kill falls within the call.
    let aws = Proxy::before(moto.url(), Duration::from_millis(20)).await.expect("a proxy");
    let mut pair = Pair::before(aws.url()).await;
    let account = pair.account.clone();
    for server in [&pair.one, &pair.other] {
        let reply = pair.say(server, "sts get-caller-identity").await;
        assert!(reply.contains(&account), "{reply}");
    }
    let created = pair.say(&pair.one, "sqs create-queue --queue-name effects").await;
    let queue =
        created.split(['"', '\\']).find(|part| part.contains("/effects")).expect("its URL").to_owned();

    let (read, read_name) = pair.slash("sts get-caller-identity");
    let (write, write_name) =
        pair.slash(&format!("sqs send-message --queue-url {queue} --message-body effect"));
    for slash in [&write, &read] {
        let ack = slash.post(&pair.one.url()).await.expect("an ack");
        assert_eq!((ack.status, ack.text().contains("Running")), (200, true), "{}", ack.text());
    }
    tokio::time::sleep(Duration::from_millis(150)).await;
    pair.one.kill();
    // Their leases first have to be over.
    let patience = 3 * PATIENCE;
    let read = pair.slack.wait_for(&read_name, patience, |post| post.text().contains(&account)).await;
    read.unwrap_or_else(|error| panic!("a read was lost: {error}\n{}", pair.other.log()));
    let reply = pair.slack.wait_for(&write_name, patience, |_| true).await.expect("a write was lost");
    let sent = aws.seen().iter().filter(|seen| seen.body.contains("\"effect\"")).count();
    assert!(sent <= 1, "a write was sent {sent} times");
    assert!(
        reply.text().contains("MessageId") || reply.text().contains("May have happened"),
        "{}",
        reply.text()
    );

    pair.other.server().expect("it runs").signal("TERM").expect("a polite end");
    pair.other.server().expect("it runs").wait().expect("its end");
    let verified = told(&pair.other, &["audit", "verify"]);
    assert!(verified.contains("the audit log is whole"), "{verified}");
    let listed = told(&pair.other, &["audit", "list", "--kind", "outcome", "--limit", "2"]);
    assert!(listed.contains("more: --before"), "{listed}");
    moves(&pair.other, &verified);
}

/// From the table to a database, a file, another table and back: the record stays what it was.
fn moves(bellhop: &Bellhop, verified: &str) {
    let noted = verified.lines().find(|line| line.starts_with("to hold it")).expect("a note").to_owned();
    let holds: Vec<&str> = noted.split(' ').skip_while(|word| !word.starts_with("--")).collect();
    told(bellhop, &["store", "migrate", "--from", "dynamodb", "--to", "sqlite"]);
    let again = run(bellhop, &["store", "migrate", "--from", "dynamodb", "--to", "sqlite"]);
    assert!(String::from_utf8_lossy(&again.stderr).contains("--replace"), "what is there stays");
    told(bellhop, &["store", "backup", "one.backup"]);
    told(bellhop, &["store", "create-table", "--table", "another"]);
    told(bellhop, &["store", "migrate", "--from", "sqlite", "--to", "dynamodb", "--table", "another"]);
    told(
        bellhop,
        &["store", "migrate", "--from", "dynamodb", "--to", "sqlite", "--table", "another", "--replace"],
    );
    told(bellhop, &["store", "restore", "one.backup", "--replace"]);
    let after = told(bellhop, &[&["audit", "verify"], holds.as_slice()].concat());
    assert_eq!(after.lines().next(), verified.lines().next());
    let backup = std::fs::read(bellhop.folder().join("one.backup")).expect("the backup");
    let mut altered = backup.clone();
    altered[backup.len() / 2] ^= 1;
    std::fs::write(bellhop.folder().join("altered.backup"), altered).expect("written");
    let refused = run(bellhop, &["store", "restore", "altered.backup", "--replace"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("nothing was changed"));
    assert!(!backup.windows(15).any(|part| part == b"test-secret-key"));
}
