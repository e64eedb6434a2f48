//! Whole processes against a local AWS: `bellhop aws` beside PyPI's `aws`.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::bench::release;
use crate::{children, paths, step, venv};

/// The commands that are held beside the AWS CLI.
const LINES: [&[&str]; 3] =
    [&["sts", "get-caller-identity"], &["s3api", "list-buckets"], &["ec2", "describe-instances"]];

/// Measures and prints.
pub(super) fn run() -> Result<()> {
    let programs = venv::ensure()?;
    let bellhop = release()?;
    let (_moto, aws) = children::moto(&programs, &paths::cache("moto-bench.log"))?;
    step::say(&format!("{:<24} {:>16} {:>16} {:>8}", "", "bellhop aws", "aws (PyPI)", "ratio"));
    for words in LINES {
        let ours = measure(&bellhop, &[&["aws"], words].concat(), &aws, 40)?;
        let theirs = measure(&programs.join("aws"), words, &aws, 5)?;
        step::say(&format!(
            "{:<24} {:>8.1}/{:<5.1}ms {:>8.1}/{:<5.1}ms {:>7.0}x",
            words.join(" "),
            ours.cpu,
            ours.wall,
            theirs.cpu,
            theirs.wall,
            theirs.cpu / ours.cpu
        ));
    }
    step::say("CPU/wall, mean of whole processes; the wall time holds moto's own.");
    Ok(())
}

/// Milliseconds.
struct Cost {
    cpu: f64,
    wall: f64,
}

fn measure(program: &Path, words: &[&str], aws: &str, times: u32) -> Result<Cost> {
    once(program, words, aws)?;
    let cpu_before = children_cpu()?;
    let begun = Instant::now();
    for _ in 0..times {
        once(program, words, aws)?;
    }
    let each = |total: Duration| total.as_secs_f64() * 1000.0 / f64::from(times);
    Ok(Cost { cpu: each(children_cpu()?.saturating_sub(cpu_before)), wall: each(begun.elapsed()) })
}

fn once(program: &Path, words: &[&str], aws: &str) -> Result<()> {
    let mut command = Command::new(program);
    command.args(words).env("AWS_ENDPOINT_URL", aws);
    // Version 1 knows the second only.
    command.env("AWS_REGION", "us-east-1").env("AWS_DEFAULT_REGION", "us-east-1");
    command.env("AWS_ACCESS_KEY_ID", "bench").env("AWS_SECRET_ACCESS_KEY", "bench");
    command.env("AWS_EC2_METADATA_DISABLED", "true").stdout(Stdio::null());
    step::show(&mut command)
}

/// What ended children have used so far: the kernel counts it in hundredths of a second.
fn children_cpu() -> Result<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").context("only Linux tells what children used")?;
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 =
        fields.split_whitespace().skip(13).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Ok(Duration::from_millis(ticks * 10))
}
