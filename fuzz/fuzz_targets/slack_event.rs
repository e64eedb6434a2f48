//! Any body is an event with an id and a tenant, a question with a challenge, or an error. Input: the body.
#![no_main]

use libfuzzer_sys::fuzz_target;
use slack::{EventRequest, SigningSecret, sign, verify};

fuzz_target!(|body: &[u8]| {
    let secret = SigningSecret::new("fuzz").expect("not empty");
    let signature = sign(&secret, 1, body);
    let verified = verify(&secret, Some(b"1"), Some(signature.as_bytes()), body, 1).expect("signed just now");
    match EventRequest::parse(verified) {
        Ok(EventRequest::Callback(event)) => {
            assert!(!event.tenant().is_empty() && !event.event_id.is_empty() && !event.kind.name().is_empty());
        }
        Ok(EventRequest::UrlVerification { challenge, .. }) => assert!(!challenge.is_empty()),
        Ok(EventRequest::Other(_)) | Err(_) => {}
    }
});
