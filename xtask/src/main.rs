//! Everything a developer runs: `cargo xtask <command>`.
//!
//! Invariants: this crate builds on a machine that has nothing but Rust, without the service models; what a
//! command needs besides, it fetches itself and keeps under `target/`.

#![expect(
    clippy::disallowed_methods,
    reason = "a developer's command: files, environment and programs are its work"
)]

mod bench;
mod children;
mod conformance;
mod demo;
mod iam_actions;
mod levels;
mod models;
mod node;
mod oracles;
mod package;
mod paths;
mod programs;
mod step;
mod templates;
mod test;
mod tidy;
mod venv;

use std::path::Path;
use std::process::ExitCode;

const HELP: &str = "\
Usage: cargo xtask <command>

Commands:
  demo [--once]                    Bellhop against a local AWS with things in it, and a page that plays Slack
  test                             everything that must hold: format, lints, unit, scenario and browser tests
  conformance [--suite TEXT]       against published vectors and events; with it, those whose title holds the text
  conformance --recorded DIR       the same against recordings of the AWS CLI
    [--suite NAME] [--match TEXT] [--show N] [--through-process N]
  conformance examples [--all]     requests for the AWS CLI's documentation examples, against those of AWS CLI v1
  bench [name] [--dist]            measure; without a name, everything; --dist as it is shipped
  models [--vectors]               fetch the service models that the build embeds; with it, the test vectors too
  iam-actions                      make the committed table of IAM's actions from the package that iam.pin names
  levels [--accept]                the operations whose level changed since it was last accepted
  tidy                             the quick checks: format, lints, directions between crates, stray paths
  package [x86_64|arm64]           build what is shipped, for one kind of processors or both; needs no old machine

Examples:
  cargo xtask demo                 stays until Ctrl-C; prints the address of the page
  cargo xtask demo --once          one signed slash command end to end, then out; exit 0 when it was answered
  cargo xtask bench engine         `bellhop aws` beside `aws`, versions 1 and 2, and boto3
  cargo xtask bench policy         a decision over 10,000 grants and 100,000 memberships
  cargo xtask bench ack            acknowledgements of signed slash commands under load, beside Bolt
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        [] | ["help" | "--help" | "-h", ..] | [_, "--help" | "-h", ..] => {
            step::say(HELP);
            Ok(())
        }
        ["demo"] => demo::run(demo::Stay::UntilInterrupted),
        ["demo", "--once"] => demo::run(demo::Stay::Once),
        ["test"] => test::run(),
        ["conformance"] => conformance::run(""),
        ["conformance", "--suite", wanted] => conformance::run(wanted),
        ["conformance", "examples", rest @ ..] => conformance::run_examples(rest),
        ["conformance", "--recorded", folder, rest @ ..] => {
            conformance::run_recorded(Path::new(folder), rest)
        }
        ["bench", words @ ..] => bench::run(words),
        // What `bench` starts for each program that it measures.
        [bench::MEASURED, words @ ..] => bench::tell(words),
        ["models"] => models::run(),
        ["models", "--vectors"] => models::run_with_vectors(),
        ["iam-actions"] => iam_actions::run(),
        ["levels"] => levels::run(false),
        ["levels", "--accept"] => levels::run(true),
        ["tidy"] => tidy::run(),
        ["package", words @ ..] => package::run(words),
        other => Err(anyhow::anyhow!("unknown command `{}`; `cargo xtask help` lists them", other.join(" "))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            step::complain(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
