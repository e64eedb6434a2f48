//! `s3 usage`: the size of a bucket by storage class, its objects and its trend; or of all buckets.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use aws_call::BoxFuture;
use render::{Body, Problem, Status};
use value::Value;

use super::figures::{self, Bucket, DAYS, Days};
use crate::commands::options::{Known, Options};
use crate::commands::{Access, BuiltIn, Run, Worked, Working};
use crate::figures::{bars, bytes, change, grouped};
use crate::output::Output;
use crate::reach::DEADLINE;
use crate::reach::scope::{Regions, Scope, Selection};
use crate::spoken::near;

/// The entry.
pub(crate) const USAGE: BuiltIn = BuiltIn {
    name: "s3 usage",
    summary: "Shows how large a bucket is: by storage class, with its objects and two weeks' trend.",
    usage: "s3 usage <bucket> | --all [--bytes] [--account …] [--region …]\n\
        \u{20}   s3 usage my-bucket\n\
        \u{20}   s3 usage --all --account all",
    access: Access::Open,
    also: None,
    run: Run::Work(|working| -> BoxFuture<'_, Worked> { Box::pin(usage(working)) }),
};

async fn usage(working: &Working<'_>) -> Worked {
    let shown = async {
        let known = [Known::Flag("--all"), Known::Flag("--bytes")];
        let options = Options::read(working.words, &known).map_err(|what| working.unusable(what))?;
        let size = if options.has("--bytes") { grouped } else { bytes };
        match (options.plain.as_slice(), options.has("--all")) {
            ([], true) => all(working, size).await,
            ([bucket], false) => one(working, bucket.strip_prefix("s3://").unwrap_or(bucket), size).await,
            ([], false) => Err(working.unusable("It names no bucket; --all shows all.")),
            _ => Err(working.unusable("It shows one bucket, or --all.")),
        }
    };
    match shown.await {
        Ok(output) => Worked::Shown(output),
        Err(output) => Worked::Shown(*output),
    }
}

type Size = fn(f64) -> String;

async fn one(working: &Working<'_>, bucket: &str, size: Size) -> Result<Output, Box<Output>> {
    let bucket = bucket.trim_end_matches('/');
    let scope = home(working, bucket).await?;
    let read = figures::read(&working.reach, &scope, Some(bucket)).await;
    let found = read.map_err(|fault| working.failed(&scope, &fault))?.remove(bucket).unwrap_or_default();
    let total = found.total();
    let Some(day) = total.last_day() else {
        let text = format!("CloudWatch has no figures of {bucket} ({scope}) within {DAYS} days.");
        let why = "They come once a day, and an empty bucket has none.";
        return Ok(Output::text(text).noting([why.to_owned()]));
    };
    let objects = found.objects.last();
    let head = format!(
        "{bucket} ({scope}) holds {} in {} objects, as of {day}.",
        size(total.last()),
        grouped(objects)
    );
    let mut classes: Vec<(&String, &Days)> = found.classes.iter().collect();
    classes.sort_by(|(_, one), (_, other)| other.last().total_cmp(&one.last()));
    let mut rows: Vec<Vec<String>> =
        classes.into_iter().map(|(class, days)| row(class, days, size)).collect();
    if rows.len() > 1 {
        rows.push(row("all together", &total, size));
    }
    rows.push(row("objects", &found.objects, grouped));
    let mut output = Output::table(&["Storage", "Size", "14 days", "Trend"], rows);
    output.body = Body::Parts(vec![Body::Text(head), output.body]);
    Ok(output)
}

fn row(name: &str, days: &Days, size: Size) -> Vec<String> {
    let (first, last) = days.ends().unwrap_or_default();
    vec![name.to_owned(), size(last), change(first, last), bars(&days.figures())]
}

/// The account and region that a bucket is in.
async fn home(working: &Working<'_>, bucket: &str) -> Result<Scope, Box<Output>> {
    let reach = &working.reach;
    let words = ["s3api", "get-bucket-location", "--bucket", bucket];
    let command = reach.reading(&words).map_err(|fault| working.unusable(format!("{fault}.")))?;
    // A bucket answers in every region; its account is what is looked for.
    let selection = Selection { regions: Regions::First, ..working.selection.clone() };
    let mut found: Vec<Scope> = Vec::new();
    let survey = reach
        .read_everywhere(&command, &selection, |scope, answer| {
            let region = match answer.get("LocationConstraint").and_then(Value::as_text) {
                None | Some("") => "us-east-1",
                Some("EU") => "eu-west-1",
                Some(region) => region,
            };
            found.push(Scope { account: scope.account.clone(), region: region.to_owned() });
        })
        .await;
    found.sort();
    match found.into_iter().next() {
        Some(scope) => Ok(scope),
        None => Err(Box::new(no_bucket(working, bucket, survey.as_problem()).await)),
    }
}

/// Why a bucket was not found, with names like it.
async fn no_bucket(working: &Working<'_>, bucket: &str, otherwise: Output) -> Output {
    let names = names(working).await.0;
    let near = near(bucket, names.keys().map(String::as_str), 3);
    if near.is_empty() || names.contains_key(bucket) {
        return otherwise;
    }
    let problem = Problem::new(format!("There is no bucket {bucket} that you may look at."))
        .next(format!("Did you mean {}?", near.join(", ")));
    Output::problem(Status::Failed, problem)
}

/// The buckets of all accounts of the selection, each with its account.
async fn names(working: &Working<'_>) -> (BTreeMap<String, String>, crate::reach::survey::Survey) {
    let reach = &working.reach;
    let mut names = BTreeMap::new();
    let Ok(command) = reach.reading(&["s3api", "list-buckets"]) else { return Default::default() };
    let selection = Selection { regions: Regions::First, ..working.selection.clone() };
    let survey = reach
        .read_everywhere(&command, &selection, |scope, answer| {
            for bucket in answer.get("Buckets").and_then(Value::as_list).unwrap_or_default() {
                if let Some(name) = bucket.get("Name").and_then(Value::as_text) {
                    names.insert(name.to_owned(), scope.account.clone());
                }
            }
        })
        .await;
    (names, survey)
}

async fn all(working: &Working<'_>, size: Size) -> Result<Output, Box<Output>> {
    let reach = &working.reach;
    let (mut names, listed) = names(working).await;
    if listed.answered == 0 {
        return Err(Box::new(listed.as_problem()));
    }
    let regions = match &working.selection.regions {
        Regions::First => Regions::All,
        named => named.clone(),
    };
    let selection = Selection { regions, ..working.selection.clone() };
    let words = ["cloudwatch", "list-metrics", "--namespace", "AWS/S3"];
    let command = reach.reading(&words).map_err(|fault| working.unusable(format!("{fault}.")))?;
    let places = reach.places(&command, &selection).await;
    let found: Mutex<Vec<(Scope, String, Bucket)>> = Mutex::default();
    let survey = reach
        .spread(
            &places,
            DEADLINE,
            |there, scope| async move { figures::read(&there, &scope, None).await },
            |scope, buckets| {
                let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                found.extend(buckets.into_iter().map(|(name, bucket)| (scope.clone(), name, bucket)));
            },
        )
        .await;
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_by(|one, other| {
        other.2.total().last().total_cmp(&one.2.total().last()).then(one.1.cmp(&other.1))
    });
    for (_, name, _) in &found {
        names.remove(name);
    }
    let mut output = table(&found, &names, size);
    output = output.noting(remarks(&found, &names, size));
    if !survey.is_whole() {
        output = output.noting(survey.sentences());
    }
    if !listed.is_whole() {
        output = output.noting(listed.sentences());
    }
    let status = if survey.is_whole() && listed.is_whole() { Status::Done } else { Status::Partly };
    Ok(output.with_status(status))
}

fn table(found: &[(Scope, String, Bucket)], unknown: &BTreeMap<String, String>, size: Size) -> Output {
    let known = found.iter().map(|(scope, name, bucket)| {
        let total = bucket.total();
        let (first, last) = total.ends().unwrap_or_default();
        vec![
            scope.account.clone(),
            scope.region.clone(),
            name.clone(),
            size(last),
            grouped(bucket.objects.last()),
            change(first, last),
            bars(&total.figures()),
        ]
    });
    let unknown = unknown.iter().map(|(name, account)| {
        let mut row = vec![String::new(); 7];
        row[0].clone_from(account);
        row[2].clone_from(name);
        row[3] = "no figures".to_owned();
        row
    });
    let rows: Vec<Vec<String>> = known.chain(unknown).collect();
    if rows.is_empty() {
        return Output::text("There are no buckets.");
    }
    Output::table(&["Account", "Region", "Bucket", "Size", "Objects", "14 days", "Trend"], rows)
}

fn remarks(found: &[(Scope, String, Bucket)], unknown: &BTreeMap<String, String>, size: Size) -> Vec<String> {
    let mut remarks = Vec::new();
    if found.len() > 1 {
        let sum: f64 = found.iter().map(|(_, _, bucket)| bucket.total().last()).sum();
        remarks.push(format!("{} in {} buckets.", size(sum), found.len()));
    }
    match unknown.len() {
        0 => {}
        1 => remarks.push(
            "CloudWatch has no figures of 1 bucket: it is empty, new, or in another region.".to_owned(),
        ),
        many => remarks.push(format!(
            "CloudWatch has no figures of {many} buckets: they are empty, new, or in other regions."
        )),
    }
    remarks
}
