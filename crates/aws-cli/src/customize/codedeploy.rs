//! `deploy` revisions in short: `--s3-location bucket=…,key=…,bundleType=…`, `--github-location …`.

use value::{Map, Value};

use super::Customization;
use crate::UsageError;
use crate::arguments::shorthand::{self, ShorthandFault};
use crate::arguments::{Custom, Fill, Given, json};
use crate::grammar::Arity;

pub(super) const ALL: &[Customization] = &[Customization::of(
    "deploy",
    &["create-deployment", "get-application-revision", "register-application-revision"],
)
.table(|table, _| {
    table.add(&LOCATIONS);
    table.optional("revision");
})];

static LOCATIONS: [Custom; 2] = [
    Custom {
        name: "s3-location",
        arity: Arity::One,
        choices: &[],
        required: false,
        help: "Where in S3 the revision is: bucket, key, bundleType, and optionally eTag and version.",
        apply: s3,
    },
    Custom {
        name: "github-location",
        arity: Arity::One,
        choices: &[],
        required: false,
        help: "Where on GitHub the revision is: repository and commitId.",
        apply: github,
    },
];

fn s3(fill: &mut Fill<'_>, given: Given<'_>) -> Result<(), UsageError> {
    let given = read(fill, "--s3-location", given.text())?;
    let fault = "--s3-location must specify bucket, key and bundleType.";
    let location = pick(&given, &["bucket", "key", "bundleType"], &["eTag", "version"], fault)?;
    revision(fill, "S3", "s3Location", location);
    Ok(())
}

fn github(fill: &mut Fill<'_>, given: Given<'_>) -> Result<(), UsageError> {
    let given = read(fill, "--github-location", given.text())?;
    let fault = "--github-location must specify repository and commitId.";
    let location = pick(&given, &["repository", "commitId"], &[], fault)?;
    revision(fill, "GitHub", "gitHubLocation", location);
    Ok(())
}

fn read(fill: &Fill<'_>, option: &str, text: &str) -> Result<Map, UsageError> {
    if text.trim_start().starts_with('{') {
        let invalid =
            |fault| UsageError::parameter(option, format!("Invalid JSON: {fault}\nJSON received: {text}"));
        return Ok(json::parse(text).map_err(invalid)?.as_map().cloned().unwrap_or_default());
    }
    shorthand::parse(text, fill.files).map_err(|fault| match fault {
        ShorthandFault::Syntax(text) => UsageError::parameter(option, text),
        ShorthandFault::File(error) => error,
    })
}

fn pick(given: &Map, required: &[&str], optional: &[&str], fault: &str) -> Result<Map, UsageError> {
    let mut location = Map::new();
    for name in required {
        match given.get(name) {
            Some(value) if value.as_text() != Some("") => location.push(*name, value.clone()),
            _ => return Err(UsageError::validation(fault)),
        }
    }
    for name in optional {
        if let Some(value) = given.get(name) {
            location.push(*name, value.clone());
        }
    }
    Ok(location)
}

fn revision(fill: &mut Fill<'_>, kind: &str, member: &str, location: Map) {
    let revision: Map =
        [("revisionType", Value::text(kind)), (member, Value::Map(location))].into_iter().collect();
    fill.params.insert("revision", revision);
}
