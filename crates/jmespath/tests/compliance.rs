//! The published JMESPath compliance suite, which is not part of this repository: `cargo xtask conformance` fetches it and names
//! its folder in `BELLHOP_JMESPATH_COMPLIANCE`. Without that this test has nothing to do.
#![expect(clippy::print_stdout, reason = "the counts are read by the command that runs this")]
#![expect(clippy::disallowed_methods, reason = "the suite is a folder that the environment names")]

use std::path::Path;

use jmespath::Expression;
use value::{JsonStyle, Value};

/// Cases that no result is given for, and what the suite's own runner does with them: only measure time.
const WITHOUT_RESULT: &str = "bench";

#[test]
fn compliance_suite() {
    let Some(folder) = std::env::var_os("BELLHOP_JMESPATH_COMPLIANCE") else { return };
    let mut files: Vec<_> = std::fs::read_dir(Path::new(&folder))
        .expect("the suite's folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    let (mut passed, mut skipped, mut failures) = (0, 0, Vec::new());
    for file in files {
        let text = std::fs::read(&file).expect("a suite file");
        for group in Value::from_json(&text).expect("JSON").as_list().expect("groups") {
            let given = group.get("given").unwrap_or(&Value::Null);
            for case in group.get("cases").and_then(Value::as_list).unwrap_or_default() {
                if case.get(WITHOUT_RESULT).is_some() && case.get("result").is_none() {
                    skipped += 1;
                    continue;
                }
                match run(given, case) {
                    Ok(()) => passed += 1,
                    Err(failure) => failures.push(format!("{}: {failure}", file.display())),
                }
            }
        }
    }
    println!(
        "jmespath-compliance cases={} passed={passed} skipped={skipped}",
        passed + skipped + failures.len()
    );
    println!("skip jmespath-compliance {skipped}: they measure time and give no result to compare");
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

fn run(given: &Value, case: &Value) -> Result<(), String> {
    let text = case.get("expression").and_then(Value::as_text).ok_or("a case without expression")?;
    let outcome = Expression::parse(text).and_then(|expression| expression.search(given));
    match (case.get("error"), outcome) {
        (Some(_), Err(_)) => Ok(()),
        (Some(error), Ok(found)) => {
            Err(format!("{text}: {error:?} expected, found {}", found.to_json(JsonStyle::Line)))
        }
        (None, Err(error)) => Err(format!("{text}: {error}")),
        (None, Ok(found)) => {
            let expected = case.get("result").unwrap_or(&Value::Null);
            if found == *expected {
                return Ok(());
            }
            let (expected, found) = (expected.to_json(JsonStyle::Line), found.to_json(JsonStyle::Line));
            Err(format!("{text}: expected {expected}, found {found}"))
        }
    }
}
