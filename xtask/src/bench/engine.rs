//! `bellhop aws` as whole processes beside the AWS CLI, versions 1 and 2, and what a line costs within one process.

use anyhow::Result;

use crate::bench::measured::Program;
use crate::bench::{Build, describe, instances, peers, server};
use crate::{step, venv};

/// The commands that are held beside the AWS CLI.
const LINES: [&[&str]; 3] =
    [&["sts", "get-caller-identity"], &["s3api", "list-buckets"], &["ec2", "describe-instances"]];

/// Measures and prints.
pub(super) fn run(build: Build) -> Result<()> {
    let programs = venv::ensure()?;
    let ours = Program::new(build.binary()?, &["aws"]);
    let v1 = Program::new(programs.join("aws"), &[]);
    let v2 = peers::aws_cli_v2();
    step::say(&format!("profile `{}`; CPU times are of whole processes", build.profile()));
    whole(&ours, &v1, v2.as_ref())?;
    describe::outputs(&ours, v2.as_ref(), &programs.join("python"))?;
    describe::scaling(&ours)?;
    step::say("");
    step::step("within one process: words to printed answer, and opening a service's model", || {
        build.bench("aws-cli", "in_process")
    })
}

/// Small commands, where all is starting up.
fn whole(ours: &Program, v1: &Program, v2: Option<&Program>) -> Result<()> {
    let endpoint = server::start(instances::pages(3))?;
    step::say("\nwhole process: CPU ms, wall ms, peak MB");
    for words in LINES {
        let own = ours.measure(words, &endpoint, 41)?;
        step::say(&format!(
            "  {:<24} bellhop aws {:>6.1} {:>6.1} {:>5.1}",
            words.join(" "),
            own.cpu,
            own.wall,
            own.peak
        ));
        for (name, peer) in [("aws (PyPI)", Some(v1)), ("aws v2", v2)] {
            let Some(peer) = peer else { continue };
            let cost = peer.measure(words, &endpoint, 5)?;
            step::say(&format!(
                "  {:<24} {name:<11} {:>6.0} {:>6.0} {:>5.0}   {:.0}x CPU, {:.1}x memory",
                "",
                cost.cpu,
                cost.wall,
                cost.peak,
                cost.cpu / own.cpu,
                cost.peak / own.peak
            ));
        }
    }
    Ok(())
}
