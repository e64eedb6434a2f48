//! Points in time, in the forms that requests and answers give them.
//!
//! What is read: ISO 8601 (with `T` or a space, dashes or none, with a zone or without), RFC 822, seconds since
//! 1970 as a number or as text, and whole dates as people write them. A time without a zone is UTC when sent and stays without one when shown, as in the
//! AWS CLI. Years are 1 to 9999.

mod words;

use std::fmt::Write as _;

use aws_model::TimestampFormat;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use value::{Number, Text, Value};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// The text that stands at the place of time in an answer or a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    civil: DateTime,
    offset: Option<i32>,
}

impl Moment {
    /// Reads any of the forms above.
    pub fn from_value(value: &Value, zone: &TimeZone) -> Option<Moment> {
        match value {
            Value::Number(number) => Moment::from_number(number, zone),
            Value::Text(text) => Moment::from_text(text, zone),
            _ => None,
        }
    }

    /// Reads seconds since 1970, shown in `zone`.
    pub fn from_number(number: &Number, zone: &TimeZone) -> Option<Moment> {
        match number {
            Number::Int(seconds) => Moment::from_epoch(*seconds, 0, zone),
            _ => Moment::from_seconds(number.as_f64(), zone),
        }
    }

    /// Reads any of the textual forms.
    pub fn from_text(text: &str, zone: &TimeZone) -> Option<Moment> {
        if let Some(moment) = iso(text.as_bytes()) {
            return Some(moment);
        }
        let text = text.trim();
        if let Ok(seconds) = text.parse::<i64>() {
            return Moment::from_epoch(seconds, 0, zone);
        }
        if let Ok(seconds) = text.parse::<f64>() {
            return Moment::from_seconds(seconds, zone);
        }
        iso(text.as_bytes()).or_else(|| Moment::from_words(text))
    }

    /// Reads a text that is no number of seconds: eight digits are a date here.
    pub fn from_words(text: &str) -> Option<Moment> {
        rfc822(text).or_else(|| words::read(text))
    }

    /// What a clock on the wall says then.
    pub fn civil(&self) -> DateTime {
        self.civil
    }

    fn from_seconds(seconds: f64, zone: &TimeZone) -> Option<Moment> {
        if !seconds.is_finite() || seconds.abs() > 1e13 {
            return None;
        }
        let whole = seconds.floor();
        let micros = ((seconds - whole) * 1e6).round_ties_even() as i64;
        Moment::from_epoch(whole as i64 + micros / 1_000_000, (micros % 1_000_000) as i32, zone)
    }

    fn from_epoch(seconds: i64, micros: i32, zone: &TimeZone) -> Option<Moment> {
        let instant = jiff::Timestamp::new(seconds, micros * 1000).ok()?;
        let offset = zone.to_offset(instant);
        let civil = offset.to_datetime(instant);
        in_range(civil).then_some(Moment { civil, offset: Some(offset.seconds()) })
    }

    /// As Python's `isoformat` writes it: `2024-01-02T03:04:05+00:00`, six digits of a fraction if there is one.
    pub fn isoformat(&self) -> Text {
        let mut out = Text::with_capacity(32);
        push_date_time(&mut out, self.civil);
        push_fraction(&mut out, self.civil);
        if let Some(offset) = self.offset {
            let (sign, left) = if offset < 0 { ('-', -offset) } else { ('+', offset) };
            let _ = write!(out, "{sign}{:02}:{:02}", left / 3600, left / 60 % 60);
            if left % 60 != 0 {
                let _ = write!(out, ":{:02}", left % 60);
            }
        }
        out
    }

    /// The same point in UTC; `None` if that is out of range.
    fn in_utc(self) -> Option<DateTime> {
        let offset = Offset::from_seconds(self.offset.unwrap_or(0)).ok()?;
        let civil = Offset::UTC.to_datetime(offset.to_timestamp(self.civil).ok()?);
        in_range(civil).then_some(civil)
    }

    /// As a request bears it. `None` if the moment is out of range in UTC.
    pub fn on_wire(self, format: TimestampFormat) -> Option<WireTime> {
        let civil = self.in_utc()?;
        Some(match format {
            TimestampFormat::Iso8601 => {
                let mut out = Text::with_capacity(28);
                push_date_time(&mut out, civil);
                push_fraction(&mut out, civil);
                out.push('Z');
                WireTime::Text(out)
            }
            TimestampFormat::Rfc822 => WireTime::Text(http_date(civil)),
            TimestampFormat::Unix => WireTime::Seconds(
                Offset::UTC.to_timestamp(civil).ok()?.as_nanosecond().div_euclid(1_000_000_000) as i64,
            ),
        })
    }
}

/// A point in time as a request bears it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WireTime {
    /// ISO 8601 or RFC 822.
    Text(Text),
    /// Whole seconds since 1970: the AWS CLI sends no fraction.
    Seconds(i64),
}

impl WireTime {
    /// As text, for headers, queries and XML.
    pub fn into_text(self) -> Text {
        match self {
            WireTime::Text(text) => text,
            WireTime::Seconds(seconds) => Text::from(seconds.to_string()),
        }
    }
}

fn in_range(civil: DateTime) -> bool {
    (1..=9999).contains(&civil.year())
}

fn push_date_time(out: &mut Text, civil: DateTime) {
    let (date, time) = (civil.date(), civil.time());
    let mut buffer = *b"0000-00-00T00:00:00";
    let year = date.year().unsigned_abs();
    for (at, digit) in [(0, year / 1000), (1, year / 100 % 10), (2, year / 10 % 10), (3, year % 10)] {
        buffer[at] = b'0' + digit as u8;
    }
    for (at, part) in
        [(5, date.month()), (8, date.day()), (11, time.hour()), (14, time.minute()), (17, time.second())]
    {
        buffer[at] = b'0' + part.unsigned_abs() / 10;
        buffer[at + 1] = b'0' + part.unsigned_abs() % 10;
    }
    out.extend(buffer.iter().map(|&byte| char::from(byte)));
}

fn push_fraction(out: &mut Text, civil: DateTime) {
    let micros = civil.time().subsec_nanosecond() / 1000;
    if micros != 0 {
        let _ = write!(out, ".{micros:06}");
    }
}

fn http_date(civil: DateTime) -> Text {
    let weekday = WEEKDAYS[civil.weekday().to_monday_zero_offset() as usize % 7];
    let month = MONTHS[(civil.month() as usize + 11) % 12];
    let (date, time) = (civil.date(), civil.time());
    Text::from(format!(
        "{weekday}, {:02} {month} {:04} {:02}:{:02}:{:02} GMT",
        date.day(),
        date.year(),
        time.hour(),
        time.minute(),
        time.second()
    ))
}

/// A reader of digits and marks.
struct Cursor<'a> {
    rest: &'a [u8],
}

impl Cursor<'_> {
    fn digits(&mut self, count: usize) -> Option<i32> {
        let (digits, rest) = self.rest.split_at_checked(count)?;
        let mut number = 0;
        for digit in digits {
            number = number * 10 + i32::from(digit.is_ascii_digit().then(|| digit - b'0')?);
        }
        self.rest = rest;
        Some(number)
    }

    fn take(&mut self, mark: u8) -> bool {
        let there = self.rest.first() == Some(&mark);
        if there {
            self.rest = &self.rest[1..];
        }
        there
    }

    /// A fraction's digits as nanoseconds, cut to microseconds.
    fn fraction(&mut self) -> Option<i32> {
        let count = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if count == 0 {
            return None;
        }
        let (digits, rest) = self.rest.split_at(count);
        self.rest = rest;
        let micros =
            (0..6).fold(0, |sum, at| sum * 10 + i32::from(digits.get(at).map_or(0, |digit| digit - b'0')));
        Some(micros * 1000)
    }

    /// `Z`, `UTC`, `GMT`, `+hh:mm`, `+hhmm`, `+hh`, or nothing; then the end.
    fn zone(&mut self) -> Option<Option<i32>> {
        if self.rest.is_empty() {
            return Some(None);
        }
        while self.take(b' ') {}
        if matches!(self.rest, b"Z" | b"z" | b"UTC" | b"GMT" | b"UT") {
            return Some(Some(0));
        }
        let sign = match self.rest.first()? {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        self.rest = &self.rest[1..];
        let hours = self.digits(2)?;
        let minutes = match self.rest.is_empty() {
            true => 0,
            false => {
                self.take(b':');
                self.digits(2)?
            }
        };
        (self.rest.is_empty() && hours < 24 && minutes < 60)
            .then_some(Some(sign * (hours * 3600 + minutes * 60)))
    }

    /// `hh:mm`, `hh:mm:ss` or `hhmmss`, with a fraction.
    fn time(&mut self) -> Option<Time> {
        let hour = self.digits(2)?;
        let colons = self.take(b':');
        let minute = self.digits(2)?;
        let (mut second, mut nanos) = (0, 0);
        if if colons { self.take(b':') } else { self.rest.first().is_some_and(u8::is_ascii_digit) } {
            second = self.digits(2)?;
            if self.take(b'.') || self.take(b',') {
                nanos = self.fraction()?;
            }
        }
        Time::new(hour as i8, minute as i8, second as i8, nanos).ok()
    }
}

fn iso(text: &[u8]) -> Option<Moment> {
    let mut cursor = Cursor { rest: text };
    let year = cursor.digits(4)?;
    let dashes = cursor.take(b'-');
    if !dashes && text.len() < 15 && text.len() != 8 {
        return None;
    }
    let month = cursor.digits(2)?;
    if dashes && cursor.rest.is_empty() {
        return None;
    }
    if dashes && !cursor.take(b'-') {
        return None;
    }
    let date = Date::new(year as i16, month as i8, cursor.digits(2)? as i8).ok()?;
    if !dashes && cursor.rest.is_empty() {
        return None; // eight digits are seconds since 1970
    }
    if year == 0 {
        return None;
    }
    if cursor.rest.is_empty() {
        return Some(Moment { civil: date.to_datetime(Time::midnight()), offset: None });
    }
    if !(cursor.take(b'T') || cursor.take(b't') || cursor.take(b' ')) {
        return None;
    }
    let time = cursor.time()?;
    Some(Moment { civil: date.to_datetime(time), offset: cursor.zone()? })
}

/// `Tue, 02 Jan 2024 03:04:05 GMT`; the weekday may be absent.
fn rfc822(text: &str) -> Option<Moment> {
    let text = text.split_once(',').map_or(text, |(_, rest)| rest);
    let mut words = text.split_ascii_whitespace();
    let day: i8 = words.next()?.parse().ok()?;
    let month = words.next()?;
    let month = MONTHS.iter().position(|name| name.eq_ignore_ascii_case(month))? as i8 + 1;
    let year: i16 = words.next()?.parse().ok()?;
    let date = Date::new(year, month, day).ok().filter(|_| (1..=9999).contains(&year))?;
    let mut cursor = Cursor { rest: words.next().unwrap_or("00:00:00").as_bytes() };
    let time = cursor.time()?;
    if !cursor.rest.is_empty() {
        return None;
    }
    let offset = Cursor { rest: words.next().unwrap_or_default().as_bytes() }.zone()?;
    words.next().is_none().then_some(Moment { civil: date.to_datetime(time), offset })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn shows_what_the_aws_cli_shows() {
        for (text, expected) in [
            ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05+00:00"),
            ("2024-01-02T03:04:05.000Z", "2024-01-02T03:04:05+00:00"),
            ("2024-01-02T03:04:05.12Z", "2024-01-02T03:04:05.120000+00:00"),
            ("2024-01-02T03:04:05.123456789+02:00", "2024-01-02T03:04:05.123456+02:00"),
            ("2024-01-02T03:04:05-0130", "2024-01-02T03:04:05-01:30"),
            ("2024-01-02 03:04", "2024-01-02T03:04:00"),
            ("2024-01-02", "2024-01-02T00:00:00"),
            ("20240102T030405Z", "2024-01-02T03:04:05+00:00"),
            ("Tue, 02 Jan 2024 03:04:05 GMT", "2024-01-02T03:04:05+00:00"),
            ("1704164645", "2024-01-02T03:04:05+00:00"),
            ("1704164645.5", "2024-01-02T03:04:05.500000+00:00"),
            ("-1", "1969-12-31T23:59:59+00:00"),
            ("0", "1970-01-01T00:00:00+00:00"),
        ] {
            let shown = Moment::from_text(text, &TimeZone::UTC).expect(text).isoformat();
            assert_eq!(shown, expected, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_time() {
        for text in [
            "",
            "x",
            "2024-13-01",
            "2024-01-02T25:00:00Z",
            "2024-01-02T03:04:05+99:00",
            "nan",
            "1e300",
            "0000-01-01",
        ] {
            assert_eq!(Moment::from_text(text, &TimeZone::UTC), None, "{text}");
        }
    }

    #[test]
    fn sends_each_format() {
        let moment = Moment::from_text("2024-01-02T04:04:05.5+01:00", &TimeZone::UTC).expect("a time");
        for (format, expected) in [
            (TimestampFormat::Iso8601, "2024-01-02T03:04:05.500000Z"),
            (TimestampFormat::Rfc822, "Tue, 02 Jan 2024 03:04:05 GMT"),
            (TimestampFormat::Unix, "1704164645"),
        ] {
            assert_eq!(moment.on_wire(format).expect("in range").into_text(), expected);
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "[0-9TZ:+. ,a-zA-Z-]{0,40}", number in any::<f64>(), seconds in any::<i64>()) {
            for moment in [
                Moment::from_text(&text, &TimeZone::UTC),
                Moment::from_number(&Number::Float(number), &TimeZone::UTC),
                Moment::from_number(&Number::Int(seconds), &TimeZone::UTC),
            ].into_iter().flatten() {
                moment.isoformat();
                moment.on_wire(TimestampFormat::Rfc822);
                moment.on_wire(TimestampFormat::Unix);
            }
        }
    }
}
