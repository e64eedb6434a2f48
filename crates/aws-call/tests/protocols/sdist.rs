//! Where the vectors are, and how a suite reports.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

/// The unpacked sdist's folder of unit tests.
pub(crate) fn unit_tests() -> PathBuf {
    let root = match std::env::var_os("BELLHOP_BOTOCORE_SDIST") {
        Some(path) => PathBuf::from(path),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/models/sdist"),
    };
    let tests = root.join("tests/unit");
    assert!(tests.is_dir(), "botocore's vectors are missing: run `cargo xtask models --vectors`");
    tests
}

pub(crate) fn read_json(path: &Path) -> Json {
    let bytes = std::fs::read(path).expect("a readable vector file");
    serde_json::from_slice(&bytes).expect("a vector file of JSON")
}

/// One case of a protocol suite.
pub(crate) struct Case {
    /// `query/QueryXmlLists`, or file, suite and number where a case has no id.
    pub(crate) name: String,
    /// The service's description with this case's operation in it.
    pub(crate) model: Json,
    pub(crate) operation: String,
    pub(crate) case: Json,
}

/// All cases of a direction, `input` or `output`, the older suites included.
pub(crate) fn cases(direction: &str) -> Vec<Case> {
    let mut found = Vec::new();
    for (prefix, folder) in [("", "protocols"), ("legacy/", "protocols/legacy")] {
        let folder = unit_tests().join(folder).join(direction);
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
            .expect("a folder of vectors")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        files.sort();
        for file in files {
            let stem = file.file_stem().expect("a name").to_string_lossy().into_owned();
            let suites = read_json(&file);
            for (at, suite) in suites.as_array().expect("suites").iter().enumerate() {
                collect(&mut found, &format!("{prefix}{stem}"), at, suite);
            }
        }
    }
    found
}

fn collect(found: &mut Vec<Case>, file: &str, at: usize, suite: &Json) {
    for (number, case) in suite["cases"].as_array().expect("cases").iter().enumerate() {
        let mut model = suite.clone();
        let operation = case["given"]["name"].as_str().unwrap_or("OperationName").to_owned();
        model.as_object_mut().expect("a suite").remove("cases");
        let mut given = case["given"].clone();
        given["name"] = Json::from(operation.clone());
        model["operations"] = serde_json::json!({ operation.clone(): given });
        let name = match case["id"].as_str() {
            Some(id) => format!("{file}/{id}"),
            None => format!("{file}/{at}:{number}"),
        };
        found.push(Case { name, model, operation, case: case.clone() });
    }
}

/// Prints the suite's counts and why cases are skipped. Fails with every case that fails unlisted or passes although
/// it is listed.
#[expect(clippy::print_stdout, reason = "the table of the suites is gathered from what tests print")]
pub(crate) fn report(suite: &str, results: &BTreeMap<String, Result<(), String>>, skipped: &[(&str, &str)]) {
    let passed = results.values().filter(|result| result.is_ok()).count();
    println!("{suite} cases={} passed={passed} skipped={}", results.len(), skipped.len());
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, reason) in skipped {
        *reasons.entry(reason).or_default() += 1;
    }
    for (reason, count) in reasons {
        println!("skip {suite} {count}: {reason}");
    }
    let mut wrong = Vec::new();
    for (name, result) in results {
        let listed = skipped.iter().any(|(skip, _)| skip == name);
        match result {
            Err(reason) if !listed => wrong.push(format!("FAILED {name}: {reason}")),
            Ok(()) if listed => wrong.push(format!("PASSES, though it is listed as skipped: {name}")),
            _ => {}
        }
    }
    for (skip, _) in skipped.iter().filter(|(skip, _)| !results.contains_key(*skip)) {
        wrong.push(format!("no such case: {skip}"));
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), results.len(), wrong.join("\n"));
}
