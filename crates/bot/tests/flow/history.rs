//! Lines that were run, jobs that wait and run, and results that are kept.

use std::sync::Arc;
use std::time::Duration;

use slack::SlashCommand;
use store::{Holder, Store};

use crate::asking::{confirming, last};
use crate::stage::{PASSWORD, Play, Running, Stage, until};
use crate::text;

const VPCS: &str = r#"{"Vpcs": [{"VpcId": "vpc-1"}, {"VpcId": "vpc-2"}]}"#;

async fn says(running: &Running, stage: &Stage, line: &str) -> String {
    text(&running.bot.accept(&stage.typed(line)).await)
}

/// Types a line, and waits for its answer.
async fn answer(running: &Running, stage: &Stage, line: &str) -> String {
    let before = stage.slack.posts().len();
    says(running, stage, line).await;
    until(line, || stage.slack.posts().len() > before).await;
    last(stage)
}

fn play(stage: &Stage, plays: impl IntoIterator<Item = Play>) {
    stage.aws.plays.lock().expect("plays").extend(plays);
}

fn by_bob(stage: &Stage, line: &str) -> SlashCommand {
    SlashCommand { user_id: "U0BOB".to_owned(), ..stage.typed(line) }
}

/// The id of the first job that is shown, which is not that of the reply itself.
fn id_in(jobs: &str) -> String {
    let own = jobs.split("req ").nth(1).and_then(|rest| rest.get(..16)).unwrap_or_default();
    let is_id = |word: &&str| word.len() == 16 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut ids = jobs.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(is_id);
    ids.find(|id| *id != own).unwrap_or_else(|| panic!("no id: {jobs}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_listed_and_run_again_as_they_were_typed() {
    let stage = Stage::new();
    let running = Running::start(&stage).await;
    assert!(says(&running, &stage, "history").await.contains("run nothing yet"));
    answer(&running, &stage, "ec2 describe-vpcs --region us-east-1").await;
    let secret =
        format!("rds modify-db-instance --db-instance-identifier d --master-user-password {PASSWORD}");
    answer(&running, &stage, &secret).await;
    says(&running, &stage, "s3api list-buckets --account prod").await;
    let listed = says(&running, &stage, "history").await;
    for part in
        ["describe-vpcs --region us-east-1", "modify-db-instance", "list-buckets", "refused", "done", "dev"]
    {
        assert!(listed.contains(part), "{part} in {listed}");
    }
    assert!(!listed.contains(PASSWORD), "{listed}");
    assert!(!String::from_utf8_lossy(&stage.bytes()).contains(PASSWORD), "what is kept is sealed");
    let one = says(&running, &stage, "history 1").await;
    assert!(one.contains("list-buckets") && !one.contains("describe-vpcs"), "{one}");
    // The line runs as it was typed, secret and all; it is the guard of repeats that keeps a change from running twice.
    let before = stage.slack.posts().len();
    let again = says(&running, &stage, "rerun 2").await;
    assert!(again.contains("--again") && !again.contains(PASSWORD), "{again}");
    says(&running, &stage, "rerun 2 --again").await;
    until("the change", || stage.slack.posts().len() > before).await;
    answer(&running, &stage, "rerun 1").await;
    let operations: Vec<String> =
        stage.aws.calls.lock().expect("calls").iter().map(|(operation, _)| operation.clone()).collect();
    assert_eq!(operations, ["DescribeVpcs", "ModifyDBInstance", "ModifyDBInstance", "DescribeVpcs"]);
    for (line, part) in [
        ("rerun", "needs the number"),
        ("rerun 99", "not kept"),
        ("rerun 1 x", "takes a number"),
        ("rerun x", "needs the number"),
        ("history 0", "up to 50"),
    ] {
        let said = says(&running, &stage, line).await;
        assert!(said.contains(part), "{line}: {said}");
    }
    let bob = text(&running.bot.accept(&by_bob(&stage, "rerun 1")).await);
    assert!(bob.contains("not kept"), "lines are their caller's alone: {bob}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_run_again_is_asked_about_again() {
    let stage = confirming();
    let running = Running::start(&stage).await;
    answer(&running, &stage, "ec2 describe-vpcs").await;
    let before = stage.slack.posts().len();
    says(&running, &stage, "ec2 stop-instances --instance-ids i-1 --again").await;
    until("a card", || stage.slack.posts().len() > before).await;
    crate::asking::press(&running, &stage.pressed("U0ALICE", "run", &crate::asking::id_in(&last(&stage))))
        .await;
    until("the change", || stage.aws.count() == 2).await;
    until("it is listed", || last(&stage).contains("Done")).await;
    let ack = says(&running, &stage, "rerun 2").await;
    assert!(ack.contains("Waiting for your word") || ack.contains("--again"), "{ack}");
    running.stop().await;
    assert_eq!(stage.aws.count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_shown_and_reads_are_stopped() {
    let stage = Stage::new();
    play(&stage, [Play::Hang]);
    let running = Running::start(&stage).await;
    assert!(says(&running, &stage, "jobs").await.contains("Nothing of yours"));
    says(&running, &stage, "ec2 describe-vpcs").await;
    until("the call", || stage.aws.count() == 1).await;
    let jobs = says(&running, &stage, "jobs").await;
    assert!(jobs.contains("runs") && jobs.contains("describe-vpcs"), "{jobs}");
    let id = id_in(&jobs);
    assert!(text(&running.bot.accept(&by_bob(&stage, "jobs")).await).contains("Nothing of yours"));
    let bob = text(&running.bot.accept(&by_bob(&stage, &format!("cancel {id}"))).await);
    assert!(bob.contains("No job of yours"), "{bob}");
    let said = says(&running, &stage, &format!("cancel {}", &id[..12])).await;
    assert!(said.contains("It is stopped"), "{said}");
    until("the end", || stage.slack.posts().iter().any(|post| post.contains("It was cancelled"))).await;
    assert!(says(&running, &stage, "jobs").await.contains("Nothing of yours"));
    // A change that has begun goes on.
    play(&stage, [Play::Hang]);
    says(&running, &stage, "ec2 stop-instances --instance-ids i-1").await;
    until("the change", || stage.aws.count() == 2).await;
    let id = id_in(&says(&running, &stage, "jobs").await);
    let said = says(&running, &stage, &format!("cancel {id}")).await;
    assert!(said.contains("What was sent stays sent"), "{said}");
    assert!(says(&running, &stage, "jobs").await.contains("stop-instances"), "it goes on");
    running.kill().await;
    let rows = stage.audit().await.join("\n");
    assert!(rows.contains(r#""outcome":"cancelled""#), "{rows}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_waits_is_closed_and_never_runs() {
    let stage = Stage::new();
    let store = stage.store(Holder::Owner);
    {
        let bot = stage.bot(Arc::clone(&store) as Arc<dyn Store>);
        text(&bot.accept(&stage.typed("ec2 stop-instances --instance-ids i-1")).await);
        let jobs = text(&bot.accept(&stage.typed("jobs")).await);
        assert!(jobs.contains("waits") && jobs.contains("stop-instances"), "{jobs}");
        let said = text(&bot.accept(&stage.typed(&format!("cancel {}", id_in(&jobs)))).await);
        assert!(said.contains("will not run"), "{said}");
        assert!(text(&bot.accept(&stage.typed("jobs")).await).contains("Nothing of yours"));
    }
    drop(store);
    let running = Running::start(&stage).await;
    until("the end is told", || stage.slack.posts().iter().any(|post| post.contains("It was cancelled")))
        .await;
    answer(&running, &stage, "ec2 describe-vpcs").await;
    running.stop().await;
    assert_eq!(stage.aws.count(), 1, "the change was not made");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_card_of_a_confirmed_job_that_is_cancelled_says_so() {
    let stage = confirming();
    let running = Running::start(&stage).await;
    let id = crate::asking::asked(&stage, &running).await;
    running.stop().await;
    // The word is given while nobody works.
    let store = stage.store(Holder::Owner);
    {
        let bot = stage.bot(Arc::clone(&store) as Arc<dyn Store>);
        assert_eq!(bot.press(&stage.pressed("U0ALICE", "run", &id)).await.status, 200);
        let jobs = text(&bot.accept(&stage.typed("jobs")).await);
        let said = text(&bot.accept(&stage.typed(&format!("cancel {}", id_in(&jobs)))).await);
        assert!(said.contains("will not run"), "{said}");
    }
    drop(store);
    let running = Running::start(&stage).await;
    until("the card says so", || last(&stage).contains("It was cancelled")).await;
    assert!(last(&stage).contains(r#""replace_original":true"#), "{}", last(&stage));
    crate::asking::press(&running, &stage.pressed("U0ALICE", "run", &id)).await;
    crate::asking::told(&stage, "it was cancelled, and nothing was run").await;
    running.stop().await;
    assert_eq!(stage.aws.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_result_is_read_without_a_call() {
    let mut stage = Stage::new();
    stage.settings.keep_results = Duration::from_secs(3600);
    play(&stage, [Play::Answer(VPCS), Play::Answer(VPCS)]);
    let running = Running::start(&stage).await;
    assert!(answer(&running, &stage, "last").await.contains("No result of yours"));
    assert!(says(&running, &stage, "save x").await.contains("No result of yours"));
    answer(&running, &stage, "ec2 describe-vpcs --query 'Vpcs[0]'").await;
    for (line, part) in [
        ("last", "vpc-2"),
        ("last | jq -r '.Vpcs[].VpcId' | tail -1", "vpc-2"),
        ("last | jmespath 'length(Vpcs)'", "2"),
    ] {
        let post = answer(&running, &stage, line).await;
        assert!(post.contains(part), "{line}: {post}");
    }
    assert!(says(&running, &stage, "save vpcs").await.contains("Kept as `vpcs`"));
    let post = answer(&running, &stage, "ec2 describe-vpcs --output text | tee rows | head -1").await;
    assert!(post.contains("Kept as rows"), "{post}");
    let post = answer(&running, &stage, "last rows | wc -l").await;
    assert!(post.contains('2'), "{post}");
    assert!(answer(&running, &stage, "last vpcs").await.contains("vpc-1"));
    let names = says(&running, &stage, "save").await;
    assert!(names.contains("rows") && names.contains("vpcs"), "{names}");
    assert_eq!(stage.aws.count(), 2);
    let before = stage.slack.posts().len();
    text(&running.bot.accept(&by_bob(&stage, "last vpcs")).await);
    until("bob's answer", || stage.slack.posts().len() > before).await;
    assert!(
        last(&stage).contains("No result of yours"),
        "results are their caller's alone: {}",
        last(&stage)
    );
    assert!(says(&running, &stage, "save 'a/b'").await.contains("A name has"));
    running.stop().await;
    assert!(!String::from_utf8_lossy(&stage.bytes()).contains("vpc-2"), "results are sealed");
}
