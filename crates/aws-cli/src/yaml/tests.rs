#![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

use proptest::prelude::*;
use value::{JsonStyle, Value};

use super::parse;
use crate::output::{self, Layout, Output};

fn json(text: &str) -> String {
    parse(text).unwrap().to_json(JsonStyle::Line)
}

#[test]
fn reads_what_people_write() {
    for (text, expected) in [
        ("", "null"),
        ("# only this\n", "null"),
        ("---\na: 1\n...\n", r#"{"a": 1}"#),
        ("a: 1\nb:\n  c: x y # note\n  d: ''\ne:\n", r#"{"a": 1, "b": {"c": "x y", "d": ""}, "e": null}"#),
        (
            "Tags:\n- Key: a\n  Value: b\n- Key: c\nx: y",
            r#"{"Tags": [{"Key": "a", "Value": "b"}, {"Key": "c"}], "x": "y"}"#,
        ),
        ("Tags:\n  - a\n  -\n    - b\n  - - c\n    - d\n", r#"{"Tags": ["a", ["b"], ["c", "d"]]}"#),
        ("a: [1, 'x', {b: c, \"d\":2}, ]\n", r#"{"a": [1, "x", {"b": "c", "d": 2}]}"#),
        ("{\"a\": [1,2],\n \"b\": {\"c\": null}}", r#"{"a": [1, 2], "b": {"c": null}}"#),
        ("a: |\n  x\n   y\n\n  z\nb: >-\n  x\n  y\n\n  z\n", r#"{"a": "x\n y\n\nz\n", "b": "x y\nz"}"#),
        ("a: |+\n  x\n\nb: |2\n   x\n", r#"{"a": "x\n\n", "b": " x\n"}"#),
        ("a: one\n  two\n\n  three\nb: 2", r#"{"a": "one two\nthree", "b": 2}"#),
        ("a: \"x\n  y\\\n  z\\u00e9\\\"\"\nb: 'it''s\n\n  b'\n", r#"{"a": "x yzé\"", "b": "it's\nb"}"#),
        ("\"a b\": 1\n'c': 2\nd:e: http://x#y\n", r#"{"a b": 1, "c": 2, "d:e": "http://x#y"}"#),
        (
            "a: [~, null, true, False, yes, 0x10, 1_000, 1.5, -3, 1e3, .5, 1.2.3, 007, -]\n",
            r#"{"a": [null, null, true, false, "yes", 16, 1000, 1.5, -3, 1000.0, 0.5, "1.2.3", 7, "-"]}"#,
        ),
        ("'<<': 1\na: {\"<<\": 2}\n", r#"{"<<": 1, "a": {"<<": 2}}"#),
        ("a: 2024-01-02\nb: 1970-01-01 00:00:00 # x\n", r#"{"a": "2024-01-02", "b": "1970-01-01 00:00:00"}"#),
        ("a: !!str 12\nb:\r\n  c: d\r\n", r#"{"a": "12", "b": {"c": "d"}}"#),
    ] {
        assert_eq!(json(text), expected, "{text}");
    }
    let Value::Map(map) = parse("a: !!binary aGk=\nb: !!binary ''").unwrap() else { panic!("no map") };
    assert_eq!(map.get("a"), Some(&Value::Blob(b"hi".to_vec().into())));
    assert_eq!(map.get("b"), Some(&Value::Blob(Vec::new().into())));
}

#[test]
fn says_what_it_does_not_read() {
    for (text, expected) in [
        ("a: &x 1\nb: *x", "line 1: anchors are not supported"),
        ("b:\n  - *x", "line 2: aliases are not supported"),
        ("a:\n  <<: {b: c}", "line 2: merge keys are not supported"),
        ("a: {<<: {b: c}}", "line 1: merge keys are not supported"),
        ("? a\n: b", "line 1: keys other than scalars are not supported"),
        ("a: !!set {b}", "line 1: only the tags !!binary and !!str are supported"),
        ("%YAML 1.2\n---\na: b", "line 1: directives are not supported"),
        ("a: 1\n---\nb: 2", "line 2: only one document is read"),
        ("a: 1\na: 2", "line 2: a name comes twice"),
        ("a: b: c", "line 1: a colon and a space need quotes around the text"),
        ("a: - b", "line 1: a list begins on its own line"),
        ("a:\n\tb: c", "line 2: a tab may not indent"),
        ("a: 'b", "line 1: a quote is not closed"),
        ("a: [1", "line 1: a comma or a closing bracket is missing"),
        ("a: 1\n  b: 2", "line 2: a colon and a space need quotes around the text"),
        ("a:\n  b: 1\n c: 2", "line 3: this is indented too far"),
        ("a: !!binary $$$", "line 1: this is not base64"),
    ] {
        assert_eq!(parse(text).map_err(|fault| fault.to_string()), Err(expected.to_owned()), "{text}");
    }
}

#[test]
fn depth_is_bounded() {
    assert!(parse(&"[".repeat(100_000)).is_err());
    assert!(parse(&"- ".repeat(100_000)).is_err());
    let stairs: String = (0..500).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    assert!(parse(&stairs).is_err());
}

/// Brackets were counted twice and scalars with them, so that the JSON of a list read from YAML could be too deep.
#[test]
fn brackets_may_nest_as_deeply_as_blocks() {
    let in_brackets = |levels: usize| format!("{}x{}", "[".repeat(levels), "]".repeat(levels));
    let in_blocks = |levels: usize| format!("{}x", "- ".repeat(levels));
    assert_eq!(parse(&in_brackets(100)), parse(&in_blocks(100)));
    assert!(parse(&in_blocks(100)).is_ok());
    assert!(parse(&in_brackets(101)).is_err() && parse(&in_blocks(101)).is_err());
}

fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        "[ -~é\n\t]{0,30}".prop_map(Value::from),
        "(true|null|1|-|: |#| |'|\"|a|\n){0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            prop::collection::btree_map("[ -~]{1,8}", inner, 0..4)
                .prop_map(|map| Value::Map(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn nothing_panics(text in "([-:#'\"|>!&*?\\[\\]{},%~ \n\t]|[a-c0-9]|!!binary|---|: |- )*") {
        let _ = parse(&text);
    }

    #[test]
    fn what_is_printed_as_json_is_read(value in tree()) {
        let read = parse(&value.to_json(JsonStyle::Pretty));
        prop_assert_eq!(read, Ok(value));
    }

    #[test]
    fn what_is_printed_as_yaml_is_read(value in tree()) {
        // An empty answer prints nothing.
        let value = Value::List(vec![value]);
        let (layout, mut text) = (Layout::plain(Output::Yaml), Vec::new());
        output::write(&value, &layout, "", &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        prop_assert_eq!(parse(&text), Ok(value), "{}", text);
    }
}
