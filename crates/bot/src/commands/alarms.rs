//! `alarms`: CloudWatch's alarms, those that ring first.

use aws_call::BoxFuture;
use jiff::Timestamp;
use value::Value;

use super::{Access, BuiltIn, Run, Worked, Working};
use crate::commands::options::Options;
use crate::output::Output;
use crate::reach::scope::Scope;
use crate::spoken::{age, near};

/// The entry.
pub(super) const ALARMS: BuiltIn = BuiltIn {
    name: "alarms",
    summary: "Lists CloudWatch alarms: state, since when, metric, reason.",
    usage: "alarms [in alarm|ok|insufficient] [<name>] [--account …] [--region …]\n\
        \u{20}   alarms in alarm --account all --region all\n\
        \u{20}   alarms checkout",
    access: Access::Open,
    also: None,
    run: Run::Work(|working| -> BoxFuture<'_, Worked> { Box::pin(alarms(working)) }),
};

/// How much of a reason is shown, in characters.
const REASON: usize = 160;

/// One alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Alarm {
    scope: Scope,
    name: String,
    state: String,
    since: Option<Timestamp>,
    metric: String,
    reason: String,
}

/// What is asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wanted {
    state: Option<&'static str>,
    name: Option<String>,
}

impl Wanted {
    fn read(words: &[String]) -> Result<Wanted, String> {
        let mut wanted = Wanted::default();
        let mut words = words.iter().peekable();
        while let Some(word) = words.next() {
            let state = match (word.as_str(), words.peek().map(|word| word.to_lowercase())) {
                ("in", Some(next)) => {
                    words.next();
                    Some(state(&next).ok_or_else(|| format!("`in {next}` names no state of alarms."))?)
                }
                (word, _) if wanted.state.is_none() => state(&word.to_lowercase()),
                _ => None,
            };
            match (state, &wanted.name) {
                (Some(_), _) if wanted.state.is_some() => return Err("It names two states.".to_owned()),
                (Some(state), _) => wanted.state = Some(state),
                (None, None) => wanted.name = Some(word.clone()),
                (None, Some(_)) => {
                    return Err("It names two alarms; quote a name that has blanks.".to_owned());
                }
            }
        }
        Ok(wanted)
    }

    fn holds(&self, alarm: &Alarm) -> bool {
        let name = self.name.as_ref().map(|name| name.to_lowercase());
        name.is_none_or(|name| alarm.name.to_lowercase().contains(&name))
    }
}

fn state(word: &str) -> Option<&'static str> {
    match word {
        "alarm" | "alarms" | "firing" => Some("ALARM"),
        "ok" => Some("OK"),
        "insufficient" | "insufficient_data" | "insufficient-data" => Some("INSUFFICIENT_DATA"),
        _ => None,
    }
}

async fn alarms(working: &Working<'_>) -> Worked {
    match shown(working).await {
        Ok(output) => Worked::Shown(output),
        Err(output) => Worked::Shown(*output),
    }
}

async fn shown(working: &Working<'_>) -> Result<Output, Box<Output>> {
    let options = Options::read(working.words, &[]).map_err(|what| working.unusable(what))?;
    let wanted = Wanted::read(&options.plain).map_err(|what| working.unusable(what))?;
    let words = ["cloudwatch", "describe-alarms", "--alarm-types", "MetricAlarm", "CompositeAlarm"];
    let mut words = words.map(str::to_owned).to_vec();
    if let Some(state) = wanted.state {
        words.extend(["--state-value".to_owned(), state.to_owned()]);
    }
    let command = working.reach.reading(&words).map_err(|fault| working.unusable(format!("{fault}.")))?;
    let mut found: Vec<Alarm> = Vec::new();
    let survey = working
        .reach
        .read_everywhere(&command, working.selection, |scope, answer| found.extend(read(scope, &answer)))
        .await;
    if survey.answered == 0 {
        return Err(Box::new(survey.as_problem()));
    }
    let names: Vec<String> = found.iter().map(|alarm| alarm.name.clone()).collect();
    found.retain(|alarm| wanted.holds(alarm));
    found.sort_by_key(|alarm| (urgency(&alarm.state), std::cmp::Reverse(alarm.since), alarm.name.clone()));
    let several = !working.selection.is_single();
    let mut output = if found.is_empty() {
        none(&wanted, &names)
    } else {
        table(&found, several, working.reach.inner.clock.0.now())
    };
    if several || !survey.is_whole() {
        output = output.noting(survey.sentences());
    }
    Ok(output.with_status(survey.status()))
}

fn none(wanted: &Wanted, names: &[String]) -> Output {
    let near = wanted.name.as_deref().map(|name| near(name, names.iter().map(String::as_str), 3));
    let output = Output::text("There are no such alarms.");
    match near.filter(|near| !near.is_empty()) {
        Some(near) => output.noting([format!("Did you mean {}?", near.join(", "))]),
        None => output,
    }
}

fn urgency(state: &str) -> u8 {
    match state {
        "ALARM" => 0,
        "INSUFFICIENT_DATA" => 1,
        _ => 2,
    }
}

fn read(scope: &Scope, answer: &Value) -> Vec<Alarm> {
    let lists = ["MetricAlarms", "CompositeAlarms"];
    let alarms = lists.iter().flat_map(|name| answer.get(name).and_then(Value::as_list).unwrap_or_default());
    alarms.map(|alarm| of_value(scope, alarm)).collect()
}

fn of_value(scope: &Scope, alarm: &Value) -> Alarm {
    let text = |name: &str| alarm.get(name).and_then(Value::as_text).unwrap_or_default();
    let since = ["StateTransitionedTimestamp", "StateUpdatedTimestamp"];
    let metric = match (text("Namespace"), text("MetricName")) {
        ("", "") if alarm.get("AlarmRule").is_some() => "other alarms".to_owned(),
        ("", "") => "an expression".to_owned(),
        (namespace, metric) => format!("{namespace} {metric}"),
    };
    let reason: String = text("StateReason").split_whitespace().collect::<Vec<_>>().join(" ");
    let cut = reason.char_indices().nth(REASON).map(|(at, _)| at);
    Alarm {
        scope: scope.clone(),
        name: text("AlarmName").to_owned(),
        state: text("StateValue").to_owned(),
        since: since.iter().find_map(|name| text(name).parse().ok()),
        metric,
        reason: cut.map_or_else(|| reason.clone(), |at| format!("{}…", &reason[..at])),
    }
}

fn table(found: &[Alarm], several: bool, now: Timestamp) -> Output {
    let mut columns = vec!["Alarm", "State", "Since", "Metric", "Reason"];
    if several {
        columns.splice(0..0, ["Account", "Region"]);
    }
    let row = |alarm: &Alarm| {
        let since = alarm.since.map_or_else(String::new, |since| age(since, now));
        let mut row =
            vec![alarm.name.clone(), alarm.state.clone(), since, alarm.metric.clone(), alarm.reason.clone()];
        if several {
            row.splice(0..0, [alarm.scope.account.clone(), alarm.scope.region.clone()]);
        }
        row
    };
    Output::table(&columns, found.iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn states_and_names_are_told_apart() {
        let read = |line: &str| {
            let words: Vec<String> =
                line.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
            Wanted::read(&words).map(|wanted| (wanted.state, wanted.name.unwrap_or_default()))
        };
        let cases = [
            ("", Ok((None, ""))),
            ("in alarm", Ok((Some("ALARM"), ""))),
            ("in ALARM checkout", Ok((Some("ALARM"), "checkout"))),
            ("checkout ok", Ok((Some("OK"), "checkout"))),
            ("insufficient", Ok((Some("INSUFFICIENT_DATA"), ""))),
            ("in doubt", Err("`in doubt` names no state of alarms.")),
            ("a b", Err("It names two alarms; quote a name that has blanks.")),
            ("in ok in alarm", Err("It names two states.")),
        ];
        for (line, expected) in cases {
            let expected = expected.map(|(state, name)| (state, name.to_owned())).map_err(str::to_owned);
            assert_eq!(read(line), expected, "{line}");
        }
    }

    #[test]
    fn metric_and_composite_alarms_are_read() {
        let answer = br#"{"MetricAlarms": [{"AlarmName": "cpu", "StateValue": "ALARM", "Namespace": "AWS/EC2",
            "MetricName": "CPUUtilization", "StateReason": "Threshold\n crossed", "StateUpdatedTimestamp": "2026-11-21T12:00:00Z"},
            {"AlarmName": "rate", "StateValue": "OK"}],
            "CompositeAlarms": [{"AlarmName": "all", "StateValue": "OK", "AlarmRule": "ALARM(cpu)"}]}"#;
        let scope = Scope { account: "dev".to_owned(), region: "eu".to_owned() };
        let found = read(&scope, &Value::from_json(answer).expect("json"));
        let metrics: Vec<&str> = found.iter().map(|alarm| alarm.metric.as_str()).collect();
        assert_eq!(metrics, ["AWS/EC2 CPUUtilization", "an expression", "other alarms"]);
        assert_eq!(found[0].reason, "Threshold crossed");
    }
}
