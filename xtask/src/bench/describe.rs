//! `ec2 describe-instances` with thousands of instances, beside AWS CLI v2 and boto3, and how it grows with their number.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::bench::measured::{Cost, Program};
use crate::bench::{instances, server};
use crate::step;

const LINE: &[&str] = &["ec2", "describe-instances"];
/// What the AWS CLI can print an answer as.
const OUTPUTS: [&str; 4] = ["json", "table", "text", "yaml"];
/// Calls through boto3, or only parses.
const BOTO3: &str = include_str!("describe.py");

/// Every form of output at two sizes, each beside its peers.
pub(super) fn outputs(ours: &Program, v2: Option<&Program>, python: &Path) -> Result<()> {
    for count in [1_000, 10_000] {
        let pages = instances::pages(count);
        let megabytes = pages.iter().map(String::len).sum::<usize>() as f64 / 1e6;
        let endpoint = server::start(pages)?;
        step::say(&format!("\n{count} instances, {megabytes:.1} MB of XML: CPU s, wall s, peak MB"));
        for output in OUTPUTS {
            let words = [LINE, &["--output", output]].concat();
            let own = ours.measure(&words, &endpoint, 5)?;
            let peer = v2.map(|v2| v2.measure(&words, &endpoint, 1)).transpose()?;
            step::say(&format!("  {output:<8} bellhop aws {}{}", shown(own), beside(peer, own)));
        }
        boto3(python, &endpoint, count)?;
    }
    Ok(())
}

/// boto3 keeps the answer and prints nothing.
fn boto3(python: &Path, endpoint: &str, count: usize) -> Result<()> {
    let program = Program::new(python, &["-c", BOTO3]);
    let cost = program.measure(&["call"], endpoint, 1)?;
    let mut parsing = Command::new(python);
    parsing.args(["-c", BOTO3, "parse"]).env("AWS_ENDPOINT_URL", endpoint);
    let told = step::quiet(&mut parsing)?;
    let parse: f64 = told.trim().parse().context("the parse told no time")?;
    step::say(&format!(
        "  boto3, {count} read and not printed: {}; its parser alone {:.2} s",
        shown(cost),
        parse / 1000.0
    ));
    Ok(())
}

/// Time and memory at each size, each instance's share beside them.
pub(super) fn scaling(ours: &Program) -> Result<()> {
    step::say("\nscaling, as json, 10,000 a page: CPU s, wall s, peak MB");
    for (count, times) in [(100, 5), (1_000, 5), (10_000, 5), (100_000, 1)] {
        let endpoint = server::start(instances::pages(count))?;
        let cost = ours.measure(&[LINE, &["--output", "json"]].concat(), &endpoint, times)?;
        let each = cost.cpu * 1000.0 / count as f64;
        let memory = cost.peak * 1000.0 / count as f64;
        step::say(&format!("  {count:>7} {}   {each:>5.1} µs and {memory:>5.1} KB an instance", shown(cost)));
    }
    Ok(())
}

fn shown(cost: Cost) -> String {
    format!("{:>7.3} {:>7.3} {:>6.0}", cost.cpu / 1000.0, cost.wall / 1000.0, cost.peak)
}

fn beside(peer: Option<Cost>, own: Cost) -> String {
    peer.map_or_else(String::new, |peer| {
        let (cpu, memory) = (peer.cpu / own.cpu, peer.peak / own.peak);
        format!("   aws v2 {}   {cpu:>4.0}x CPU, {memory:.1}x memory", shown(peer))
    })
}
