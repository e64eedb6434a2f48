//! Long output cut at a line's end, and what is missing said.

use crate::headline::{count, size};

/// A beginning that fits, and what to say about the rest.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Beginning<'a> {
    pub(crate) shown: &'a str,
    /// `None` when everything is shown.
    pub(crate) rest: Option<String>,
}

/// The longest beginning of whole lines whose weight is within the limit. A first line that alone is too long is cut
/// within.
pub(crate) fn beginning(text: &str, limit: usize, weigh: impl Fn(char) -> usize) -> Beginning<'_> {
    let text = text.trim_end_matches('\n');
    let mut weight = 0;
    let mut last_line_end = None;
    for (at, character) in text.char_indices() {
        if character == '\n' {
            last_line_end = Some(at);
        }
        weight += weigh(character);
        if weight > limit {
            let end = last_line_end.unwrap_or(at);
            return Beginning {
                shown: &text[..end],
                rest: Some(rest(&text[end..], last_line_end.is_some())),
            };
        }
    }
    Beginning { shown: text, rest: None }
}

fn rest(missing: &str, whole_lines: bool) -> String {
    let missing_lines = missing.trim_start_matches('\n');
    if whole_lines {
        let lines = missing_lines.split('\n').count();
        format!("… {} ({}) not shown", count(lines, "more line"), size(missing_lines.len()))
    } else {
        format!("… {} more not shown", size(missing.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn one(_: char) -> usize {
        1
    }

    #[test]
    fn lines_stay_whole() {
        let cases = [
            ("a\nb\nc", 5, "a\nb\nc", None),
            ("a\nb\nc\n\n", 5, "a\nb\nc", None),
            ("aa\nbb\ncc", 4, "aa", Some("… 2 more lines (5 bytes) not shown")),
            ("aa\nbb\ncc", 5, "aa\nbb", Some("… 1 more line (2 bytes) not shown")),
            ("aaaa", 2, "aa", Some("… 2 bytes more not shown")),
            ("", 2, "", None),
        ];
        for (text, limit, shown, rest) in cases {
            let expected = Beginning { shown, rest: rest.map(str::to_owned) };
            assert_eq!(beginning(text, limit, one), expected, "{text:?} {limit}");
        }
    }

    proptest! {
        #[test]
        fn a_beginning_is_one_and_fits(text in "(\\PC{0,5}\n?){0,20}", limit in 0_usize..40) {
            let found = beginning(&text, limit, one);
            prop_assert!(text.starts_with(found.shown));
            prop_assert!(found.shown.chars().count() <= limit);
            prop_assert_eq!(found.rest.is_none(), found.shown == text.trim_end_matches('\n'));
        }
    }
}
