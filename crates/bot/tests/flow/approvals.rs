//! Approvals by others: who counts, what the asker sees, how it ends.

use std::sync::Arc;
use std::time::Duration;

use slack::{Entered, InteractionKind, OpenView};
use store::{Holder, Store};

use crate::asking::{LINE, approval, approving, id_in, last, needing, press, told, web};
use crate::stage::{Play, Running, Stage, until};
use crate::text;

/// Types the command, and waits for the approvers' card and the asker's message.
async fn asked_others(stage: &Stage, running: &Running, cards: usize) -> String {
    text(&running.bot.accept(&stage.typed(LINE)).await);
    until("the cards", || {
        web(stage).asked("chat.postMessage").len() == cards && stage.slack.posts().len() == 1
    })
    .await;
    id_in(&web(stage).asked("chat.postMessage")[0])
}

#[tokio::test(flavor = "multi_thread")]
async fn two_of_three_approve_and_the_asker_sees_it_move() {
    let stage = approving(&["U0BOB", "C0SRE", "U0ALICE", "U0CAROL"], 2);
    let running = Running::start(&stage).await;
    let id = asked_others(&stage, &running, 4).await;
    let posted = web(&stage).asked("chat.postMessage");
    assert!(
        posted[0].contains(r#""channel":"U0BOB""#) && posted[0].contains("0 of 2 approved"),
        "{}",
        posted[0]
    );
    assert!(posted[0].contains("U0ALICE asks to run this once") && posted[0].contains(LINE), "{}", posted[0]);
    assert!(posted[1].contains(r#""channel":"C0SRE""#) && posted[2].contains(r#""channel":"U0CAROL""#));
    let own = &posted[3];
    assert!(
        own.contains(r#""channel":"U0ALICE""#)
            && !own.contains(r#""approve""#)
            && own.contains(r#""cancel""#)
    );
    press(&running, &stage.pressed("U0ALICE", "approve", &id)).await;
    told(&stage, "You asked for it yourself").await;
    press(&running, &stage.pressed("U0MALLORY", "approve", &id)).await;
    told(&stage, "not among those").await;
    press(&running, &stage.pressed("U0BOB", "approve", &id)).await;
    until("all cards move", || web(&stage).asked("chat.update").len() == 4).await;
    assert!(web(&stage).asked("chat.update").iter().all(|update| update.contains("1 of 2 approved")));
    press(&running, &stage.pressed("U0BOB", "approve", &id)).await;
    told(&stage, "You have approved it already").await;
    assert_eq!(stage.aws.count(), 0);
    stage.aws.plays.lock().expect("plays").push_back(Play::Answer(r#"{"StoppingInstances": []}"#));
    press(&running, &stage.pressed("U0CAROL", "approve", &id)).await;
    until("the answer", || last(&stage).contains("StoppingInstances")).await;
    until("all cards end", || web(&stage).asked("chat.update").len() == 8).await;
    let ended = web(&stage).asked("chat.update")[7].clone();
    assert!(ended.contains("outcome: done") && !ended.contains("action_id"), "{ended}");
    assert!(!ended.contains("StoppingInstances"), "the answer is the asker's");
    running.stop().await;
    assert_eq!(stage.aws.count(), 1);
    let audit = stage.audit().await.join("\n");
    assert!(audit.contains(r#""approved_by":["U0BOB","U0CAROL"]"#), "{audit}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approver_who_lost_their_right_does_not_count() {
    let stage = approving(&["U0BOB", "U0CAROL"], 2);
    let running = Running::start(&stage).await;
    let id = asked_others(&stage, &running, 3).await;
    press(&running, &stage.pressed("U0BOB", "approve", &id)).await;
    until("counted", || web(&stage).asked("chat.update").len() == 3).await;
    // Bob is no approver any more when carol makes it two.
    stage.rules.replace(needing(approval(&["U0CAROL", "U0DAVE"], 2)));
    press(&running, &stage.pressed("U0CAROL", "approve", &id)).await;
    told(&stage, "The rules changed since it was asked").await;
    running.stop().await;
    assert_eq!(stage.aws.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approver_who_lost_their_right_before_the_worker_came_does_not_count() {
    let stage = approving(&["U0BOB"], 1);
    let running = Running::start(&stage).await;
    let id = asked_others(&stage, &running, 2).await;
    running.stop().await;
    let store = stage.store(Holder::Owner);
    stage.bot(Arc::clone(&store) as Arc<dyn Store>).press(&stage.pressed("U0BOB", "approve", &id)).await;
    drop(store);
    stage.rules.replace(needing(approval(&["U0CAROL"], 1)));
    let running = Running::start(&stage).await;
    until("the refusal", || last(&stage).contains("others' approval first")).await;
    running.stop().await;
    assert_eq!(stage.aws.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejection_bears_its_reason() {
    let stage = approving(&["U0BOB"], 1);
    let running = Running::start(&stage).await;
    let id = asked_others(&stage, &running, 2).await;
    press(&running, &stage.pressed("U0BOB", "reject", &id)).await;
    let form = web(&stage).asked("views.open");
    assert!(form.len() == 1 && form[0].contains(&id) && form[0].contains("Why not?"), "{form:?}");
    let sent = |user: &str| {
        let mut sent = stage.pressed(user, "reject", &id);
        let entered = Entered {
            block_id: String::new(),
            action_id: "reason".to_owned(),
            kind: "plain_text_input".to_owned(),
            text: Some("not on a\nfriday".to_owned()),
            chosen: Vec::new(),
        };
        sent.response_url = None;
        sent.kind = InteractionKind::ViewSubmission(Box::new(OpenView {
            id: "V1".to_owned(),
            callback_id: Some("reject".to_owned()),
            private_metadata: id.clone(),
            hash: None,
            values: vec![entered],
        }));
        sent
    };
    press(&running, &sent("U0ALICE")).await;
    press(&running, &sent("U0BOB")).await;
    until("the cards end", || web(&stage).asked("chat.update").len() == 2).await;
    let update = &web(&stage).asked("chat.update")[1];
    assert!(
        update.contains("rejected (not on a friday)")
            && update.contains("Rejected by ")
            && update.contains(r#""user_id":"U0BOB""#),
        "{update}"
    );
    press(&running, &stage.pressed("U0BOB", "approve", &id)).await;
    told(&stage, "It is over: it was rejected").await;
    running.stop().await;
    assert_eq!(stage.aws.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn approvers_are_reminded_and_then_it_expires() {
    let mut stage = approving(&["U0BOB"], 1);
    stage.settings.approve_within = Duration::from_secs(100);
    stage.settings.remind_after = Duration::from_secs(50);
    let running = Running::start(&stage).await;
    let id = asked_others(&stage, &running, 2).await;
    until("the reminder", || web(&stage).asked("chat.postMessage").len() == 3).await;
    let reminder = &web(&stage).asked("chat.postMessage")[2];
    assert!(reminder.contains("still waits") && reminder.contains(r#""thread_ts":"1.1""#), "{reminder}");
    until("the end", || web(&stage).asked("chat.update").len() == 2).await;
    assert!(
        web(&stage).asked("chat.update")[0].contains("nobody gave the word in time")
            || web(&stage).asked("chat.update")[0].contains("Nobody gave the word in time")
    );
    press(&running, &stage.pressed("U0BOB", "approve", &id)).await;
    told(&stage, "too late").await;
    running.stop().await;
    assert_eq!(stage.aws.count(), 0);
    assert!(stage.audit().await.join("\n").contains(r#""result":"expired""#));
}

#[tokio::test(flavor = "multi_thread")]
async fn approvers_that_nobody_can_reach_are_told_of() {
    let stage = approving(&["U0BOB"], 1);
    web(&stage).failing.lock().expect("failing").push("chat.postMessage");
    let running = Running::start(&stage).await;
    text(&running.bot.accept(&stage.typed(LINE)).await);
    until("the news", || last(&stage).contains("could be reached")).await;
    running.stop().await;
    assert_eq!(stage.aws.count(), 0);
}

/// A grant that must be asked for: given by others, for a while, and no longer.
#[tokio::test(flavor = "multi_thread")]
async fn a_requested_grant_is_approved_holds_and_ends() {
    let stage = approving(&["U0BOB"], 1);
    let mut book = crate::stage::rules(&["ec2:Describe*"], &["list", "read"]).book;
    let approval = policy::Approval { approvers: vec!["U0BOB".to_owned()], count: 1 };
    book.grants.push(policy::Grant {
        name: "breakglass".to_owned(),
        allow: vec!["*".to_owned()],
        levels: vec!["write".to_owned()],
        needs: [("write".to_owned(), policy::Need::Nothing)].into(),
        request: Some(policy::Elevation { approval, longest_seconds: 3600 }),
        ..book.grants[0].clone()
    });
    stage.rules.replace(bot::Rules::of(book).expect("rules"));
    let running = Running::start(&stage).await;
    let say = async |line: &str| text(&running.bot.accept(&stage.typed(line)).await);
    assert!(!say(LINE).await.contains("Running"), "not yet");
    assert!(say("access request breakglass 2h why").await.contains("at most"));
    assert!(say("access request breakglass 5m").await.contains("add a reason"));
    assert!(say("access request nothing 5m why").await.contains("no grant"));
    assert!(say("access request breakglass 5m disk full").await.contains("asked now"));
    until("the card", || web(&stage).asked("chat.postMessage").len() == 2).await;
    let card = web(&stage).asked("chat.postMessage")[0].clone();
    assert!(card.contains("U0ALICE asks for breakglass, for 5 min") && card.contains("disk full"), "{card}");
    press(&running, &stage.pressed("U0ALICE", "approve", &id_in(&card))).await;
    assert!(!say(LINE).await.contains("Running"), "nobody approves their own");
    press(&running, &stage.pressed("U0BOB", "approve", &id_in(&card))).await;
    assert!(say(LINE).await.contains("Running"), "given");
    until("the call", || stage.aws.count() == 1).await;
    // Five minutes are three seconds here.
    tokio::time::sleep(Duration::from_millis(3_200)).await;
    assert!(!say(&format!("{LINE} --again")).await.contains("Running"), "it ended by itself");
    running.stop().await;
    assert!(stage.audit().await.join("\n").contains(r#""result":"elevated""#));
}
