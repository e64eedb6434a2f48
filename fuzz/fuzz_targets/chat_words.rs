//! A line splits into words that lie in it in order, or not at all.
#![no_main]

use aws_cli::words::{MAX_WORDS, split};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|line: &str| {
    let Ok(words) = split(line) else { return };
    assert!(words.len() <= MAX_WORDS);
    let mut end = 0;
    for word in &words {
        assert!(word.span.start >= end && line.get(word.span.clone()).is_some());
        end = word.span.end;
        for at in &word.special {
            assert!("|&;<>()$`".contains(&word.text[*at..=*at]));
        }
    }
    // Whatever came out can be quoted and comes back.
    let quoted: Vec<String> = words.iter().map(|word| format!("'{}'", word.text.replace('\'', r"'\''"))).collect();
    if let Ok(again) = split(&quoted.join(" ")) {
        assert!(again.iter().map(|word| &word.text).eq(words.iter().map(|word| &word.text)));
    }
});
