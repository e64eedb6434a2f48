//! `fromdate` and `todate`: times as AWS writes them. Absent on purpose: the time that it is, and time zones.
#![expect(clippy::needless_pass_by_value, reason = "all functions of the table are called alike")]

use super::{Entry, value};
use crate::jq::formats::shown;
use crate::jq::machine::Machine;
use crate::jq::stop::Stop;
use crate::jq::val::Val;

pub(super) const ENTRIES: &[Entry] =
    &[value("todateiso8601", 0, to_date), value("fromdateiso8601", 0, from_date)];

const SECONDS_PER_DAY: i64 = 86_400;
/// Years of four digits, from 0000 to 9999.
const FIRST: f64 = -62_167_219_200.0;
const LAST: f64 = 253_402_300_799.0;

/// Seconds since 1970 as `2026-01-31T12:00:00Z`.
fn to_date(_: &Machine<'_>, input: Val, _: &[Val]) -> Result<Val, Stop> {
    let seconds = input.as_f64().filter(|seconds| (FIRST..=LAST).contains(seconds));
    let Some(seconds) = seconds else {
        return Err(Stop::error(format!("{} is no time in seconds since 1970", shown(&input))));
    };
    let seconds = seconds.floor() as i64;
    let (days, time) = (seconds.div_euclid(SECONDS_PER_DAY), seconds.rem_euclid(SECONDS_PER_DAY));
    let (year, month, day) = date_of(days);
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    Ok(Val::text(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")))
}

/// `2026-01-31T12:00:00Z`, also with a fraction, which is left out, or `+00:00`, as seconds since 1970.
fn from_date(_: &Machine<'_>, input: Val, _: &[Val]) -> Result<Val, Stop> {
    let wrong = || Stop::error(format!("{} is no time such as 2026-01-31T12:00:00Z", shown(&input)));
    let text = input.as_text().ok_or_else(wrong)?;
    seconds_of(text).map(Val::int).ok_or_else(wrong)
}

fn seconds_of(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = text.get(from..to)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let signs = [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":")];
    if !signs.iter().all(|(at, sign)| text.get(*at..at + 1) == Some(sign)) {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let rest = text.get(19..)?;
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => rest,
    };
    let in_range =
        (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second <= 60;
    if !in_range || !matches!(zone, "Z" | "+00:00") {
        return None;
    }
    Some(days_of(year, month, day) * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second)
}

/// Days of 400 years, in which the calendar repeats.
const DAYS_PER_ERA: i64 = 146_097;
/// Days from the 1st of March of the year 0 to the 1st of January 1970.
const DAYS_TO_1970: i64 = 719_468;

/// Days since 1970 of a date in the Gregorian calendar. Years begin in March here, so that a leap day ends one.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    era * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - DAYS_TO_1970
}

/// The date of a day since 1970.
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + DAYS_TO_1970;
    let (era, day_of_era) = (days.div_euclid(DAYS_PER_ERA), days.rem_euclid(DAYS_PER_ERA));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}
