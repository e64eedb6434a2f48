//! Text made safe for Slack.
//!
//! Three things can go wrong with text from elsewhere: control characters that hide or reorder what follows, Slack's
//! own markup (`<!channel>`, `<https://…|…>`, `@here`), and length. [`visible`] answers the first, [`escape`] the
//! second, [`cut`] the third. Lengths are counted in UTF-16 units, the largest of the ways in which Slack's limits
//! could be meant.

use std::borrow::Cow;

/// Length of a text as Slack's limits count it.
pub fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Replaces what cannot be seen but acts: control characters other than line feed and tab, and the marks that turn
/// the direction of text. Carriage returns before line feeds vanish.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(acts_unseen) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' if characters.peek() == Some(&'\n') => {}
            unseen if acts_unseen(unseen) => shown.push(stand_in(unseen)),
            other => shown.push(other),
        }
    }
    Cow::Owned(shown)
}

fn acts_unseen(character: char) -> bool {
    let turns = matches!(character, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let separates = matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}');
    turns || separates || (character.is_control() && character != '\n' && character != '\t')
}

/// Unicode has a picture for each of the old control characters.
fn stand_in(character: char) -> char {
    match u32::from(character) {
        code @ 0..=0x1f => char::from_u32(0x2400 + code).unwrap_or('\u{fffd}'),
        0x7f => '\u{2421}',
        _ => '\u{fffd}',
    }
}

/// Escapes text for Slack's markup, so that it shows as it is: `&`, `<` and `>`.
/// Source: <https://docs.slack.dev/messaging/formatting-message-text#escaping>.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"))
}

/// The longest beginning of the text that is not longer than `limit`.
pub fn cut(text: &str, limit: usize) -> &str {
    let mut left = limit;
    for (at, character) in text.char_indices() {
        match left.checked_sub(character.len_utf16()) {
            Some(rest) => left = rest,
            None => return &text[..at],
        }
    }
    text
}

/// Visible text within the limit; what had to be cut ends in `…`. Empty text becomes a blank, which Slack accepts.
pub fn fit(text: &str, limit: usize) -> String {
    let text = visible(text);
    if text.is_empty() {
        return " ".to_owned();
    }
    if length(&text) <= limit {
        text.into_owned()
    } else {
        format!("{}…", cut(&text, limit.saturating_sub(1)))
    }
}

/// Visible, escaped text whose escaped form is within the limit.
pub fn fit_escaped(text: &str, limit: usize) -> String {
    let text = fit(text, limit);
    let escaped = escape(&text);
    if length(&escaped) <= limit {
        return escaped.into_owned();
    }
    let mut kept = String::with_capacity(limit);
    let mut left = limit.saturating_sub(1);
    for character in text.chars() {
        let mut buffer = [0; 4];
        let piece = escape(character.encode_utf8(&mut buffer));
        match left.checked_sub(length(&piece)) {
            Some(rest) => left = rest,
            None => break,
        }
        kept.push_str(&piece);
    }
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn unseen_characters_are_shown() {
        let cases = [
            ("plain\n\ttext", "plain\n\ttext"),
            ("a\r\nb\rc", "a\nb␍c"),
            ("\u{1b}[31mred\u{7}", "␛[31mred␇"),
            ("\u{202e}exe.txt", "\u{fffd}exe.txt"),
            ("a\u{0}b\u{7f}c\u{9b}d", "a␀b␡c\u{fffd}d"),
            ("naïve 名前 🙂", "naïve 名前 🙂"),
        ];
        for (text, expected) in cases {
            assert_eq!(visible(text), expected);
        }
    }

    #[test]
    fn markup_is_escaped_once() {
        assert_eq!(escape("<!channel> & <http://a|b>"), "&lt;!channel&gt; &amp; &lt;http://a|b&gt;");
        assert_eq!(escape("&lt;"), "&amp;lt;");
    }

    #[test]
    fn cutting_counts_utf16_and_splits_no_entity() {
        assert_eq!(cut("a🙂b", 2), "a");
        assert_eq!(cut("a🙂b", 3), "a🙂");
        assert_eq!(fit("abcdef", 4), "abc…");
        assert_eq!(fit("", 4), " ");
        assert_eq!(fit_escaped("<<<<", 10), "&lt;&lt;…");
    }

    proptest! {
        #[test]
        fn fitted_text_fits(text in "\\PC{0,60}|[<>&\\x00-\\x20]{0,60}", limit in 1_usize..50) {
            prop_assert!(length(&fit(&text, limit)) <= limit);
            let escaped = fit_escaped(&text, limit);
            prop_assert!(length(&escaped) <= limit);
            prop_assert!(!escaped.contains(['<', '>']));
            prop_assert!(!escaped.contains(acts_unseen));
        }
    }
}
