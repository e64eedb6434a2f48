//! Damaged packed models and archives are faults, and what opens all the same can be asked for everything.
//! Input: 0 and a packed service, 1 and an archive, 2 or 3 and changes (three bytes of place, one new byte) to a packed
//! service, made up or real.
#![no_main]

use std::sync::LazyLock;

use aws_model::{Service, ShapeId, verify_archive};
use libfuzzer_sys::fuzz_target;

static MADE_UP: LazyLock<Vec<u8>> = LazyLock::new(|| fuzz::made_up("rest-xml").packed().to_vec());
static REAL: LazyLock<Vec<u8>> = LazyLock::new(|| fuzz::real("sts").packed().to_vec());

fuzz_target!(|data: &[u8]| {
    let mut data = data;
    match fuzz::first(&mut data) % 4 {
        0 => visit(data.to_vec()),
        1 => drop(verify_archive(data)),
        2 => visit(changed(&MADE_UP, data)),
        _ => visit(changed(&REAL, data)),
    }
});

fn changed(whole: &[u8], changes: &[u8]) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for change in changes.as_chunks::<4>().0 {
        let place = u32::from_be_bytes([0, change[0], change[1], change[2]]) as usize;
        if let Some(byte) = bytes.get_mut(place) {
            *byte = change[3];
        }
    }
    bytes
}

fn visit(bytes: Vec<u8>) {
    let Ok(service) = Service::from_packed("x", bytes) else { return };
    let whole = service.verify().is_ok();
    for name in service.operation_names() {
        let Some(operation) = service.operation(name) else { continue };
        let _ = aws_model::level(&service, operation);
        for id in operation.input.iter().chain(&operation.output).chain(&operation.errors) {
            service.shape(*id);
        }
        service.paginator(name);
    }
    for id in 0..service.shape_count() {
        for member in service.shape(ShapeId(id as u32)).members() {
            service.shape(member.shape);
        }
    }
    let _ = (service.waiters(), service.endpoint_rules(), service.documentation());
    assert!(!whole || Service::from_packed("x", service.packed().to_vec()).is_ok_and(|again| again.verify().is_ok()));
}
