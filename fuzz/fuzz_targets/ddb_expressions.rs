//! Any text is an expression of `ddb select` or a fault, and placeholders name only what is there.
#![no_main]

use aws_cli::{Environment, Parsed, Profile, parse};
use libfuzzer_sys::fuzz_target;
use value::{JsonStyle, Value};

fuzz_target!(|text: &str| {
    let words = ["ddb", "select", "table", "--filter", text].map(str::to_owned);
    let Ok(Parsed::Call(invocation)) = parse(fuzz::catalog(), &words, &Environment::empty(), Profile::Chat) else {
        return;
    };
    let params = invocation.params();
    for (holder, sign) in [("ExpressionAttributeNames", '#'), ("ExpressionAttributeValues", ':')] {
        for name in params.get(holder).and_then(Value::as_map).into_iter().flat_map(value::Map::keys) {
            assert!(name.starts_with(sign));
        }
    }
    let _ = Value::Map(params.clone()).to_json(JsonStyle::Line);
});
