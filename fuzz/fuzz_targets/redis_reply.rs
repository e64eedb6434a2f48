//! Any bytes are a reply of Redis, the begin of one, or none; a value stays within its bound, and what comes in parts is read
//! like the whole. The reader is compiled in from its file.
#![no_main]
#![allow(dead_code, reason = "what is written is not used here")]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/bot/src/cache/wire.rs"]
mod wire;

const MOST: usize = 4096;

fuzz_target!(|data: &[u8]| {
    let whole = wire::read(data, MOST);
    let Ok(Some((reply, length))) = &whole else { return };
    assert!(*length <= data.len());
    if let wire::Reply::Value(value) = reply {
        assert!(value.len() <= MOST);
    }
    for cut in 0..*length {
        assert_eq!(wire::read(&data[..cut], MOST), Ok(None), "cut at {cut}");
    }
    assert_eq!(wire::read(&data[..*length], MOST), whole);
});
