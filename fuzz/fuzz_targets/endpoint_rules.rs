//! Any tree is a rule set that leads somewhere or nowhere. Input: JSON of rules, `partitions` beside them.
#![no_main]

use aws_call::endpoint::{Partitions, Rules};
use libfuzzer_sys::fuzz_target;
use value::{Map, Value};

fuzz_target!(|bytes: &[u8]| {
    let Ok(tree) = Value::from_json(bytes) else { return };
    let parameters = match tree.get("given") {
        Some(Value::Map(given)) => given.clone(),
        _ => [("Region", "us-east-1"), ("Bucket", "b"), ("Endpoint", "http://[::1]:1/a")].into_iter().collect::<Map>(),
    };
    let _ = Rules::new(&tree, Partitions::new(&tree)).resolve(parameters);
});
