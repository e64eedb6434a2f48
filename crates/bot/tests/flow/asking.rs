//! Words that are asked for before something runs: every way in which a press counts, and every way in which it must not.

use std::sync::Arc;
use std::time::Duration;

use bot::Rules;
use policy::{Approval, Need};
use slack::Interaction;
use store::{Claim, Class, Expect, Holder, NewJob, Page, Store, UnixMillis};

use crate::stage::{Play, Running, Stage, URL_SECRET, logs, rules, until};
use crate::text;

pub(crate) const LINE: &str = "ec2 stop-instances --instance-ids i-0a1";
const INSTANCES: &str = r#"{"Reservations": [{"Instances": [{"InstanceId": "i-0a1", "InstanceType": "t3.micro",
    "State": {"Code": 16, "Name": "running"},
    "Tags": [{"Key": "Name", "Value": "shop-web-1"}, {"Key": "Owner", "Value": "team-shop"}]}]}]}"#;

/// Rules under which a write needs that.
pub(crate) fn needing(need: Need) -> Rules {
    let mut book = rules(&["*"], &["list", "read", "write", "destructive"]).book;
    book.grants[0].needs.insert("write".to_owned(), need);
    Rules::of(book).expect("rules")
}

pub(crate) fn approval(approvers: &[&str], count: u32) -> Need {
    Need::Approval(Approval { approvers: approvers.iter().map(|id| (*id).to_owned()).collect(), count })
}

pub(crate) fn confirming() -> Stage {
    let stage = Stage::new();
    stage.rules.replace(needing(Need::Confirm));
    *stage.aws.instances.lock().expect("instances") = Some(INSTANCES);
    stage
}

pub(crate) fn approving(approvers: &[&str], count: u32) -> Stage {
    let mut stage = confirming();
    stage.web = Some(Arc::default());
    stage.rules.replace(needing(approval(approvers, count)));
    stage
}

pub(crate) fn web(stage: &Stage) -> &crate::stage::PlayedWeb {
    stage.web.as_deref().expect("a token")
}

/// The value that the buttons of a posted card carry.
pub(crate) fn id_in(card: &str) -> String {
    let start = card.find(r#""value":""#).unwrap_or_else(|| panic!("no button: {card}")) + 9;
    card[start..].chars().take_while(char::is_ascii_hexdigit).collect()
}

/// Types the command, and waits for its card.
pub(crate) async fn asked(stage: &Stage, running: &Running) -> String {
    let before = stage.slack.posts().len();
    text(&running.bot.accept(&stage.typed(LINE)).await);
    until("the card", || stage.slack.posts().len() > before).await;
    id_in(&stage.slack.posts()[before])
}

pub(crate) async fn press(running: &Running, interaction: &Interaction) {
    assert_eq!(running.bot.press(interaction).await.status, 200);
}

/// The last message that was posted to a response address.
pub(crate) fn last(stage: &Stage) -> String {
    stage.slack.posts().last().cloned().unwrap_or_default()
}

pub(crate) async fn told(stage: &Stage, what: &str) {
    let says = |post: &&String| post.contains(what) && !post.contains(r#""replace_original":true"#);
    until(what, || stage.slack.posts().iter().rev().take(3).any(|post| says(&post))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmed_command_shows_what_it_touches_and_runs_once() {
    let stage = confirming();
    let running = Running::start(&stage).await;
    let ack = text(&running.bot.accept(&stage.typed(LINE)).await);
    assert!(ack.contains("Waiting for your word"), "{ack}");
    until("the card", || stage.slack.posts().len() == 1).await;
    let card = stage.slack.posts()[0].clone();
    for part in [
        LINE,
        "shop-web-1",
        "running",
        "t3.micro",
        "team-shop",
        "It touches 1 thing.",
        "Dry run: AWS would do it.",
        "To undo: aws ec2 start-instances",
        "arn:aws:iam::111111111111:role/Bellhop",
        r#""action_id":"run""#,
        r#""action_id":"cancel""#,
    ] {
        assert!(card.contains(part), "{part} in {card}");
    }
    assert_eq!(stage.aws.count(), 0, "nothing ran");
    stage.aws.plays.lock().expect("plays").push_back(Play::Answer(r#"{"StoppingInstances": []}"#));
    let run = stage.pressed("U0ALICE", "run", &id_in(&card));
    press(&running, &run).await;
    until("the answer", || last(&stage).contains("StoppingInstances")).await;
    assert!(
        last(&stage).contains(r#""replace_original":true"#),
        "it takes the card's place: {}",
        last(&stage)
    );
    press(&running, &run).await;
    press(&running, &stage.pressed("U0ALICE", "run", &id_in(&card))).await;
    told(&stage, "it was run once").await;
    running.stop().await;
    assert_eq!(stage.aws.count(), 1);
    let audit = stage.audit().await.join("\n");
    for part in [r#""kind":"asked""#, r#""decision":"confirmed""#, r#""confirmed_by":"U0ALICE""#] {
        assert!(audit.contains(part), "{part} in {audit}");
    }
    assert!(!logs().contains(URL_SECRET) && !audit.contains(URL_SECRET));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_pressed_by_someone_else_does_nothing() {
    let stage = confirming();
    let running = Running::start(&stage).await;
    let id = asked(&stage, &running).await;
    for action in ["run", "cancel"] {
        press(&running, &stage.pressed("U0MALLORY", action, &id)).await;
        told(&stage, "Only the one who asked").await;
    }
    for action in ["approve", "reject"] {
        press(&running, &stage.pressed("U0MALLORY", action, &id)).await;
        told(&stage, "cannot be pressed here").await;
    }
    press(&running, &stage.pressed("U0ALICE", "run", &id)).await;
    until("the answer", || stage.aws.count() == 1).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_pressed_twice_at_once_runs_once() {
    let stage = confirming();
    let running = Running::start(&stage).await;
    let id = asked(&stage, &running).await;
    let presses: Vec<Interaction> = (0..8).map(|_| stage.pressed("U0ALICE", "run", &id)).collect();
    let mut set = tokio::task::JoinSet::new();
    for (bot, one) in presses.iter().map(|one| (running.bot.clone(), one.clone())) {
        set.spawn(async move { bot.press(&one).await.status });
    }
    while let Some(status) = set.join_next().await {
        assert_eq!(status.expect("pressed"), 200);
    }
    assert_eq!(running.bot.counters().pressed.get(), 8);
    until("the answer", || last(&stage).contains("replace_original")).await;
    running.stop().await;
    assert_eq!(stage.aws.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_pressed_late_runs_nothing() {
    let mut stage = confirming();
    stage.settings.confirm_within = Duration::from_secs(30);
    let running = Running::start(&stage).await;
    let id = asked(&stage, &running).await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    press(&running, &stage.pressed("U0ALICE", "run", &id)).await;
    told(&stage, "It is too late").await;
    running.stop().await;
    assert_eq!(stage.aws.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_pressed_after_a_restart_counts_once() {
    let stage = confirming();
    let running = Running::start(&stage).await;
    let id = asked(&stage, &running).await;
    running.kill().await;
    let running = Running::start(&stage).await;
    press(&running, &stage.pressed("U0ALICE", "run", &id)).await;
    until("the call", || stage.aws.count() == 1).await;
    until("the answer", || stage.slack.posts().len() >= 2).await;
    running.kill().await;
    let running = Running::start(&stage).await;
    press(&running, &stage.pressed("U0ALICE", "run", &id)).await;
    told(&stage, "It is over").await;
    running.stop().await;
    assert_eq!(stage.aws.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_pressed_from_another_workspace_is_not_known_there() {
    let stage = confirming();
    let running = Running::start(&stage).await;
    let id = asked(&stage, &running).await;
    let mut elsewhere = stage.pressed("U0ALICE", "run", &id);
    (elsewhere.team_id, elsewhere.user_team_id) = (Some("T2".to_owned()), Some("T2".to_owned()));
    press(&running, &elsewhere).await;
    told(&stage, "not known here").await;
    let mut stranger = stage.pressed("U0ALICE", "run", &id);
    stranger.user_team_id = Some("T2".to_owned());
    press(&running, &stranger).await;
    told(&stage, "Only the one who asked").await;
    for forged in ["", "0", "../../T1/x", &"f".repeat(32), &"f".repeat(100_000)] {
        press(&running, &stage.pressed("U0ALICE", "run", forged)).await;
    }
    told(&stage, "not known here").await;
    running.stop().await;
    assert_eq!(stage.aws.count(), 0);
}

/// Confused deputy: the place that counts is where it was asked, not where it was pressed.
#[tokio::test(flavor = "multi_thread")]
async fn a_press_from_another_channel_runs_with_the_rights_of_the_asking() {
    let stage = confirming();
    let mut book = needing(Need::Confirm).book;
    book.grants[0].in_channels = vec!["C0OPS".to_owned()];
    stage.rules.replace(Rules::of(book.clone()).expect("rules"));
    let running = Running::start(&stage).await;
    let id = asked(&stage, &running).await;
    book.grants[0].in_channels = vec!["C0ELSE".to_owned()];
    stage.rules.replace(Rules::of(book).expect("rules"));
    let mut forged = stage.pressed("U0ALICE", "run", &id);
    forged.channel_id = Some("C0ELSE".to_owned());
    press(&running, &forged).await;
    told(&stage, "The rules changed").await;
    running.stop().await;
    assert_eq!(stage.aws.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_command_cannot_be_run() {
    let stage = confirming();
    let running = Running::start(&stage).await;
    let id = asked(&stage, &running).await;
    press(&running, &stage.pressed("U0ALICE", "cancel", &id)).await;
    until("the card goes", || last(&stage).contains("It was cancelled")).await;
    assert!(last(&stage).contains(r#""replace_original":true"#) && !last(&stage).contains("action_id"));
    press(&running, &stage.pressed("U0ALICE", "run", &id)).await;
    told(&stage, "It is over: it was cancelled").await;
    running.stop().await;
    assert_eq!(stage.aws.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn grants_lost_between_asking_and_pressing_are_honoured() {
    let stage = confirming();
    let running = Running::start(&stage).await;
    let id = asked(&stage, &running).await;
    stage.rules.replace(rules(&["s3:*"], &["list"]));
    press(&running, &stage.pressed("U0ALICE", "run", &id)).await;
    told(&stage, "The rules changed since it was asked").await;
    stage.rules.replace(needing(Need::Confirm));
    press(&running, &stage.pressed("U0ALICE", "run", &id)).await;
    told(&stage, "It is over").await;
    running.stop().await;
    assert_eq!(stage.aws.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn grants_lost_between_pressing_and_running_are_honoured() {
    let stage = confirming();
    let running = Running::start(&stage).await;
    let id = asked(&stage, &running).await;
    running.stop().await;
    let store = stage.store(Holder::Owner);
    let bot = stage.bot(Arc::clone(&store) as Arc<dyn Store>);
    bot.press(&stage.pressed("U0ALICE", "run", &id)).await;
    drop((bot, store));
    stage.rules.replace(needing(approval(&["U0BOB"], 1)));
    let running = Running::start(&stage).await;
    until("the refusal", || last(&stage).contains("others' approval first")).await;
    running.stop().await;
    assert_eq!(stage.aws.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn yes_counts_where_the_grant_lets_it() {
    let stage = confirming();
    let running = Running::start(&stage).await;
    let line = format!("{LINE} --yes");
    text(&running.bot.accept(&stage.typed(&line)).await);
    until("the card", || last(&stage).contains(r#""action_id":"run""#)).await;
    let mut book = needing(Need::Confirm).book;
    book.grants[0].yes = true;
    stage.rules.replace(Rules::of(book.clone()).expect("rules"));
    text(&running.bot.accept(&stage.typed(&line)).await);
    until("the call", || stage.aws.count() == 1).await;
    book.grants[0].needs.insert("write".to_owned(), approval(&["U0BOB"], 1));
    stage.rules.replace(Rules::of(book).expect("rules"));
    let refused = text(&running.bot.accept(&stage.typed(&format!("{line} --again"))).await);
    assert!(refused.contains("approval first") && refused.contains("slack.bot_token"), "{refused}");
    running.stop().await;
    assert_eq!(stage.aws.count(), 1);
    assert!(stage.audit().await.join("\n").contains(r#""decision":"confirmed by --yes""#));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_cannot_show_the_whole_command_is_not_made() {
    let stage = approving(&["U0BOB"], 1);
    let running = Running::start(&stage).await;
    let whole = format!("ec2 create-tags --resources i-0a1 --tags 'Key=a,Value={}'", "x".repeat(5_000));
    let long = format!("ec2 create-tags --resources i-0a1 --tags 'Key=a,Value={}'", "x".repeat(6_500));
    let mut book = rules(&["*"], &["tagging", "list"]).book;
    book.grants[0].needs.insert("tagging".to_owned(), approval(&["U0BOB"], 1));
    stage.rules.replace(Rules::of(book).expect("rules"));
    let refused = text(&running.bot.accept(&stage.typed(&long)).await);
    assert!(refused.contains("longer than a card can show"), "{refused}");
    text(&running.bot.accept(&stage.typed(&whole)).await);
    until("the card", || !web(&stage).asked("chat.postMessage").is_empty()).await;
    assert!(web(&stage).asked("chat.postMessage")[0].contains(&"x".repeat(5_000)), "all of it is shown");
    running.stop().await;
    assert_eq!(stage.aws.count(), 0);
}

/// A job written into the queue, with a confirmation that nobody gave or that was used already.
#[tokio::test(flavor = "multi_thread")]
async fn forged_and_replayed_words_are_not_believed() {
    let stage = confirming();
    let running = Running::start(&stage).await;
    let id = asked(&stage, &running).await;
    running.stop().await;
    let store = stage.store(Holder::Owner);
    let bot = stage.bot(Arc::clone(&store) as Arc<dyn Store>);
    bot.press(&stage.pressed("U0ALICE", "run", &id)).await;
    let claim = Claim { now: UnixMillis(i64::MAX), lease_until: UnixMillis(i64::MAX) };
    let real = store.claim(claim).await.expect("claims").expect("the job");
    store.put_back(real.fence, real.job.accepted_at).await.expect("puts back");
    let pending = store
        .records(Page { kind: "pending", prefix: String::new(), after: None, limit: 9 }, real.job.accepted_at)
        .await
        .expect("records");
    drop((bot, store));
    let running = Running::start(&stage).await;
    until("the call", || stage.aws.count() == 1).await;
    until("the answer", || stage.slack.posts().len() >= 2).await;
    running.stop().await;
    let store = stage.store(Holder::Owner);
    let job = |id: &str, key: &str, payload: &[u8]| NewJob {
        id: id.to_owned(),
        key: key.to_owned(),
        payload: payload.to_vec(),
        class: Class::Write,
        accepted_at: real.job.accepted_at,
        held_until: None,
        guard: None,
    };
    let faked = br#"{"version": 2, "line": "ec2 stop-instances --instance-ids i-0a1", "given": "Confirmed"}"#;
    for forged in [
        job("faked", "k1", faked),
        job("moved", "k2", &real.job.payload),
        job("body", "k3", &pending[0].body),
    ] {
        store.enqueue_once(forged, Vec::new()).await.expect("writes");
    }
    // The very same job once more, as from a backup: its word was used.
    store.prune(UnixMillis(i64::MAX)).await.expect("prunes");
    store
        .enqueue_once(job(&real.job.id, &real.job.key, &real.job.payload), Vec::new())
        .await
        .expect("writes");
    drop(store);
    let running = Running::start(&stage).await;
    until("all refused", || {
        running.bot.counters().forged.get() == 3 && running.bot.counters().refused.get() == 1
    })
    .await;
    running.stop().await;
    assert_eq!(stage.aws.count(), 1);
}

/// Whoever can write to the store can neither make a question nor change one.
#[tokio::test(flavor = "multi_thread")]
async fn a_question_written_into_the_store_is_not_believed() {
    let stage = confirming();
    let running = Running::start(&stage).await;
    let id = asked(&stage, &running).await;
    running.stop().await;
    let store = stage.store(Holder::Owner);
    let now = UnixMillis(1_800_000_000_000);
    let page = Page { kind: "pending", prefix: String::new(), after: None, limit: 9 };
    let real = store.records(page, now).await.expect("records").remove(0);
    let other = "f".repeat(32);
    let put = |key: String, body: Vec<u8>| store::Change::put("pending", key, Expect::Any, body, None);
    let changes =
        vec![put(format!("T1/{other}"), real.body.clone()), put(format!("T1/{id}"), b"{}".to_vec())];
    let batch = store::Batch { now, changes, job: None, rows: Vec::new() };
    store.commit(batch).await.expect("writes");
    drop(store);
    let running = Running::start(&stage).await;
    for id in [&id, &other] {
        press(&running, &stage.pressed("U0ALICE", "run", id)).await;
        told(&stage, "nothing happened").await;
    }
    running.stop().await;
    assert_eq!(stage.aws.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_it_runs_at_most_once() {
    for wait in [0, 1, 3, 10, 30] {
        let stage = confirming();
        let running = Running::start(&stage).await;
        let id = asked(&stage, &running).await;
        let (bot, pressed) = (running.bot.clone(), stage.pressed("U0ALICE", "run", &id));
        let pressing = tokio::spawn(async move { bot.press(&pressed).await });
        tokio::time::sleep(Duration::from_millis(wait)).await;
        pressing.abort();
        let _ = pressing.await;
        running.kill().await;
        let running = Running::start(&stage).await;
        press(&running, &stage.pressed("U0ALICE", "run", &id)).await;
        until("an end", || stage.slack.posts().len() >= 2).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        running.stop().await;
        assert!(stage.aws.count() <= 1, "killed after {wait} ms");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_found_out_is_said() {
    let stage = confirming();
    *stage.aws.dry_run.lock().expect("dry run") = Some("UnauthorizedOperation");
    let mut book = needing(Need::Confirm).book;
    book.grants[0].allow = vec!["ec2:StopInstances".to_owned()];
    stage.rules.replace(Rules::of(book).expect("rules"));
    let running = Running::start(&stage).await;
    asked(&stage, &running).await;
    let card = last(&stage);
    assert!(card.contains("you are not granted ec2:DescribeInstances") && card.contains("i-0a1"), "{card}");
    assert!(card.contains("the role may not do this") && card.contains("UnauthorizedOperation"), "{card}");
    running.stop().await;
    assert_eq!(*stage.aws.looks.lock().expect("looks"), ["dry run of StopInstances"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_is_told_how_to_give_its_word() {
    let stage = confirming();
    let guest = stage.bot(stage.store(Holder::Guest));
    let run = |line: &str| bot::RunAs {
        line: line.to_owned(),
        team: "T1".to_owned(),
        user: "U0ALICE".to_owned(),
        channel: "C0OPS".to_owned(),
        spoken_by: "root".to_owned(),
    };
    let refused = render::to_terminal(&guest.run_as(run(LINE)).await, 100);
    assert!(refused.contains("a terminal has no buttons") && refused.contains("yes = true"), "{refused}");
    let mut book = needing(Need::Confirm).book;
    book.grants[0].yes = true;
    stage.rules.replace(Rules::of(book).expect("rules"));
    let done = guest.run_as(run(&format!("{LINE} --yes"))).await;
    assert_eq!(done.status, render::Status::Done, "{done:?}");
}
