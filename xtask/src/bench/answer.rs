//! From a slash command to its answer at `response_url`, one after the other, before an AWS and a Slack that answer at once.

use std::time::Duration;

use anyhow::{Result, ensure};

use crate::bench::Build;
use crate::bench::ack::shown;
use crate::bench::chat::{self, Slack};
use crate::bench::fleet::{Fleet, INSTANCE};
use crate::demo::exchange::Replies;
use crate::step;

const TIMES: usize = 500;
/// A call, one through a filter, and one of the friendly commands.
const LINES: [&str; 3] = [
    "ec2 describe-instances --account a57 --region eu-west-3",
    "ec2 describe-instances --account a57 --region eu-west-3 | jq -r '.Reservations[].Instances[].InstanceId'",
    "ec2 list --account a57 --region eu-west-3",
];

/// Measures and prints.
pub(super) fn run(build: Build) -> Result<()> {
    let fleet = Fleet::start(Duration::ZERO)?;
    let replies = Replies::listen()?;
    let stage = chat::stage("bench-answer", build, &fleet, &replies)?;
    let serve = crate::demo::serve(&stage)?;
    let slack = Slack { stage: &stage, replies: replies.receive() };
    LINES.iter().try_for_each(|line| measure(&slack, line))?;
    drop(serve);
    Ok(())
}

fn measure(slack: &Slack<'_>, line: &str) -> Result<()> {
    let once = || -> Result<Duration> {
        let timed = slack.says(line, INSTANCE)?;
        ensure!(timed.answer.contains(INSTANCE), "another answer: {}", timed.answer);
        Ok(timed.whole)
    };
    let first = once()?;
    let mut times = (0..TIMES).map(|_| once()).collect::<Result<Vec<Duration>>>()?;
    times.sort_unstable();
    step::say(&format!(
        "{line}\n    the first {}, then p50 {}, p95 {}, p99 {}",
        shown(&[first], 50),
        shown(&times, 50),
        shown(&times, 95),
        shown(&times, 99)
    ));
    Ok(())
}
