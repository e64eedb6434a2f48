use proptest::prelude::*;

use crate::{JsonStyle, Key, Map, Number, Value};

fn read(text: &str) -> Result<String, String> {
    Value::from_json(text.as_bytes())
        .map(|value| value.to_json(JsonStyle::Line))
        .map_err(|error| error.to_string())
}

#[test]
fn documents_are_read() {
    for (text, expected) in [
        (" null ", "null"),
        ("[true,false,\n\t\"a\"]", "[true, false, \"a\"]"),
        ("[]", "[]"),
        ("{ }", "{}"),
        ("-0", "0"),
        ("[1.0, 1e3, 1E-7, -2.50]", "[1.0, 1000.0, 1e-07, -2.5]"),
        ("18446744073709551616", "18446744073709551616"),
        ("-123456789012345678901234567890", "-123456789012345678901234567890"),
        ("1e999", "Infinity"),
        ("[NaN, Infinity, -Infinity]", "[NaN, Infinity, -Infinity]"),
        (r#"{"b": 1, "a": 2, "b": 3}"#, r#"{"b": 3, "a": 2}"#),
        (r#""\u00e9\ud83d\ude00\/\"\\\b\f\n\r\t""#, r#""é😀/\"\\\b\f\n\r\t""#),
        (r#"["\ud800", "\ud800\u0041", "\udc00"]"#, r#"["�", "�A", "�"]"#),
        (r#"{"a\nb": 1}"#, r#"{"a\nb": 1}"#),
    ] {
        assert_eq!(read(text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn faults_read_as_pythons() {
    for (text, expected) in [
        ("", "Expecting value: line 1 column 1 (char 0)"),
        ("nul", "Expecting value: line 1 column 1 (char 0)"),
        ("[1 2]", "Expecting ',' delimiter: line 1 column 4 (char 3)"),
        ("[1,\n é]", "Expecting value: line 2 column 2 (char 5)"),
        ("[\"é\", x]", "Expecting value: line 1 column 7 (char 6)"),
        ("[1,]", "Illegal trailing comma before end of array: line 1 column 3 (char 2)"),
        ("{\"a\": 1,}", "Illegal trailing comma before end of object: line 1 column 8 (char 7)"),
        ("{a: 1}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("{\"a\" 1}", "Expecting ':' delimiter: line 1 column 6 (char 5)"),
        ("{\"a\": 1", "Expecting ',' delimiter: line 1 column 8 (char 7)"),
        ("01", "Extra data: line 1 column 2 (char 1)"),
        ("1.", "Extra data: line 1 column 2 (char 1)"),
        ("-", "Expecting value: line 1 column 1 (char 0)"),
        ("\"abc", "Unterminated string starting at: line 1 column 1 (char 0)"),
        ("\"a\nb\"", "Invalid control character at: line 1 column 3 (char 2)"),
        ("\"a\\x\"", "Invalid \\escape: line 1 column 3 (char 2)"),
        ("\"\\u12\"", "Invalid \\uXXXX escape: line 1 column 3 (char 2)"),
    ] {
        assert_eq!(read(text), Err(expected.to_owned()), "{text}");
    }
    assert_eq!(
        Value::from_json(b"\"a\xff\"").map_err(|error| error.to_string()),
        Err("Invalid UTF-8: line 1 column 3 (char 2)".to_owned())
    );
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(Value::from_json(nested(crate::MAX_DEPTH).as_bytes()).is_ok());
    for depth in [crate::MAX_DEPTH + 1, 1_000_000] {
        assert_eq!(
            Value::from_json(nested(depth).as_bytes()).map_err(|error| error.reason()),
            Err("Nested too deeply")
        );
    }
}

#[test]
fn large_maps_keep_order_and_last_values() {
    let entries: Vec<String> = (0..1000).map(|n| format!("\"k{}\": {n}", n % 700)).collect();
    let value = Value::from_json(format!("{{{}}}", entries.join(",")).as_bytes()).expect("JSON");
    let map = value.as_map().expect("a map");
    assert_eq!(map.len(), 700);
    assert!(map.keys().enumerate().all(|(place, key)| key.as_str() == format!("k{place}")));
    assert_eq!(map.get("k0"), Some(&Value::from(700)));
    assert_eq!(map.get("k699"), Some(&Value::from(699)));
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i128>().prop_map(|n| Value::Number(Number::parse_integer(&n.to_string()).expect("digits"))),
        proptest::num::f64::NORMAL.prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..8).prop_map(|entries| Value::Map(
                entries.into_iter().map(|(k, v)| (Key::from(k), v)).collect::<Map>()
            )),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(value in any_value()) {
        for style in [JsonStyle::Line, JsonStyle::Compact, JsonStyle::Pretty] {
            let text = value.to_json(style);
            let again = Value::from_json(text.as_bytes()).expect("own JSON");
            prop_assert_eq!(&again.to_json(style), &text);
            prop_assert_eq!(&again, &value);
        }
    }

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = Value::from_json(&bytes);
    }

    #[test]
    fn agrees_with_another_reader(text in r#"[\[\]{}:, "a1e.+\-tru\\n]{0,24}"#) {
        let own = Value::from_json(text.as_bytes());
        let other: Result<serde_json::Value, _> = serde_json::from_str(&text);
        // Python takes numbers beyond a float's range as infinite.
        if !other.as_ref().is_err_and(|error| error.to_string().starts_with("number out of range")) {
            prop_assert_eq!(own.is_ok(), other.is_ok(), "{}", text);
        }
    }
}

/// Walking to the entry of each repeated name takes minutes here.
#[test]
fn many_repeated_names_are_read_in_linear_time() {
    let entries: Vec<String> =
        (0..200_000).map(|number| format!("\"{}\":{number}", number % 100_000)).collect();
    let value = Value::from_json(format!("{{{}}}", entries.join(",")).as_bytes()).expect("JSON");
    let map = value.as_map().expect("a map");
    assert_eq!((map.len(), map.values().next()), (100_000, Some(&Value::from(100_000))));
}
