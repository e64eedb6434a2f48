//! Any JSON is a service model or a fault, and what was packed unpacks.
#![no_main]

use aws_model::{Service, ShapeId};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(service) = Service::from_json("x", bytes) else { return };
    service.verify().expect("packed just now");
    for name in service.operation_names() {
        let operation = service.operation(name).expect("listed");
        let _ = (aws_model::level(&service, operation), aws_model::iam_action(&service, operation));
        service.paginator(name);
    }
    for id in 0..service.shape_count() {
        let shape = service.shape(ShapeId(id as u32));
        assert!(shape.members().iter().all(|member| (member.shape.0 as usize) < service.shape_count()));
    }
    let _ = (service.waiters(), service.endpoint_rules(), service.client_context_params());
    if let Ok(docs) = service.documentation() {
        let _ = docs.service();
    }
});
