//! Which crate may use which: the map of the house, held against `cargo metadata`.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::step;

/// Every edge that may be. `testkit` is used by tests of anyone; the store's tests open the models that it is handed.
const ALLOWED: [(&str, &[&str]); 13] = [
    ("aws-call", &["aws-model", "jmespath", "value"]),
    ("aws-cli", &["aws-call", "aws-model", "jmespath", "value"]),
    ("aws-model", &["value"]),
    (
        "bellhop",
        &[
            "aws-call",
            "aws-cli",
            "aws-model",
            "bot",
            "jmespath",
            "policy",
            "render",
            "slack",
            "store",
            "value",
        ],
    ),
    ("bot", &["aws-call", "aws-cli", "aws-model", "pipeline", "policy", "render", "slack", "store", "value"]),
    ("jmespath", &["value"]),
    ("pipeline", &["jmespath", "value"]),
    ("policy", &[]),
    ("render", &["slack", "value"]),
    ("slack", &[]),
    ("store", &["aws-call", "value"]),
    ("testkit", &["aws-call"]),
    ("value", &[]),
];

/// Crates that alone may use something from outside: the rim its server, the store its database, the configuration and the
/// form in which aliases travel their TOML.
const RESERVED: [(&str, &[&str]); 3] =
    [("axum", &["bellhop", "testkit"]), ("rusqlite", &["store"]), ("toml", &["bellhop", "bot"])];

/// An error that lists every edge that may not be.
pub(super) fn check() -> Result<()> {
    let metadata = step::quiet(step::cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let faults = faults_in(&serde_json::from_str(&metadata)?);
    if !faults.is_empty() {
        bail!("edges between crates that may not be:\n  {}", faults.join("\n  "));
    }
    Ok(())
}

fn faults_in(metadata: &Value) -> Vec<String> {
    let empty = Vec::new();
    let packages = metadata["packages"].as_array().unwrap_or(&empty);
    let members: BTreeSet<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let mut faults = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        for dependency in package["dependencies"].as_array().unwrap_or(&empty) {
            let target = dependency["name"].as_str().unwrap_or_default();
            let for_tests = dependency["kind"].as_str() == Some("dev");
            let fine = if members.contains(target) {
                member_allowed(name, target, for_tests)
            } else {
                for_tests || outside_allowed(name, target)
            };
            if !fine {
                faults.push(format!("{name} -> {target}"));
            }
        }
    }
    faults
}

fn member_allowed(from: &str, to: &str, for_tests: bool) -> bool {
    let listed = ALLOWED.iter().find(|(name, _)| *name == from);
    let tests_use = to == "testkit" || from == "store" && to == "aws-model";
    let free = from == "xtask" && to == "value" || for_tests && tests_use;
    free || listed.is_some_and(|(_, targets)| targets.contains(&to))
}

fn outside_allowed(from: &str, to: &str) -> bool {
    RESERVED.iter().all(|(name, users)| *name != to || users.contains(&from))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn the_house_is_built_as_drawn() {
        check().expect("the edges of this workspace");
    }

    #[test]
    fn a_wrong_edge_is_named() {
        let metadata = serde_json::json!({"packages": [
            {"name": "policy", "dependencies": [{"name": "aws-call", "kind": null}]},
            {"name": "slack", "dependencies": [{"name": "axum", "kind": null}, {"name": "testkit", "kind": "dev"}]},
            {"name": "aws-call", "dependencies": []},
            {"name": "testkit", "dependencies": []},
        ]});
        assert_eq!(faults_in(&metadata), ["policy -> aws-call", "slack -> axum"]);
    }
}
