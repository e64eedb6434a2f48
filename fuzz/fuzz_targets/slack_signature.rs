//! No headers but the right ones are believed. Input: timestamp, line feed, signature, line feed, body.
#![no_main]

use libfuzzer_sys::fuzz_target;
use slack::{SigningSecret, sign, verify};

fuzz_target!(|data: &[u8]| {
    let mut parts = data.splitn(3, |byte| *byte == b'\n');
    let (timestamp, signature) = (parts.next(), parts.next());
    let body = parts.next().unwrap_or_default();
    let secret = SigningSecret::new("fuzz").expect("not empty");
    let now = 1_700_000_000;
    if verify(&secret, timestamp, signature, body, now).is_ok() {
        let time: u64 =
            std::str::from_utf8(timestamp.expect("given")).expect("digits").parse().expect("digits");
        assert!(time.abs_diff(now) <= 300);
        // Leading noughts are signed as they stand, so only plain numbers can be signed anew.
        if timestamp == Some(time.to_string().as_bytes()) {
            assert_eq!(signature, Some(sign(&secret, time, body).as_bytes()));
        }
    }
});
