//! Any bytes are one CBOR item or a fault.
#![no_main]

use aws_call::{ParseOptions, parse::cbor};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(value) = cbor::decode(bytes, &ParseOptions::default()) {
        value.to_json(value::JsonStyle::Compact);
    }
});
