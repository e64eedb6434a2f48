//! Workers that are rung for: by messages that may be lost, repeated, forged or late.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_call::BoxFuture;
use bot::bell::{Bell, BellFault, Heard, Inbox, Message, Ring};
use bot::{Bot, Taken};
use store::{Class, Holder, NewJob, UnixMillis};

use crate::stage::{Play, Stage, URL_SECRET, until};

/// Records rings; hands out messages.
#[derive(Default)]
struct PlayedBell {
    rings: Mutex<Vec<Ring>>,
    broken: bool,
    inbox: Option<Arc<PlayedInbox>>,
}

impl Bell for PlayedBell {
    fn ring<'a>(&'a self, ring: &'a Ring) -> BoxFuture<'a, Result<(), BellFault>> {
        let rung = if self.broken {
            Err(BellFault("no queue".to_owned()))
        } else {
            self.rings.lock().expect("rings").push(ring.clone());
            Ok(())
        };
        Box::pin(std::future::ready(rung))
    }

    fn inbox(&self) -> Option<Arc<dyn Inbox>> {
        self.inbox.clone().map(|inbox| inbox as Arc<dyn Inbox>)
    }
}

impl PlayedBell {
    fn rung(&self) -> Vec<Ring> {
        self.rings.lock().expect("rings").clone()
    }
}

#[derive(Default)]
struct PlayedInbox {
    waiting: Mutex<VecDeque<String>>,
    removed: Mutex<Vec<String>>,
    hidden: Mutex<Vec<(String, Duration)>>,
}

impl Inbox for PlayedInbox {
    fn hear(&self, most: usize) -> BoxFuture<'_, Result<Vec<Heard>, BellFault>> {
        let heard = |body: String| Heard { receipt: body.clone(), body, times: 1 };
        Box::pin(async move {
            let some: Vec<Heard> = {
                let mut waiting = self.waiting.lock().expect("messages");
                let count = waiting.len().min(most);
                waiting.drain(..count).map(heard).collect()
            };
            if some.is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Ok(some)
        })
    }

    fn hide<'a>(&'a self, receipt: &'a str, time: Duration) -> BoxFuture<'a, Result<(), BellFault>> {
        self.hidden.lock().expect("hidden").push((receipt.to_owned(), time));
        Box::pin(std::future::ready(Ok(())))
    }

    fn remove<'a>(&'a self, receipt: &'a str) -> BoxFuture<'a, Result<(), BellFault>> {
        self.removed.lock().expect("removed").push(receipt.to_owned());
        Box::pin(std::future::ready(Ok(())))
    }
}

fn with_bell(bell: &Arc<PlayedBell>) -> Stage {
    let mut stage = Stage::new();
    stage.bell = Some(Arc::clone(bell) as Arc<dyn Bell>);
    stage
}

async fn accept(stage: &Stage, bot: &Bot, line: &str) {
    assert_eq!(bot.accept(&stage.typed(line)).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ring_names_a_job_and_tells_nothing_else() {
    let bell = Arc::new(PlayedBell::default());
    let stage = with_bell(&bell);
    let bot = stage.bot(stage.store(Holder::Owner));
    accept(&stage, &bot, "aws ec2 describe-vpcs").await;
    accept(&stage, &bot, "aws ec2 describe-subnets").await;
    accept(&stage, &bot, "ping").await;
    let rung = bell.rung();
    assert_eq!(rung.len(), 2, "what is answered at once has no job: {rung:?}");
    assert_eq!(rung[0].group, rung[1].group, "one user's jobs keep their order");
    assert_ne!(rung[0].job, rung[1].job);
    for ring in &rung {
        let told = format!("{} {}", ring.group, ring.message());
        assert!(!told.contains("ALICE") && !told.contains("T1") && !told.contains(URL_SECRET), "{told}");
        assert_eq!(Message::parse(&ring.message()), Ok(Message::Job(ring.job.clone())));
    }
    assert_eq!((bot.counters().rung.get(), bot.counters().unrung.get()), (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_worked_off_once_however_often_it_is_rung_for() {
    let bell = Arc::new(PlayedBell::default());
    let stage = with_bell(&bell);
    let store = stage.store(Holder::Owner);
    let bot = stage.bot(store.clone());
    accept(&stage, &bot, "aws ec2 start-instances --instance-ids i-1 --yes").await;
    accept(&stage, &bot, "aws ec2 describe-vpcs").await;
    let jobs: Vec<String> = bell.rung().into_iter().map(|ring| ring.job).collect();
    let (first, last) = (jobs.first().expect("a ring").as_str(), jobs.last().expect("a ring").as_str());
    // Backwards, twice, together, and one that nobody wrote.
    let taken = bot.take_all(&[last, first, first, last, "0123456789abcdef", first]).await;
    assert!(taken.iter().all(|taken| *taken == Taken::Settled), "{taken:?}");
    assert_eq!(bot.take(first).await, Taken::Settled);
    let calls = stage.aws.calls.lock().expect("calls").len();
    let posts = stage.slack.posts().len();
    assert_eq!((calls, posts), (jobs.len(), jobs.len()));
    assert_eq!(store.totals().await.expect("totals").queued, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_was_rung_for_is_found_by_a_sweep() {
    let stage = with_bell(&Arc::new(PlayedBell { broken: true, ..PlayedBell::default() }));
    let bot = stage.bot(stage.store(Holder::Owner));
    for _ in 0..20 {
        accept(&stage, &bot, "aws ec2 describe-vpcs").await;
    }
    assert_eq!((bot.counters().rung.get(), bot.counters().unrung.get()), (0, 20));
    let swept = bot.sweep().await;
    assert_eq!((swept.jobs, swept.unfinished), (20, false));
    assert_eq!(stage.slack.posts().len(), 20);
    assert_eq!(bot.sweep().await.jobs, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_job_is_refused_whoever_rings_for_it() {
    let stage = Stage::new();
    let store = stage.store(Holder::Owner);
    let bot = stage.bot(store.clone());
    let forged = NewJob {
        id: "f0f0".to_owned(),
        key: "k".to_owned(),
        payload: b"{}".to_vec(),
        class: Class::Write,
        accepted_at: UnixMillis(1),
        held_until: None,
        guard: None,
    };
    store.enqueue_once(forged, Vec::new()).await.expect("whoever can write to the store can do that");
    assert_eq!(bot.take("f0f0").await, Taken::Settled);
    assert_eq!(bot.counters().forged.get(), 1);
    assert!(stage.aws.calls.lock().expect("calls").is_empty());
}

/// The stage's time, which runs faster than the machine's.
async fn now(bot: &Bot, stage: &Stage, bell: &PlayedBell) -> UnixMillis {
    // A job's acceptance bears it.
    accept(stage, bot, "aws ec2 describe-vpcs").await;
    let job = bell.rung().pop().expect("a ring").job;
    let audit = stage.audit().await;
    let row = audit.iter().find(|row| row.contains(&job)).expect("its row");
    let row: serde_json::Value = serde_json::from_str(row).expect("JSON");
    UnixMillis(row["at"].as_i64().expect("a time"))
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_begins_for_which_too_little_time_is_left() {
    let bell = Arc::new(PlayedBell::default());
    let stage = with_bell(&bell);
    let bot = stage.bot(stage.store(Holder::Owner));
    let begun = now(&bot, &stage, &bell).await;
    let job = bell.rung().pop().expect("a ring").job;
    bot.finish_by(Some(begun.plus(1)));
    assert_eq!(bot.take(&job).await, Taken::Again);
    let swept = bot.sweep().await;
    assert_eq!((swept.jobs, swept.unfinished), (0, true));
    assert!(stage.aws.calls.lock().expect("calls").is_empty());
    bot.finish_by(None);
    assert_eq!(bot.take(&job).await, Taken::Settled);
    assert_eq!(stage.slack.posts().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_hangs_ends_before_the_time_does() {
    let bell = Arc::new(PlayedBell::default());
    let mut stage = with_bell(&bell);
    // Ten seconds of the stage are one of ours: what is left to finish in must do on a busy machine.
    stage.speed = 10;
    let bot = stage.bot(stage.store(Holder::Owner));
    let begun = now(&bot, &stage, &bell).await;
    let job = bell.rung().pop().expect("a ring").job;
    stage.aws.plays.lock().expect("plays").push_back(Play::Hang);
    bot.finish_by(Some(begun.plus(15_000)));
    assert_eq!(bot.take(&job).await, Taken::Settled);
    let post = stage.slack.posts().pop().expect("an answer");
    assert!(post.contains("longer than a command may take"), "{post}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_is_heard_and_emptied_of_what_is_done() {
    let inbox = Arc::new(PlayedInbox::default());
    let bell = Arc::new(PlayedBell { inbox: Some(Arc::clone(&inbox)), ..PlayedBell::default() });
    let stage = with_bell(&bell);
    let store = stage.store(Holder::Owner);
    let bot = stage.bot(store.clone());
    accept(&stage, &bot, "aws ec2 describe-vpcs").await;
    let message = bell.rung().pop().expect("a ring").message();
    let huge = format!("{{\"bellhop\":\"job\",\"job\":\"{}\"}}", "a".repeat(100_000));
    let others = ["hello", r#"{"bellhop":"job","job":"0000"}"#, r#"{"bellhop":"sweep"}"#, huge.as_str()];
    let all: Vec<String> = others.iter().map(ToString::to_string).chain([message.clone(), message]).collect();
    inbox.waiting.lock().expect("messages").extend(all.clone());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let working = tokio::spawn({
        let bot = bot.clone();
        async move { bot.run_workers(async { drop(stopped.await) }).await }
    });
    until("every message is removed", || inbox.removed.lock().expect("removed").len() == all.len()).await;
    until("the answer", || !stage.slack.posts().is_empty()).await;
    stop.send(()).expect("somebody works");
    working.await.expect("the workers stop");
    assert_eq!(stage.slack.posts().len(), 1);
    assert_eq!(bot.counters().misheard.get(), 2);
    let longest = inbox.hidden.lock().expect("hidden").iter().map(|(_, time)| *time).max();
    assert!(longest.is_none_or(|time| time <= Duration::from_secs(60)), "{longest:?}");
}
