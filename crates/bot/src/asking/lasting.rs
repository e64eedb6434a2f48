//! Spans and moments as people type and read them. All times of day are UTC: a channel has people of many places.

use aws_cli::Timestamp;
use store::UnixMillis;

/// The longest span that is taken, in seconds: a year.
const LONGEST: u64 = 366 * 86_400;

/// `2 d`, `2 h`, `30 min`, `45 s`.
pub(crate) fn lasting(seconds: u64) -> String {
    let units = [(86_400, "d"), (3_600, "h"), (60, "min")];
    let whole = units.iter().find(|(unit, _)| seconds >= *unit && seconds.is_multiple_of(*unit));
    match whole {
        Some((unit, name)) => format!("{} {name}", seconds / unit),
        None => format!("{seconds} s"),
    }
}

/// `2027-01-15 14:05 UTC`
pub(crate) fn moment(at: UnixMillis) -> String {
    match Timestamp::from_millisecond(at.0) {
        Ok(moment) => moment.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        Err(_) => "the end of time".to_owned(),
    }
}

/// The seconds of `45s`, `30m`, `30min`, `2h`, `1d`; at least one, at most a year.
pub(crate) fn span(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let unit = match unit {
        "s" | "sec" => 1,
        "m" | "min" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    let seconds = number.parse::<u64>().ok()?.checked_mul(unit)?;
    (1..=LONGEST).contains(&seconds).then_some(seconds)
}

/// The moment of `18:00` (the next one), `2027-01-15` (its beginning), `2027-01-15T18:00`, all UTC; `None` where it is no
/// moment, past, or more than a year away.
pub(crate) fn moment_of(text: &str, now: UnixMillis) -> Option<UnixMillis> {
    let at = match text.len() {
        5 => {
            let today = Timestamp::from_millisecond(now.0).ok()?.strftime("%Y-%m-%d").to_string();
            let at = parsed(&format!("{today}T{text}:00Z"))?;
            if at.0 > now.0 { at } else { at.plus(86_400_000) }
        }
        10 => parsed(&format!("{text}T00:00:00Z"))?,
        16 => parsed(&format!("{}:00Z", text.replace(' ', "T")))?,
        _ => parsed(text)?,
    };
    let ahead = at.since(now);
    (ahead > 0 && u64::try_from(ahead / 1000).ok()? <= LONGEST).then_some(at)
}

fn parsed(text: &str) -> Option<UnixMillis> {
    text.parse::<Timestamp>().ok().map(|at| UnixMillis(at.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 2027-01-15 08:00 UTC
    const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

    #[test]
    fn spans_and_moments_are_read_and_written() {
        let spans = [
            ("45s", Some(45)),
            ("30m", Some(1_800)),
            ("30min", Some(1_800)),
            ("2h", Some(7_200)),
            ("1d", Some(86_400)),
            ("366d", Some(366 * 86_400)),
            ("367d", None),
            ("0m", None),
            ("m", None),
            ("-1h", None),
            ("99999999999999999999h", None),
            ("2 h", None),
            ("2y", None),
        ];
        for (text, expected) in spans {
            assert_eq!(span(text), expected, "{text}");
        }
        let moments = [
            ("18:00", Some("2027-01-15 18:00 UTC")),
            ("08:00", Some("2027-01-16 08:00 UTC")),
            ("2027-01-20", Some("2027-01-20 00:00 UTC")),
            ("2027-01-20T18:30", Some("2027-01-20 18:30 UTC")),
            ("2027-01-20T18:30:00+02:00", Some("2027-01-20 16:30 UTC")),
            ("2027-01-14", None),
            ("2030-01-14", None),
            ("25:00", None),
            ("soon", None),
        ];
        for (text, expected) in moments {
            assert_eq!(moment_of(text, NOW).map(moment).as_deref(), expected, "{text}");
        }
        let written = [(45, "45 s"), (90, "90 s"), (1_800, "30 min"), (7_200, "2 h"), (172_800, "2 d")];
        for (seconds, expected) in written {
            assert_eq!(lasting(seconds), expected);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_time_or_none(text in "\\PC{0,24}|[0-9:TZ+-]{0,24}") {
            if let Some(at) = moment_of(&text, NOW) {
                prop_assert!(at.0 > NOW.0);
            }
            prop_assert!(span(&text).is_none_or(|seconds| seconds > 0));
        }
    }
}
