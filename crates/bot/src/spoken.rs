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

/// Names like a word: those that begin with it or hold it, then those that differ by little. No more than `most`.
pub(crate) fn near<'a>(word: &str, names: impl Iterator<Item = &'a str>, most: usize) -> Vec<String> {
    let word = word.to_lowercase();
    let distance = |name: &str| {
        let name = name.to_lowercase();
        if word.len() >= 2 && name.contains(&word) {
            return usize::from(!name.starts_with(&word));
        }
        let letters = word.chars().count().max(name.chars().count());
        let distance = strsim::osa_distance(&name, &word);
        // A third of the letters may differ.
        if distance * 3 <= letters { distance + 1 } else { usize::MAX }
    };
    let mut near: Vec<(usize, &str)> = names
        .filter(|name| !name.is_empty() && name.len() <= 500)
        .map(|name| (distance(name), name))
        .collect();
    near.retain(|(distance, _)| *distance < usize::MAX);
    near.sort();
    near.dedup();
    near.into_iter().take(most).map(|(_, name)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn near_names_are_found() {
        let names = ["shop-web-1", "shop-web-2", "shop-db", "", "billing"];
        let cases: [(&str, &[&str]); 5] = [
            ("shop-wbe-1", &["shop-web-1", "shop-web-2"]),
            ("web", &["shop-web-1", "shop-web-2"]),
            ("Billing", &["billing"]),
            ("x", &[]),
            ("shop-db2", &["shop-db", "shop-web-2"]),
        ];
        for (word, expected) in cases {
            assert_eq!(near(word, names.into_iter(), 3), expected, "{word}");
        }
        assert_eq!(near("shop", names.into_iter(), 2).len(), 2);
    }

    #[test]
    fn ages_are_told_by_their_largest_unit() {
        let at = |second: i64| Timestamp::from_second(second).expect("a time");
        let cases = [(0, "0s"), (59, "59s"), (60, "1m"), (7_199, "1h"), (86_400 * 400, "400d"), (-5, "0s")];
        for (seconds, expected) in cases {
            assert_eq!(age(at(1_000_000_000), at(1_000_000_000 + seconds)), expected);
        }
    }
}
