//! What a whole program costs: its processor time and its largest size in memory, as the kernel counted them.
//!
//! A program's largest size holds that of whoever started it, up to that moment. So none is started from here: this
//! program starts itself anew, small, and that one starts the program and tells what the kernel said.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

/// The command of this program that [`tell`] is.
pub(crate) const COMMAND: &str = "measured";

/// What one run cost.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cost {
    /// Processor time, its own and the kernel's for it, in milliseconds.
    pub(super) cpu: f64,
    /// Milliseconds from its start to its end.
    pub(super) wall: f64,
    /// The most memory that was resident, in megabytes.
    pub(super) peak: f64,
}

/// A program with what it needs to run against a server of the bench.
pub(super) struct Program {
    pub(super) path: PathBuf,
    /// Words that stand before those of each line.
    pub(super) first: Vec<String>,
}

impl Program {
    pub(super) fn new(path: impl Into<PathBuf>, first: &[&str]) -> Program {
        Program { path: path.into(), first: first.iter().map(|&word| word.to_owned()).collect() }
    }

    /// Runs it so many times, after one run that does not count; the medians.
    pub(super) fn measure(&self, words: &[&str], endpoint: &str, times: usize) -> Result<Cost> {
        if times > 1 {
            self.once(words, endpoint)?;
        }
        let costs = (0..times).map(|_| self.once(words, endpoint)).collect::<Result<Vec<Cost>>>()?;
        Ok(Cost {
            cpu: median(costs.iter().map(|cost| cost.cpu)),
            wall: median(costs.iter().map(|cost| cost.wall)),
            peak: median(costs.iter().map(|cost| cost.peak)),
        })
    }

    fn once(&self, words: &[&str], endpoint: &str) -> Result<Cost> {
        let mut command = Command::new(std::env::current_exe().context("this program is not to be found")?);
        command.arg(COMMAND).arg(&self.path).args(&self.first).args(words);
        settings(&mut command, endpoint);
        let output = command.stderr(Stdio::inherit()).output()?;
        let told = String::from_utf8_lossy(&output.stdout);
        let figures: Vec<f64> = told.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        match figures.as_slice() {
            [cpu, wall, peak] if output.status.success() => Ok(Cost { cpu: *cpu, wall: *wall, peak: *peak }),
            _ => bail!("{} {} failed", self.path.display(), words.join(" ")),
        }
    }
}

/// The environment of every program that is measured.
fn settings(command: &mut Command, endpoint: &str) {
    command.env("AWS_ENDPOINT_URL", endpoint);
    // Version 1 knows the second only.
    command.env("AWS_REGION", "us-east-1").env("AWS_DEFAULT_REGION", "us-east-1");
    command.env("AWS_ACCESS_KEY_ID", "bench").env("AWS_SECRET_ACCESS_KEY", "bench");
    command.env("AWS_EC2_METADATA_DISABLED", "true").env("AWS_PAGER", "");
}

/// Runs the program that the words name, its output thrown away, and prints what it cost: milliseconds of processor time,
/// milliseconds in all, megabytes.
pub(crate) fn tell(words: &[&str]) -> Result<()> {
    let [program, arguments @ ..] = words else { bail!("no program to measure") };
    let begun = Instant::now();
    let mut command = Command::new(program);
    crate::step::show(command.args(arguments).stdout(Stdio::null()))?;
    let wall = begun.elapsed().as_secs_f64() * 1000.0;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let cpu = (usage.user_time() + usage.system_time()).num_microseconds() as f64 / 1000.0;
    // Linux counts in kilobytes.
    let peak = usage.max_rss() as f64 / 1000.0;
    crate::step::say(&format!("{cpu} {wall} {peak}"));
    Ok(())
}

/// The middle one, in order of size.
pub(super) fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one() {
        for (figures, expected) in
            [(&[][..], 0.0), (&[3.0], 3.0), (&[9.0, 1.0, 2.0], 2.0), (&[4.0, 1.0, 3.0, 2.0], 3.0)]
        {
            assert_eq!(median(figures.iter().copied()), expected, "{figures:?}");
        }
    }
}
