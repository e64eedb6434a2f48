//! `cloudwatch put-metric-data` with the parts of one datum as options.

use value::{Map, Value};

use super::Customization;
use crate::UsageError;
use crate::arguments::{Custom, Fill, Given};
use crate::grammar::Arity;
use crate::python;

pub(super) const ALL: &[Customization] = &[Customization::of("cloudwatch", &["put-metric-data"])
    .table(|table, _| {
        table.optional("metric-data");
        table.add(&DATUM);
    })
    .check(|seen| {
        seen.exclusive(&[
            &["metric-data"],
            &["metric-name", "timestamp", "unit", "value", "dimensions", "statistic-values"],
        ])
    })];

const fn custom(
    name: &'static str,
    help: &'static str,
    apply: fn(&mut Fill<'_>, Given<'_>) -> Result<(), UsageError>,
) -> Custom {
    Custom { name, arity: Arity::One, choices: &[], required: false, help, apply }
}

static DATUM: [Custom; 7] = [
    custom("metric-name", "The metric's name.", |fill, given| text(fill, "MetricName", given)),
    custom("timestamp", "When it was measured; now by default.", |fill, given| {
        text(fill, "Timestamp", given)
    }),
    custom("unit", "The unit.", |fill, given| text(fill, "Unit", given)),
    custom("value", "The value.", |fill, given| {
        let number = decimal(given.text())?;
        datum(fill).insert("Value", number);
        Ok(())
    }),
    custom("dimensions", "What the metric is of: `Name=Value,Name=Value`.", |fill, given| {
        let mut dimensions = Vec::new();
        for (name, value) in pairs(given.text())? {
            let pair: Map =
                [("Name", Value::from(name)), ("Value", Value::from(value))].into_iter().collect();
            dimensions.push(pair.into());
        }
        datum(fill).insert("Dimensions", Value::List(dimensions));
        Ok(())
    }),
    custom(
        "statistic-values",
        "A set of statistics: `Sum=3,Minimum=1,Maximum=2,SampleCount=2`.",
        |fill, given| {
            let mut statistics = Map::new();
            for (name, value) in pairs(given.text())? {
                statistics.insert(name, decimal(&value)?);
            }
            datum(fill).insert("StatisticValues", statistics);
            Ok(())
        },
    ),
    custom("storage-resolution", "1 for a high-resolution metric, 60 otherwise.", |fill, given| {
        let text = given.text();
        let number = python::integer(text).ok_or_else(|| UsageError::general(python::integer_fault(text)))?;
        datum(fill).insert("StorageResolution", Value::Number(number));
        Ok(())
    }),
];

fn text(fill: &mut Fill<'_>, member: &str, given: Given<'_>) -> Result<(), UsageError> {
    datum(fill).insert(member, Value::text(given.text()));
    Ok(())
}

fn datum<'a>(fill: &'a mut Fill<'_>) -> &'a mut Map {
    super::hoisted::first_of(&mut fill.params, "MetricData")
}

/// A number that keeps the form in which it was written: `3` stays an integer.
fn decimal(text: &str) -> Result<Value, UsageError> {
    if let Some(number) = python::integer(text) {
        return Ok(Value::Number(number));
    }
    python::float(text)
        .map(Value::from)
        .ok_or_else(|| UsageError::general("[<class 'decimal.ConversionSyntax'>]"))
}

/// `a=b,c=d`, where a backslash keeps a comma and quotes keep several.
fn pairs(text: &str) -> Result<Vec<(String, String)>, UsageError> {
    let mut pairs = Vec::new();
    for part in split_on_commas(text) {
        let mut halves = part.split('=');
        match (halves.next(), halves.next(), halves.next()) {
            (Some(name), Some(value), None) => pairs.push((name.to_owned(), value.to_owned())),
            (_, None, _) => {
                return Err(UsageError::general("not enough values to unpack (expected 2, got 1)"));
            }
            _ => return Err(UsageError::general("too many values to unpack (expected 2)")),
        }
    }
    Ok(pairs)
}

fn split_on_commas(text: &str) -> Vec<String> {
    if !text.contains(['"', '\\', '\'', ']', '[']) {
        return text.split(',').map(str::to_owned).collect();
    }
    let (mut parts, mut part, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = text.chars();
    while let Some(c) = letters.next() {
        match c {
            '"' => quoted = !quoted,
            '\\' => part.extend(letters.next()),
            ',' if !quoted => parts.push(std::mem::take(&mut part)),
            c => part.push(c),
        }
    }
    parts.push(part);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_split_on_commas() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(pairs("a=b,c=d"), Ok(vec![pair("a", "b"), pair("c", "d")]));
        assert_eq!(pairs(r#"a="b,c",d=e\,f"#), Ok(vec![pair("a", "b,c"), pair("d", "e,f")]));
        assert!(pairs("a").is_err());
        assert!(pairs("a=b=c").is_err());
    }
}
