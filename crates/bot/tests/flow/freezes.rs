//! Freezes: what they stop, and how they end.

use bot::Rules;
use policy::Need;

use crate::asking::{LINE, asked, confirming, needing, press, told};
use crate::stage::{Running, until};
use crate::text;

#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_stops_what_changes_at_once_and_thaw_lets_it_go_on() {
    let stage = confirming();
    let mut book = needing(Need::Nothing).book;
    book.grants[0].allow.push("bellhop:*".to_owned());
    stage.rules.replace(Rules::of(book).expect("rules"));
    let running = Running::start(&stage).await;
    let say = async |line: &str| text(&running.bot.accept(&stage.typed(line)).await);
    assert!(say("freeze").await.contains("Nothing is frozen"));
    assert!(say("freeze nowhere").await.contains("no account"));
    assert!(say("freeze dev 2h the release").await.contains("Frozen: dev, by U0ALICE until"));
    let refused = say(LINE).await;
    assert!(refused.contains("frozen") && refused.contains("the release"), "{refused}");
    assert!(say("ec2 describe-vpcs").await.contains("Running"), "looking goes on");
    assert!(say("thaw all").await.contains("no freeze of all accounts"));
    assert!(say("freeze all").await.contains("all accounts"));
    assert!(say("thaw dev").await.contains("Still frozen: all accounts"));
    assert!(say(LINE).await.contains("frozen"));
    say("thaw all").await;
    assert!(say(LINE).await.contains("Running"));
    until("the call", || stage.aws.count() == 2).await;
    running.stop().await;
    let audit = stage.audit().await;
    let count = |kind: &str| audit.iter().filter(|row| row.contains(&format!(r#""kind":"{kind}""#))).count();
    assert_eq!((count("freeze"), count("thaw")), (2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_between_asking_and_pressing_holds() {
    let stage = confirming();
    let mut book = needing(Need::Confirm).book;
    book.grants[0].allow.push("bellhop:*".to_owned());
    stage.rules.replace(Rules::of(book).expect("rules"));
    let running = Running::start(&stage).await;
    let id = asked(&stage, &running).await;
    text(&running.bot.accept(&stage.typed("freeze all")).await);
    press(&running, &stage.pressed("U0ALICE", "run", &id)).await;
    told(&stage, "frozen").await;
    running.stop().await;
    assert_eq!(stage.aws.count(), 0);
}
