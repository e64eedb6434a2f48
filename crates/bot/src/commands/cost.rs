//! `cost`: what a month costs so far, by service, account, region or tag, beside the same days of the month before.

use std::collections::BTreeMap;

use aws_call::BoxFuture;
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use render::Body;
use value::Value;

use super::{Access, BuiltIn, Run, Worked, Working};
use crate::commands::options::Options;
use crate::figures::change;
use crate::output::Output;
use crate::reach::scope::Scope;

/// The entry.
pub(super) const COST: BuiltIn = BuiltIn {
    name: "cost",
    summary: "Shows what a month costs, beside the month before. AWS charges for each look.",
    usage: "cost [this|last|<2026-10>] [by service|account|region|tag:<key>] [--account …]\n\
        \u{20}   cost\n\
        \u{20}   cost last by account\n\
        \u{20}   cost 2026-10 by tag:team --account all",
    access: Access::Open,
    also: None,
    run: Run::Work(|working| -> BoxFuture<'_, Worked> { Box::pin(cost(working)) }),
};

/// How many rows are shown before the rest is summed up.
const ROWS: usize = 25;
/// The metric: what is charged, as it is charged.
const METRIC: &str = "UnblendedCost";

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted {
    month: Month,
    by: By,
}

/// A month, and as much of the one before as is compared with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Month {
    begin: Date,
    /// The first day that does not count.
    end: Date,
    before: Date,
    before_end: Date,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum By {
    Dimension(&'static str, &'static str),
    Tag(String),
}

impl By {
    fn read(word: &str) -> Option<By> {
        if let Some(key) = word.strip_prefix("tag:") {
            return (!key.is_empty() && key.chars().count() <= 128).then(|| By::Tag(key.to_owned()));
        }
        let (name, dimension) = match word {
            "service" | "services" => ("Service", "SERVICE"),
            "account" | "accounts" => ("Linked account", "LINKED_ACCOUNT"),
            "region" | "regions" => ("Billed region", "REGION"),
            _ => return None,
        };
        Some(By::Dimension(name, dimension))
    }

    fn heading(&self) -> String {
        match self {
            By::Dimension(name, _) => (*name).to_owned(),
            By::Tag(key) => format!("Tag {key}"),
        }
    }

    /// As `--group-by` wants it.
    fn group(&self) -> String {
        let (kind, key) = match self {
            By::Dimension(_, dimension) => ("DIMENSION", *dimension),
            By::Tag(key) => ("TAG", key.as_str()),
        };
        serde_json::json!([{ "Type": kind, "Key": key }]).to_string()
    }

    /// A group's key as people read it: tags come as `key$value`.
    fn name(&self, key: &str) -> String {
        let name = match self {
            By::Dimension(..) => key,
            By::Tag(tag) => {
                key.strip_prefix(tag.as_str()).and_then(|rest| rest.strip_prefix('$')).unwrap_or(key)
            }
        };
        if name.is_empty() { "(none)".to_owned() } else { name.to_owned() }
    }
}

impl Wanted {
    fn read(words: &[String], today: Date) -> Result<Wanted, String> {
        let (mut month, mut by) = (None, None);
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.to_lowercase().as_str() {
                "by" if by.is_none() => {
                    let what = words.next().map_or("", String::as_str);
                    let read = By::read(what);
                    by = Some(read.ok_or_else(|| {
                        format!("`by {what}` is not known: by service, account, region or tag:<key>.")
                    })?);
                }
                "month" => {}
                word if month.is_none() => {
                    month = Some(Month::read(word, today).ok_or_else(|| {
                        format!("`{word}` is no month that is over or runs: this, last, 2026-10.")
                    })?);
                }
                _ => return Err(format!("`{word}` is one word too many.")),
            }
        }
        let month = month.or_else(|| Month::read("this", today)).ok_or("There is no such month.")?;
        Ok(Wanted { month, by: by.unwrap_or(By::Dimension("Service", "SERVICE")) })
    }
}

impl Month {
    fn read(word: &str, today: Date) -> Option<Month> {
        let this = today.first_of_month();
        let begin = match word {
            "this" => this,
            "last" => this.checked_sub(1.month()).ok()?,
            written => {
                let (year, month) = written.split_once('-')?;
                let digits = year.len() == 4 && month.len() == 2;
                let begin = Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok()?;
                // Cost Explorer keeps fourteen months.
                let oldest = this.checked_sub(13.months()).ok()?;
                Some(begin).filter(|begin| digits && *begin <= this && *begin >= oldest)?
            }
        };
        let next = begin.checked_add(1.month()).ok()?;
        // Today is not over; on the first day it is all that there is.
        let end = if begin == this { today.max(begin.tomorrow().ok()?) } else { next };
        let before = begin.checked_sub(1.month()).ok()?;
        let days = begin.until(end).ok()?.get_days();
        let same = before.checked_add(days.days()).ok()?.min(begin);
        let before_end = if end == next { begin } else { same };
        Some(Month { begin, end, before, before_end })
    }
}

/// What one group costs: in the month, and in the one before.
type Costs = BTreeMap<(String, String), (f64, f64)>;
/// One of them.
type Cost<'a> = (&'a (String, String), &'a (f64, f64));

async fn cost(working: &Working<'_>) -> Worked {
    match shown(working).await {
        Ok(output) => Worked::Shown(output),
        Err(output) => Worked::Shown(*output),
    }
}

async fn shown(working: &Working<'_>) -> Result<Output, Box<Output>> {
    let options = Options::read(working.words, &[]).map_err(|what| working.unusable(what))?;
    let today = working.reach.inner.clock.0.now().to_zoned(TimeZone::UTC).date();
    let wanted = Wanted::read(&options.plain, today).map_err(|what| working.unusable(what))?;
    let Month { begin, end, before, before_end } = wanted.month;
    let (period, group) = (format!("Start={before},End={end}"), wanted.by.group());
    let words = ["ce", "get-cost-and-usage", "--time-period", &period, "--granularity", "DAILY"];
    let words = [&words[..], &["--metrics", METRIC, "--group-by", &group]].concat();
    let command = working.reach.reading(&words).map_err(|fault| working.unusable(format!("{fault}.")))?;
    let (mut costs, mut unit) = (Costs::new(), String::new());
    let survey = working
        .reach
        .read_everywhere(&command, working.selection, |scope, answer| {
            add(&mut costs, &mut unit, &wanted, scope, &answer);
        })
        .await;
    if survey.answered == 0 {
        return Err(Box::new(survey.as_problem()));
    }
    let several = !working.selection.is_single();
    let last = end.yesterday().unwrap_or(end);
    let before_last = before_end.yesterday().unwrap_or(before_end);
    let mut output = table(&costs, &wanted.by, &unit, several);
    let head = format!("{begin} to {last}, beside {before} to {before_last}.");
    output.body = Body::Parts(vec![Body::Text(head), output.body]);
    if several || !survey.is_whole() {
        output = output.noting(survey.sentences());
    }
    Ok(output.with_status(survey.status()))
}

/// Takes one account's answer.
fn add(costs: &mut Costs, unit: &mut String, wanted: &Wanted, scope: &Scope, answer: &Value) {
    let Month { begin, end, before, before_end } = wanted.month;
    let list =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_list).unwrap_or_default().to_vec();
    for day in list(answer, "ResultsByTime") {
        let date = day.get("TimePeriod").and_then(|period| period.get("Start")).and_then(Value::as_text);
        let Some(date) = date.and_then(|date| date.parse::<Date>().ok()) else { continue };
        for group in list(&day, "Groups") {
            let key = list(&group, "Keys").first().and_then(Value::as_text).unwrap_or_default().to_owned();
            let metric = group.get("Metrics").and_then(|metrics| metrics.get(METRIC));
            let text = |name: &str| metric.and_then(|metric| metric.get(name)).and_then(Value::as_text);
            let amount: f64 = text("Amount").and_then(|amount| amount.parse().ok()).unwrap_or(0.0);
            if let Some(found) = text("Unit") {
                found.clone_into(unit);
            }
            let sums = costs.entry((scope.account.clone(), wanted.by.name(&key))).or_default();
            if (begin..end).contains(&date) {
                sums.0 += amount;
            } else if (before..before_end).contains(&date) {
                sums.1 += amount;
            }
        }
    }
}

fn table(costs: &Costs, by: &By, unit: &str, several: bool) -> Output {
    let mut found: Vec<Cost<'_>> =
        costs.iter().filter(|(_, (now, before))| now.abs() >= 0.005 || before.abs() >= 0.005).collect();
    if found.is_empty() {
        return Output::text("Nothing was charged.");
    }
    found.sort_by(|(_, one), (_, other)| other.0.total_cmp(&one.0));
    let sum = |some: &[Cost<'_>]| {
        some.iter().fold((0.0, 0.0), |sum: (f64, f64), (_, (now, before))| (sum.0 + now, sum.1 + before))
    };
    let row = |account: &str, name: &str, (now, before): (f64, f64)| {
        let figures = [format!("{now:.2}"), format!("{before:.2}"), change(before, now)];
        let names = if several { vec![account.to_owned(), name.to_owned()] } else { vec![name.to_owned()] };
        [names, figures.to_vec()].concat()
    };
    let (shown, rest) = found.split_at(found.len().min(ROWS));
    let mut rows: Vec<Vec<String>> =
        shown.iter().map(|((account, name), sums)| row(account, name, **sums)).collect();
    if !rest.is_empty() {
        rows.push(row("", &format!("{} others", rest.len()), sum(rest)));
    }
    rows.push(row("", "all together", sum(&found)));
    let (heading, cost) = (by.heading(), format!("Cost ({unit})"));
    let mut columns = vec![heading.as_str(), cost.as_str(), "Month before", "Change"];
    if several {
        columns.insert(0, "Account");
    }
    Output::table(&columns, rows)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn a_month_is_compared_with_the_same_days() {
        let read = |word: &str, today: &str| {
            let month = Month::read(word, today.parse().expect("a date"))?;
            Some(format!("{}..{} {}..{}", month.begin, month.end, month.before, month.before_end))
        };
        let cases = [
            ("this", "2026-11-21", Some("2026-11-01..2026-11-21 2026-10-01..2026-10-21")),
            ("this", "2026-11-01", Some("2026-11-01..2026-11-02 2026-10-01..2026-10-02")),
            ("this", "2026-03-31", Some("2026-03-01..2026-03-31 2026-02-01..2026-03-01")),
            ("last", "2026-11-21", Some("2026-10-01..2026-11-01 2026-09-01..2026-10-01")),
            ("last", "2026-03-31", Some("2026-02-01..2026-03-01 2026-01-01..2026-02-01")),
            ("2026-10", "2026-11-21", Some("2026-10-01..2026-11-01 2026-09-01..2026-10-01")),
            ("2026-12", "2026-11-21", None),
            ("2020-01", "2026-11-21", None),
            ("2026-1", "2026-11-21", None),
            ("soon", "2026-11-21", None),
        ];
        for (word, today, expected) in cases {
            assert_eq!(read(word, today).as_deref(), expected, "{word} on {today}");
        }
    }

    #[test]
    fn words_are_read_and_faults_named() {
        let read = |line: &str| {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            Wanted::read(&words, "2026-11-21".parse().expect("a date"))
                .map(|wanted| format!("{} {}", wanted.month.begin, wanted.by.group()))
        };
        let cases = [
            ("last month by account", Ok(r#"2026-10-01 [{"Type":"DIMENSION","Key":"LINKED_ACCOUNT"}]"#)),
            ("by tag:te\"am", Ok(r#"2026-11-01 [{"Type":"TAG","Key":"te\"am"}]"#)),
            ("by colour", Err("`by colour` is not known: by service, account, region or tag:<key>.")),
            ("last 2026-10", Err("`2026-10` is one word too many.")),
        ];
        for (line, expected) in cases {
            assert_eq!(read(line), expected.map(str::to_owned).map_err(str::to_owned), "{line}");
        }
    }
}
