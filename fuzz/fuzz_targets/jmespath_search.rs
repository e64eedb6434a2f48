//! Any text is an expression or a fault, and applying one ends. Input: expression, then (after a NUL) JSON to search.
#![no_main]

use std::sync::LazyLock;

use jmespath::Expression;
use libfuzzer_sys::fuzz_target;
use value::Value;

static TREE: LazyLock<Value> = LazyLock::new(|| {
    let json = r#"{"a": [{"b": 1, "c": "x"}, {"b": 2.5, "c": "y", "t": [{"Key": "Name", "Value": "web"}]}, null, [1, [2, [3]]]],
        "b": {"x": 1, "y": {"z": null}}, "s": "text", "n": -7, "big": 123456789012345678901234567890, "e": [], "f": false}"#;
    Value::from_json(json.as_bytes()).expect("the tree")
});

fuzz_target!(|text: &str| {
    let (expression, json) = text.split_once('\0').unwrap_or((text, ""));
    let Ok(parsed) = Expression::parse(expression) else { return };
    let given = Value::from_json(json.as_bytes()).ok();
    if let Ok(found) = parsed.search(given.as_ref().unwrap_or(&TREE)) {
        found.to_json(value::JsonStyle::Compact);
    }
});
