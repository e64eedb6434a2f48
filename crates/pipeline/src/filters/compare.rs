//! Orders of `sort` that look at numbers in text. Each is a total order of equivalence classes.

use std::cmp::Ordering;

/// A number's sign and digits, without what counts for nothing.
struct Digits<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    /// What follows it.
    rest: &'a str,
}

fn digits(text: &str) -> Digits<'_> {
    let text = text.trim_start_matches([' ', '\t']);
    let (minus, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let length = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (whole, rest) = text.split_at(length(text));
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(behind) => behind.split_at(length(behind)),
        None => ("", rest),
    };
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    Digits { negative: minus && !(whole.is_empty() && fraction.is_empty()), whole, fraction, rest }
}

fn compare(a: &Digits<'_>, b: &Digits<'_>) -> Ordering {
    let magnitude =
        a.whole.len().cmp(&b.whole.len()).then(a.whole.cmp(b.whole)).then(a.fraction.cmp(b.fraction));
    match (a.negative, b.negative) {
        (false, false) => magnitude,
        (true, true) => magnitude.reverse(),
        (negative, _) => {
            if negative {
                Ordering::Less
            } else {
                Ordering::Greater
            }
        }
    }
}

/// By the decimal number at the beginning, of any length; no number is zero.
pub(super) fn numeric(a: &str, b: &str) -> Ordering {
    compare(&digits(a), &digits(b))
}

/// As [`numeric`], but a unit behind the number counts more than the number: `900M` is less than `1G`.
pub(super) fn human(a: &str, b: &str) -> Ordering {
    let (a, b) = (digits(a), digits(b));
    let rank = |number: &Digits<'_>| -> i32 {
        const UNITS: &str = "KMGTPEZYRQ";
        let zero = number.whole.is_empty() && number.fraction.is_empty();
        // Of the small letters only k is a unit.
        let unit = number.rest.chars().next().map(|unit| if unit == 'k' { 'K' } else { unit });
        let order = unit.and_then(|unit| UNITS.find(unit)).map_or(0, |at| at as i32 + 1);
        match (zero, number.negative) {
            (true, _) => 0,
            (false, true) => -order,
            (false, false) => order,
        }
    };
    let sign = |number: &Digits<'_>| match (
        number.negative,
        number.whole.is_empty() && number.fraction.is_empty(),
    ) {
        (true, _) => -1,
        (_, true) => 0,
        _ => 1,
    };
    sign(&a).cmp(&sign(&b)).then(rank(&a).cmp(&rank(&b))).then(compare(&a, &b))
}

/// By pieces of digits, which compare as numbers, and pieces of other characters, in which letters come before signs
/// and `~` before everything.
pub(super) fn version(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (x, y) = (piece(&mut left, |c| !c.is_ascii_digit()), piece(&mut right, |c| !c.is_ascii_digit()));
        let text = weights(x).cmp(weights(y));
        if text.is_ne() {
            return text;
        }
        let (x, y) = (piece(&mut left, |c| c.is_ascii_digit()), piece(&mut right, |c| c.is_ascii_digit()));
        let (x, y) = (x.trim_start_matches('0'), y.trim_start_matches('0'));
        let number = x.len().cmp(&y.len()).then(x.cmp(y));
        if number.is_ne() {
            return number;
        }
        if left.is_empty() && right.is_empty() {
            return Ordering::Equal;
        }
    }
}

/// Takes the beginning that `belongs`.
fn piece<'a>(text: &mut &'a str, belongs: impl Fn(char) -> bool) -> &'a str {
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    let (piece, rest) = text.split_at(end);
    *text = rest;
    piece
}

/// The end of a piece weighs more than `~` and less than all else.
fn weights(piece: &str) -> impl Iterator<Item = (u8, char)> {
    let weighed = piece.chars().map(|c| match c {
        '~' => (0, c),
        c if c.is_ascii_alphabetic() => (2, c),
        c => (3, c),
    });
    weighed.chain([(1, '\0')])
}
