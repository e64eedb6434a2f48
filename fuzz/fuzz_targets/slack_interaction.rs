//! Any payload is an interaction with a user and a tenant, or an error. Input: the JSON of the field `payload`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use slack::{Interaction, SigningSecret, sign, verify};

fuzz_target!(|payload: &[u8]| {
    let escaped: String = payload.iter().map(|byte| format!("%{byte:02X}")).collect();
    let body = format!("payload={escaped}");
    let secret = SigningSecret::new("fuzz").expect("not empty");
    let signature = sign(&secret, 1, body.as_bytes());
    let verified = verify(&secret, Some(b"1"), Some(signature.as_bytes()), body.as_bytes(), 1);
    if let Ok(interaction) = Interaction::parse(verified.expect("signed just now")) {
        assert!(!interaction.tenant().is_empty() && !interaction.user_id.is_empty());
    }
});
