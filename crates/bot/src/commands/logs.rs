//! `logs <group>`: what a log group holds of the last while, newest last.
//!
//! It is read backwards, in windows that grow, until there are enough lines: the last minutes of a busy group are its newest
//! lines, and those are wanted.

use std::sync::{Mutex, PoisonError};

use aws_call::BoxFuture;
use aws_model::Catalog;
use jiff::Timestamp;
use render::{Problem, Status, console_lines};
use value::Value;

use super::{Access, BuiltIn, Run, Worked, Working};
use crate::commands::options::{Known, Options};
use crate::journal::duration;
use crate::offer;
use crate::output::Output;
use crate::reach::fault::ScopeFault;
use crate::reach::scope::Scope;
use crate::reach::{DEADLINE, Reach};
use crate::spoken::near;
use pipeline::quote;

/// The entry.
pub(super) const LOGS: BuiltIn = BuiltIn {
    name: "logs show",
    summary: "Shows what a log group holds of the last while, or its errors alone.",
    usage: "logs <group> [errors] [15m|1h|2d] [--filter <pattern>] [--lines <number>] [--account …] [--region …]\n\
        \u{20}   logs /aws/lambda/checkout\n\
        \u{20}   logs checkout errors 1h\n\
        \u{20}   logs checkout 2d --filter '\"order 4711\"' --lines 200",
    access: Access::Open,
    also: Some(of_a_group),
    run: Run::Work(|working| -> BoxFuture<'_, Worked> { Box::pin(logs(working)) }),
};

/// What errors look like: any of these words. `?` means any of them in CloudWatch's language of patterns.
const ERRORS: &str = "?ERROR ?Error ?error ?Exception ?exception ?FATAL ?Fatal ?fatal ?CRITICAL ?SEVERE ?Traceback \
    ?panic ?\"Task timed out\"";
/// How far back it goes, unless that is said.
const WHILE_MS: i64 = 3_600_000;
/// The longest while.
const LONGEST_MS: i64 = 31 * 86_400_000;
/// How many lines are shown, unless that is said, and at most.
const LINES: usize = 50;
const MOST_LINES: usize = 1_000;
/// The longest line that is shown, in characters.
const LINE: usize = 400;
/// The first window that is read, in milliseconds: a sixteenth of the while, or this.
const LEAST_WINDOW_MS: i64 = 60_000;
/// The most events of one window; the oldest of them come first, so the window is read anew, smaller, where there are more.
const EVENTS: usize = 5_000;
/// How many groups are offered, and how long, in milliseconds.
const OFFERED: usize = 8;
const OFFERED_MS: i64 = 10 * 60_000;

/// `logs <group>`: whatever is no operation of the service, and not close to one.
fn of_a_group(words: &[String], catalog: &Catalog) -> Option<usize> {
    let [first, second, ..] = words else { return None };
    if first != "logs" || second.starts_with('-') {
        return None;
    }
    let known = aws_cli::commands_of(catalog, "logs");
    let is_close = |name: &String| name == second || strsim::osa_distance(name, second) <= 2;
    (!known.iter().any(is_close)).then_some(1)
}

/// What is asked for.
struct Wanted {
    group: String,
    pattern: Option<String>,
    while_ms: i64,
    lines: usize,
    /// The words behind the group, to be said again of another one.
    rest: String,
}

fn wanted(words: &[String]) -> Result<Wanted, String> {
    let options = Options::read(words, &[Known::Valued("--filter"), Known::Valued("--lines")])?;
    let lines = options.number("--lines", 1, MOST_LINES)?.unwrap_or(LINES);
    let Some((group, rest)) = options.plain.split_first() else {
        return Err("It names no log group.".to_owned());
    };
    let (mut errors, mut while_ms) = (false, None);
    for word in rest {
        match (word.as_str(), duration(word)) {
            ("errors" | "error", _) => errors = true,
            (_, Some(length)) if while_ms.is_none() && (1_000..=LONGEST_MS).contains(&length) => {
                while_ms = Some(length);
            }
            (_, Some(_)) => return Err(format!("`{word}` is no while of a second to 31 days.")),
            _ => return Err(format!("`{word}` is neither `errors` nor a while such as 15m, 1h or 2d.")),
        }
    }
    let pattern = options.value("--filter").map(str::to_owned);
    if errors && pattern.is_some() {
        return Err("`errors` and --filter are two patterns; give one.".to_owned());
    }
    let again = words.iter().filter(|word| *word != group).map(|word| quote(word));
    Ok(Wanted {
        group: group.clone(),
        pattern: pattern.or_else(|| errors.then(|| ERRORS.to_owned())),
        while_ms: while_ms.unwrap_or(WHILE_MS),
        lines,
        rest: again.map(|word| format!(" {word}")).collect(),
    })
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Event {
    at: i64,
    scope: Scope,
    text: String,
}

/// What one place has.
enum Held {
    /// Events of that group, in their order; whether there are older ones that were not read.
    Events { group: String, events: Vec<Event>, more: bool },
    /// Several groups could be meant.
    Several(Vec<String>),
    /// None is called so; these are like it.
    Nothing(Vec<String>),
}

async fn logs(working: &Working<'_>) -> Worked {
    match shown(working).await {
        Ok(output) => Worked::Shown(output),
        Err(output) => Worked::Shown(*output),
    }
}

async fn shown(working: &Working<'_>) -> Result<Output, Box<Output>> {
    let wanted = wanted(working.words).map_err(|what| working.unusable(what))?;
    let reach = &working.reach;
    let command = reach.reading(&["logs", "describe-log-groups"]);
    let command = command.map_err(|fault| working.unusable(format!("{fault}.")))?;
    let places = reach.places(&command, working.selection).await;
    let held: Mutex<Vec<(Scope, Held)>> = Mutex::default();
    let survey = reach
        .spread(
            &places,
            DEADLINE,
            |there, scope| read(there, &wanted, scope),
            |scope, one| held.lock().unwrap_or_else(PoisonError::into_inner).push((scope.clone(), one)),
        )
        .await;
    let mut held = held.into_inner().unwrap_or_else(PoisonError::into_inner);
    if survey.answered == 0 {
        return Err(Box::new(survey.as_problem()));
    }
    held.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut output = joined(working, &wanted, held);
    if !working.selection.is_single() || !survey.is_whole() {
        output = output.noting(survey.sentences());
    }
    if output.status == Status::Done {
        output = output.with_status(survey.status());
    }
    Ok(output)
}

/// What one place has of it.
async fn read(reach: Reach<'_>, wanted: &Wanted, scope: Scope) -> Result<Held, ScopeFault> {
    let group = match group(&reach, &wanted.group, &scope).await? {
        Ok(group) => group,
        Err(held) => return Ok(held),
    };
    let now = reach.inner.clock.millis().0;
    let begin = now - wanted.while_ms;
    let mut window = (wanted.while_ms / 16).max(LEAST_WINDOW_MS);
    let (mut end, mut events) = (now, Vec::new());
    while end > begin && events.len() < wanted.lines {
        let from = (end - window).max(begin);
        let (mut earlier, whole) = part(&reach, wanted, &scope, &group, from, end).await?;
        if !whole && window > 2_000 {
            window /= 8;
            continue;
        }
        earlier.append(&mut events);
        events = earlier;
        (end, window) = (from, window.saturating_mul(2));
    }
    let more = end > begin || events.len() > wanted.lines;
    Ok(Held::Events { group, events, more })
}

/// The events between two times, the second left out, and whether that is all of them.
async fn part(
    reach: &Reach<'_>,
    wanted: &Wanted,
    scope: &Scope,
    group: &str,
    from: i64,
    end: i64,
) -> Result<(Vec<Event>, bool), ScopeFault> {
    let (from, end, most) = (from.to_string(), (end - 1).to_string(), EVENTS.to_string());
    let mut words = ["logs", "filter-log-events", "--log-group-name", group].to_vec();
    words.extend(["--start-time", &from, "--end-time", &end, "--max-items", &most]);
    if let Some(pattern) = &wanted.pattern {
        words.extend(["--filter-pattern", pattern]);
    }
    let answer = reach.read_there(&words, scope).await?;
    let list = answer.get("events").and_then(Value::as_list).unwrap_or_default();
    let event = |event: &Value| {
        let message = event.get("message").and_then(Value::as_text).unwrap_or_default();
        let text = aws_cli::redact_text(message).unwrap_or_else(|| message.to_owned());
        let at = event.get("timestamp").and_then(Value::as_i64).unwrap_or_default();
        Event { at, scope: scope.clone(), text }
    };
    let mut events: Vec<Event> = list.iter().map(event).collect();
    events.sort();
    Ok((events, list.len() < EVENTS))
}

/// The group that is meant: called so, or the only one that begins so, or the only one that holds it.
async fn group(reach: &Reach<'_>, word: &str, scope: &Scope) -> Result<Result<String, Held>, ScopeFault> {
    let named = |answer: &Value| -> Vec<String> {
        let groups = answer.get("logGroups").and_then(Value::as_list).unwrap_or_default();
        let name = |group: &Value| group.get("logGroupName").and_then(Value::as_text).map(str::to_owned);
        groups.iter().filter_map(name).collect()
    };
    let words = ["logs", "describe-log-groups", "--log-group-name-prefix", word, "--max-items", "1000"];
    let begin = named(&reach.read_there(&words, scope).await?);
    if begin.iter().any(|name| name == word) {
        return Ok(Ok(word.to_owned()));
    }
    let known = if begin.is_empty() {
        named(&reach.read_there(&["logs", "describe-log-groups", "--max-items", "5000"], scope).await?)
    } else {
        begin
    };
    let lower = word.to_lowercase();
    let mut alike: Vec<String> =
        known.iter().filter(|name| name.to_lowercase().contains(&lower)).cloned().collect();
    // `checkout` is rather `/aws/lambda/checkout` than `/aws/lambda/checkout-old`.
    let ends: Vec<String> =
        alike.iter().filter(|name| name.rsplit('/').next() == Some(word)).cloned().collect();
    if let [one] = ends.as_slice() {
        return Ok(Ok(one.clone()));
    }
    match alike.len() {
        0 => Ok(Err(Held::Nothing(near(word, known.iter().map(String::as_str), 3)))),
        1 => Ok(Ok(alike.remove(0))),
        _ => Ok(Err(Held::Several(alike))),
    }
}

fn joined(working: &Working<'_>, wanted: &Wanted, held: Vec<(Scope, Held)>) -> Output {
    let mut events: Vec<Event> = Vec::new();
    let (mut groups, mut several, mut like) = (Vec::new(), Vec::new(), Vec::new());
    let mut older = false;
    for (scope, one) in held {
        match one {
            Held::Events { group, events: found, more } => {
                groups.push(format!("{group} in {scope}"));
                events.extend(found);
                older |= more;
            }
            Held::Several(names) => several.extend(names.into_iter().map(|name| (scope.clone(), name))),
            Held::Nothing(names) => like.extend(names),
        }
    }
    if groups.is_empty() {
        return if several.is_empty() { nothing(wanted, &like) } else { which(working, wanted, &several) };
    }
    let about = format!("{}, the last {}.", groups.join(", "), spoken_while(wanted.while_ms));
    if events.is_empty() {
        let what = if wanted.pattern.is_some() { "Nothing that fits" } else { "Nothing" };
        return Output::text(format!("{what} was logged. {about}"));
    }
    events.sort();
    let lines: Vec<String> = events.iter().flat_map(|event| lines(event, groups.len() > 1)).collect();
    let before = lines.len().saturating_sub(wanted.lines);
    let mut notes = vec![about];
    if before > 0 || older {
        let more = (wanted.lines * 4).min(MOST_LINES);
        notes.push(match (before, older) {
            (_, true) => format!("Older lines are not shown; --lines {more} shows more."),
            (1, false) => format!("1 older line is not shown; --lines {more} shows more."),
            (before, false) => format!("{before} older lines are not shown; --lines {more} shows more."),
        });
    }
    Output::lines(lines[before..].join("\n")).noting(notes)
}

/// An event's lines: the first with its time, and its place where there are several.
fn lines(event: &Event, placed: bool) -> Vec<String> {
    let time = Timestamp::from_millisecond(event.at).unwrap_or_default();
    let time = time.strftime("%Y-%m-%d %H:%M:%S").to_string();
    let begin = if placed { format!("{time} {}", event.scope) } else { time };
    let cut = |line: &String| match line.char_indices().nth(LINE) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line.clone(),
    };
    let mut lines: Vec<String> = console_lines(&event.text).iter().map(cut).collect();
    match lines.first_mut() {
        Some(first) => *first = format!("{begin} {first}"),
        None => lines.push(begin),
    }
    lines
}

fn spoken_while(millis: i64) -> String {
    let units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000)];
    let whole = units.iter().find(|(_, length)| millis % length == 0 && millis >= *length);
    whole.map_or_else(|| format!("{}s", millis / 1000), |(unit, length)| format!("{}{unit}", millis / length))
}

fn nothing(wanted: &Wanted, like: &[String]) -> Output {
    let problem = Problem::new(format!("There is no log group {}.", wanted.group));
    let problem = if like.is_empty() {
        problem.next("`logs describe-log-groups` lists them; --account and --region say where to look.")
    } else {
        problem.next(format!("Did you mean {}?", like.join(", ")))
    };
    Output::problem(Status::Failed, problem)
}

/// Several groups could be meant: which, with a button for each.
fn which(working: &Working<'_>, wanted: &Wanted, several: &[(Scope, String)]) -> Output {
    let names: Vec<&str> = several.iter().take(OFFERED).map(|(_, name)| name.as_str()).collect();
    let more = several.len().saturating_sub(OFFERED);
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    let problem = Problem::new(format!("{} log groups are like {}.", several.len(), wanted.group))
        .why(format!("{}{more}", names.join(", ")))
        .next("Which one?");
    let mut output = Output::problem(Status::Asking, problem);
    let inner = working.reach.inner;
    let until = inner.clock.millis().plus(OFFERED_MS);
    for (scope, name) in several.iter().take(OFFERED) {
        let line = format!("logs show {}{}{}", quote(name), wanted.rest, scope.options());
        let tenant = &working.reach.request.caller.tenant;
        output.buttons.extend(offer::button(inner, tenant, name, &line, until));
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn operations_keep_their_names() {
        let catalog = Catalog::embedded();
        let cases = [
            ("logs /aws/lambda/checkout", Some(1)),
            ("logs checkout errors", Some(1)),
            ("logs describe-log-groups", None),
            ("logs describe-log-group", None),
            ("logs tail /aws/lambda/x", None),
            ("logs help", None),
            ("logs --region eu-west-1", None),
            ("logs", None),
            ("s3 logs", None),
        ];
        for (line, expected) in cases {
            assert_eq!(of_a_group(&words(line), &catalog), expected, "{line}");
        }
    }

    #[test]
    fn words_behind_the_group_are_read() {
        let read = |line: &str| {
            let wanted = wanted(&words(line))?;
            Ok::<_, String>((wanted.pattern.is_some(), spoken_while(wanted.while_ms), wanted.lines))
        };
        let cases = [
            ("g", Ok((false, "1h", 50))),
            ("g errors 15m", Ok((true, "15m", 50))),
            ("g 2d --lines 7", Ok((false, "2d", 7))),
            ("g --filter x", Ok((true, "1h", 50))),
            ("g errors --filter x", Err("`errors` and --filter are two patterns; give one.")),
            ("g warnings", Err("`warnings` is neither `errors` nor a while such as 15m, 1h or 2d.")),
            ("g 90d", Err("`90d` is no while of a second to 31 days.")),
        ];
        for (line, expected) in cases {
            let expected = expected
                .map(|(pattern, length, lines): (bool, &str, usize)| (pattern, length.to_owned(), lines))
                .map_err(str::to_owned);
            assert_eq!(read(line), expected, "{line}");
        }
    }

    #[test]
    fn an_event_has_its_time_and_nothing_that_acts() {
        let scope = Scope { account: "dev".to_owned(), region: "eu".to_owned() };
        let event = |text: &str| Event { at: 1_800_000_000_000, scope: scope.clone(), text: text.to_owned() };
        assert_eq!(
            lines(&event("\u{1b}[31mERROR\u{1b}[0m a\n  at b\n"), true),
            ["2027-01-15 08:00:00 dev/eu ERROR a", "  at b"]
        );
        let long = lines(&event(&"x".repeat(5_000)), false);
        assert_eq!(long[0].chars().count(), 20 + LINE + 1);
    }
}
