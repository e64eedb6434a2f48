//! The exact JSON of each block, and Slack's limits held whatever goes in.

use proptest::prelude::*;
use serde_json::Value;
use slack::blocks::{
    Actions, Block, Blocks, Button, ButtonStyle, Choice, Confirm, Input, Mrkdwn, Offered, PlainText,
    RichSection, RichText, Section, Select, Table, TextInput, View, ViewAnswer, limits,
};
use slack::text::length;
use slack::{Message, ResponseType};

fn message() -> Message {
    let mut blocks = Blocks::new();
    let text = Mrkdwn::new().text("a <b> & ").bold("bold *stars*").text(" ").code("co`de\nx");
    let confirm = Confirm::new("Stop it?", "web-1", "Stop", "Keep");
    let stop = Button::new("Stop", "stop", Some("i-1")).expect("short");
    let keep = Button::new("Keep", "keep", None).expect("short");
    let mut table = Table::new(["Id", "State"]).expect("two columns");
    assert!(table.push(["i-1", ""], limits::TABLE_TEXT));
    assert!(table.push(["<i-2>"], limits::TABLE_TEXT));
    let all = [
        Block::header("Stop & go"),
        Section::new(text).field(Mrkdwn::new().text("one")).accessory(keep.clone()).into(),
        Block::section(Mrkdwn::new()),
        Block::context("production · us-east-1"),
        Block::context_of([Mrkdwn::new().bold("req").into(), PlainText::new("x", 10).into()]).expect("two"),
        Block::Divider,
        RichText::new()
            .section(RichSection::new().bold("aws").text(" ").code("ec2"))
            .section(RichSection::new().user("U0A").channel("C0A").usergroup("S0A").user("<!channel>"))
            .preformatted("```\n<!channel> \u{1b}[1m\n```")
            .into(),
        table.into(),
        Actions::new([stop.style(ButtonStyle::Danger).confirm(confirm), keep])
            .expect("two")
            .named("choice")
            .into(),
    ];
    for block in all {
        blocks.push(block).expect("room");
    }
    Message::new(ResponseType::InChannel, "done <@U1>").with_blocks(blocks)
}

#[test]
fn each_block_is_what_slack_takes() {
    let json: Value = serde_json::from_str(&message().to_json()).expect("JSON");
    insta::assert_snapshot!(serde_json::to_string_pretty(&json).expect("JSON"));
    assert_eq!(
        Message::ephemeral("hi").replacing().to_json(),
        r#"{"response_type":"ephemeral","text":"hi","replace_original":true,"unfurl_links":false,"unfurl_media":false}"#
    );
    assert!(message().text_only().blocks().is_empty());
}

#[test]
fn a_select_is_offered_at_most_a_hundred() {
    let choice =
        |number: usize| Choice::new(&format!("<account> {number}"), &number.to_string()).expect("short");
    let json = |count: usize| {
        serde_json::to_value(slack::blocks::Options::new((0..count).map(choice))).expect("JSON")
    };
    assert_eq!(
        json(1).to_string(),
        r#"{"options":[{"text":{"type":"plain_text","text":"&lt;account&gt; 0","emoji":false},"value":"0"}]}"#
    );
    assert_eq!(json(0).to_string(), r#"{"options":[]}"#);
    assert_eq!(json(101)["options"].as_array().expect("a list").len(), limits::SELECT_OPTIONS);
}

#[test]
fn a_message_takes_what_there_is_room_for() {
    let mut blocks = Blocks::new();
    for _ in 0..limits::MESSAGE_BLOCKS {
        blocks.push(Block::Divider).expect("room");
    }
    assert!(blocks.push(Block::Divider).is_err());
    let mut blocks = Blocks::new();
    blocks.push(RichText::new().preformatted(&"x".repeat(limits::MESSAGE_TEXT - 5)).into()).expect("room");
    assert_eq!(blocks.room(), 5);
    assert!(blocks.push(Block::context("123456")).is_err());
    blocks.push(Block::context("12345")).expect("room");
    let mut blocks = Blocks::new();
    blocks.push(Table::new(["a"]).expect("a column").into()).expect("room");
    assert!(blocks.push(Table::new(["a"]).expect("a column").into()).is_err());
    assert!(
        Table::new([]).is_none()
            && Actions::new([] as [Button; 0]).is_none()
            && Block::context_of([]).is_none()
    );
}

#[test]
fn what_must_not_be_cut_is_refused() {
    assert!(Button::new("x", &"a".repeat(255), Some(&"v".repeat(2000))).is_ok());
    assert!(Button::new("x", "", None).is_err());
    assert!(Button::new("x", &"a".repeat(256), None).is_err());
    assert!(Button::new("x", "a", Some(&"v".repeat(2001))).is_err());
}

fn walk<'a>(value: &'a Value, visit: &mut impl FnMut(&'a serde_json::Map<String, Value>)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, visit)),
        Value::Object(map) => {
            visit(map);
            map.values().for_each(|item| walk(item, visit));
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn no_text_passes_a_limit_or_escapes(text in "(\\PC|[<>&*`@!|\\x00-\\x20]){0,400}", times in 1_usize..30) {
        let text = text.repeat(times);
        let field = Mrkdwn::new().bold(&text).text(&text).code(&text);
        let confirm = Confirm::new(&text, &text, &text, &text);
        let button = Button::new(&text, "a", None).expect("short").confirm(confirm);
        let mut table = Table::new([text.as_str(), ""]).expect("columns");
        while table.push([text.as_str(), text.as_str()], limits::TABLE_TEXT) {}
        let all = [
            Block::header(&text), Section::new(field.clone()).field(field).accessory(button.clone()).into(),
            Block::context(&text), RichText::new().section(RichSection::new().text(&text)).preformatted(&text).into(),
            table.into(), Actions::new([button]).expect("one").into(),
        ];
        for block in all {
            let mut blocks = Blocks::new();
            let weight = block.weight();
            if blocks.push(block).is_err() {
                prop_assert!(weight > limits::MESSAGE_TEXT);
                continue;
            }
            let json = Message::ephemeral(&text).with_blocks(blocks).to_json();
            let json: Value = serde_json::from_str(&json).expect("JSON");
            let mut faults = Vec::new();
            walk(&json, &mut |map| {
                let Some(text) = map.get("text").and_then(Value::as_str) else { return };
                let (limit, escaped) = match map.get("type").and_then(Value::as_str) {
                    Some("mrkdwn") => (limits::SECTION_TEXT, true),
                    Some("plain_text") => (limits::CONTEXT_TEXT, true),
                    Some("text") => (limits::MESSAGE_TEXT, false),
                    Some("raw_text") => (200, false),
                    _ => (limits::FALLBACK_TEXT, true),
                };
                let controls = text.chars().any(|c| c.is_control() && c != '\n' && c != '\t');
                if text.is_empty() || length(text) > limit || controls || (escaped && text.contains(['<', '>'])) {
                    faults.push(text.to_owned());
                }
            });
            prop_assert!(faults.is_empty(), "{faults:?}");
        }
    }
}

fn view() -> View {
    let choice = |text: &str, value: &str| Choice::new(text, value).expect("short").described("why");
    let levels = || vec![choice("List", "list"), choice("Read", "read")];
    let mut view = View::new("access", "Add a grant to the list of grants", "Close").expect("short");
    view.push(Block::header("Who")).expect("room");
    let inputs = [
        Input::text(
            "Why",
            TextInput::new("reason").expect("short").multiline().at_most(500).placeholder("because"),
        )
        .hint("shown to the approvers"),
        Input::text("What", TextInput::new("what").expect("short").typed("ec2:*").expect("short")).optional(),
        Input::select("Who", Select::several_of("who", Offered::Users).expect("short").placeholder("people")),
        Input::select("Accounts", Select::several_asked_for("accounts").expect("short")),
        Input::select("Where", Select::one_of("where", Offered::Conversations).expect("short")),
        Input::select("Account", Select::one("account", levels()).expect("short").chosen(&["read"])),
        Input::select("Labels", Select::several("labels", levels()).expect("short").chosen(&["none"])),
        Input::select("Levels", Select::boxes("levels", levels()).expect("short").chosen(&["list", "read"])),
        Input::select("Kind", Select::radio("kind", levels()).expect("short").placeholder("unused")),
    ];
    for input in inputs {
        view.ask(input).expect("room");
    }
    view.submit("Add").private_metadata("m").expect("short").tells_when_closed()
}

#[test]
fn a_modal_is_what_slack_takes() {
    let json: Value = serde_json::from_str(&view().to_json()).expect("JSON");
    insta::assert_snapshot!(serde_json::to_string_pretty(&json).expect("JSON"));
    let answers = [
        (ViewAnswer::Close, None),
        (ViewAnswer::Clear, Some(r#"{"response_action":"clear"}"#)),
        (
            ViewAnswer::error("reason", "say why"),
            Some(r#"{"response_action":"errors","errors":{"reason":"say why"}}"#),
        ),
    ];
    for (answer, expected) in answers {
        assert_eq!(answer.to_json().as_deref(), expected);
    }
    let pushed = ViewAnswer::Push(Box::new(view())).to_json().expect("a body");
    assert!(pushed.starts_with(r#"{"response_action":"push","view":{"type":"modal""#), "{pushed}");
}

#[test]
fn a_modal_takes_what_there_is_room_for() {
    let mut view = View::new("a", "b", "c").expect("short");
    assert!(view.push(Table::new(["a"]).expect("a column").into()).is_err(), "messages alone show tables");
    for _ in 0..limits::VIEW_BLOCKS {
        view.push(Block::Divider).expect("room");
    }
    assert!(view.push(Block::Divider).is_err());
    let mut view = View::new("a", "b", "c").expect("short");
    let long = Block::section(Mrkdwn::new().text(&"名".repeat(3000)));
    while view.push(long.clone()).is_ok() {}
    assert!((100_000..250_000).contains(&view.to_json().len()));
    assert!(View::new("", "b", "c").is_err() && view.private_metadata(&"x".repeat(3001)).is_err());
    assert!(TextInput::new("a").expect("short").at_most(3).typed("abcd").is_err());
    assert!(Choice::new("a", "").is_err() && Choice::new("a", &"v".repeat(151)).is_err());
    let choices = |count| vec![Choice::new("a", "b").expect("short"); count];
    assert!(Select::one("a", choices(100)).is_ok() && Select::one("a", choices(101)).is_err());
    assert!(Select::boxes("a", choices(11)).is_err() && Select::one("a", choices(0)).is_err());
}

#[test]
fn names_and_times_stay_whole() {
    let named = Mrkdwn::new().user("U1").channel("C1").usergroup("S1").user("U1> <!channel").time(5, "a|b>");
    let mut blocks = Blocks::new();
    blocks.push(Block::section(named)).expect("room");
    let json = Message::ephemeral("x").with_blocks(blocks).to_json();
    let expected = "<@U1><#C1><!subteam^S1>U1&gt; &lt;!channel<!date^5^{date_short_pretty} {time}|a/b&gt;>";
    assert!(json.contains(expected), "{json}");
    let mut long = Section::new(Mrkdwn::new());
    long = long.field(Mrkdwn::new().text(&"x".repeat(1996)).user("U12345"));
    let json = serde_json::to_string(&Block::from(long)).expect("JSON");
    assert!(json.contains("xx…") && !json.contains('<'), "{json}");
}
