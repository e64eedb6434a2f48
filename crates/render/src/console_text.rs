//! What a terminal was sent, as lines for people to read.
//!
//! Escape sequences (ECMA-48) and control characters vanish, a carriage return begins its line anew, and tabs become blanks.
//! Bounded: an escape sequence that does not end swallows no more than [`LONGEST_SEQUENCE`] characters.
//! Absent on purpose: a screen; what moves the cursor about leaves its text in the order in which it came.

/// The most characters of one escape sequence.
const LONGEST_SEQUENCE: usize = 256;
/// The most characters of a line.
pub const LONGEST_LINE: usize = 2_000;

/// The lines of what a terminal was sent.
pub fn console_lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text.split('\n').map(line).collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// One line of it.
fn line(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text.trim_end_matches('\r').chars();
    while let Some(character) = rest.next() {
        match character {
            '\u{1b}' => skip_sequence(&mut rest),
            '\u{9b}' => skip_parameters(&mut rest),
            '\r' => shown.clear(),
            '\t' => shown.push(' '),
            hidden if hidden.is_control() => {}
            other => shown.push(other),
        }
    }
    cut(shown.trim_end())
}

fn cut(line: &str) -> String {
    match line.char_indices().nth(LONGEST_LINE) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line.to_owned(),
    }
}

/// What follows an escape character.
fn skip_sequence(rest: &mut std::str::Chars<'_>) {
    let mut ahead = rest.clone();
    match ahead.next() {
        Some('[') => {
            *rest = ahead;
            skip_parameters(rest);
        }
        // Texts for the terminal itself end with a bell or with ESC \.
        Some(']' | 'P' | 'X' | '^' | '_') => {
            *rest = ahead;
            skip_string(rest);
        }
        // Those of two or three characters.
        Some(' '..='/') => {
            ahead.next();
            *rest = ahead;
        }
        Some(_) => *rest = ahead,
        None => {}
    }
}

/// Parameters, and the character that ends them.
fn skip_parameters(rest: &mut std::str::Chars<'_>) {
    for _ in 0..LONGEST_SEQUENCE {
        let mut ahead = rest.clone();
        match ahead.next() {
            Some(' '..='?') => *rest = ahead,
            Some('@'..='~') => {
                *rest = ahead;
                return;
            }
            _ => return,
        }
    }
}

fn skip_string(rest: &mut std::str::Chars<'_>) {
    for _ in 0..LONGEST_SEQUENCE {
        match rest.next() {
            Some('\u{7}' | '\u{9c}') | None => return,
            Some('\u{1b}') => {
                let mut ahead = rest.clone();
                if ahead.next() == Some('\\') {
                    *rest = ahead;
                }
                return;
            }
            Some(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_terminal_would_act_upon_vanishes() {
        let cases = [
            ("a\r\nb\n", vec!["a", "b"]),
            ("\u{1b}[0;32m  OK  \u{1b}[0m] Started", vec!["  OK  ] Started"]),
            ("10%\r50%\r100%\n", vec!["100%"]),
            ("\u{1b}]0;title\u{7}shell", vec!["shell"]),
            ("\u{1b}]0;title\u{1b}\\shell", vec!["shell"]),
            ("\u{1b}(Bx\u{1b}=y\u{1b}", vec!["xy"]),
            ("\u{9b}31mred", vec!["red"]),
            ("a\u{0}\u{8}b\tc\u{7f}", vec!["ab c"]),
            ("", vec![]),
            ("\n\na\n\n", vec!["", "", "a"]),
        ];
        for (text, expected) in cases {
            assert_eq!(console_lines(text), expected, "{text:?}");
        }
    }

    #[test]
    fn what_does_not_end_swallows_little() {
        let text = format!("\u{1b}]{}end", "x".repeat(LONGEST_SEQUENCE));
        assert_eq!(console_lines(&text), ["end"]);
        let long = console_lines(&"y".repeat(LONGEST_LINE * 2));
        assert_eq!(long[0].chars().count(), LONGEST_LINE + 1);
    }

    proptest! {
        #[test]
        fn no_control_character_is_left(text in r"[\x00-\x9f\PC]{0,200}") {
            for line in console_lines(&text) {
                prop_assert!(!line.contains(char::is_control) && line.chars().count() <= LONGEST_LINE + 1);
            }
        }
    }
}
