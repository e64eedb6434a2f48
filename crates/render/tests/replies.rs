//! Every kind of reply in both forms, and Slack's limits held whatever a reply holds.

use std::time::Duration;

use proptest::prelude::*;
use render::{
    Audience, Body, Button, ButtonLook, Facts, Problem, Reply, Span, Status, to_slack, to_terminal,
};
use serde_json::Value;
use slack::blocks::{Block, limits};
use slack::text::length;

fn facts() -> Facts {
    Facts {
        command: "aws ec2 describe-instances --filters Name=tag:team,Values=web".to_owned(),
        account: Some("production".to_owned()),
        region: Some("us-east-1".to_owned()),
        took: Some(Duration::from_millis(212)),
        request_id: Some("7f3a".to_owned()),
    }
}

fn button(label: &str, look: ButtonLook) -> Button {
    Button { label: label.to_owned(), action: label.to_lowercase(), value: "job-1".to_owned(), look }
}

fn rows(count: usize, width: usize) -> Body {
    let columns = (0..width).map(|column| format!("Column{column}")).collect();
    let row = |number: usize| (0..width).map(|column| format!("value {number}.{column}")).collect();
    Body::Table { columns, rows: (0..count).map(row).collect() }
}

/// The message as indented JSON, long texts shortened in the middle.
fn shown(reply: &Reply) -> String {
    let mut json: Value = serde_json::from_str(&to_slack(reply).to_json()).expect("JSON");
    shorten(&mut json);
    format!(
        "{}\n\n=== terminal ===\n{}",
        serde_json::to_string_pretty(&json).expect("JSON"),
        head(&to_terminal(reply, 100))
    )
}

fn shorten(value: &mut Value) {
    match value {
        Value::String(text) if text.len() > 400 => *text = head(text),
        Value::Array(items) if items.len() > 12 => {
            let rest = items.len() - 3;
            items.truncate(3);
            items.push(Value::String(format!("[{rest} more]")));
            items.iter_mut().for_each(shorten);
        }
        Value::Array(items) => items.iter_mut().for_each(shorten),
        Value::Object(map) => map.values_mut().for_each(shorten),
        _ => {}
    }
}

fn head(text: &str) -> String {
    if text.len() <= 1200 && text.len() != 401 && text.lines().count() < 40 {
        return text.to_owned();
    }
    let start: String = text.chars().take(60).collect();
    let end: Vec<char> = text.chars().rev().take(60).collect();
    format!("{start} [{} bytes] {}", text.len(), end.into_iter().rev().collect::<String>())
}

macro_rules! reply_snapshots {
    ($($name:ident: $reply:expr,)*) => {
        $(#[test]
        fn $name() {
            insta::assert_snapshot!(stringify!($name), shown(&$reply));
        })*
    };
}

reply_snapshots! {
    short_output: Reply::done(facts(), Body::Preformatted("[\n    \"i-1\",\n    \"<!channel> & ```\"\n]\n".to_owned())),
    no_output: Reply::done(facts(), Body::Preformatted("\n".to_owned())),
    long_output: Reply::done(facts(), Body::Preformatted(
        (0..1000).map(|line| format!("line {line} of a long answer, <escaped> & counted\n")).collect())),
    one_endless_line: Reply::done(facts(), Body::Preformatted("x".repeat(50_000))),
    sentences: Reply::done(facts(), Body::Text("Two instances are running.\nNone is stopped.".to_owned()))
        .note("The first page only.").to_channel(),
    names: Reply::done(facts(), Body::Spoken(vec![Span::text("<@U0X> & "), Span::named("U0ALICE"), Span::text(" asks "),
        Span::named("S0SRE"), Span::text(" in "), Span::named("C0OPS"), Span::text(", says "), Span::named("nobody")])),
    many_names: Reply::done(facts(), Body::Spoken(Span::listed(["U0ALICE"; 200]))),
    small_table: Reply::done(facts(), Body::Table {
        columns: vec!["Id".to_owned(), "Name".to_owned(), "State".to_owned()],
        rows: vec![
            vec!["i-1".to_owned(), "名前".to_owned(), "running".to_owned()],
            vec!["i-22".to_owned(), "a\nb".to_owned()],
        ],
    }),
    empty_table: Reply::done(facts(), rows(0, 3)),
    long_table: Reply::done(facts(), rows(400, 4)),
    wide_table: Reply::done(facts(), rows(3, 24)),
    denied: Reply::problem(facts(), Status::Denied, Problem::new("None of your grants covers iam:CreateUser.")
        .next("Ask an administrator for a grant of level permissions for iam:CreateUser.")),
    failed: Reply::problem(facts(), Status::Failed, Problem::new("AWS refused the call.")
        .why("UnauthorizedOperation: You are not authorized to perform this operation.")
        .next("Try /aws why ec2 describe-instances.")),
    may_have_happened: Reply::problem(facts(), Status::MayHaveHappened,
        Problem::new("The instance may have been stopped: AWS took the request and did not answer in time.")
            .next("Look before you try again.")),
    asking: Reply { status: Status::Asking, ..Reply::done(facts(), Body::Text(
        "You ran this very command 12 s ago. Run it again?".to_owned())) }
        .button(button("Run", ButtonLook::Primary)).button(button("Cancel", ButtonLook::Plain)),
    running: Reply { status: Status::Running, ..Reply::done(Facts { command: "aws s3 ls".to_owned(), ..Facts::default() }, Body::Nothing) },
    partly: Reply { status: Status::Partly, ..Reply::done(facts(), Body::Preformatted("production  i-1".to_owned())) }
        .note("2 of 3 accounts answered.").note("staging: AccessDenied").button(button("Retry", ButtonLook::Danger)),
    nothing_known: Reply::done(Facts::default(), Body::Nothing),
}

fn text() -> impl Strategy<Value = String> {
    let piece = "(\\PC|[<>&*`@!|\\x00-\\x20\u{202e}]){0,120}";
    (piece, prop_oneof![3 => Just(1_usize), 1 => 1_usize..300]).prop_map(|(text, times)| text.repeat(times))
}

fn span() -> impl Strategy<Value = Span> {
    prop_oneof![
        text().prop_map(Span::Text),
        text().prop_map(Span::User),
        "U0[A-Z0-9]{0,80}".prop_map(|id| Span::named(&id))
    ]
}

fn body() -> impl Strategy<Value = Body> {
    let table = (
        proptest::collection::vec(text(), 0..25),
        proptest::collection::vec(proptest::collection::vec(text(), 0..25), 0..6),
    );
    prop_oneof![
        Just(Body::Nothing),
        text().prop_map(Body::Text),
        proptest::collection::vec(span(), 0..6).prop_map(Body::Spoken),
        text().prop_map(Body::Preformatted),
        table.prop_map(|(columns, rows)| Body::Table { columns, rows }),
        (text(), proptest::option::of(text()), proptest::option::of(text()))
            .prop_map(|(what, why, next)| Body::Problem(Problem { what, why, next })),
    ]
}

fn reply() -> impl Strategy<Value = Reply> {
    let facts = (
        text(),
        proptest::option::of(text()),
        proptest::option::of(text()),
        any::<Option<u32>>(),
        proptest::option::of(text()),
    );
    let facts = facts.prop_map(|(command, account, region, took, request_id)| {
        let took = took.map(|milliseconds| Duration::from_millis(milliseconds.into()));
        Facts { command, account, region, took, request_id }
    });
    let status = prop_oneof![Just(Status::Done), Just(Status::Failed), Just(Status::Asking)];
    let buttons = proptest::collection::vec(
        (text(), ".{0,30}").prop_map(|(label, action)| Button {
            label,
            action,
            value: "job".to_owned(),
            look: ButtonLook::Plain,
        }),
        0..4,
    );
    (facts, status, body(), proptest::collection::vec(text(), 0..4), buttons).prop_map(
        |(facts, status, body, notes, buttons)| Reply {
            facts,
            status,
            body,
            notes,
            buttons,
            audience: Audience::Caller,
        },
    )
}

fn faults_in(value: &Value, faults: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| faults_in(item, faults)),
        Value::Object(map) => {
            if let Some(text) = map.get("text").and_then(Value::as_str) {
                let raw = matches!(map.get("type").and_then(Value::as_str), Some("text" | "raw_text"));
                let acts = |c: char| (c.is_control() && c != '\n' && c != '\t') || c == '\u{202e}';
                if text.is_empty() || text.contains(acts) || (!raw && text.contains(['<', '>'])) {
                    faults.push(text.to_owned());
                }
            }
            map.values().for_each(|item| faults_in(item, faults));
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_reply_is_a_message_within_limits(reply in reply()) {
        let message = to_slack(&reply);
        let weight: usize = message.blocks().iter().map(Block::weight).sum();
        prop_assert!(weight <= limits::MESSAGE_TEXT);
        prop_assert!(message.blocks().iter().count() <= limits::MESSAGE_BLOCKS);
        prop_assert!(length(message.text()) <= limits::FALLBACK_TEXT && !message.text().is_empty());
        let json: Value = serde_json::from_str(&message.to_json()).expect("JSON");
        let mut faults = Vec::new();
        faults_in(&json, &mut faults);
        prop_assert!(faults.is_empty(), "{:?}", faults);
        let pressable = reply.buttons.iter().filter(|button| !button.action.is_empty()).count();
        let shown = json["blocks"].as_array().into_iter().flatten().filter(|block| block["type"] == "actions");
        prop_assert_eq!(shown.map(|block| block["elements"].as_array().map_or(0, Vec::len)).sum::<usize>(), pressable);
        let text = to_terminal(&reply, 80);
        let acts = text.contains(['\u{1b}', '\u{202e}']);
        prop_assert!(text.ends_with('\n') && !acts);
    }
}
