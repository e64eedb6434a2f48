//! Who is in which group: read, followed, believed only while fresh.

use serde_json::json;
use slack::{EventKind, EventRequest, SlashCommand, Usergroup};
use std::sync::Arc;
use std::time::Duration;
use store::Holder;

use crate::stage::{Stage, rules_for, until};
use crate::text;
use crate::workspace::{Answer, Kept, Workspace, event, user};
use policy::Subjects;

fn group(ids: &[&str]) -> Subjects {
    let ids = ids.iter().map(|id| (*id).to_owned());
    let (usergroups, channels) = ids.partition(|id| id.starts_with('S'));
    Subjects { usergroups, channels, ..Subjects::default() }
}

/// A stage where members of those groups may list and read.
fn stage(workspace: &Arc<Workspace>, groups: &[&str]) -> Stage {
    let mut stage = Stage::new();
    stage.workspace = Some(Arc::clone(workspace));
    stage.rules.replace(rules_for(group(groups), &["*"], &["list", "read"]));
    stage
}

fn by(stage: &Stage, user: &str, line: &str) -> SlashCommand {
    SlashCommand { user_id: user.to_owned(), channel_id: "C0ELSEWHERE".to_owned(), ..stage.typed(line) }
}

/// Whether that user may read now.
async fn may(kept: &Kept, stage: &Stage, user: &str) -> bool {
    let ack = text(&kept.running.bot.accept(&by(stage, user, "ec2 describe-vpcs")).await);
    !ack.contains("AWS was not called")
}

/// Waits until that user may, or may not.
async fn until_may(kept: &Kept, stage: &Stage, user: &str, expected: bool) {
    for _ in 0..300 {
        if may(kept, stage, user).await == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{user}: never {expected}");
}

/// Waits until it is known what kind of user that is: time runs fast, and Slack's answer may come too late.
async fn met(kept: &Kept, stage: &Stage, user: &str) {
    let unmet = || kept.running.bot.counters().unmet.get();
    loop {
        let before = unmet();
        may(kept, stage, user).await;
        if unmet() == before {
            return;
        }
    }
}

async fn happens(kept: &Kept, id: &str, kind: EventKind) {
    let ack = kept.running.bot.event(&EventRequest::Callback(Box::new(event(id, None, kind)))).await;
    assert_eq!(ack.status, 200);
}

fn joins(user: &str, channel: &str) -> EventKind {
    EventKind::MemberJoinedChannel { user: user.to_owned(), channel: channel.to_owned() }
}

fn leaves(user: &str, channel: &str) -> EventKind {
    EventKind::MemberLeftChannel { user: user.to_owned(), channel: channel.to_owned() }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_read_in_pages_and_kept_over_a_restart() {
    let workspace = Workspace::new(&[("S0SRE", &["U0ALICE"]), ("C0TEAM", &["U0BOB", "U0CAROL", "U0DAVE"])]);
    *workspace.page.lock().expect("page") = 2;
    let stage = stage(&workspace, &["S0SRE", "C0TEAM"]);
    let kept = Kept::start(&stage).await;
    for user in ["U0ALICE", "U0BOB", "U0DAVE"] {
        until_may(&kept, &stage, user, true).await;
    }
    assert!(!may(&kept, &stage, "U0EVE").await);
    assert_eq!(workspace.count("conversations.members"), 2);
    kept.stop().await;
    let asked = workspace.asked.lock().expect("asked").len();
    let running = crate::stage::Running::start(&stage).await;
    assert!(
        !text(&running.bot.accept(&by(&stage, "U0DAVE", "ec2 describe-vpcs")).await).contains("not called")
    );
    running.stop().await;
    assert_eq!(workspace.asked.lock().expect("asked").len(), asked, "nothing is asked again at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn losing_a_membership_takes_effect_at_once_and_lasts() {
    let workspace = Workspace::new(&[("C0TEAM", &["U0BOB", "U0CAROL"])]);
    let stage = stage(&workspace, &["C0TEAM"]);
    let kept = Kept::start(&stage).await;
    until_may(&kept, &stage, "U0BOB", true).await;
    happens(&kept, "Ev1", leaves("U0BOB", "C0TEAM")).await;
    assert!(!may(&kept, &stage, "U0BOB").await);
    happens(&kept, "Ev2", joins("U0EVE", "C0TEAM")).await;
    until_may(&kept, &stage, "U0EVE", true).await;
    kept.stop().await;
    let kept = Kept::start(&stage).await;
    assert!(!may(&kept, &stage, "U0BOB").await, "after a restart too");
    until_may(&kept, &stage, "U0EVE", true).await;
    happens(&kept, "Ev3", EventKind::ChannelArchive { channel: "C0TEAM".to_owned() }).await;
    assert!(!may(&kept, &stage, "U0EVE").await);
    kept.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slower_list_does_not_undo_what_an_event_said() {
    let workspace = Workspace::new(&[("C0TEAM", &["U0BOB"])]);
    let mut stage = stage(&workspace, &["C0TEAM"]);
    stage.settings.sync_every = Duration::from_secs(1);
    let kept = Kept::start(&stage).await;
    until_may(&kept, &stage, "U0BOB", true).await;
    // A list that still has Bob is on its way.
    let gate = workspace.gate.lock().await;
    let asked = workspace.count("conversations.members");
    until("the list is asked for again", || workspace.count("conversations.members") > asked).await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    happens(&kept, "Ev1", leaves("U0BOB", "C0TEAM")).await;
    workspace.set("C0TEAM", &[]);
    drop(gate);
    for _ in 0..20 {
        assert!(!may(&kept, &stage, "U0BOB").await);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    kept.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_comes_late_lets_nobody_in_again() {
    let workspace = Workspace::new(&[("C0TEAM", &[])]);
    let stage = stage(&workspace, &["C0TEAM"]);
    let kept = Kept::start(&stage).await;
    until("the list", || workspace.count("conversations.members") == 1).await;
    let at = |seconds: u64, kind| {
        EventRequest::Callback(Box::new(event(&format!("Ev{seconds}"), Some(seconds), kind)))
    };
    kept.running.bot.event(&at(1_799_999_900, leaves("U0BOB", "C0TEAM"))).await;
    kept.running.bot.event(&at(1_799_999_800, joins("U0BOB", "C0TEAM"))).await;
    met(&kept, &stage, "U0BOB").await;
    assert!(!may(&kept, &stage, "U0BOB").await, "Bob joined before he left");
    until("the list in doubt is read again", || workspace.count("conversations.members") == 2).await;
    kept.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn usergroups_are_followed() {
    let workspace = Workspace::new(&[("S0SRE", &["U0ALICE"])]);
    let stage = stage(&workspace, &["S0SRE"]);
    let kept = Kept::start(&stage).await;
    until_may(&kept, &stage, "U0ALICE", true).await;
    let (added, removed) = (vec!["U0BOB".to_owned()], vec!["U0ALICE".to_owned()]);
    let usergroup = "S0SRE".to_owned();
    happens(&kept, "Ev1", EventKind::SubteamMembersChanged { usergroup, added, removed, is_whole: true })
        .await;
    assert!(!may(&kept, &stage, "U0ALICE").await);
    until_may(&kept, &stage, "U0BOB", true).await;
    workspace.set("S0SRE", &[]);
    let off = Usergroup { id: "S0SRE".to_owned(), is_disabled: true, ..Usergroup::default() };
    happens(&kept, "Ev2", EventKind::SubteamUpdated(off)).await;
    assert!(!may(&kept, &stage, "U0BOB").await);
    kept.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_strangers_bots_and_who_was_deactivated_are_outsiders() {
    let everyone = ["U0GUEST", "U0BOT", "U0OTHER", "U0GONE", "U0BOB"];
    let workspace = Workspace::new(&[("C0TEAM", &everyone)]);
    let kinds = [
        ("U0GUEST", json!({"is_restricted": true})),
        ("U0BOT", json!({"is_bot": true})),
        ("U0OTHER", json!({"is_stranger": true, "team_id": "T2"})),
        ("U0GONE", json!({"deleted": true})),
    ];
    workspace.users.lock().expect("users").extend(kinds.map(|(id, user)| (id.to_owned(), user)));
    let stage = stage(&workspace, &["C0TEAM"]);
    let kept = Kept::start(&stage).await;
    until_may(&kept, &stage, "U0BOB", true).await;
    for outsider in &everyone[..4] {
        met(&kept, &stage, outsider).await;
        assert!(!may(&kept, &stage, outsider).await, "{outsider}");
    }
    let gone = slack::User { is_deleted: true, ..user("U0BOB") };
    happens(&kept, "Ev1", EventKind::UserChange(Box::new(gone))).await;
    assert!(!may(&kept, &stage, "U0BOB").await, "deactivated");
    happens(&kept, "Ev2", joins("U0GUEST", "C0TEAM")).await;
    assert!(!may(&kept, &stage, "U0GUEST").await, "an invited guest stays one");
    kept.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_be_learnt_of_in_time_is_an_outsider_until_they_can() {
    let workspace = Workspace::new(&[("S0SRE", &["U0ALICE"])]);
    let stage = stage(&workspace, &["S0SRE"]);
    let kept = Kept::start(&stage).await;
    until("the list", || workspace.count("usergroups.users.list") == 1).await;
    workspace.first.lock().expect("first").push_back(("users.info", Answer::Hang));
    let started = std::time::Instant::now();
    let ack = text(&kept.running.bot.accept(&by(&stage, "U0ALICE", "ec2 describe-vpcs")).await);
    assert!(started.elapsed() < Duration::from_secs(2), "it waits no longer than it may");
    assert!(ack.contains("not known") || ack.contains("AWS was not called"), "{ack}");
    until_may(&kept, &stage, "U0ALICE", true).await;
    assert!(kept.running.bot.counters().unmet.get() >= 1);
    let asked = workspace.count("users.info");
    assert!(may(&kept, &stage, "U0ALICE").await);
    assert_eq!(workspace.count("users.info"), asked, "asked once");
    kept.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_equal_to_an_admins_gives_nothing() {
    let workspace = Workspace::new(&[]);
    let admin = json!({"name": "root", "is_admin": true, "profile": {"display_name": "root"}});
    let other = json!({"name": "root", "profile": {"display_name": "root"}});
    workspace
        .users
        .lock()
        .expect("users")
        .extend([("U0ROOT".to_owned(), admin), ("U0MALLORY".to_owned(), other)]);
    let stage = stage(&workspace, &["S0SRE"]);
    stage.rules.replace(rules_for(
        Subjects { admins: true, ..Subjects::default() },
        &["*"],
        &["list", "read"],
    ));
    let kept = Kept::start(&stage).await;
    until_may(&kept, &stage, "U0ROOT", true).await;
    met(&kept, &stage, "U0MALLORY").await;
    assert!(!may(&kept, &stage, "U0MALLORY").await);
    let ack = text(&kept.running.bot.accept(&by(&stage, "U0MALLORY", "sync")).await);
    assert!(ack.contains("Only the workspace's admins"), "{ack}");
    kept.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_syncs_at_once_are_one_and_tell_how_far_they_are() {
    let workspace = Workspace::new(&[("C0TEAM", &["U0BOB"]), ("S0SRE", &["U0ALICE"])]);
    workspace.users.lock().expect("users").insert("U0ROOT".to_owned(), json!({"is_owner": true}));
    let mut stage = stage(&workspace, &["C0TEAM", "S0SRE"]);
    stage.speed = 10;
    let kept = Kept::start(&stage).await;
    until_may(&kept, &stage, "U0ALICE", true).await;
    until_may(&kept, &stage, "U0BOB", true).await;
    met(&kept, &stage, "U0ROOT").await;
    let gate = workspace.gate.lock().await;
    let first = text(&kept.running.bot.accept(&by(&stage, "U0ROOT", "sync")).await);
    let second = text(&kept.running.bot.accept(&by(&stage, "U0ROOT", "sync")).await);
    assert!(
        first.contains("Reading who is in which group") && second.contains("under way already"),
        "{first} {second}"
    );
    drop(gate);
    until("the summary", || workspace.count("chat.update") >= 1).await;
    let told: Vec<String> = {
        let asked = workspace.asked.lock().expect("asked");
        let texts = asked.iter().filter(|(method, _)| method.starts_with("chat."));
        texts.map(|(_, fields)| fields["text"].clone()).collect()
    };
    assert!(told[0].contains("0 of 2 read") && told.last().expect("text").contains("2 of 2"), "{told:?}");
    assert_eq!((workspace.count("conversations.members"), workspace.count("usergroups.users.list")), (2, 2));
    assert_eq!(workspace.count("chat.postMessage"), 1, "the message moves");
    kept.stop().await;
    assert!(stage.audit().await.iter().any(|line| line.contains(r#""kind":"sync""#)));
}

#[tokio::test(flavor = "multi_thread")]
async fn slacks_limits_are_waited_out() {
    let workspace = Workspace::new(&[("C0TEAM", &["U0BOB", "U0CAROL", "U0DAVE"])]);
    *workspace.page.lock().expect("page") = 1;
    let limited = (0..3).map(|_| ("conversations.members", Answer::Limited(30)));
    workspace.first.lock().expect("first").extend(limited);
    let stage = stage(&workspace, &["C0TEAM"]);
    let kept = Kept::start(&stage).await;
    until_may(&kept, &stage, "U0DAVE", true).await;
    assert_eq!(workspace.count("conversations.members"), 6);
    kept.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_read_on_where_it_stopped() {
    let workspace = Workspace::new(&[("C0TEAM", &["U0BOB", "U0CAROL", "U0DAVE"])]);
    *workspace.page.lock().expect("page") = 1;
    let first = [("conversations.members", Answer::Own), ("conversations.members", Answer::Hang)];
    workspace.first.lock().expect("first").extend(first);
    let mut stage = stage(&workspace, &["C0TEAM"]);
    stage.speed = 10;
    let kept = Kept::start(&stage).await;
    until("two pages", || workspace.count("conversations.members") >= 2).await;
    kept.stop().await;
    workspace.first.lock().expect("first").clear();
    let kept = Kept::start(&stage).await;
    until_may(&kept, &stage, "U0DAVE", true).await;
    for user in ["U0BOB", "U0CAROL"] {
        until_may(&kept, &stage, user, true).await;
    }
    let starts = {
        let asked = workspace.asked.lock().expect("asked");
        let first = |(method, fields): &&(String, _)| {
            let fields: &std::collections::BTreeMap<String, String> = fields;
            method == "conversations.members" && !fields.contains_key("cursor")
        };
        asked.iter().filter(first).count()
    };
    assert_eq!(starts, 1, "the beginning was read once");
    kept.stop().await;
    let left = stage.store(Holder::Guest);
    let page = store::Page { kind: "member", prefix: "page/".to_owned(), after: None, limit: 9 };
    let parts = store::Store::records(&*left, page, store::UnixMillis(0)).await.expect("reads");
    assert_eq!(parts.len(), 0, "the parts are gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_cannot_be_read_grants_nothing_and_says_why() {
    let workspace = Workspace::new(&[("S0SRE", &["U0ALICE"])]);
    workspace.users.lock().expect("users").insert("U0ROOT".to_owned(), json!({"is_admin": true}));
    let stage = stage(&workspace, &["S0SRE", "C0HIDDEN"]);
    let kept = Kept::start(&stage).await;
    until_may(&kept, &stage, "U0ALICE", true).await;
    met(&kept, &stage, "U0ROOT").await;
    until("the fault", || kept.running.bot.counters().unread_groups.get() == 1).await;
    text(&kept.running.bot.accept(&by(&stage, "U0ROOT", "sync")).await);
    until("the summary", || workspace.count("chat.update") >= 1).await;
    let asked = workspace.asked.lock().expect("asked").clone();
    let summary = asked.iter().rev().find(|(method, _)| method == "chat.update").expect("a summary");
    assert!(summary.1["text"].contains("invite the app to the channel"), "{summary:?}");
    kept.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_usergroup_of_fifty_thousand_is_read_and_kept() {
    let members: Vec<String> = (0..50_000).map(|number| format!("U0{number:08}")).collect();
    let workspace = Workspace::new(&[]);
    let names: Vec<&str> = members.iter().map(String::as_str).collect();
    workspace.set("S0ALL", &names);
    let stage = stage(&workspace, &["S0ALL"]);
    let kept = Kept::start(&stage).await;
    until_may(&kept, &stage, "U000049999", true).await;
    happens(
        &kept,
        "Ev1",
        EventKind::SubteamMembersChanged {
            usergroup: "S0ALL".to_owned(),
            added: Vec::new(),
            removed: vec!["U000049999".to_owned()],
            is_whole: true,
        },
    )
    .await;
    assert!(!may(&kept, &stage, "U000049999").await);
    kept.stop().await;
    let running = crate::stage::Running::start(&stage).await;
    for (user, granted) in [("U000000000", true), ("U000031234", true), ("U000049999", false)] {
        let mut ack = String::new();
        for _ in 0..20 {
            ack = text(&running.bot.accept(&by(&stage, user, "ec2 describe-vpcs")).await);
            if ack.contains("AWS was not called") != granted {
                break;
            }
        }
        assert_eq!(!ack.contains("AWS was not called"), granted, "{user}: {ack}");
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn admins_freeze_and_thaw_without_a_grant_unless_a_deny_forbids_it() {
    let workspace = Workspace::new(&[("S0SRE", &["U0BOB", "U0CAROL"])]);
    workspace.users.lock().expect("users").insert("U0ROOT".to_owned(), json!({"is_admin": true}));
    let mut stage = stage(&workspace, &["S0SRE"]);
    stage.settings.access_admins = vec!["S0SRE".to_owned()];
    let mut book = rules_for(group(&["S0SRE"]), &["ec2:*"], &["list"]).book;
    book.denies.push(policy::Deny {
        subjects: Subjects { users: vec!["U0CAROL".to_owned()], ..Subjects::default() },
        allow: vec!["bellhop:freeze".to_owned()],
        ..policy::Deny::default()
    });
    stage.rules.replace(bot::Rules::of(book).expect("rules"));
    let kept = Kept::start(&stage).await;
    until_may(&kept, &stage, "U0BOB", true).await;
    let say = async |user: &str, line: &str| {
        met(&kept, &stage, user).await;
        text(&kept.running.bot.accept(&by(&stage, user, line)).await)
    };
    for user in ["U0ALICE", "U0CAROL"] {
        let told = say(user, "freeze dev").await;
        assert!(!told.contains("Frozen"), "{user}: {told}");
    }
    for user in ["U0ROOT", "U0BOB"] {
        let told = say(user, "freeze dev the release").await;
        assert!(told.contains(&format!("Frozen: dev, by {user}")), "{told}");
        assert!(say(user, "thaw dev").await.contains("Thawed: dev"), "{user}");
    }
    assert!(say("U0ROOT", "help").await.contains("freeze "), "help knows");
    assert!(!say("U0ALICE", "help").await.contains("freeze "), "and whom not to tell");
    kept.stop().await;
}
