//! Figures as people say them.

use jiff::Timestamp;

/// How long ago something was: its largest unit, `3d`.
pub(crate) fn age(since: Timestamp, now: Timestamp) -> String {
    let seconds = now.as_second().saturating_sub(since.as_second()).max(0);
    for (unit, length) in [("d", 86_400), ("h", 3_600), ("m", 60)] {
        if seconds >= length {
            return format!("{}{unit}", seconds / length);
        }
    }
    format!("{seconds}s")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn ages_are_told_by_their_largest_unit() {
        let at = |second: i64| Timestamp::from_second(second).expect("a time");
        let cases = [(0, "0s"), (59, "59s"), (60, "1m"), (7_199, "1h"), (86_400 * 400, "400d"), (-5, "0s")];
        for (seconds, expected) in cases {
            assert_eq!(age(at(1_000_000_000), at(1_000_000_000 + seconds)), expected);
        }
    }
}
