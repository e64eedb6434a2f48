//! botocore's own endpoint cases: every service's rule set, and the rule engine's.
#![expect(clippy::disallowed_methods, reason = "vectors are files, and the environment may name their place")]
#![expect(clippy::print_stdout, reason = "`cargo xtask conformance` reads the counts")]

use std::path::{Path, PathBuf};

use aws_call::endpoint::{Endpoint, EndpointError, Partitions, Rules};
use aws_model::Catalog;
use value::{JsonStyle, Map, Value};

/// Where botocore's source package is unpacked.
fn sdist() -> PathBuf {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/models/sdist");
    let path = std::env::var_os("BELLHOP_BOTOCORE_SDIST").map_or(default, PathBuf::from);
    assert!(path.is_dir(), "botocore's vectors are missing: run `cargo xtask models --vectors`");
    path
}

fn read(path: &Path) -> Value {
    let text = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Value::from_json(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn folder(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths
}

/// What a case should have given and did not, if so.
fn difference(case: &Value, found: &Result<Endpoint, EndpointError>) -> Option<String> {
    let expect = case.get("expect").expect("a case expects something");
    let told = match (found, expect.get("error").and_then(Value::as_text), expect.get("endpoint")) {
        (Err(EndpointError::Refused(text)), Some(expected), _) if text == expected => return None,
        (Ok(endpoint), None, Some(expected)) => {
            let headers = expected.get("headers").and_then(Value::as_map).cloned().unwrap_or_default();
            let count: usize = headers.values().filter_map(Value::as_list).map(<[Value]>::len).sum();
            let headers_agree = count == endpoint.headers.len()
                && endpoint.headers.iter().all(|(name, value)| {
                    let values = headers.get(name).and_then(Value::as_list).unwrap_or_default();
                    values.contains(&Value::text(value))
                });
            let properties = expected.get("properties").cloned().unwrap_or(Value::Map(Map::new()));
            let url = expected.get("url").and_then(Value::as_text);
            if url == Some(&endpoint.url) && properties == endpoint.properties && headers_agree {
                return None;
            }
            format!("{endpoint:?}")
        }
        _ => format!("{found:?}"),
    };
    let documentation =
        case.get("documentation").map(|text| text.to_json(JsonStyle::Line)).unwrap_or_default();
    Some(format!("{documentation}: expected {}, found {told}", expect.to_json(JsonStyle::Line)))
}

fn run(name: &str, rules: &Value, cases: &Value, partitions: &Value, failures: &mut Vec<String>) -> usize {
    let cases = cases.get("testCases").and_then(Value::as_list).expect("test cases");
    for case in cases {
        let params = case.get("params").and_then(Value::as_map).cloned().unwrap_or_default();
        let found = Rules::new(rules, Partitions::new(partitions)).resolve(params);
        failures.extend(difference(case, &found).map(|text| format!("{name}: {text}")));
    }
    cases.len()
}

fn report(suite: &str, count: usize, failures: &[String]) {
    let first: Vec<&String> = failures.iter().take(10).collect();
    assert!(
        failures.is_empty(),
        "{suite}: {} of {count} cases failed, the first: {first:#?}",
        failures.len()
    );
    assert!(count > 0, "{suite}: no cases were found");
    println!("{suite} cases={count} passed={count} skipped=0");
}

#[test]
fn every_services_endpoint_cases_hold() {
    let (catalog, mut failures, mut count) = (Catalog::embedded(), Vec::new(), 0);
    let known = catalog.names();
    for path in folder(&sdist().join("tests/functional/endpoint-rules")) {
        let name = path.file_name().and_then(|name| name.to_str()).expect("a service's name");
        let file = path.join("endpoint-tests-1.json");
        // The cases of the pinned version may name services that a build from another wheel does not have.
        if !file.exists() || !known.iter().any(|service| service == name) {
            continue;
        }
        let service = catalog.open(name).expect("a known service opens");
        count += run(name, service.endpoint_rules(), &read(&file), catalog.partitions(), &mut failures);
    }
    report("endpoint-rules", count, &failures);
}

#[test]
fn the_rule_engines_own_cases_hold() {
    let root = sdist().join("tests/unit/data/endpoints");
    let (catalog, mut failures, mut count) = (Catalog::embedded(), Vec::new(), 0);
    for path in folder(&root.join("test-cases")) {
        let file = path.file_name().expect("a file's name");
        let rules = read(&root.join("valid-rules").join(file));
        let name = file.to_string_lossy();
        count += run(&name, &rules, &read(&path), catalog.partitions(), &mut failures);
    }
    report("endpoint-rule-engine", count, &failures);
}
