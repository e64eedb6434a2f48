//! Points in time as people type them, and as they are shown.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use store::UnixMillis;

/// `90s`, `30m`, `2h`, `7d`, `4w` as milliseconds; at most ten years.
pub(crate) fn duration(text: &str) -> Option<i64> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds: i64 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let count: i64 = digits.parse().ok().filter(|_| plain)?;
    count.checked_mul(seconds * 1000).filter(|millis| *millis <= 3_650 * 86_400_000)
}

/// So long ago (`2h`), or a date or time of UTC: `2026-11-21`, `2026-11-21T13:40`, `2026-11-21T13:40:05Z`.
pub(crate) fn past(text: &str, now: UnixMillis) -> Option<UnixMillis> {
    duration(text).map(|millis| now.plus(-millis)).or_else(|| absolute(text))
}

fn absolute(text: &str) -> Option<UnixMillis> {
    if text.len() > 40 || !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(UnixMillis(time.as_millisecond()));
    }
    let civil = text.parse::<Date>().map(|date| date.at(0, 0, 0, 0));
    let civil = if text.len() > 10 { text.parse::<DateTime>().ok()? } else { civil.ok()? };
    Some(UnixMillis(civil.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond()))
}

/// `2026-11-21T13:40:05Z`, or with milliseconds.
pub(crate) fn shown(at: UnixMillis, millis: bool) -> String {
    let digits = if millis { 3 } else { 0 };
    let time = Timestamp::from_millisecond(at.0).ok();
    let whole = |time: Timestamp| {
        if millis { time } else { time.checked_sub(at.0.rem_euclid(1000).milliseconds()).unwrap_or(time) }
    };
    time.map_or_else(|| at.0.to_string(), |time| format!("{:.digits$}", whole(time)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

    #[test]
    fn times_are_read_as_they_are_typed() {
        let cases = [
            ("2h", Some(NOW.0 - 7_200_000)),
            ("30m", Some(NOW.0 - 1_800_000)),
            ("7d", Some(NOW.0 - 604_800_000)),
            ("2026-11-21", Some(1_795_219_200_000)),
            ("2026-11-21T13:40", Some(1_795_268_400_000)),
            ("2026-11-21T13:40:05Z", Some(1_795_268_405_000)),
            ("2026-11-21T14:40:05+01:00", Some(1_795_268_405_000)),
            ("", None),
            ("h", None),
            ("-2h", None),
            ("+2h", None),
            ("2y", None),
            ("é", None),
            ("99999999999w", None),
            ("yesterday", None),
            ("2026-13-01", None),
        ];
        for (text, expected) in cases {
            assert_eq!(past(text, NOW).map(|at| at.0), expected, "{text}");
        }
    }

    #[test]
    fn times_are_shown_in_utc() {
        assert_eq!(shown(UnixMillis(1_795_268_405_678), false), "2026-11-21T13:40:05Z");
        assert_eq!(shown(UnixMillis(1_795_268_405_678), true), "2026-11-21T13:40:05.678Z");
    }
}
