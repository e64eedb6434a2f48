//! Recorded bodies of real services beside what botocore makes of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aws_call::message::{ParseOptions, TimestampStyle};
use aws_call::parse::{AnswerFault, parse};
use aws_model::{Catalog, Service};
use http::HeaderMap;
use serde_json::Value as Json;
use value::{Map, Value};

use crate::sdist;

const SKIPPED: &[(&str, &str)] = &[
    ("xml/responses/cloudformation-get-template", "templates stay text until the service's quirks read them"),
    ("xml/responses/s3-get-bucket-location", "that answer has no structure; the service's quirks read it"),
];

#[test]
fn every_recorded_body_is_read() {
    let mut results = BTreeMap::new();
    for (folder, ext, expected) in [
        ("xml/responses", "xml", "xml/responses"),
        ("xml/errors", "xml", "xml/errors"),
        ("json/responses", "json", "json/expected"),
        ("json/errors", "json", "json/expected"),
    ] {
        let root = sdist::unit_tests().join("response_parsing");
        let Ok(files) = std::fs::read_dir(root.join(folder)) else { continue };
        let mut files: Vec<PathBuf> = files.map(|entry| entry.expect("an entry").path()).collect();
        files.retain(|path| path.extension().is_some_and(|found| found == ext));
        for file in files {
            let stem = file.file_stem().expect("a name").to_string_lossy().into_owned();
            let pair = root.join(expected).join(format!("{stem}.json"));
            let result = check(&file, &stem, &pair, if folder.ends_with("errors") { 400 } else { 200 });
            results.insert(format!("{folder}/{stem}"), result);
        }
    }
    sdist::report("response-parsing", &results, SKIPPED);
}

fn check(file: &Path, stem: &str, pair: &Path, status: u16) -> Result<(), String> {
    let mut body = std::fs::read(file).expect("a body");
    let mut headers = HeaderMap::new();
    if let Ok(Json::Object(mut tree)) = serde_json::from_slice::<Json>(&body)
        && let Some(found) = tree.remove("__headers__")
    {
        headers = crate::output::headers(&found);
        body = serde_json::to_vec(&tree).expect("JSON");
    }
    let (service, operation) = stem.split_once('-').ok_or("a name without a dash")?;
    let service = Catalog::embedded().open(service).map_err(|error| format!("{error:?}"))?;
    let operation =
        service.operation(&operation_name(&service, operation).ok_or("no such operation")?).expect("it");
    let options = ParseOptions { timestamps: TimestampStyle::Wire, ..ParseOptions::default() };
    let actual = match parse(&service, operation, status, &headers, &body, &options) {
        Ok(answer) => answer.value,
        Err(AnswerFault::Service(error)) => {
            // botocore adds the modelled members later.
            let extra = error.fields.clone().into_iter().filter(|(name, _)| !error.modelled.contains(name));
            let mut map: Map = extra.collect();
            map.insert("Error", error.error.clone());
            Value::Map(map)
        }
        Err(other) => return Err(format!("{other:?}")),
    };
    let mut expected = sdist::read_json(pair);
    expected.as_object_mut().expect("an answer").remove("ResponseMetadata");
    if agrees(&actual, &expected) { Ok(()) } else { Err(format!("got {actual:?}, expected {expected}")) }
}

fn operation_name(service: &Service, words: &str) -> Option<String> {
    let wanted = words.split('#').next().unwrap_or_default().replace('-', "");
    service.operation_names().iter().find(|name| name.to_ascii_lowercase() == wanted).map(ToString::to_string)
}

/// botocore's expectations have bytes as text.
fn agrees(actual: &Value, expected: &Json) -> bool {
    match (actual, expected) {
        (Value::Null, Json::Null) => true,
        (Value::Bool(one), Json::Bool(other)) => one == other,
        (Value::Text(one), Json::String(other)) => one == other.as_str(),
        (Value::Blob(one), Json::String(other)) => **one == *other.as_bytes(),
        (Value::Number(one), Json::Number(other)) => Some(one.as_f64()) == other.as_f64(),
        (Value::List(one), Json::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| agrees(one, other))
        }
        (Value::Map(one), Json::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(name, value)| other.get(name.as_str()).is_some_and(|other| agrees(value, other)))
        }
        _ => false,
    }
}
