//! Any parameters lead to an endpoint of S3 or to a refusal. Input: `name=value` lines; values are text unless they are
//! `true`, `false` or a JSON list.
#![no_main]

use std::sync::{Arc, LazyLock};

use aws_call::endpoint::{Partitions, Rules};
use aws_model::Service;
use libfuzzer_sys::fuzz_target;
use value::{Map, Value};

static SERVICES: LazyLock<[Arc<Service>; 4]> =
    LazyLock::new(|| ["s3", "dynamodb", "sts", "s3control"].map(fuzz::real));

fuzz_target!(|data: &[u8]| {
    let mut data = data;
    let service = &SERVICES[fuzz::first(&mut data) % SERVICES.len()];
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut parameters = Map::new();
    for (name, value) in text.lines().filter_map(|line| line.split_once('=')) {
        let read = Value::from_json(value.as_bytes()).ok();
        parameters.insert(name, read.filter(|v| matches!(v, Value::Bool(_) | Value::List(_))).unwrap_or(Value::text(value)));
    }
    let rules = Rules::new(service.endpoint_rules(), Partitions::new(fuzz::catalog().partitions()));
    let _ = rules.resolve(parameters);
});
