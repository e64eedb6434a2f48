//! Any JSON is an event of Lambda's that is known here, or named as unknown; any text is a message of the queue, or none.
#![no_main]

use bot::bell::Message;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

#[path = "../../crates/bellhop/src/doors/lambda/event.rs"]
mod event;
#[allow(dead_code, reason = "answers are not made here")]
#[path = "../../crates/bellhop/src/doors/lambda/http_event.rs"]
mod http_event;

fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        for read in [Message::parse(text), Message::of_queue(text)] {
            if let Ok(Message::Job(id)) = read {
                assert!((1..=64).contains(&id.len()) && id.is_ascii());
            }
        }
    }
    let Ok(value) = serde_json::from_slice::<Value>(data) else { return };
    match event::Event::of(&value) {
        event::Event::Http(Ok(request)) => {
            assert!(request.path.starts_with('/') && !request.method.is_empty());
            assert!(request.headers.len() <= 257);
        }
        event::Event::Unknown(what) => {
            assert!(what.len() < 1024 && !what.contains('\n'), "{what}");
        }
        event::Event::Queue(records) | event::Event::Topic(records) => assert!(records.len() <= 10_000),
        event::Event::Http(Err(_)) | event::Event::Bare(_) | event::Event::Direct(_) => {}
    }
});
