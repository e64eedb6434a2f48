//! Messages of an event stream: any bytes as they are, and then with lengths and checksums made right so that headers,
//! payloads and events are reached. Input: which protocol, then per message two lengths and its bytes.
#![no_main]

use std::sync::{Arc, LazyLock};

use aws_call::ParseOptions;
use aws_call::checksum::crc32;
use aws_call::parse::{event_stream, parse};
use aws_model::Service;
use http::HeaderMap;
use libfuzzer_sys::fuzz_target;

static SERVICES: LazyLock<[Arc<Service>; 4]> =
    LazyLock::new(|| ["json", "rest-json", "rest-xml", "smithy-rpc-v2-cbor"].map(fuzz::made_up));

fuzz_target!(|data: &[u8]| {
    let mut rest = data;
    while let Ok(Some(message)) = event_stream::next_message(&mut rest) {
        let _ = message.text(":event-type");
    }
    let mut data = data;
    let service = &SERVICES[fuzz::first(&mut data) % SERVICES.len()];
    let mut body = Vec::new();
    while !data.is_empty() {
        let (headers, payload) = (fuzz::first(&mut data), fuzz::first(&mut data));
        let (headers, after) = data.split_at(headers.min(data.len()));
        let (payload, after) = after.split_at(payload.min(after.len()));
        data = after;
        frame(&mut body, headers, payload);
    }
    let operation = service.operation("Stream").expect("of the model");
    let _ = parse(service, operation, 200, &HeaderMap::new(), &body, &ParseOptions::default());
});

fn frame(out: &mut Vec<u8>, headers: &[u8], payload: &[u8]) {
    let start = out.len();
    let total = 16 + headers.len() + payload.len();
    out.extend((total as u32).to_be_bytes());
    out.extend((headers.len() as u32).to_be_bytes());
    out.extend(crc32(&out[start..]).to_be_bytes());
    out.extend(headers);
    out.extend(payload);
    out.extend(crc32(&out[start..]).to_be_bytes());
}
