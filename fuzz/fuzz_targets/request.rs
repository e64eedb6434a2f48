//! Any tree of parameters becomes a request or a fault. Input: service and operation, then JSON.
#![no_main]

use std::sync::{Arc, LazyLock};

use aws_call::{serialize, validate};
use aws_model::Service;
use libfuzzer_sys::fuzz_target;
use value::Value;

static SERVICES: LazyLock<Vec<(Arc<Service>, &str)>> = LazyLock::new(|| {
    let protocols = ["query", "ec2", "json", "rest-json", "rest-xml", "smithy-rpc-v2-cbor"];
    let made_up = protocols.map(fuzz::made_up);
    let mut services: Vec<(Arc<Service>, &str)> =
        made_up.iter().flat_map(|service| ["Get", "Whole"].map(|name| (service.clone(), name))).collect();
    services.push((fuzz::real("dynamodb"), "PutItem"));
    services.push((fuzz::real("s3"), "PutObject"));
    services
});

fuzz_target!(|data: &[u8]| {
    let mut data = data;
    let (service, operation) = &SERVICES[fuzz::first(&mut data) % SERVICES.len()];
    let Ok(Value::Map(mut params)) = Value::from_json(data) else { return };
    let operation = service.operation(operation).expect("of the model");
    serialize::fill_tokens(service, operation, &mut params, &mut || "00000000-0000-4000-8000-000000000000".to_owned());
    let faults = validate::validate(service, operation, &params).err().unwrap_or_default();
    assert!(faults.iter().all(|fault| !fault.to_string().is_empty()));
    if let Ok(parts) = serialize::serialize(service, operation, &params) {
        assert!(parts.path.starts_with('/') && !parts.path.contains(['?', ' ', '\n']));
        assert!(!parts.encoded_query().contains(['#', ' ', '\n']));
    }
});
