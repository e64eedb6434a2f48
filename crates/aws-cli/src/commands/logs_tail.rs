//! `logs tail`: what a log group received lately, and with `--follow` what it receives from now on.

use std::collections::HashSet;
use std::time::Duration;

use aws_call::BoxFuture;
use jiff::Timestamp;
use value::{JsonStyle, Map, Value};

use super::line::{Line, step};
use super::options::{Spec, Takes, Word, one, switch};
use super::task::{Fault, Runs, World};
use crate::{Parsed, UsageError};

/// How long is waited before the group is asked again.
const PAUSE: Duration = Duration::from_secs(5);
/// How often the group is asked in chat, where nobody can press Ctrl-C: for about two minutes.
const CHAT_ROUNDS: u32 = 25;

static SPEC: Spec = Spec {
    about: "Shows what a log group received in the last ten minutes, or since --since. In chat --follow ends after two \
            minutes.",
    words: &[Word { name: "group_name", shown: "<group_name>", required: true }],
    options: &[&[
        one("since", "From when on: a time, or a number with s, m, h, d or w."),
        switch("follow", "Go on showing what comes."),
        one("format", "What is shown of each event.").of(&["detailed", "short", "json"]),
        one("filter-pattern", "Only events that match this filter pattern."),
        one("log-stream-names", "Only these streams.").taking(Takes::Some),
        one("log-stream-name-prefix", "Only streams whose names begin with this."),
    ]],
};

/// What is shown of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Detailed,
    Short,
    Json,
}

#[derive(Debug)]
struct Tail {
    params: Map,
    form: Form,
    follow: bool,
    /// How often the group is asked; for ever if not said.
    rounds: Option<u32>,
}

/// Reads the words of `logs tail`.
pub(super) fn start(line: &Line<'_>) -> Result<Parsed, UsageError> {
    let given = match line.read(&SPEC)? {
        Ok(given) => given,
        Err(page) => return Ok(page),
    };
    let mut params: Map = [("logGroupName", given.word(0).unwrap_or_default())].into_iter().collect();
    params.push("interleaved", true);
    params.push("startTime", since(given.text("since").unwrap_or("10m"), line.env.now)?);
    if let Some(pattern) = given.text("filter-pattern") {
        params.push("filterPattern", pattern);
    }
    if given.has("log-stream-names") {
        let names = given.several("log-stream-names").into_iter().map(Value::text).collect();
        params.push("logStreamNames", Value::List(names));
    }
    if let Some(prefix) = given.text("log-stream-name-prefix") {
        params.push("logStreamNamePrefix", prefix);
    }
    let form = match given.text("format") {
        Some("short") => Form::Short,
        Some("json") => Form::Json,
        _ => Form::Detailed,
    };
    let rounds = line.is_chat().then_some(CHAT_ROUNDS);
    let tail = Tail { params: params.clone(), form, follow: given.has("follow"), rounds };
    line.invocation(tail, vec![step("logs", "FilterLogEvents", params)])
}

/// A time in milliseconds: `10m` before now, or as it is written.
fn since(text: &str, now: Timestamp) -> Result<i64, UsageError> {
    let bad = || UsageError::general(format!("Invalid timestamp \"{text}\""));
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 604_800,
        _ => 0,
    };
    if unit > 0 && !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit()) {
        let amount: i64 = digits.parse().map_err(|_| bad())?;
        let back = amount.checked_mul(unit * 1000).ok_or_else(bad)?;
        return now.as_millisecond().checked_sub(back).ok_or_else(bad);
    }
    if let Ok(seconds) = text.parse::<f64>() {
        return Ok((seconds * 1000.0) as i64);
    }
    let midnight = || text.parse::<jiff::civil::Date>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
    let local = || text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
    let time = text.parse::<Timestamp>().ok();
    let time = time.or_else(|| local().map(|time| time.timestamp()));
    time.or_else(|| midnight().map(|time| time.timestamp())).map(Timestamp::as_millisecond).ok_or_else(bad)
}

impl Runs for Tail {
    fn run<'a>(&'a self, world: &'a mut World<'_>) -> BoxFuture<'a, Result<u8, Fault>> {
        Box::pin(async move {
            let color = match world.globals.color.as_deref() {
                Some("on") => true,
                Some("off") => false,
                _ => world.env.is_terminal,
            };
            if self.follow {
                return self.follow(world, color).await;
            }
            let mut pages = world.calls.pages("logs", "FilterLogEvents", self.params.clone(), None)?;
            while let Some(page) = pages.next().await? {
                let text: String = events(&page).map(|event| self.shown(event, color)).collect();
                world.say(&text);
            }
            Ok(0)
        })
    }
}

fn events(page: &Value) -> impl Iterator<Item = &Value> {
    page.get("events").and_then(Value::as_list).unwrap_or_default().iter()
}

fn millis(event: &Value) -> i64 {
    event.get("timestamp").and_then(Value::as_i64).unwrap_or_default()
}

impl Tail {
    /// Shows what comes until the rounds are over: events of the newest moment are told apart by their ids.
    async fn follow(&self, world: &mut World<'_>, color: bool) -> Result<u8, Fault> {
        let mut params = self.params.clone();
        let (mut newest, mut seen) = (0, HashSet::new());
        let mut rounds = 0;
        loop {
            let page = world.calls.call("logs", "FilterLogEvents", params.clone()).await?;
            let mut text = String::new();
            for event in events(&page) {
                let id = event.get("eventId").and_then(Value::as_text).unwrap_or_default().to_owned();
                if seen.insert((millis(event), id)) {
                    text.push_str(&self.shown(event, color));
                }
                newest = newest.max(millis(event));
            }
            world.say(&text);
            let _ = world.out.flush();
            seen.retain(|(time, _)| *time == newest);
            if let Some(token) = page.get("nextToken") {
                params.insert("nextToken", token.clone());
                continue;
            }
            params.remove("nextToken");
            if newest > 0 {
                params.insert("startTime", newest);
            }
            rounds += 1;
            if self.rounds.is_some_and(|limit| rounds >= limit) {
                return Ok(0);
            }
            world.calls.client.parts().clock.sleep(PAUSE).await;
        }
    }

    fn shown(&self, event: &Value, color: bool) -> String {
        let text = |name: &str| event.get(name).and_then(Value::as_text).unwrap_or_default();
        let paint =
            |text: String, code: u8| if color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text };
        let time = Timestamp::from_millisecond(millis(event)).unwrap_or(Timestamp::UNIX_EPOCH);
        let zoned = time.to_zoned(jiff::tz::TimeZone::UTC);
        let whole = millis(event) % 1000 == 0;
        let stamp = match self.form {
            Form::Short => zoned.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
            Form::Json if whole => zoned.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string(),
            Form::Detailed | Form::Json => zoned.strftime("%Y-%m-%dT%H:%M:%S.%6f+00:00").to_string(),
        };
        let stamp = paint(stamp, 32);
        let stream = || paint(text("logStreamName").to_owned(), 36);
        let line = match self.form {
            Form::Short => format!("{stamp} {}", text("message")),
            Form::Detailed => format!("{stamp} {} {}", stream(), text("message")),
            Form::Json => format!("{stamp} {} {}", stream(), pretty(text("message"))),
        };
        format!("{}\n", line.trim_end())
    }
}

/// JSON laid out on lines of its own; other text as it is.
fn pretty(message: &str) -> String {
    match Value::from_json(message.as_bytes()) {
        Ok(value) => format!("\n{}", value.to_json(JsonStyle::Pretty)),
        Err(_) => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use super::*;

    #[test]
    fn times_are_read_relative_or_as_written() {
        let now: Timestamp = "2024-01-02T03:04:05Z".parse().unwrap();
        let base = now.as_millisecond();
        for (text, expected) in [
            ("10m", base - 600_000),
            ("1h", base - 3_600_000),
            ("2w", base - 1_209_600_000),
            ("2024-01-02T03:04:05Z", base),
            ("2024-01-02T03:04:05", base),
            ("2024-01-02T05:04:05+02:00", base),
            ("2024-01-02", base - (3 * 3600 + 4 * 60 + 5) * 1000),
            ("1704164645", base),
        ] {
            assert_eq!(since(text, now).unwrap(), expected, "{text}");
        }
        for text in ["", "m", "5y", "99999999999999999999w", "é5m"] {
            assert!(since(text, now).is_err(), "{text}");
        }
    }

    #[test]
    fn events_are_shown_in_three_forms() {
        let event =
            Value::from_json(br#"{"timestamp": 1500, "logStreamName": "s", "message": "{\"a\":1}\n"}"#)
                .unwrap();
        let tail = |form| Tail { params: Map::new(), form, follow: false, rounds: None };
        insta::assert_snapshot!(tail(Form::Short).shown(&event, false), @r#"1970-01-01T00:00:01 {"a":1}"#);
        insta::assert_snapshot!(
            tail(Form::Detailed).shown(&event, false),
            @r#"1970-01-01T00:00:01.500000+00:00 s {"a":1}"#
        );
        insta::assert_snapshot!(tail(Form::Json).shown(&event, false), @r#"
        1970-01-01T00:00:01.500000+00:00 s 
        {
            "a": 1
        }
        "#);
    }
}
