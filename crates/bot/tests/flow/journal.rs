//! The record as a whole: signed, copied, searched.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_call::BoxFuture;
use bot::journal::{AuditCopy, CopyFault};
use store::{AuditRow, Holder, SigningKey, UnixMillis, Verification, verify_signed};

use crate::stage::{Running, Stage, until};
use crate::text;

/// A place that takes rows, unless it is told to fail.
#[derive(Default)]
struct PlayedCopy {
    failures: Mutex<VecDeque<&'static str>>,
    tries: Mutex<u32>,
    taken: Mutex<Vec<u64>>,
    hangs: Mutex<bool>,
}

impl AuditCopy for PlayedCopy {
    fn name(&self) -> &'static str {
        "played"
    }

    fn pace(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn write<'a>(
        &'a self,
        chain: &'a str,
        rows: &'a [AuditRow],
        _now: UnixMillis,
    ) -> BoxFuture<'a, Result<(), CopyFault>> {
        assert_eq!(chain.len(), 12);
        *self.tries.lock().expect("tries") += 1;
        Box::pin(async move {
            if *self.hangs.lock().expect("hangs") {
                return std::future::pending().await;
            }
            if let Some(why) = self.failures.lock().expect("failures").pop_front() {
                return Err(CopyFault(why.to_owned()));
            }
            self.taken.lock().expect("taken").extend(rows.iter().map(|row| row.seq));
            Ok(())
        })
    }
}

impl PlayedCopy {
    fn taken(&self) -> Vec<u64> {
        self.taken.lock().expect("taken").clone()
    }

    fn tries(&self) -> u32 {
        *self.tries.lock().expect("tries")
    }
}

/// Keepers at work beside a bot.
async fn with_keepers(running: &Running, meanwhile: impl Future<Output = ()>) {
    tokio::select! {
        () = running.bot.run_keepers(std::future::pending()) => {}
        () = meanwhile => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_record_is_signed_at_start_after_a_while_and_at_the_end() {
    let mut stage = Stage::new();
    let (key, file) = SigningKey::fresh().expect("a key");
    stage.signing = Some(file);
    let store = stage.store(Holder::Guest);
    store.append_audit(vec![store::conformance::row("outcome", "old")]).await.expect("appends");
    let signatures = async || {
        let (found, signed) = verify_signed(&*store, &[key.public()]).await.expect("walks");
        assert!(matches!(found, Verification::Whole { .. }), "{found:?}");
        (signed.checkpoints, store.audit_heads().await.expect("reads")[0].rows)
    };
    let running = Running::start(&stage).await;
    with_keepers(&running, async {
        while signatures().await != (1, 2) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        text(&running.bot.accept(&stage.typed("ec2 describe-vpcs --account prod")).await);
        while signatures().await != (2, 4) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(signatures().await, (2, 4), "what is signed is not signed again");
        text(&running.bot.accept(&stage.typed("ec2 describe-vpcs --account prod")).await);
    })
    .await;
    let bot = running.bot.clone();
    running.stop().await;
    bot.finish().await;
    assert_eq!(signatures().await, (3, 6));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_copy_waits_while_the_other_side_is_down_and_resumes_after_a_restart() {
    let mut stage = Stage::new();
    stage.speed = 10;
    let copy = Arc::new(PlayedCopy::default());
    stage.copy = Some(copy.clone());
    let denied = "ec2 describe-vpcs --account prod";
    copy.failures.lock().expect("failures").extend(["down", "down", "down"]);
    let running = Running::start(&stage).await;
    text(&running.bot.accept(&stage.typed(denied)).await);
    with_keepers(&running, async {
        until("three failures", || copy.tries() >= 3).await;
        assert_eq!(copy.taken(), [0; 0]);
        until("the row", || copy.taken() == [1]).await;
        until("the cursor", || running.bot.counters().copy_lag.get() == 0).await;
    })
    .await;
    assert_eq!(running.bot.counters().copy_failures.get(), 3);
    *copy.hangs.lock().expect("hangs") = true;
    for _ in 0..3 {
        text(&running.bot.accept(&stage.typed(denied)).await);
    }
    let tries = copy.tries();
    with_keepers(&running, async { until("a try that hangs", || copy.tries() > tries).await }).await;
    assert_eq!(running.bot.counters().copy_lag.get(), 3, "the gauge tells how far behind it is");
    running.kill().await;

    *copy.hangs.lock().expect("hangs") = false;
    let running = Running::start(&stage).await;
    with_keepers(&running, async {
        until("the backlog", || copy.taken() == [1, 2, 3, 4]).await;
        until("the cursor", || running.bot.counters().copy_lag.get() == 0).await;
    })
    .await;
    text(&running.bot.accept(&stage.typed(denied)).await);
    let bot = running.bot.clone();
    running.stop().await;
    bot.finish().await;
    assert_eq!(copy.taken(), [1, 2, 3, 4, 5], "what came last goes at the end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_backlog_goes_in_batches() {
    let mut stage = Stage::new();
    let copy = Arc::new(PlayedCopy::default());
    stage.copy = Some(copy.clone());
    let store = stage.store(Holder::Guest);
    let rows = (0..1200).map(|_| store::conformance::row("outcome", "old")).collect();
    store.append_audit(rows).await.expect("appends");
    let running = Running::start(&stage).await;
    with_keepers(&running, async { until("all of it", || copy.taken().len() == 1200).await }).await;
    running.stop().await;
    assert_eq!(copy.taken(), (1..=1200).collect::<Vec<_>>());
    assert_eq!(copy.tries(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_record_is_searched_from_chat() {
    let stage = Stage::new();
    let running = Running::start(&stage).await;
    let say = async |line: &str| text(&running.bot.accept(&stage.typed(line)).await);
    say("ec2 describe-vpcs").await;
    until("the answer", || stage.slack.posts().len() == 1).await;
    say("ec2 describe-vpcs --account prod").await;
    let all = say("audit").await;
    for part in ["U0ALICE", "aws ec2 describe-vpcs", "done", "denied"] {
        assert!(all.contains(part), "{part} in {all}");
    }
    assert!(!all.contains("intent"), "{all}");
    let denied = say("audit kind denied since 1h").await;
    assert!(denied.contains("denied") && !denied.contains("done"), "{denied}");
    for (line, part) in [
        ("audit who U0BOB", "Nothing of that"),
        ("audit account dev what DESCRIBEVPCS", "done"),
        ("audit before 2 kind all", "accepted"),
        ("audit colour red", "nothing to search by"),
        ("audit since", "nothing stands behind"),
        ("audit since tomorrow", "is no time"),
    ] {
        let answer = say(line).await;
        assert!(answer.contains(part), "{line}: {answer}");
    }
    stage.rules.replace(crate::rules(&["ec2:*"], &["list", "read"]));
    assert!(say("audit").await.contains("bellhop:audit"), "it needs a grant");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_workspaces_are_not_shown() {
    let stage = Stage::new();
    let running = Running::start(&stage).await;
    let mut elsewhere = stage.typed("ec2 describe-vpcs --account prod");
    elsewhere.team_id = Some("T2".to_owned());
    text(&running.bot.accept(&elsewhere).await);
    let answer = text(&running.bot.accept(&stage.typed("audit")).await);
    assert!(answer.contains("Nothing of that"), "{answer}");
    running.stop().await;
}
