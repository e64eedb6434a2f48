//! `doctor`: looks at everything that Bellhop needs, and says what to do about what is wrong.

use aws_call::BoxFuture;
use render::Body;

use super::{Access, BuiltIn, Run, Worked, Working};
use crate::health::{self, Finding, Level};
use crate::output::Output;

/// The entry.
pub(super) const DOCTOR: BuiltIn = BuiltIn {
    name: "doctor",
    summary: "Looks at everything that Bellhop needs, and tells what is wrong and what to do. For admins.",
    usage: "doctor [all]",
    access: Access::Administrators,
    also: None,
    run: Run::Work(run),
};

fn run<'a>(working: &'a Working<'a>) -> BoxFuture<'a, Worked> {
    Box::pin(async move {
        let all = match working.words {
            [] => false,
            [word] if word == "all" => true,
            _ => return Worked::Shown(*working.unusable("It takes no other word than all.")),
        };
        let inner = working.reach.inner;
        let Some(doctor) = &inner.settings.doctor else {
            return Worked::Shown(Output::text("This Bellhop was started without a doctor."));
        };
        let found = doctor.examine(health::of(inner).await).await;
        Worked::Shown(shown(&found, all))
    })
}

/// What is wrong, as a table; with what stands well where that is wanted.
fn shown(found: &[Finding], all: bool) -> Output {
    let count = |level: Level| found.iter().filter(|finding| finding.level == level).count();
    let (fine, warnings, failures) = (count(Level::Ok), count(Level::Warning), count(Level::Failure));
    let summary = format!("{failures} failures, {warnings} warnings, {fine} in order.");
    let mut told: Vec<&Finding> = found.iter().filter(|finding| all || finding.level > Level::Ok).collect();
    told.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    let row = |finding: &&Finding| {
        let level = match finding.level {
            Level::Ok => "ok",
            Level::Warning => "warning",
            Level::Failure => "FAILURE",
        };
        let place = format!("{}: {}", finding.group, finding.name);
        vec![level.to_owned(), place, finding.what.clone(), finding.remedy.clone().unwrap_or_default()]
    };
    if told.is_empty() {
        return Output::text(summary);
    }
    let table = Output::table(&["", "what", "how it stands", "what to do"], told.iter().map(row).collect());
    let body = Body::Parts(vec![Body::Text(summary), table.body.clone()]);
    table.with_body(body)
}
