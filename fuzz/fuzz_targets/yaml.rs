//! Any text is YAML or a fault. The private reader of `--cli-input-yaml` is compiled in from its file; what it reads is
//! no deeper than it promises and, printed as JSON, reads as the same tree, for JSON is YAML: but for blobs and infinite
//! numbers, which JSON has no way to write.
#![no_main]

use libfuzzer_sys::fuzz_target;
use value::{JsonStyle, Value};

#[path = "../../crates/aws-cli/src/yaml/mod.rs"]
mod yaml;

fuzz_target!(|text: &str| {
    let _ = yaml::parse_exact(text);
    let _ = yaml::PLAIN_NAME;
    if let Ok(template) = yaml::parse_template(text) {
        // Aliases may repeat what stands a little deeper.
        assert!(depth(&template) <= 200);
    }
    let Ok(value) = yaml::parse(text) else { return };
    assert!(depth(&value) <= 100);
    let text = value.to_json(JsonStyle::Line);
    if !lacks_json(&value) {
        let again = yaml::parse(&text).expect("JSON is YAML");
        assert_eq!(again.to_json(JsonStyle::Line), text);
    }
});

fn depth(value: &Value) -> usize {
    match value {
        Value::Map(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        Value::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn lacks_json(value: &Value) -> bool {
    match value {
        Value::Map(map) => map.values().any(lacks_json),
        Value::List(items) => items.iter().any(lacks_json),
        Value::Blob(_) => true,
        Value::Number(_) => value.to_json(JsonStyle::Line).ends_with(['y', 'N']),
        _ => false,
    }
}
