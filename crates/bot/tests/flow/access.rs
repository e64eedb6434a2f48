//! Grants made from Slack: shown before they are made, under the ceiling, by admins alone.

use std::sync::Arc;

use bot::AckBody;
use policy::{Ceiling, Levels, Need, Rulebook, Subjects};
use serde_json::json;
use slack::blocks::ViewAnswer;
use slack::{Entered, Interaction, InteractionKind, OpenView, SlashCommand};
use store::{Batch, Change, Expect, Holder, UnixMillis};

use crate::stage::{Running, Stage, rules_for, until};
use crate::text;
use crate::workspace::Workspace;

/// A workspace with an admin and some others; the ceiling goes up to `write` in `dev`, which then asks to confirm.
pub(crate) fn stage() -> (Stage, Arc<Workspace>) {
    let workspace = Workspace::new(&[("S0SRE", &["U0BOB", "U0CAROL"])]);
    let kinds = [
        ("U0ROOT", json!({"is_admin": true})),
        ("U0GUEST", json!({"is_restricted": true, "is_admin": true})),
    ];
    workspace.users.lock().expect("users").extend(kinds.map(|(id, user)| (id.to_owned(), user)));
    let mut stage = Stage::new();
    stage.workspace = Some(Arc::clone(&workspace));
    let alice = Subjects { users: vec!["U0ALICE".to_owned()], ..Subjects::default() };
    let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    let ceiling = Ceiling {
        accounts: texts(&["dev"]),
        allow: texts(&["ec2:*"]),
        levels: texts(&["list", "read", "write"]),
        needs: [("write".to_owned(), Need::Confirm)].into(),
        ..Ceiling::default()
    };
    let file = rules_for(alice, &["*"], &["list", "read"]).book;
    let book = Rulebook { ceiling: Some(ceiling), confirm: Levels::NONE, ..file };
    stage.rules.replace(bot::Rules::of(book).expect("rules"));
    (stage, workspace)
}

pub(crate) fn by(stage: &Stage, user: &str, line: &str) -> SlashCommand {
    SlashCommand { user_id: user.to_owned(), ..stage.typed(line) }
}

async fn say(running: &Running, stage: &Stage, user: &str, line: &str) -> String {
    // Time runs fast, and what is asked of Slack at first sight may come too late.
    for _ in 0..20 {
        let unmet = running.bot.counters().unmet.get();
        let ack = text(&running.bot.accept(&by(stage, user, line)).await);
        if running.bot.counters().unmet.get() == unmet {
            return ack;
        }
    }
    panic!("{user} is never known");
}

async fn may(running: &Running, stage: &Stage, user: &str) -> bool {
    !say(running, stage, user, "ec2 describe-vpcs").await.contains("AWS was not called")
}

/// What the button carries.
pub(crate) fn question(ack: &str) -> String {
    let value = ack.split("\"value\":\"").nth(1).and_then(|rest| rest.split('"').next());
    value.unwrap_or_else(|| panic!("no button in {ack}")).to_owned()
}

pub(crate) const GRANT: &str =
    "access add --who U0BOB --accounts dev --allow ec2:Describe* --levels list,read";

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_is_shown_then_made_then_taken_away() {
    let (stage, _) = stage();
    let running = Running::start(&stage).await;
    assert!(!may(&running, &stage, "U0BOB").await);
    let ack = say(&running, &stage, "U0ROOT", &format!("{GRANT},write,secret --accounts prod")).await;
    for part in [
        "U0BOB",
        "dev",
        "ec2:Describe*",
        "list, read, write",
        "write: confirm",
        "left out  secret",
        "left out  prod",
        "Grant it",
    ] {
        assert!(ack.contains(part), "{part} in {ack}");
    }
    assert!(!may(&running, &stage, "U0BOB").await, "showing gives nothing");
    running.bot.press(&stage.pressed("U0ROOT", "access-apply", &question(&ack))).await;
    assert!(may(&running, &stage, "U0BOB").await);
    until("the answer", || stage.slack.posts().iter().any(|post| post.contains("It is in force"))).await;
    assert!(stage.slack.posts().iter().any(|post| post.contains("replace_original")), "the card is replaced");
    let list = say(&running, &stage, "U0ROOT", "access list").await;
    assert!(list.contains("U0BOB") && list.contains("U0ROOT"), "{list}");
    running.stop().await;

    let running = Running::start(&stage).await;
    assert!(may(&running, &stage, "U0BOB").await, "it survives a restart");
    let store = stage.store(Holder::Guest);
    let page = store::Page { kind: "grant", prefix: String::new(), after: None, limit: 9 };
    let records = store.records(page, UnixMillis(0)).await.expect("reads");
    let id = records[0].key.strip_prefix("T1/").expect("the workspace").to_owned();
    let shown = say(&running, &stage, "U0ROOT", &format!("access show {id}")).await;
    assert!(shown.contains("made by   U0ROOT"), "{shown}");
    let ack = say(&running, &stage, "U0ROOT", &format!("access remove {id}")).await;
    assert!(ack.contains("would take away"), "{ack}");
    running.bot.press(&stage.pressed("U0ROOT", "access-apply", &question(&ack))).await;
    assert!(!may(&running, &stage, "U0BOB").await);
    running.stop().await;
    let audit = stage.audit().await;
    for kind in ["grant added", "grant removed"] {
        assert!(
            audit.iter().any(|line| line.contains(&format!(r#""kind":"{kind}""#)) && line.contains("U0ROOT")),
            "{kind}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_beyond_the_ceiling() {
    let (stage, _) = stage();
    let running = Running::start(&stage).await;
    for line in [
        "access add --who U0BOB --accounts prod --allow ec2:* --levels list",
        "access add --who U0BOB --accounts dev --allow ec2:* --levels secret,permissions",
        "access add --who U0BOB --accounts dev --allow ec2:* --levels list --role arn:aws:iam::111111111111:role/Admin",
        "access add --who U0BOB --accounts dev --allow nonsense --levels list",
        "access add --who U0BOB --accounts nowhere --allow ec2:* --levels list",
        "access add --who U0BOB --accounts dev --allow ec2:* --levels all",
        "access add --who @alice --accounts dev --allow ec2:* --levels list",
        "access add --accounts dev --allow ec2:* --levels list",
    ] {
        let ack = say(&running, &stage, "U0ROOT", line).await;
        assert!(ack.contains("No grant is made") && !ack.contains("Grant it"), "{line}: {ack}");
    }
    // What the ceiling does not cover is not given, whatever the grant says.
    let wide = say(
        &running,
        &stage,
        "U0ROOT",
        "access add --who U0BOB --accounts dev --allow '*' --levels list,read",
    )
    .await;
    running.bot.press(&stage.pressed("U0ROOT", "access-apply", &question(&wide))).await;
    assert!(may(&running, &stage, "U0BOB").await);
    let ack = say(&running, &stage, "U0BOB", "iam list-users").await;
    assert!(ack.contains("AWS was not called"), "{ack}");
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_press_counts_once_and_only_for_who_asked() {
    let (stage, workspace) = stage();
    workspace.users.lock().expect("users").insert("U0OTHER".to_owned(), json!({"is_owner": true}));
    let running = Running::start(&stage).await;
    let ack = say(&running, &stage, "U0ROOT", GRANT).await;
    let id = question(&ack);
    say(&running, &stage, "U0OTHER", "access list").await;
    running.bot.press(&stage.pressed("U0OTHER", "access-apply", &id)).await;
    let elsewhere = Interaction {
        team_id: Some("T2".to_owned()),
        user_team_id: Some("T2".to_owned()),
        ..stage.pressed("U0ROOT", "access-apply", &id)
    };
    running.bot.press(&elsewhere).await;
    let stranger =
        Interaction { user_team_id: Some("T2".to_owned()), ..stage.pressed("U0ROOT", "access-apply", &id) };
    running.bot.press(&stranger).await;
    running.bot.press(&stage.pressed("U0ROOT", "access-apply", "../../grant")).await;
    assert!(!may(&running, &stage, "U0BOB").await);
    let (one, two) =
        (stage.pressed("U0ROOT", "access-apply", &id), stage.pressed("U0ROOT", "access-apply", &id));
    tokio::join!(running.bot.press(&one), running.bot.press(&two));
    assert!(may(&running, &stage, "U0BOB").await);
    let dropped = say(&running, &stage, "U0ROOT", &GRANT.replace("U0BOB", "U0CAROL")).await;
    running.bot.press(&stage.pressed("U0ROOT", "access-drop", &question(&dropped))).await;
    running.bot.press(&stage.pressed("U0ROOT", "access-apply", &question(&dropped))).await;
    assert!(!may(&running, &stage, "U0CAROL").await);
    running.stop().await;
    let added = stage.audit().await.iter().filter(|line| line.contains("grant added")).count();
    assert_eq!(added, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_no_admin_any_more_changes_nothing() {
    let (stage, _) = stage();
    let running = Running::start(&stage).await;
    for user in ["U0BOB", "U0GUEST"] {
        for line in [GRANT, "access list", "access add", "access remove x"] {
            let ack = say(&running, &stage, user, line).await;
            let refused =
                ack.contains("Only the workspace's admins") || ack.contains("Guests may use Bellhop only");
            assert!(refused, "{user} {line}: {ack}");
        }
    }
    let ack = say(&running, &stage, "U0ROOT", GRANT).await;
    let demoted = slack::EventKind::UserChange(Box::new(crate::workspace::user("U0ROOT")));
    let event = crate::workspace::event("Ev1", None, demoted);
    running.bot.event(&slack::EventRequest::Callback(Box::new(event))).await;
    running.bot.press(&stage.pressed("U0ROOT", "access-apply", &question(&ack))).await;
    assert!(!may(&running, &stage, "U0BOB").await);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_was_forged_or_moved_gives_nothing() {
    let (stage, _) = stage();
    let running = Running::start(&stage).await;
    let ack = say(&running, &stage, "U0ROOT", GRANT).await;
    running.bot.press(&stage.pressed("U0ROOT", "access-apply", &question(&ack))).await;
    running.stop().await;
    let store = stage.store(Holder::Guest);
    let page = store::Page { kind: "grant", prefix: String::new(), after: None, limit: 9 };
    let record = store.records(page, UnixMillis(0)).await.expect("reads").remove(0);
    let plain = br#"{"version":1,"by":"U0ROOT","at":1,"draft":{}}"#.to_vec();
    let changes = vec![
        Change::put("grant", "T2/000001", Expect::Any, record.body.clone(), None),
        Change::put("grant", record.key, Expect::Any, plain, None),
    ];
    store.commit(Batch { now: UnixMillis(1), changes, job: None, rows: Vec::new() }).await.expect("forges");
    drop(store);
    let running = Running::start(&stage).await;
    assert!(!may(&running, &stage, "U0BOB").await);
    let mut elsewhere = by(&stage, "U0BOB", "ec2 describe-vpcs");
    elsewhere.team_id = Some("T2".to_owned());
    assert!(text(&running.bot.accept(&elsewhere).await).contains("AWS was not called"));
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_process_sees_a_change_and_an_end() {
    let (stage, _) = stage();
    let running = Running::start(&stage).await;
    let other = stage.bot(stage.store(Holder::Guest));
    let following = other.clone();
    let keepers = tokio::spawn(async move { following.run_keepers(std::future::pending()).await });
    let ack = say(&running, &stage, "U0ROOT", &format!("{GRANT} --until 60m")).await;
    assert!(ack.contains("until"), "{ack}");
    running.bot.press(&stage.pressed("U0ROOT", "access-apply", &question(&ack))).await;
    let seen = async |expected: bool| {
        for _ in 0..3000 {
            let ack = text(&other.accept(&by(&stage, "U0BOB", "ec2 describe-vpcs")).await);
            if ack.contains("AWS was not called") != expected {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("never {expected}");
    };
    seen(true).await;
    seen(false).await;
    keepers.abort();
    running.stop().await;
}

fn form(stage: &Stage, user: &str, callback: &str, metadata: &str, values: &[(&str, &str)]) -> Interaction {
    let entered = |(id, text): &(&str, &str)| Entered {
        block_id: String::new(),
        action_id: (*id).to_owned(),
        kind: "plain_text_input".to_owned(),
        text: Some((*text).to_owned()),
        chosen: Vec::new(),
    };
    let view = OpenView {
        id: "V1".to_owned(),
        callback_id: Some(callback.to_owned()),
        private_metadata: metadata.to_owned(),
        hash: None,
        values: values.iter().map(entered).collect(),
    };
    Interaction {
        kind: InteractionKind::ViewSubmission(Box::new(view)),
        response_url: None,
        ..stage.pressed(user, "", "")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_makes_a_grant_in_two_steps() {
    let (stage, workspace) = stage();
    let running = Running::start(&stage).await;
    let opened = say(&running, &stage, "U0ROOT", "access add").await;
    assert!(opened.contains("A form opens"), "{opened}");
    assert_eq!(workspace.count("views.open"), 1);
    let values =
        [("who", "<@U0BOB|bob>"), ("accounts", "dev"), ("allow", "ec2:Describe*"), ("levels", "list read")];
    let submit = async |user: &str, callback: &str, metadata: &str, values: &[(&str, &str)]| {
        let ack = running.bot.press(&form(&stage, user, callback, metadata, values)).await;
        match ack.body {
            AckBody::View(answer) => answer,
            other => panic!("{other:?}"),
        }
    };
    let errors = submit("U0ROOT", "access-add", "C0OPS", &[("who", "@bob")]).await;
    assert!(matches!(&errors, ViewAnswer::Errors(errors) if errors.contains_key("who")), "{errors:?}");
    let refused = submit("U0BOB", "access-add", "C0OPS", &values).await;
    assert!(matches!(refused, ViewAnswer::Errors(_)), "{refused:?}");
    let ViewAnswer::Update(view) = submit("U0ROOT", "access-add", "C0OPS", &values).await else {
        panic!("a look")
    };
    let shown = view.to_json();
    assert!(shown.contains("U0BOB") && shown.contains("ec2:Describe*"), "{shown}");
    let id =
        shown.split("\"private_metadata\":\"").nth(1).and_then(|rest| rest.split('"').next()).expect("an id");
    assert!(!may(&running, &stage, "U0BOB").await);
    let done = submit("U0ROOT", "access-confirm", id, &[]).await;
    assert!(
        matches!(&done, ViewAnswer::Update(view) if view.to_json().contains("It is in force")),
        "{done:?}"
    );
    assert!(may(&running, &stage, "U0BOB").await);
    running.stop().await;
}
