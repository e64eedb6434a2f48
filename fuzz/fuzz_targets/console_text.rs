//! Whatever a terminal was sent, its lines hold nothing that acts, and no more than came.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let lines = render::console_lines(&text);
    let shown: usize = lines.iter().map(|line| line.chars().count()).sum();
    assert!(shown <= text.chars().count() + lines.len());
    assert!(lines.iter().all(|line| !line.contains(char::is_control)));
});
