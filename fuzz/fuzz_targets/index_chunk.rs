//! A part of the index's file: any bytes are entries or none, and what was read is written as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use store::index::{read_chunk, write_chunk};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(entries) = read_chunk(bytes) {
        let again = read_chunk(&write_chunk(&entries)).expect("as written");
        assert_eq!(again.len(), entries.len());
    }
});
