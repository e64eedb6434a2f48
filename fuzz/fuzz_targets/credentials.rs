//! Any text and any tree can be masked, and masked again (of credentials that overlap, more may go then). Input: the text.
#![no_main]

use aws_cli::{redact_credentials, redact_text};
use libfuzzer_sys::fuzz_target;
use value::Value;

fuzz_target!(|text: &str| {
    if let Some(once) = redact_text(text) {
        assert!(once.contains("***"));
        let _ = redact_text(&once);
    }
    if let Ok(mut value) = Value::from_json(text.as_bytes()) {
        if redact_credentials(&mut value) {
            redact_credentials(&mut value);
        }
    }
});
