//! Any bytes are a tree or a fault; a tree that is written reads as the same text again, and no map has a name twice.
#![no_main]

use std::collections::HashSet;

use libfuzzer_sys::fuzz_target;
use value::{JsonStyle, Value};

fuzz_target!(|bytes: &[u8]| {
    let Ok(value) = Value::from_json(bytes) else { return };
    names_differ(&value);
    let _ = value.python_text();
    for style in [JsonStyle::Compact, JsonStyle::Line] {
        let text = value.to_json(style);
        let again = Value::from_json(text.as_bytes()).expect("written just now");
        assert_eq!(again.to_json(style), text);
    }
});

fn names_differ(value: &Value) {
    match value {
        Value::Map(map) => {
            let mut seen = HashSet::new();
            assert!(map.keys().all(|key| seen.insert(key.as_str())));
            map.values().for_each(names_differ);
        }
        Value::List(items) => items.iter().for_each(names_differ),
        _ => {}
    }
}
