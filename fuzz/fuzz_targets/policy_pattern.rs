//! Any text is a pattern or a fault, and matching ends. Input: pattern, line feed, action.
#![no_main]

use libfuzzer_sys::fuzz_target;
use policy::Pattern;

fuzz_target!(|text: &str| {
    let (pattern, action) = text.split_once('\n').unwrap_or((text, "ec2:DescribeInstances"));
    if let Ok(pattern) = pattern.parse::<Pattern>() {
        let matched = pattern.matches(action);
        assert_eq!(matched, pattern.matches(&action.to_ascii_uppercase()));
        if !pattern.as_str().contains(['*', '?']) {
            assert_eq!(matched, pattern.as_str().eq_ignore_ascii_case(action));
        }
    }
});
