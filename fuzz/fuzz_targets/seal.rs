//! Nothing opens but what this key sealed. The bot's private seal is compiled in from its files. Input: the key's file,
//! then (after a NUL) what is to be opened.
#![no_main]
#![allow(dead_code, reason = "the seal is private to the bot and not all of it is used here")]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/bot/src/seal/mod.rs"]
mod seal;

fuzz_target!(|data: &[u8]| {
    let (key, sealed) = match data.iter().position(|byte| *byte == 0) {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (data, data),
    };
    let _ = seal::Keyring::parse(key);
    let key = Arc::new(seal::SealKey::from_bytes(&[7; 32]).expect("a key"));
    let key = seal::Keyring::of(vec![key]).expect("a ring");
    assert!(key.open(seal::Purpose::Payload, &["id"], sealed).is_err());
    let mut whole = key.seal(seal::Purpose::Payload, &["id"], sealed).expect("seals");
    assert_eq!(key.open(seal::Purpose::Payload, &["id"], &whole).expect("opens"), sealed);
    let at = sealed.first().map_or(0, |byte| usize::from(*byte)) % whole.len();
    whole[at] ^= 1;
    assert!(key.open(seal::Purpose::Payload, &["id"], &whole).is_err());
});
