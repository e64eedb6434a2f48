//! Any bytes are a form, or an error; a signed form is a slash command, or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use slack::{Form, FormLimits, SigningSecret, SlashCommand, sign, verify};

fuzz_target!(|body: &[u8]| {
    let limits = FormLimits { bytes: 4096, fields: 32 };
    if let Ok(form) = Form::parse(body, limits) {
        let _ = form.get("text");
    }
    let secret = SigningSecret::new("fuzz").expect("not empty");
    let signature = sign(&secret, 1, body);
    let verified = verify(&secret, Some(b"1"), Some(signature.as_bytes()), body, 1).expect("signed just now");
    if let Ok(command) = SlashCommand::parse(verified) {
        assert!(
            command.command.starts_with('/') && !command.user_id.is_empty() && !command.tenant().is_empty()
        );
    }
});
