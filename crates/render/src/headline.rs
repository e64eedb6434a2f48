//! The lines that stand above every answer, in the same words in every form.

use std::time::Duration;

use crate::{Facts, Status};

/// A word on how it went, where the answer does not speak for itself.
pub(crate) fn verdict(status: Status) -> Option<&'static str> {
    match status {
        Status::Done => None,
        Status::Running => Some("Running"),
        Status::Asking => Some("Waiting for your word"),
        Status::Waiting => Some("Waiting for approval"),
        Status::Denied => Some("Not allowed"),
        Status::Failed => Some("Failed"),
        Status::MayHaveHappened => Some("May have happened"),
        Status::Partly => Some("Partly done"),
    }
}

/// `production · us-east-1 · 212 ms · req 01H…`, as far as known.
pub(crate) fn circumstances(facts: &Facts) -> String {
    let parts = [
        facts.account.clone(),
        facts.region.clone(),
        facts.took.map(duration),
        facts.request_id.as_ref().map(|id| format!("req {id}")),
    ];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// `0.4 ms`, `212 ms`, `3.4 s`, `2 min 5 s`.
pub(crate) fn duration(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1000.0;
    match milliseconds {
        short if short < 9.95 => format!("{short:.1} ms"),
        short if short < 999.5 => format!("{short:.0} ms"),
        long if long < 59_950.0 => format!("{:.1} s", long / 1000.0),
        _ => format!("{} min {} s", time.as_secs() / 60, time.as_secs() % 60),
    }
}

/// `900 bytes`, `41 KB`, `3.2 MB`.
pub(crate) fn size(bytes: usize) -> String {
    match bytes {
        1 => "1 byte".to_owned(),
        0..1000 => format!("{bytes} bytes"),
        1000..999_500 => format!("{} KB", (bytes + 500) / 1000),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// `1 row`, `2 rows`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_read_well() {
        let times = [
            (400, "0.4 ms"),
            (12_000, "12 ms"),
            (212_400, "212 ms"),
            (999_700, "1.0 s"),
            (3_440_000, "3.4 s"),
        ];
        for (microseconds, expected) in times {
            assert_eq!(duration(Duration::from_micros(microseconds)), expected);
        }
        assert_eq!(duration(Duration::from_secs(125)), "2 min 5 s");
        let sizes =
            [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (41_200, "41 KB"), (3_200_000, "3.2 MB")];
        for (bytes, expected) in sizes {
            assert_eq!(size(bytes), expected);
        }
        assert_eq!((count(1, "row"), count(0, "row")), ("1 row".to_owned(), "0 rows".to_owned()));
    }
}
