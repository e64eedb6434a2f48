//! Credentials are masked in any text, once and for all: masking again changes nothing. Input: the text.
#![no_main]

use aws_cli::{redact_credentials, redact_text};
use libfuzzer_sys::fuzz_target;
use value::Value;

fuzz_target!(|text: &str| {
    if let Some(once) = redact_text(text) {
        assert_eq!(redact_text(&once).unwrap_or_else(|| once.clone()), once);
    }
    if let Ok(mut value) = Value::from_json(text.as_bytes()) {
        redact_credentials(&mut value);
        let once = value.clone();
        redact_credentials(&mut value);
        assert!(value == once);
    }
});
