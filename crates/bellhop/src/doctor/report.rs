//! What was found, as text or JSON, and as an exit code.

use bot::{Finding, Level};
use serde::Serialize;

/// How many there are of each level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Counts {
    pub(crate) ok: usize,
    pub(crate) warnings: usize,
    pub(crate) failures: usize,
}

impl Counts {
    /// Of these.
    pub(crate) fn of(found: &[Finding]) -> Counts {
        let count = |level: Level| found.iter().filter(|finding| finding.level == level).count();
        Counts { ok: count(Level::Ok), warnings: count(Level::Warning), failures: count(Level::Failure) }
    }

    /// 0: all is well; 1: something does not work; 2: there are only warnings.
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Counts { failures: 1.., .. } => 1,
            Counts { warnings: 1.., .. } => 2,
            Counts { .. } => 0,
        }
    }
}

#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    counts: Counts,
    findings: Vec<&'a Finding>,
}

/// One JSON object: `ok`, `warnings`, `failures`, `findings`.
///
/// # Errors
/// None is known.
pub(crate) fn json(found: &[Finding], quiet: bool) -> serde_json::Result<String> {
    let findings = found.iter().filter(|finding| shows(finding, quiet)).collect();
    serde_json::to_string_pretty(&Whole { counts: Counts::of(found), findings })
}

/// Groups, each finding on a line and its remedy below it.
pub(crate) fn text(found: &[Finding], quiet: bool) -> String {
    let mut text = String::new();
    let mut group = "";
    for finding in found.iter().filter(|finding| shows(finding, quiet)) {
        if finding.group != group {
            group = finding.group;
            text.push_str(&format!("{group}\n"));
        }
        let Finding { name, level, what, remedy, .. } = finding;
        let level = match level {
            Level::Ok => "ok     ",
            Level::Warning => "warning",
            Level::Failure => "FAILURE",
        };
        text.push_str(&format!("  {level}  {name}: {what}\n"));
        if let Some(remedy) = remedy {
            text.push_str(&format!("           → {remedy}\n"));
        }
    }
    let Counts { ok, warnings, failures } = Counts::of(found);
    text.push_str(&format!("{failures} failures, {warnings} warnings, {ok} in order\n"));
    text
}

fn shows(finding: &Finding, quiet: bool) -> bool {
    !quiet || finding.level > Level::Ok
}
