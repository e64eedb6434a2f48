//! Events as Slack sends them, and whatever else may come.

use proptest::prelude::*;
use serde_json::{Value, json};
use slack::{EventKind, EventRequest, PayloadError, SigningSecret, User, sign, verify};

fn parse_bytes(body: &[u8]) -> Result<EventRequest, PayloadError> {
    let secret = SigningSecret::new("secret").expect("not empty");
    let signature = sign(&secret, 1, body);
    EventRequest::parse(verify(&secret, Some(b"1"), Some(signature.as_bytes()), body, 1).expect("signed"))
}

fn callback(event: &Value) -> Value {
    json!({
        "token": "old", "team_id": "T1", "api_app_id": "A1", "type": "event_callback", "event": event,
        "event_id": "Ev1", "event_time": 1_700_000_000, "is_ext_shared_channel": false, "event_context": "4-abc",
        "authorizations": [{"enterprise_id": null, "team_id": "T1", "user_id": "U9", "is_bot": true,
                            "is_enterprise_install": false}],
    })
}

fn kind(event: &Value) -> Result<EventKind, PayloadError> {
    match parse_bytes(callback(event).to_string().as_bytes())? {
        EventRequest::Callback(event) => Ok(event.kind),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_event_is_read_whole() {
    let event = json!({"type": "member_joined_channel", "user": "U1", "channel": "C1", "channel_type": "C", "team": "T1"});
    insta::assert_debug_snapshot!(parse_bytes(callback(&event).to_string().as_bytes()).expect("sound"));
    let question = br#"{"token":"old","challenge":"3eZbrw1aB","type":"url_verification"}"#;
    let EventRequest::UrlVerification { challenge, .. } = parse_bytes(question).expect("sound") else {
        panic!("no question")
    };
    assert_eq!(challenge, "3eZbrw1aB");
    let limited = br#"{"type":"app_rate_limited","team_id":"T1","minute_rate_limited":1}"#;
    assert_eq!(parse_bytes(limited), Ok(EventRequest::Other("app_rate_limited".to_owned())));
}

#[test]
fn every_kind_is_told_apart() {
    let (user, channel) = ("U1".to_owned(), "C1".to_owned());
    let left = json!({"type": "member_left_channel", "user": "U1", "channel": "C1"});
    assert_eq!(kind(&left), Ok(EventKind::MemberLeftChannel { user, channel: channel.clone() }));
    for name in ["channel_archive", "group_archive"] {
        let archived = json!({"type": name, "channel": "C1", "user": "U2"});
        assert_eq!(kind(&archived), Ok(EventKind::ChannelArchive { channel: channel.clone() }));
    }
    let renamed = json!({"type": "channel_rename", "channel": {"id": "C1"}});
    assert_eq!(kind(&renamed), Ok(EventKind::Other("channel_rename".to_owned())));
    let deactivated = json!({"type": "user_change", "user": {
        "id": "U1", "team_id": "T1", "deleted": true, "name": "al", "profile": {"display_name": "", "email": "a@b.c"},
        "is_restricted": true, "enterprise_user": {"id": "U1", "enterprise_id": "E1", "teams": ["T1"]}}});
    let expected = User {
        id: "U1".to_owned(),
        team_id: Some("T1".to_owned()),
        enterprise_id: Some("E1".to_owned()),
        name: Some("al".to_owned()),
        email: Some("a@b.c".to_owned()),
        is_deleted: true,
        is_guest: true,
        ..User::default()
    };
    assert_eq!(kind(&deactivated), Ok(EventKind::UserChange(Box::new(expected))));
    assert!(matches!(kind(&json!({"type": "team_join", "user": {"id": "U1"}})), Ok(EventKind::TeamJoin(_))));
}

#[test]
fn a_usergroups_list_that_is_not_whole_says_so() {
    let changed = |added: Value, count: Value| {
        kind(
            &json!({"type": "subteam_members_changed", "subteam_id": "S1", "team_id": "T1", "added_users": added,
                    "added_users_count": count, "removed_users": ["U3"], "removed_users_count": 1}),
        )
    };
    let cases = [(json!("2"), true), (json!(2), true), (json!(900), false), (Value::Null, true)];
    for (count, expected) in cases {
        let read = changed(json!(["U1", "U2"]), count.clone());
        let Ok(EventKind::SubteamMembersChanged { added, is_whole, .. }) = read else { panic!("{read:?}") };
        assert_eq!((added.len(), is_whole), (2, expected), "{count}");
    }
    assert_eq!(changed(json!(["U1", 7]), json!(2)), Err(PayloadError::Malformed("added_users")));
    let updated = |group: Value| kind(&json!({"type": "subteam_updated", "subteam": group}));
    let off = updated(json!({"id": "S1", "date_delete": 5, "user_count": "2", "users": ["U1"]}));
    let Ok(EventKind::SubteamUpdated(group)) = off else { panic!("{off:?}") };
    assert_eq!((group.is_disabled, group.users), (true, None));
}

#[test]
fn what_lacks_its_parts_is_named() {
    let joined = json!({"type": "member_joined_channel", "user": "U1", "channel": "C1"});
    let cases = [
        ("/team_id", Value::Null, PayloadError::Missing("team_id")),
        ("/event_id", Value::Null, PayloadError::Missing("event_id")),
        ("/event_id", json!("a:b"), PayloadError::Malformed("event_id")),
        ("/event", json!("x"), PayloadError::Missing("event")),
        ("/event/type", Value::Null, PayloadError::Missing("event.type")),
        ("/event/user", json!({"id": "U1"}), PayloadError::Malformed("user")),
        ("/event/channel", json!(""), PayloadError::Missing("channel")),
    ];
    for (place, value, expected) in cases {
        let mut body = callback(&joined);
        *body.pointer_mut(place).expect(place) = value;
        assert_eq!(parse_bytes(body.to_string().as_bytes()), Err(expected), "{place}");
    }
    assert_eq!(parse_bytes(b""), Err(PayloadError::NoObject));
    assert_eq!(parse_bytes(&b"[".repeat(100_000)), Err(PayloadError::NoObject));
    assert_eq!(parse_bytes(&vec![b' '; 1024 * 1024 + 1]), Err(PayloadError::TooLarge(1024 * 1024)));
    let challenge = json!({"type": "url_verification", "challenge": "a\nb"}).to_string();
    assert_eq!(parse_bytes(challenge.as_bytes()), Err(PayloadError::Malformed("challenge")));
}

proptest! {
    #[test]
    fn any_verified_bytes_are_an_event_or_an_error(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse_bytes(&body);
    }

    #[test]
    fn an_event_names_its_tenant_and_itself(team in "[\"A-Z0-9]{0,3}|null", id in "\\PC{0,4}", kind in "[a-z_]{0,9}") {
        let body = json!({"type": "event_callback", "team_id": team, "event_id": id, "event": {"type": kind}});
        if let Ok(EventRequest::Callback(event)) = parse_bytes(body.to_string().as_bytes()) {
            prop_assert!(!event.tenant().is_empty() && !event.event_id.is_empty() && !event.kind.name().is_empty());
        }
    }
}
