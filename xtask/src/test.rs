//! Everything that must hold. One command on a bare machine: it fetches what it needs.

use anyhow::Result;

use crate::{children, models, oracles, paths, programs, step, templates, tidy, venv};

/// Runs it all. Behind the test runner's own summary, what the tests sent to Slack is held against Slack's libraries.
pub(crate) fn run() -> Result<()> {
    models::run_with_vectors()?;
    let programs = venv::ensure()?;
    programs::ensure()?;
    oracles::ensure()?;
    tidy::run()?;
    templates::check(&programs)?;
    step::step("building the tests", || step::show(&mut runner(&["--no-run"])))?;
    // One moto for all tests: it takes seconds to start.
    let log = paths::cache("moto-test.log");
    let (_moto, aws) = step::step("a local AWS (moto)", || children::moto(&programs, &log))?;
    step::say("==> unit, snapshot, golden and scenario tests");
    let sent = oracles::folder()?;
    let mut tests = runner(&["--no-fail-fast"]);
    step::show(tests.env("BELLHOP_TEST_AWS", aws).env("BELLHOP_TEST_SENT", &sent))?;
    oracles::judge(&programs, &sent)
}

/// nextest where it is installed, else cargo's own runner.
fn runner(more: &[&str]) -> std::process::Command {
    let mut command = step::cargo();
    if step::exists("cargo-nextest") {
        command.args(["nextest", "run", "--workspace"]);
    } else {
        command.args(["test", "--workspace"]);
    }
    command.args(more);
    command
}
