//! Many processes on one table, killed at random: every read is answered, no write is sent twice, every doubt is told.
//!
//! The workers are this program itself, started again, and are really killed. What they do to the world is a line in a
//! file, which is held against what they told and against the record. DynamoDB is moto's, answering one request after the
//! other.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::print_stderr, reason = "a measurement is printed")]
#![expect(
    clippy::disallowed_methods,
    reason = "this test starts and kills processes, and looks at the clock"
)]

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use aws_call::credentials::StaticCredentials;
use aws_call::{CallOptions, Client, Credentials, OsRandom, Random as _};
use aws_model::Catalog;
use store::dynamodb::DynamoStore;
use store::{
    Claim, Claimed, Class, Completion, Enqueued, NewAuditRow, NewJob, Next, Store, StoreError, UnixMillis,
    Verification, verify,
};
use testkit::{Aws, Lifeline};
use tokio::task::JoinSet;

/// The variable by which this program knows that it is a worker: where, which table, which file, how long a lease.
const WORKER: &str = "BELLHOP_STORE_TEST_WORKER";
const TABLE: &str = "claims";
/// How long a call takes until it has happened, and then until that is known: kills fall into both.
const CALL: Duration = Duration::from_millis(60);
/// How long a worker that finds nothing waits: at least, and at most.
const IDLE: [Duration; 2] = [Duration::from_millis(500), Duration::from_millis(2_500)];
/// How many jobs are accepted at a time.
const ACCEPTING: usize = 4;
/// How many rows of the record are read at a time.
const ROWS: u32 = 500;

fn open(url: &str) -> DynamoStore {
    let credentials = Credentials::new("AKIDTEST", "test-secret-key");
    let options = CallOptions { endpoint_url: Some(url.to_owned()), ..CallOptions::in_region("us-east-1") }
        .with_credentials(Arc::new(StaticCredentials::new(credentials)));
    DynamoStore::new(Client::new(Catalog::embedded()), options, TABLE).unwrap()
}

fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    UnixMillis(i64::try_from(since.as_millis()).unwrap())
}

fn row(kind: &'static str, job: &str) -> NewAuditRow {
    NewAuditRow { at: now(), kind, job: job.to_owned(), body: serde_json::json!({"line": "x"}) }
}

/// What a worker does to the world: one line, whole.
fn tell(file: &mut File, what: &str, id: &str, how: &str) {
    file.write_all(format!("{what} {id} {how}\n").as_bytes()).unwrap();
}

/// Not a test of its own: what the others start and kill.
#[tokio::test]
async fn worker_that_is_killed() {
    let Ok(given) = std::env::var(WORKER) else { return };
    let [url, file, lease] = given.splitn(3, ' ').collect::<Vec<_>>().try_into().unwrap();
    let lease: i64 = lease.parse().unwrap();
    let mut file = OpenOptions::new().append(true).open(file).unwrap();
    let store = open(url);
    loop {
        let at = now();
        match store.claim(Claim { now: at, lease_until: at.plus(lease) }).await {
            Ok(Some(claimed)) => match work(&store, &mut file, claimed, lease).await {
                Ok(()) | Err(StoreError::Lost) => {}
                Err(error) => panic!("{error}"),
            },
            Ok(None) => tokio::time::sleep(IDLE[0] + (IDLE[1] - IDLE[0]).mul_f64(OsRandom.unit())).await,
            Err(error) => panic!("{error}"),
        }
    }
}

async fn work(store: &DynamoStore, file: &mut File, claimed: Claimed, lease: i64) -> Result<(), StoreError> {
    let Claimed { job, fence, next } = claimed;
    let answer = match next {
        Next::Run => {
            store.begin(fence.clone(), row("intent", &job.id)).await?;
            tokio::time::sleep(CALL).await;
            tell(file, "sent", &job.id, "");
            tokio::time::sleep(CALL).await;
            "done"
        }
        Next::ReportDoubt => "doubt",
        Next::ReportAbandoned => "abandoned",
        Next::Deliver { reply, .. } => {
            tell(file, "answered", &job.id, std::str::from_utf8(&reply).unwrap());
            return store.close(fence, vec![row("delivery", &job.id)]).await;
        }
    };
    let completion = Completion {
        reply: Some(answer.as_bytes().to_vec()),
        deliver_until: now().plus(lease),
        rows: vec![row("outcome", &job.id)],
    };
    store.complete(fence.clone(), completion).await?;
    tell(file, "answered", &job.id, answer);
    store.close(fence, vec![row("delivery", &job.id)]).await
}

struct Size {
    jobs: usize,
    processes: usize,
    lease: Duration,
    /// How long it is until the next worker is killed, on average.
    kill_every: Duration,
    /// How many are killed.
    kills: usize,
    /// How long all may take.
    within: Duration,
}

/// A file that is gone with the test.
struct Effects(PathBuf);

impl Drop for Effects {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn start(url: &str, effects: &Path, size: &Size) -> Lifeline {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "worker_that_is_killed", "--nocapture"]);
    command.env(WORKER, format!("{url} {} {}", effects.display(), size.lease.as_millis()));
    let quiet = |shell: &mut Command| {
        shell.stdout(Stdio::null()).stderr(Stdio::inherit());
    };
    Lifeline::start(&command, quiet).unwrap()
}

async fn many_processes(size: Size) {
    let aws = Aws::in_turn_for_many().await.unwrap();
    let store = Arc::new(open(aws.url()));
    store.create_table().await.unwrap();
    let effects = Effects(std::env::temp_dir().join(format!("bellhop-claims-{}", std::process::id())));
    File::create(&effects.0).unwrap();
    let begun = Instant::now();
    let mut accepting = JoinSet::new();
    for first in 0..ACCEPTING {
        let (store, jobs) = (Arc::clone(&store), size.jobs);
        accepting.spawn(async move {
            for number in (first..jobs).step_by(ACCEPTING) {
                accept(&store, number).await;
            }
        });
    }
    while let Some(some) = accepting.join_next().await {
        some.unwrap();
    }
    let accepted = begun.elapsed();
    let (kills, crashes) = until_all_is_done(aws.url(), &effects.0, &size).await;
    let took = begun.elapsed();
    let asked = aws.asked().await.unwrap();
    let counts = judged(&std::fs::read_to_string(&effects.0).unwrap(), &recorded(&store).await, size.jobs);
    let rows = match verify(&*store).await.unwrap() {
        Verification::Whole { rows } => rows,
        broken @ Verification::Broken { .. } => panic!("{broken:?}"),
    };
    let chains = store.audit_heads().await.unwrap().iter().filter(|head| head.rows > 0).count();
    eprintln!(
        "{} jobs, {} processes, {kills} killed, {crashes} gave up: accepted after {accepted:.0?}, done after {took:.0?}, \
         read after {:.0?}; {counts:?}; {rows} rows in {chains} chains are whole",
        size.jobs,
        size.processes,
        begun.elapsed()
    );
    eprint!("what DynamoDB was asked (how often, refused, seconds):\n{asked}");
    assert!(kills >= size.kills);
}

async fn accept(store: &DynamoStore, number: usize) {
    let class = if number.is_multiple_of(2) { Class::Write } else { Class::Read };
    let id = format!("{number:05}");
    let job = NewJob {
        key: format!("key-{id}"),
        payload: b"payload".to_vec(),
        class,
        accepted_at: now(),
        held_until: None,
        guard: None,
        id: id.clone(),
    };
    let accepted = store.enqueue_once(job, vec![row("accepted", &id)]).await.unwrap();
    assert_eq!(accepted, Enqueued::Accepted(None));
}

/// Kills workers and starts others until every job is closed.
async fn until_all_is_done(url: &str, effects: &Path, size: &Size) -> (usize, usize) {
    // Who accepted jobs remembers them, and would look at each.
    let store = open(url);
    let begun = Instant::now();
    let mut workers: Vec<Lifeline> = (0..size.processes).map(|_| start(url, effects, size)).collect();
    let (mut kills, mut crashes) = (0, 0);
    let mut look_at = Instant::now();
    loop {
        tokio::time::sleep(size.kill_every.mul_f64(2.0 * OsRandom.unit())).await;
        let chosen = (OsRandom.unit() * workers.len() as f64) as usize;
        // Then the rest may end in peace.
        if kills < size.kills {
            workers[chosen].kill();
            workers[chosen] = start(url, effects, size);
            kills += 1;
        }
        for worker in &mut workers {
            if !worker.is_running() {
                crashes += 1;
                *worker = start(url, effects, size);
            }
        }
        if look_at.elapsed() > size.lease / 4 {
            if store.next_ready().await.unwrap().is_none() {
                return (kills, crashes);
            }
            look_at = Instant::now();
        }
        assert!(begun.elapsed() < size.within, "not done in time: {:?}", store.totals().await);
    }
}

/// How many rows of each kind the record has of each job.
async fn recorded(store: &DynamoStore) -> BTreeMap<String, BTreeMap<String, usize>> {
    let mut found: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for head in store.audit_heads().await.unwrap() {
        let mut after = 0;
        while after < head.rows {
            for row in store.audit_rows(head.chain, after, ROWS).await.unwrap() {
                *found.entry(row.job).or_default().entry(row.kind).or_default() += 1;
                after = row.seq;
            }
        }
    }
    found
}

#[derive(Debug, Default)]
struct Counts {
    reads_done: usize,
    reads_given_up: usize,
    writes_done: usize,
    writes_in_doubt: usize,
    of_those_sent: usize,
    writes_given_up_unsent: usize,
}

/// Holds what was done to the world against what was told of it, and both against the record.
fn judged(lines: &str, recorded: &BTreeMap<String, BTreeMap<String, usize>>, jobs: usize) -> Counts {
    let mut sent: BTreeMap<&str, usize> = BTreeMap::new();
    let mut answers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in lines.lines() {
        let mut words = line.split(' ');
        match (words.next().unwrap(), words.next().unwrap(), words.next().unwrap()) {
            ("sent", id, _) => *sent.entry(id).or_default() += 1,
            (_, id, how) => answers.entry(id).or_default().push(how),
        }
    }
    let mut counts = Counts::default();
    for number in 0..jobs {
        let id = format!("{number:05}");
        let sent = sent.get(id.as_str()).copied().unwrap_or(0);
        let mut told = answers.get(id.as_str()).cloned().unwrap_or_default();
        // A delivery may come twice, but never say something else.
        told.dedup();
        let [told] = told.as_slice() else { panic!("job {id} was answered with {told:?}") };
        let rows = |kind: &str| recorded.get(&id).and_then(|rows| rows.get(kind)).copied().unwrap_or(0);
        for kind in ["accepted", "outcome", "delivery"] {
            assert_eq!(rows(kind), 1, "job {id}: rows of kind {kind}");
        }
        assert!(sent == 0 || rows("intent") > 0, "job {id} was sent without a word before");
        if number % 2 == 1 {
            counts.reads_done += usize::from(*told == "done");
            counts.reads_given_up += usize::from(*told == "abandoned");
            assert!(*told != "doubt" && (*told != "done" || sent > 0), "read {id}: {told}");
            continue;
        }
        assert!(sent <= 1, "write {id} was sent {sent} times");
        assert_eq!(rows("intent"), usize::from(*told != "abandoned"), "write {id}, which was told as {told}");
        match *told {
            "done" => {
                assert_eq!(sent, 1, "write {id}");
                counts.writes_done += 1;
            }
            "doubt" => {
                counts.writes_in_doubt += 1;
                counts.of_those_sent += sent;
            }
            _ => {
                assert_eq!(sent, 0, "write {id} was sent, and given up without a word of that");
                counts.writes_given_up_unsent += 1;
            }
        }
    }
    counts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_are_killed_lose_and_repeat_nothing() {
    many_processes(Size {
        jobs: 60,
        processes: 6,
        lease: Duration::from_secs(5),
        kill_every: Duration::from_millis(700),
        kills: 8,
        within: Duration::from_secs(150),
    })
    .await;
}

/// Run by `cargo xtask bench claims`; `JOBS`, `PROCESSES` and `KILLS` name other numbers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it takes minutes: moto answers some hundred requests a second"]
async fn a_hundred_processes_share_ten_thousand_jobs() {
    let number = |name: &str, default: usize| {
        std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let jobs = number("JOBS", 10_000);
    many_processes(Size {
        jobs,
        processes: number("PROCESSES", 100),
        lease: Duration::from_secs(30),
        kill_every: Duration::from_millis((jobs as u64 / 5).clamp(300, 2_000)),
        kills: number("KILLS", 100),
        within: Duration::from_secs(3_600),
    })
    .await;
}
