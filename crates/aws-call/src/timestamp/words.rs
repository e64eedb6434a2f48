//! Times as people write them: `20160129T19:00:00Z`, `1/29/2016 7pm`, `Jan 29 2016, 19:00 UTC`.
//!
//! What is read, and how doubt is settled (month before day unless it is above 12, and so on), follows `dateutil`, which
//! reads times for the AWS CLI. Absent on purpose: what needs today's date (times alone, years of two digits), spans such as
//! `12h04m`, digits of other scripts.

use jiff::civil::{Date, Time};

use super::{MONTHS, Moment, WEEKDAYS};

/// The longest text that is looked at, in bytes.
const LONGEST: usize = 100;
/// Words that may stand anywhere and mean nothing.
const EMPTY_WORDS: &[&str] =
    &[" ", ".", ",", ";", "-", "/", "'", "at", "on", "and", "ad", "m", "t", "of", "st", "nd", "rd", "th"];
/// The longest name of a zone.
const LONGEST_ZONE: usize = 5;

/// Reads a text by its words.
pub(super) fn read(text: &str) -> Option<Moment> {
    if text.len() > LONGEST || !text.is_ascii() {
        return None;
    }
    let mut reader = Reader { words: words(text), ..Reader::default() };
    while reader.at < reader.words.len() {
        reader.word()?;
    }
    reader.moment()
}

/// Splits a text where letters, digits and marks meet. A dot belongs to a number with one fraction, and separates otherwise.
fn words(text: &str) -> Vec<String> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        let (letter, digit) = (bytes[at].is_ascii_alphabetic(), bytes[at].is_ascii_digit());
        at += 1;
        if !letter && !digit {
            found.push(if bytes[start].is_ascii_whitespace() { " " } else { &text[start..at] }.to_owned());
            continue;
        }
        let (mut letters, mut dotted) = (letter, false);
        let mut in_letters = letter;
        while let Some(&byte) = bytes.get(at) {
            let before = bytes[at - 1];
            let goes_on = match byte {
                b'.' => true,
                b',' => !dotted && !letters && at - start >= 2,
                _ if byte.is_ascii_alphabetic() => in_letters || dotted && before == b'.',
                _ if byte.is_ascii_digit() => !in_letters || dotted && before == b'.',
                _ => false,
            };
            if !goes_on {
                break;
            }
            dotted |= matches!(byte, b'.' | b',');
            letters |= byte.is_ascii_alphabetic();
            in_letters = byte.is_ascii_alphabetic() || byte == b'.' && in_letters;
            at += 1;
        }
        let word = &text[start..at];
        let marks = word.bytes().filter(|byte| *byte == b'.').count();
        if dotted && (letters || marks > 1 || word.ends_with(['.', ','])) {
            found.extend(split_at_marks(word));
        } else {
            found.push(word.replace(',', "."));
        }
    }
    found
}

/// The parts of a word and the dots and commas between them.
fn split_at_marks(word: &str) -> Vec<String> {
    let mut parts = Vec::new();
    for piece in word.split_inclusive(['.', ',']) {
        let part = piece.trim_end_matches(['.', ',']);
        parts.extend(
            [part, &piece[part.len()..]].into_iter().filter(|part| !part.is_empty()).map(str::to_owned),
        );
    }
    parts
}

/// What a number of a date is known to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Is {
    Year,
    Month,
}

/// What has been found so far.
#[derive(Default)]
struct Reader {
    words: Vec<String>,
    at: usize,
    /// The numbers of the date, in order, with what is known of them.
    date: Vec<(i32, Option<Is>)>,
    hour: Option<i32>,
    minute: i32,
    second: i32,
    nanos: i32,
    /// Whether a zone has been named, and its offset in seconds if that means anything.
    zoned: bool,
    offset: Option<i32>,
    /// Whether the sign of the next offset is to be turned: `GMT+3` is three hours west.
    turned: bool,
}

impl Reader {
    fn ahead(&self, count: usize) -> Option<&str> {
        self.words.get(self.at + count).map(String::as_str)
    }

    fn is(&self, count: usize, mark: &str) -> bool {
        self.ahead(count) == Some(mark)
    }

    /// Reads what stands here and goes behind it.
    fn word(&mut self) -> Option<()> {
        let word = self.words[self.at].clone();
        if word.starts_with(|first: char| first.is_ascii_digit()) {
            return self.number(&word);
        }
        if position(&WEEKDAYS, &word).is_some() {
            self.at += 1;
            return Some(());
        }
        if let Some(month) = month(&word) {
            return self.named_month(month);
        }
        if let Some(noon) = half(&word) {
            let hour = self.hour.filter(|hour| (0..=12).contains(hour))?;
            self.hour = Some(in_half(hour, noon));
            self.at += 1;
            return Some(());
        }
        if self.hour.is_some() && !self.zoned && self.offset.is_none() && is_zone(&word) {
            self.at += 1;
            let known = matches!(word.as_str(), "UTC" | "GMT" | "Z" | "z");
            if self.is(0, "+") || self.is(0, "-") {
                self.turned = true;
            } else {
                self.zoned = true;
                self.offset = known.then_some(0);
            }
            return Some(());
        }
        if self.hour.is_some() && matches!(word.as_str(), "+" | "-") {
            return self.zone_offset(word == "-");
        }
        let lower = word.to_ascii_lowercase();
        EMPTY_WORDS.contains(&lower.as_str()).then(|| self.at += 1)
    }

    /// A number, and what it is by its length and neighbours.
    fn number(&mut self, word: &str) -> Option<()> {
        let whole = word.split_once('.').map_or(word, |(whole, _)| whole);
        let length = word.len();
        let next = self.ahead(1).unwrap_or(" ").to_owned();
        if self.date.len() == 3
            && matches!(length, 2 | 4)
            && self.hour.is_none()
            && next != ":"
            && whole == word
        {
            self.hour = Some(integer(&word[..2])?);
            self.minute = if length == 4 { integer(&word[2..])? } else { 0 };
        } else if length == 6 || whole.len() == 6 {
            if self.date.is_empty() && whole == word {
                return None; // a year of two digits
            }
            self.hour = Some(integer(whole.get(..2)?)?);
            self.minute = integer(whole.get(2..4)?)?;
            self.seconds(word.get(4..)?)?;
        } else if matches!(length, 8 | 12 | 14) && whole == word {
            self.date.push((integer(&word[..4])?, Some(Is::Year)));
            self.date.push((integer(&word[4..6])?, None));
            self.date.push((integer(&word[6..8])?, None));
            if length > 8 {
                self.hour = Some(integer(&word[8..10])?);
                self.minute = integer(&word[10..12])?;
            }
            if length > 12 {
                self.second = integer(&word[12..])?;
            }
        } else if next == ":" && self.ahead(2).is_some() {
            return self.clock(whole);
        } else if matches!(next.as_str(), "-" | "/" | ".") {
            return self.joined_date(word, &next);
        } else if half(&next).is_some()
            || next == " " && self.ahead(2).is_some_and(|word| half(word).is_some())
        {
            let gap = usize::from(next == " ");
            let noon = self.ahead(1 + gap).and_then(half)?;
            self.hour = Some(in_half(integer(whole).filter(|hour| *hour < 24)?, noon));
            self.at += 1 + gap;
        } else {
            self.day_or_year(word)?;
        }
        self.at += 1;
        Some(())
    }

    /// `19:00`, `19:00:05.5`.
    fn clock(&mut self, hour: &str) -> Option<()> {
        self.hour = Some(integer(hour)?);
        let minute = self.ahead(2)?.to_owned();
        let (minute, part) = minute.split_once('.').unwrap_or((&minute, ""));
        self.minute = integer(minute)?;
        if !part.is_empty() {
            self.second = (format!("0.{part}").parse::<f64>().ok()? * 60.0) as i32;
        }
        self.at += 3;
        if self.is(0, ":")
            && let Some(seconds) = self.ahead(1).map(str::to_owned)
        {
            self.seconds(&seconds)?;
            self.at += 2;
        }
        Some(())
    }

    fn seconds(&mut self, text: &str) -> Option<()> {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        self.second = integer(whole)?;
        let micros: String = part.chars().chain(std::iter::repeat('0')).take(6).collect();
        self.nanos = integer(&micros)? * 1000;
        Some(())
    }

    /// `2016-01-29`, `29/Jan/2016`, `1.29.2016`.
    fn joined_date(&mut self, first: &str, mark: &str) -> Option<()> {
        self.part(first)?;
        self.at += 2;
        let Some(second) = self.ahead(0).map(str::to_owned) else { return Some(()) };
        if EMPTY_WORDS.contains(&second.to_ascii_lowercase().as_str()) {
            return Some(());
        }
        self.part_or_month(&second)?;
        self.at += 1;
        if self.is(0, mark) {
            let third = self.ahead(1)?.to_owned();
            self.part_or_month(&third)?;
            self.at += 2;
        }
        Some(())
    }

    /// `Jan 29`, `Jan-29-2016`.
    fn named_month(&mut self, month: i32) -> Option<()> {
        self.date.push((month, Some(Is::Month)));
        self.at += 1;
        let mark = self.ahead(0).unwrap_or_default().to_owned();
        if matches!(mark.as_str(), "-" | "/") {
            let second = self.ahead(1)?.to_owned();
            self.part(&second)?;
            self.at += 2;
            if self.is(0, &mark) {
                let third = self.ahead(1)?.to_owned();
                self.part(&third)?;
                self.at += 2;
            }
        }
        Some(())
    }

    fn part_or_month(&mut self, word: &str) -> Option<()> {
        match month(word) {
            Some(month) => {
                self.date.push((month, Some(Is::Month)));
                Some(())
            }
            None => self.part(word),
        }
    }

    /// A number of a date: one of more than two digits is the year.
    fn part(&mut self, word: &str) -> Option<()> {
        let known = (word.len() > 2).then_some(Is::Year);
        self.date.push((integer(word)?, known));
        Some(())
    }

    /// A number between spaces, or with letters behind it.
    fn day_or_year(&mut self, word: &str) -> Option<()> {
        let number = integer(word)?;
        let next = self.ahead(1).unwrap_or(" ").to_ascii_lowercase();
        if !EMPTY_WORDS.contains(&next.as_str()) && !(1..=31).contains(&number) {
            return None;
        }
        self.date.push((number, (number > 100).then_some(Is::Year)));
        Some(())
    }

    /// `+0100`, `-03:00`, `+3`.
    fn zone_offset(&mut self, west: bool) -> Option<()> {
        let digits = self.ahead(1)?.to_owned();
        let (hours, minutes) = match digits.len() {
            4 => (integer(&digits[..2])?, integer(&digits[2..])?),
            _ if self.is(2, ":") => {
                let minutes = integer(self.ahead(3)?)?;
                self.at += 2;
                (integer(&digits)?, minutes)
            }
            1 | 2 => (integer(&digits)?, 0),
            _ => return None,
        };
        self.at += 2;
        let sign = if west != self.turned { -1 } else { 1 };
        let offset = hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?;
        // A day or more is no zone.
        self.offset = Some(sign * offset).filter(|_| offset < 86_400);
        self.offset?;
        Some(())
    }

    fn moment(&self) -> Option<Moment> {
        let [year, month, day] = self.year_month_day()?;
        let date = Date::new(i16::try_from(year).ok()?, small(month)?, small(day)?).ok()?;
        let time =
            Time::new(small(self.hour.unwrap_or(0))?, small(self.minute)?, small(self.second)?, self.nanos);
        let known = self.date.iter().any(|(_, is)| *is == Some(Is::Year));
        let moment = Moment { civil: date.to_datetime(time.ok()?), offset: self.offset };
        (known && (1..=9999).contains(&year)).then_some(moment)
    }

    /// Which of three numbers is what.
    fn year_month_day(&self) -> Option<[i32; 3]> {
        let [a, b, c] = self.date[..] else { return None };
        let numbers = [a.0, b.0, c.0];
        let places =
            |wanted: Is| -> Vec<usize> { (0..3).filter(|at| self.date[*at].1 == Some(wanted)).collect() };
        let (years, months) = (places(Is::Year), places(Is::Month));
        if years.len() > 1 || months.len() > 1 {
            return None;
        }
        let order = match (years.first(), months.first()) {
            (Some(&year), Some(&month)) => [year, month, 3 - year - month],
            (Some(0), None) => [0, 1, 2],
            (_, Some(0)) if numbers[1] > 31 => [1, 0, 2],
            (_, Some(0)) => [2, 0, 1],
            (_, Some(1)) if numbers[0] > 31 => [0, 1, 2],
            (_, Some(1)) => [2, 1, 0],
            (_, Some(_)) if numbers[1] > 31 => [1, 2, 0],
            (_, Some(_)) => [0, 2, 1],
            (_, None) if numbers[0] > 31 => [0, 1, 2],
            (_, None) if numbers[0] > 12 => [2, 1, 0],
            (_, None) => [2, 0, 1],
        };
        Some(order.map(|at| numbers[at]))
    }
}

fn integer(text: &str) -> Option<i32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn small(number: i32) -> Option<i8> {
    i8::try_from(number).ok()
}

/// Where a name of three letters, or its full form, stands in a list of short ones.
fn position(names: &[&str], word: &str) -> Option<usize> {
    const FULL: &[&str] = &[
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "sept",
        "september",
        "october",
        "november",
        "december",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    let lower = word.to_ascii_lowercase();
    let short = lower.get(..3).filter(|_| lower.len() == 3 || FULL.contains(&lower.as_str()))?;
    names.iter().position(|name| name.eq_ignore_ascii_case(short))
}

fn month(word: &str) -> Option<i32> {
    position(&MONTHS, word).and_then(|at| i32::try_from(at + 1).ok())
}

/// Whether a word means the hours before noon (`false`) or after it.
fn half(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "am" | "a" => Some(false),
        "pm" | "p" => Some(true),
        _ => None,
    }
}

fn in_half(hour: i32, noon: bool) -> i32 {
    match (hour, noon) {
        (12, false) => 0,
        (..12, true) => hour + 12,
        _ => hour,
    }
}

fn is_zone(word: &str) -> bool {
    word == "z" || word.len() <= LONGEST_ZONE && word.bytes().all(|byte| byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_forms_are_read() {
        for (text, expected) in [
            ("20160129T19:00:00Z", "2016-01-29T19:00:00+00:00"),
            ("20160129T1900", "2016-01-29T19:00:00"),
            ("20160129", "2016-01-29T00:00:00"),
            ("201601291930", "2016-01-29T19:30:00"),
            ("20160129T190005.5Z", "2016-01-29T19:00:05.500000+00:00"),
            ("2016-01-29T19", "2016-01-29T19:00:00"),
            ("2016/01/29 19:00", "2016-01-29T19:00:00"),
            ("1/2/2016", "2016-01-02T00:00:00"),
            ("29/1/2016", "2016-01-29T00:00:00"),
            ("29.01.2016 19:00", "2016-01-29T19:00:00"),
            ("29-Jan-2016 7pm", "2016-01-29T19:00:00"),
            ("January 29, 2016 7:05 AM", "2016-01-29T07:05:00"),
            ("Jan 29 2016 19:00:00 UTC", "2016-01-29T19:00:00+00:00"),
            ("Fri Jan 29 19:00:00 2016", "2016-01-29T19:00:00"),
            ("2016-01-29 19:00 GMT+3", "2016-01-29T19:00:00-03:00"),
            ("2016-01-29 19:00:00 +02:00", "2016-01-29T19:00:00+02:00"),
            ("29th of January 2016", "2016-01-29T00:00:00"),
        ] {
            let read = read(text).map(|moment| moment.isoformat().to_string());
            assert_eq!(read.as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_whole_date_is_none() {
        for text in
            ["", "19:00", "1/2/16", "13/13/2016", "2016", "Jan 2016", "tomorrow", "2016-01-29 25:00", "é"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "[0-9TZ:+. ,/a-zA-Z-]{0,60}") {
            if let Some(moment) = read(&text) {
                moment.isoformat();
            }
        }
    }
}
