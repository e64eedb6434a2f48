//! The published suites: botocore's vectors, the JMESPath compliance suite, and the events of Lambda's crates for Rust.
//! Nothing of them is part of this repository.
//!
//! Each suite is a test of the crate it belongs to. A test prints, for each of its suites, one line
//! `<suite> cases=<n> passed=<n> skipped=<n>`, and for each reason to skip `skip <suite> <n>: <reason>`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::{models, paths, step};

/// A test binary that runs published vectors.
struct Suite {
    title: &'static str,
    package: &'static str,
    /// Which of the package's tests, as words for cargo.
    tests: &'static [&'static str],
    /// Only tests whose name holds this.
    filter: &'static str,
}

const SUITES: &[Suite] = &[
    Suite {
        title: "endpoint rules (botocore)",
        package: "aws-call",
        tests: &["--test", "endpoints"],
        filter: "",
    },
    Suite { title: "protocols (botocore)", package: "aws-call", tests: &["--test", "protocols"], filter: "" },
    Suite { title: "signatures (AWS)", package: "aws-call", tests: &["--lib"], filter: "sign::suite" },
    Suite { title: "JMESPath compliance", package: "jmespath", tests: &["--test", "compliance"], filter: "" },
    Suite {
        title: "Lambda events (lambda_http, aws_lambda_events)",
        package: "bellhop",
        tests: &["--test", "scenarios"],
        filter: "published_events",
    },
];

/// A folder that the package of a crate carries: name and version of the crate, and where in it.
type Carried = (&'static str, &'static str, &'static str);

/// The JMESPath suite.
const JMESPATH: Carried = ("jmespath", "0.5.0", "tests/compliance");
/// Events of Lambda's.
const EVENTS: [Carried; 2] =
    [("lambda_http", "1.3.2", "tests/data"), ("aws_lambda_events", "1.2.1", "src/fixtures")];

/// A line of the table.
#[derive(Debug, PartialEq, Eq)]
struct Count {
    suite: String,
    cases: u64,
    passed: u64,
    skipped: u64,
}

/// Runs those whose title holds that text, prints the table, and fails if any case does.
pub(crate) fn run(wanted: &str) -> Result<()> {
    let wheel = models::wheel()?;
    let vectors = models::sdist()?;
    let compliance = step::step("Fetching the JMESPath compliance suite", || carried(JMESPATH))?;
    let events = step::step("Fetching events of Lambda's", || {
        EVENTS.map(carried).into_iter().collect::<Result<Vec<_>>>()
    })?;
    let events = std::env::join_paths(events)?;
    let mut counts = Vec::new();
    let mut reasons = Vec::new();
    let mut failed = Vec::new();
    for suite in SUITES.iter().filter(|suite| suite.title.contains(wanted)) {
        let mut command = step::cargo();
        command
            .args(["test", "--quiet", "--package", suite.package])
            .args(suite.tests)
            .args(["--", "--nocapture", suite.filter])
            .env("BELLHOP_BOTOCORE_WHEEL", &wheel)
            .env("BELLHOP_BOTOCORE_SDIST", &vectors)
            .env("BELLHOP_JMESPATH_COMPLIANCE", &compliance)
            .env("BELLHOP_LAMBDA_EVENTS", &events);
        let outcome = step::step(suite.title, || output_of(&mut command));
        match outcome {
            Ok((text, passed)) => {
                // The test harness puts a dot for each test that has passed, perhaps before what the next one prints.
                let lines = || text.lines().map(|line| line.trim_start_matches('.'));
                counts.extend(lines().filter_map(parse_count));
                reasons.extend(lines().filter_map(|line| line.strip_prefix("skip ")).map(str::to_owned));
                if !passed {
                    step::complain(&text);
                    failed.push(suite.title);
                }
            }
            Err(error) => return Err(error),
        }
    }
    print(&counts, &reasons);
    if failed.is_empty() { Ok(()) } else { bail!("not all cases pass: {}", failed.join(", ")) }
}

/// What a command printed, and whether it ended well.
fn output_of(command: &mut Command) -> Result<(String, bool)> {
    let output = command.output().context("cannot start cargo")?;
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    Ok((String::from_utf8_lossy(&text).into_owned(), output.status.success()))
}

fn parse_count(line: &str) -> Option<Count> {
    let mut words = line.split_whitespace();
    let suite = words.next()?.to_owned();
    let mut number = |name: &str| words.next()?.strip_prefix(name)?.strip_prefix('=')?.parse().ok();
    Some(Count { suite, cases: number("cases")?, passed: number("passed")?, skipped: number("skipped")? })
}

fn print(counts: &[Count], reasons: &[String]) {
    step::say(&format!("{:<32} {:>7} {:>7} {:>7} {:>7}", "suite", "cases", "passed", "failed", "skipped"));
    for count in counts {
        let failed = count.cases.saturating_sub(count.passed + count.skipped);
        step::say(&format!(
            "{:<32} {:>7} {:>7} {failed:>7} {:>7}",
            count.suite, count.cases, count.passed, count.skipped
        ));
    }
    for reason in reasons {
        step::say(&format!("skipped: {reason}"));
    }
}

/// Where such a folder is. Cargo fetches the package for a manifest that exists only for that; it is never built.
fn carried((name, version, folder): Carried) -> Result<PathBuf> {
    let scratch = paths::cache(&format!("{name}-suite"));
    std::fs::create_dir_all(scratch.join("src"))
        .with_context(|| format!("cannot make {}", scratch.display()))?;
    let manifest = format!(
        "[package]\nname = \"fetch\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{name} = \"={version}\"\n"
    );
    std::fs::write(scratch.join("Cargo.toml"), manifest)?;
    std::fs::write(scratch.join("src/lib.rs"), "")?;
    let metadata = step::quiet(
        step::cargo().args(["metadata", "--quiet", "--format-version", "1"]).current_dir(&scratch),
    )?;
    let metadata = value::Value::from_json(metadata.as_bytes()).context("cargo's metadata")?;
    let packages = metadata.get("packages").and_then(value::Value::as_list).unwrap_or_default();
    let package =
        packages.iter().find(|package| package.get("name").and_then(value::Value::as_text) == Some(name));
    let manifest = package.and_then(|package| package.get("manifest_path")).and_then(value::Value::as_text);
    let root = manifest
        .and_then(|path| Path::new(path).parent())
        .context("cargo does not say where the package is")?;
    let suite = root.join(folder);
    if suite.is_dir() { Ok(suite) } else { bail!("{} carries no {folder}", root.display()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_from_what_tests_print() {
        let count = Count { suite: "x".to_owned(), cases: 3, passed: 2, skipped: 1 };
        assert_eq!(parse_count("x cases=3 passed=2 skipped=1"), Some(count));
        assert_eq!(parse_count("running 1 test"), None);
    }
}
