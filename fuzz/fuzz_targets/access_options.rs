//! Any words are a grant as `/aws access add` takes it, or a fault; any text is a span of time or none, a moment or none,
//! and neither lies more than a year ahead. The bot's private readers are compiled in from their files.
#![no_main]
#![allow(dead_code, reason = "the readers are private to the bot and not all of each is used here")]

use libfuzzer_sys::fuzz_target;
use store::UnixMillis;

#[path = "../../crates/bot/src/access/draft.rs"]
mod draft;
#[path = "../../crates/bot/src/asking/lasting.rs"]
mod lasting;
/// Where the bot has them.
mod asking {
    pub(crate) use crate::lasting;
}

/// 2027-01-15 08:00 UTC
const NOW: UnixMillis = UnixMillis(1_800_000_000_000);
const YEAR: u64 = 366 * 86_400;

fuzz_target!(|text: &str| {
    if let Some(seconds) = lasting::span(text) {
        assert!((1..=YEAR).contains(&seconds));
        let _ = lasting::lasting(seconds);
    }
    if let Some(at) = lasting::moment_of(text, NOW) {
        assert!(at.0 > NOW.0 && at.0 <= NOW.0 + 1000 * (YEAR as i64 + 1));
        let _ = lasting::moment(at);
    }
    let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
    if let Ok(draft) = draft::Draft::read(&words, NOW) {
        let grant = draft.grant("id", "T0");
        let _ = format!("{grant:?}");
    }
});
