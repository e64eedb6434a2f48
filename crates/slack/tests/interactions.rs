//! Interactions as Slack sends them, and whatever else may come.

use proptest::prelude::*;
use serde_json::{Value, json};
use slack::{Interaction, InteractionKind, PayloadError, SigningSecret, sign, verify};

fn parse_bytes(body: &[u8]) -> Result<Interaction, PayloadError> {
    let secret = SigningSecret::new("secret").expect("not empty");
    let signature = sign(&secret, 1, body);
    Interaction::parse(verify(&secret, Some(b"1"), Some(signature.as_bytes()), body, 1).expect("signed"))
}

fn parse(payload: &Value) -> Result<Interaction, PayloadError> {
    let escaped: String = payload.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect();
    parse_bytes(format!("payload={escaped}").as_bytes())
}

fn pressed() -> Value {
    json!({
        "type": "block_actions",
        "team": {"id": "T1", "domain": "acme"}, "enterprise": null, "is_enterprise_install": false,
        "user": {"id": "U1", "username": "alice", "name": "alice", "team_id": "T1"},
        "api_app_id": "A1", "token": "old", "trigger_id": "12.34.ab",
        "container": {"type": "message", "message_ts": "1.2", "channel_id": "C1", "is_ephemeral": true},
        "channel": {"id": "C1", "name": "ops"},
        "state": {"values": {}},
        "response_url": "https://hooks.slack.com/actions/T1/2/3",
        "actions": [{"action_id": "run", "block_id": "b1", "type": "button", "value": "pending-1",
                     "text": {"type": "plain_text", "text": "Run"}, "action_ts": "1700000000.1"}],
    })
}

fn submitted() -> Value {
    json!({
        "type": "view_submission",
        "team": null, "enterprise": {"id": "E1", "name": "acme"}, "is_enterprise_install": true,
        "user": {"id": "U1", "name": "alice", "team_id": "T1"},
        "trigger_id": "12.34.ab", "api_app_id": "A1",
        "view": {
            "id": "V1", "team_id": "T1", "type": "modal", "callback_id": "reject", "hash": "1.abc",
            "private_metadata": "pending-1", "title": {"type": "plain_text", "text": "Reject"},
            "state": {"values": {
                "reason": {"reason": {"type": "plain_text_input", "value": "not now"}},
                "empty": {"empty": {"type": "plain_text_input", "value": null}},
                "one": {"one": {"type": "static_select", "selected_option": {"text": {}, "value": "dev"}}},
                "boxes": {"boxes": {"type": "checkboxes", "selected_options": [{"value": "list"}, {"value": "read"}]}},
                "who": {"who": {"type": "multi_users_select", "selected_users": ["U2", "U3"]}},
                "where": {"where": {"type": "channels_select", "selected_channel": "C1"}},
                "day": {"day": {"type": "datepicker", "selected_date": "2026-11-21"}},
                "moment": {"moment": {"type": "datetimepicker", "selected_date_time": 1700000000}},
                "rich": {"rich": {"type": "rich_text_input", "rich_text_value": {"type": "rich_text"}}},
                "odd": "not an object",
            }},
        },
        "response_urls": [],
    })
}

#[test]
fn a_pressed_button_is_read_whole() {
    let interaction = parse(&pressed()).expect("sound");
    assert_eq!(interaction.tenant(), "T1");
    let url = interaction.response_url.as_ref().expect("an address");
    assert_eq!(url.expose(), "https://hooks.slack.com/actions/T1/2/3");
    insta::assert_debug_snapshot!(interaction);
}

#[test]
fn a_modal_is_read_whole_and_an_organisation_stands_in_for_its_workspace() {
    let interaction = parse(&submitted()).expect("sound");
    assert_eq!((interaction.tenant(), interaction.team_id.as_deref()), ("E1", None));
    assert!(interaction.is_enterprise_install);
    let InteractionKind::ViewSubmission(view) = &interaction.kind else { panic!("{interaction:?}") };
    assert_eq!(view.private_metadata, "pending-1");
    let cases: [(&str, Option<&str>, &[&str]); 9] = [
        ("reason", Some("not now"), &[]),
        ("empty", None, &[]),
        ("one", None, &["dev"]),
        ("boxes", None, &["list", "read"]),
        ("who", None, &["U2", "U3"]),
        ("where", None, &["C1"]),
        ("day", None, &["2026-11-21"]),
        ("moment", None, &["1700000000"]),
        ("rich", None, &[]),
    ];
    for (name, text, chosen) in cases {
        let entered = view.value(name).expect(name);
        assert_eq!((entered.text.as_deref(), &entered.chosen[..]), (text, &chosen.map_owned()[..]), "{name}");
        assert_eq!(entered.block_id, name);
    }
    assert!(view.value("odd").is_none());
}

trait Owned {
    fn map_owned(&self) -> Vec<String>;
}

impl Owned for &[&str] {
    fn map_owned(&self) -> Vec<String> {
        self.iter().map(|text| (*text).to_owned()).collect()
    }
}

#[test]
fn every_kind_is_told_apart() {
    let with = |kind: &str, more: Value| {
        let mut payload = submitted();
        payload["type"] = kind.into();
        for (name, value) in more.as_object().expect("an object") {
            payload[name] = value.clone();
        }
        parse(&payload).map(|interaction| interaction.kind)
    };
    let is = |kind: &str, more: Value, wanted: fn(&InteractionKind) -> bool| {
        let read = with(kind, more).expect(kind);
        assert!(wanted(&read), "{kind}: {read:?}");
    };
    is("view_closed", json!({"is_cleared": true}), |kind| {
        matches!(kind, InteractionKind::ViewClosed { is_cleared: true, .. })
    });
    is(
        "shortcut",
        json!({"callback_id": "open"}),
        |kind| matches!(kind, InteractionKind::Shortcut { callback_id } if callback_id == "open"),
    );
    is(
        "message_action",
        json!({"callback_id": "why", "message_ts": "1.2"}),
        |kind| matches!(kind, InteractionKind::MessageAction { message: Some(place), .. } if place.ts == "1.2"),
    );
    is(
        "block_suggestion",
        json!({"action_id": "group", "block_id": "b", "value": "sr"}),
        |kind| matches!(kind, InteractionKind::BlockSuggestion { typed, .. } if typed == "sr"),
    );
    is(
        "workflow_step_edit",
        json!({}),
        |kind| matches!(kind, InteractionKind::Other(name) if name == "workflow_step_edit"),
    );
    assert_eq!(with("shortcut", json!({})), Err(PayloadError::Missing("callback_id")));
    assert_eq!(with("view_closed", json!({"view": null})), Err(PayloadError::Missing("view")));
}

#[test]
fn what_lacks_its_parts_is_named_and_not_repeated() {
    let cases: [(&str, Value, PayloadError); 9] = [
        ("/user", Value::Null, PayloadError::Missing("user")),
        ("/user/id", Value::Null, PayloadError::Missing("id")),
        ("/user/id", json!("<@U1>"), PayloadError::Malformed("id")),
        ("/user/id", json!(7), PayloadError::Malformed("id")),
        ("/team", Value::Null, PayloadError::Missing("team")),
        ("/type", json!(""), PayloadError::Missing("type")),
        ("/actions/0/action_id", Value::Null, PayloadError::Missing("action_id")),
        ("/channel/id", json!("C1\n"), PayloadError::Malformed("id")),
        ("/api_app_id", json!("a b"), PayloadError::Malformed("api_app_id")),
    ];
    for (place, value, expected) in cases {
        let mut payload = pressed();
        *payload.pointer_mut(place).expect(place) = value;
        assert_eq!(parse(&payload), Err(expected), "{place}");
    }
    assert_eq!(parse(&json!([])), Err(PayloadError::NoObject));
    assert_eq!(parse_bytes(b"text=1"), Err(PayloadError::Missing("payload")));
    let deep = format!("payload={}", "[".repeat(100_000));
    assert_eq!(parse_bytes(deep.as_bytes()), Err(PayloadError::NoObject));
    let long = format!("payload={}", "x".repeat(1024 * 1024));
    assert!(matches!(parse_bytes(long.as_bytes()), Err(PayloadError::Form(_))));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::hash_map("[a-z_]{1,8}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_verified_bytes_are_an_interaction_or_an_error(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse_bytes(&body);
    }

    #[test]
    fn a_field_of_any_shape_is_tolerated_or_named(
        field in prop::sample::select(vec![
            "type", "team", "enterprise", "user", "api_app_id", "token", "trigger_id", "container", "channel",
            "state", "response_url", "actions", "view", "message", "is_enterprise_install",
        ]),
        value in any_json(), in_modal in any::<bool>(),
    ) {
        let mut payload = if in_modal { submitted() } else { pressed() };
        payload[field] = value;
        if let Ok(interaction) = parse(&payload) {
            prop_assert!(!interaction.tenant().is_empty() && !interaction.user_id.is_empty());
        }
    }
}
