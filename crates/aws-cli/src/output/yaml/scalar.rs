//! Which texts may stand without quotes, and which quotes the others get.

use value::Number;

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
}

/// A number as YAML writes it.
pub(super) fn number(number: &Number) -> String {
    match number {
        Number::Float(float) if float.is_nan() => ".nan".to_owned(),
        Number::Float(float) if float.is_infinite() => if *float > 0.0 { ".inf" } else { "-.inf" }.to_owned(),
        number => number.to_string(),
    }
}

/// The style of a text; names of entries may not spread over lines.
pub(super) fn style(text: &str, is_name: bool) -> Style {
    if text.is_empty() {
        return Style::Single;
    }
    if is_simple(text) && !means_something_else(text) {
        return Style::Plain;
    }
    let allowed = analyse(text);
    if allowed.plain && !means_something_else(text) {
        return Style::Plain;
    }
    if text.contains(['\'', '\n']) || !allowed.single || is_name && is_multiline(text) {
        return Style::Double;
    }
    Style::Single
}

/// The same where quotes are single wherever they can be.
pub(super) fn plainest(text: &str, is_name: bool) -> Style {
    match style(text, is_name) {
        Style::Double if analyse(text).single && !(is_name && is_multiline(text)) => Style::Single,
        style => style,
    }
}

/// Whether YAML 1.1 takes a text for a truth value.
pub(super) fn is_truth_word(text: &str) -> bool {
    matches!(text, "yes" | "Yes" | "YES" | "no" | "No" | "NO" | "on" | "On" | "ON" | "off" | "Off" | "OFF")
}

/// Whether nothing in the text means anything to YAML, as in nearly every name and id.
fn is_simple(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes[0].is_ascii_alphanumeric()
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/'))
}

pub(super) fn is_break(character: char) -> bool {
    matches!(character, '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

pub(super) fn is_multiline(text: &str) -> bool {
    text.contains(is_break)
}

/// Which styles a text can be written in.
struct Allowed {
    plain: bool,
    single: bool,
}

fn analyse(text: &str) -> Allowed {
    let (mut indicators, mut special, mut space_break, mut break_space) = (false, false, false, false);
    indicators |= text.starts_with("---") || text.starts_with("...");
    let mut previous = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let space_follows = characters.peek().is_none_or(|&next| is_white(next));
        indicators |= match (previous, character) {
            (
                None,
                '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@'
                | '`',
            ) => true,
            (None, '?' | ':' | '-') | (Some(_), ':') => space_follows,
            (Some(before), '#') => is_white(before),
            _ => false,
        };
        special |= !is_printable(character);
        space_break |= previous == Some(' ') && is_break(character);
        break_space |= previous.is_some_and(is_break) && character == ' ';
        previous = Some(character);
    }
    let at_ends = |test: fn(char) -> bool| text.starts_with(test) || text.ends_with(test);
    let single = !special && !space_break && !break_space;
    let plain = single && !indicators && !is_multiline(text) && !at_ends(|c| c == ' ' || is_break(c));
    Allowed { plain, single }
}

fn is_white(character: char) -> bool {
    matches!(character, '\0' | ' ' | '\t' | '\r') || is_break(character)
}

fn is_printable(character: char) -> bool {
    match character {
        '\u{feff}' => false,
        '\n' | '\u{20}'..='\u{7e}' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' => true,
        '\u{10000}'.. => true,
        _ => false,
    }
}

/// Whether a plain text would be read as something other than text.
fn means_something_else(text: &str) -> bool {
    match text.as_bytes()[0] {
        b't' | b'T' => matches!(text, "true" | "True" | "TRUE"),
        b'f' | b'F' => matches!(text, "false" | "False" | "FALSE"),
        b'n' | b'N' => matches!(text, "null" | "Null" | "NULL"),
        b'~' | b'=' => text.len() == 1,
        b'<' => text == "<<",
        b'-' | b'+' | b'.' | b'0'..=b'9' => is_integer(text) || is_float(text) || is_timestamp(text),
        _ => false,
    }
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

fn all(text: &str, test: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(test)
}

fn is_integer(text: &str) -> bool {
    let digits = unsigned(text);
    let binary = |byte: u8| matches!(byte, b'0' | b'1' | b'_');
    let octal = |byte: u8| matches!(byte, b'0'..=b'7' | b'_');
    digits.strip_prefix("0b").is_some_and(|rest| all(rest, binary))
        || digits.strip_prefix("0o").is_some_and(|rest| all(rest, octal))
        || digits
            .strip_prefix("0x")
            .is_some_and(|rest| all(rest, |byte| byte.is_ascii_hexdigit() || byte == b'_'))
        || all(digits, |byte| byte.is_ascii_digit() || byte == b'_') && !text.starts_with('_')
}

fn is_float(text: &str) -> bool {
    let digits = unsigned(text);
    if matches!(digits, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let part = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let (mantissa, exponent) = match digits.find(['e', 'E']) {
        Some(at) => (&digits[..at], Some(&digits[at + 1..])),
        None => (digits, None),
    };
    let exponent_fits = exponent.is_none_or(|text| all(unsigned(text), |byte| byte.is_ascii_digit()));
    match mantissa.split_once('.') {
        Some(("", fraction)) => {
            !fraction.is_empty()
                && part(fraction)
                && exponent_fits
                && exponent.is_none_or(|text| text.starts_with(['-', '+']))
        }
        Some((whole, fraction)) => starts_with_digit(whole) && part(whole) && part(fraction) && exponent_fits,
        None => starts_with_digit(mantissa) && part(mantissa) && exponent.is_some() && exponent_fits,
    }
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|character: char| character.is_ascii_digit())
}

/// `2024-01-02`, alone or with a time behind it.
fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut scan = Scan { bytes, at: 0 };
    if !(scan.digits(4, 4) && scan.byte(b'-') && scan.digits(1, 2) && scan.byte(b'-') && scan.digits(1, 2)) {
        return false;
    }
    if scan.is_at_end() {
        return bytes.len() == 10;
    }
    if !(scan.byte(b'T') || scan.byte(b't') || scan.blanks() > 0) {
        return false;
    }
    let time =
        scan.digits(1, 2) && scan.byte(b':') && scan.digits(2, 2) && scan.byte(b':') && scan.digits(2, 2);
    if !time {
        return false;
    }
    if scan.byte(b'.') {
        scan.digits(0, usize::MAX);
    }
    if scan.is_at_end() {
        return true;
    }
    scan.blanks();
    if scan.byte(b'Z') {
        return scan.is_at_end();
    }
    let offset = (scan.byte(b'-') || scan.byte(b'+')) && scan.digits(1, 2);
    offset && (scan.is_at_end() || scan.byte(b':') && scan.digits(2, 2) && scan.is_at_end())
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scan<'_> {
    fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    fn byte(&mut self, byte: u8) -> bool {
        let found = self.bytes.get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    fn digits(&mut self, least: usize, most: usize) -> bool {
        let count = self.bytes[self.at..].iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        count >= least
    }

    fn blanks(&mut self) -> usize {
        let count = self.bytes[self.at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        self.at += count;
        count
    }
}
