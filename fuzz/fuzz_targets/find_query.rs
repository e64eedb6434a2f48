//! What somebody looks for is read or refused, in time that grows with its length; an access key never shows whole. The
//! reader is compiled in from its file.
#![no_main]
#![allow(dead_code, reason = "the reader is private to the bot and not all of it is used here")]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/bot/src/find/query/mod.rs"]
mod query;

fuzz_target!(|typed: &str| {
    let words: Vec<String> = typed.split(' ').map(str::to_owned).collect();
    for words in [&words[..], &[typed.to_owned()][..]] {
        if let Ok(found) = query::read(words) {
            let shown = found.to_string();
            assert!(shown.len() <= 4 * query::MAX_QUERY);
            if let query::Query::AccessKey(key) = &found {
                assert!(!shown.contains(key.id()));
            }
        }
    }
    if let Some(word) = words.first() {
        assert_eq!(query::is_access_key(word), query::shown(word) != *word);
    }
});
