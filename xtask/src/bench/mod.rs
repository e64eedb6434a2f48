//! Measurements. Numbers are printed, never judged: what else the machine does would decide.

mod ack;
mod answer;
mod bolt;
mod chat;
mod describe;
mod engine;
mod find;
mod fleet;
mod instances;
mod lambda;
mod measured;
mod peers;
mod server;

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::{models, paths, step, venv};

pub(crate) use lambda::first_answer;
pub(crate) use measured::{COMMAND as MEASURED, tell};

/// Runs the benchmark that the words name, or all.
pub(crate) fn run(words: &[&str]) -> Result<()> {
    let build = if words.contains(&"--dist") { Build::Dist } else { Build::Release };
    let names: Vec<&str> = words.iter().copied().filter(|word| *word != "--dist").collect();
    match names.as_slice() {
        [] => {
            build.bench("policy", "decision")?;
            engine::run(build)?;
            ack::run(build)
        }
        ["engine"] => engine::run(build),
        ["ack"] => ack::run(build),
        ["answer"] => answer::run(build),
        ["policy"] => build.bench("policy", "decision"),
        ["index"] => build.bench("store", "index"),
        ["find"] => find::run(build),
        ["claims"] => claims(),
        ["lambda"] => lambda::run(build),
        other => {
            bail!(
                "no benchmark is called `{}`; there are: engine, ack, answer, policy, index, find, claims, lambda",
                other.join(" ")
            )
        }
    }
}

/// A hundred processes that are killed at random share ten thousand jobs in DynamoDB as moto plays it. `JOBS`, `PROCESSES` and
/// `KILLS` name other numbers.
fn claims() -> Result<()> {
    models::run()?;
    venv::ensure()?;
    let test = ["test", "--package", "store", "--test", "claims", "--", "--ignored", "--nocapture"];
    step::show(step::cargo().args(test))
}

/// How what is measured is built.
#[derive(Clone, Copy)]
enum Build {
    /// As for daily use.
    Release,
    /// As it is shipped, which takes minutes to build.
    Dist,
}

impl Build {
    fn profile(self) -> &'static str {
        match self {
            Build::Release => "release",
            Build::Dist => "dist",
        }
    }

    /// The binary as it is measured.
    fn binary(self) -> Result<PathBuf> {
        models::run()?;
        step::step(&format!("building bellhop ({})", self.profile()), || {
            step::show(step::cargo().args(["build", "--package", "bellhop", "--profile", self.profile()]))
        })?;
        Ok(paths::build(self.profile()).join("bellhop"))
    }

    /// Runs a crate's own benchmark, which prints for itself.
    fn bench(self, package: &str, name: &str) -> Result<()> {
        step::show(step::cargo().args([
            "bench",
            "--quiet",
            "--package",
            package,
            "--bench",
            name,
            "--profile",
            self.profile(),
        ]))
    }
}
