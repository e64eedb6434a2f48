//! `find` and one line over a hundred accounts in seventeen regions, from the slash command to its answer; beside it boto3, one call
//! after the other and with 64 threads.

use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::bench::Build;
use crate::bench::chat::{self, Slack, Timed};
use crate::bench::fleet::{ACCOUNTS, ADDRESS, Fleet, INSTANCE, INTERFACE, REGIONS};
use crate::demo::exchange::Replies;
use crate::{paths, step, venv};

/// How late each answer of the fleet is.
const LATENCY: Duration = Duration::from_millis(50);
/// Calls at a time, as `bot::reach` limits them.
const AT_A_TIME: usize = 256;
/// An id that no account has, so that all are asked.
const NOBODY: &str = "i-0123456789abcdef0";
/// A line that asks all of them.
const FAN_OUT: &str = "ec2 describe-instances --account all --region all | jq -r '.Reservations[].Instances[].InstanceType' | \
sort | uniq -c | sort -rn | head -5";
const TIMES: usize = 5;

/// Measures and prints.
pub(super) fn run(build: Build) -> Result<()> {
    let fleet = Fleet::start(LATENCY)?;
    let replies = Replies::listen()?;
    let stage = chat::stage("bench-find", build, &fleet, &replies)?;
    let serve = crate::demo::serve(&stage)?;
    let slack = Slack { stage: &stage, replies: replies.receive() };
    calm(&slack)?;
    fleet.be_rough();
    for line in [format!("find {NOBODY}"), FAN_OUT.to_owned()] {
        for _ in 0..3 {
            rough(&slack, &fleet, &line)?;
        }
    }
    drop(serve);
    peers(&Fleet::start(LATENCY)?)
}

/// Where every place answers.
fn calm(slack: &Slack<'_>) -> Result<()> {
    let places = ACCOUNTS * REGIONS.len();
    let bound = LATENCY * u32::try_from(places.div_ceil(AT_A_TIME))?;
    step::say(&format!(
        "{places} places, {} ms each, {AT_A_TIME} at a time: at least {} for the reads alone, {} with one AssumeRole before",
        LATENCY.as_millis(),
        seconds(bound),
        seconds(bound + LATENCY)
    ));
    let nobody = format!("find {NOBODY}");
    let cold = slack.says(&nobody, NOBODY)?.whole;
    step::say(&format!("first of all, roles assumed and regions asked for on the way: {}", seconds(cold)));
    let times = |told: &str, one: &Several| {
        let ratio = one.whole.as_secs_f64() / bound.as_secs_f64();
        let (first, whole, worst) = (seconds(one.first), seconds(one.whole), seconds(one.worst));
        step::say(&format!(
            "{told}: first shown {first}, the whole {whole}, at worst {worst}: {ratio:.2} times the bound"
        ));
    };
    times("all places asked, nothing there", &several(slack, &nobody, NOBODY, "Nothing fits")?);
    let unique = several(slack, &format!("find {INSTANCE}"), INSTANCE, "is one such thing at most")?;
    times("an instance, of which there is one at most", &unique);
    let others = several(slack, &format!("find {ADDRESS}"), INTERFACE, "1700 of 1700")?;
    times("an address, which others may have as well", &others);
    times("one line in all places", &several(slack, FAN_OUT, "t3.micro", "1700 t3.micro")?);
    Ok(())
}

/// Where one call in ten is throttled, and one account is silent.
fn rough(slack: &Slack<'_>, fleet: &Fleet, line: &str) -> Result<()> {
    let before = fleet.calls();
    let Timed { whole, answer, .. } = slack.says(line, NOBODY)?;
    let after = fleet.calls();
    step::say(&format!(
        "{}, one call in ten throttled ({} of {}), one account silent: {}: {}",
        line.split(' ').next().unwrap_or_default(),
        after.1 - before.1,
        after.0 - before.0,
        seconds(whole),
        sentence(&answer)
    ));
    Ok(())
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

/// What an answer says of the places that answered.
fn sentence(answer: &str) -> &str {
    let at = answer.find(" scopes answered").unwrap_or_default();
    let from = answer[..at].rfind('"').map_or(0, |quote| quote + 1);
    answer[from..].split('"').next().unwrap_or_default().get(..160).unwrap_or(&answer[from..at])
}

/// The medians of several.
struct Several {
    first: Duration,
    whole: Duration,
    worst: Duration,
}

fn several(slack: &Slack<'_>, line: &str, wanted: &str, says: &str) -> Result<Several> {
    let (mut first, mut whole) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        let timed = slack.says(line, wanted)?;
        ensure!(timed.answer.contains(says), "an answer that was not looked for: {}", timed.answer);
        first.push(timed.first);
        whole.push(timed.whole);
    }
    first.sort_unstable();
    whole.sort_unstable();
    let worst = whole.last().copied().unwrap_or_default();
    Ok(Several { first: first[TIMES / 2], whole: whole[TIMES / 2], worst })
}

/// The same through boto3.
fn peers(fleet: &Fleet) -> Result<()> {
    let python = venv::ensure()?.join("python");
    let folder = paths::cache("bench-find");
    let script = folder.join("find.py");
    std::fs::write(&script, include_str!("find.py"))?;
    let mut command = Command::new(python);
    command.arg(&script).arg(&fleet.address).arg(ACCOUNTS.to_string()).args(REGIONS);
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    step::say(step::quiet(&mut command)?.trim_end());
    Ok(())
}
