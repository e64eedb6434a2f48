//! No address but one at Slack's own host passes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use slack::{ResponseUrlBases, Secret};

fuzz_target!(|text: &str| {
    if let Ok(url) = ResponseUrlBases::slack().check(&Secret::new(text)) {
        let rest = url.expose().strip_prefix("https://").expect("https");
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let host = rest[..end].to_ascii_lowercase();
        assert_eq!(host.strip_suffix(":443").unwrap_or(&host), "hooks.slack.com");
    }
});
