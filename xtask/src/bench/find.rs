//! `find` and one line over a hundred accounts in seventeen regions, from the slash command to its answer; beside it boto3, one call
//! after the other and with 64 threads.

use std::fmt::Write as _;
use std::process::Command;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::bench::Build;
use crate::bench::fleet::{ACCOUNTS, ADDRESS, Fleet, INSTANCE, INTERFACE, LATENCY, REGIONS, digits};
use crate::demo::exchange::{self, Replies};
use crate::demo::{Stage, http};
use crate::{children, paths, step, venv};

/// Calls at a time, as `bot::reach` limits them.
const AT_A_TIME: usize = 256;
/// An id that no account has, so that all are asked.
const NOBODY: &str = "i-0123456789abcdef0";
/// A line that asks all of them.
const FAN_OUT: &str = "ec2 describe-instances --account all --region all | jq -r '.Reservations[].Instances[].InstanceType' | \
sort | uniq -c | sort -rn | head -5";
/// What posts say that are no answer yet.
const NEWS: [&str; 2] = ["Still looking", "answered so far"];
const TIMES: usize = 5;
const PATIENCE: Duration = Duration::from_secs(60);

/// Measures and prints.
pub(super) fn run(build: Build) -> Result<()> {
    let folder = paths::cache("bench-find");
    crate::demo::clear(&folder)?;
    let fleet = Fleet::start()?;
    let replies = Replies::listen()?;
    let stage = Stage {
        binary: build.binary()?,
        aws: fleet.address.clone(),
        folder,
        port: children::free_port()?,
        slack_port: replies.port()?,
        signing_secret: exchange::random_hex()?,
    };
    configure(&stage)?;
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
    peers(&Fleet::start()?)
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
    times("all places asked, nothing there", &slack.several(&nobody, NOBODY, "Nothing fits")?);
    let unique = slack.several(&format!("find {INSTANCE}"), INSTANCE, "is one such thing at most")?;
    times("an instance, of which there is one at most", &unique);
    let others = slack.several(&format!("find {ADDRESS}"), INTERFACE, "1700 of 1700")?;
    times("an address, which others may have as well", &others);
    times("one line in all places", &slack.several(FAN_OUT, "t3.micro", "1700 t3.micro")?);
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

/// From the slash command to what came of it.
struct Timed {
    /// To the first post that has what was looked for, or the end.
    first: Duration,
    whole: Duration,
    answer: String,
}

/// The medians of several.
struct Several {
    first: Duration,
    whole: Duration,
    worst: Duration,
}

/// Slack's side.
struct Slack<'a> {
    stage: &'a Stage,
    replies: mpsc::Receiver<String>,
}

impl Slack<'_> {
    fn several(&self, line: &str, wanted: &str, says: &str) -> Result<Several> {
        let (mut first, mut whole) = (Vec::new(), Vec::new());
        for _ in 0..TIMES {
            let timed = self.says(line, wanted)?;
            ensure!(timed.answer.contains(says), "an answer that was not looked for: {}", timed.answer);
            first.push(timed.first);
            whole.push(timed.whole);
        }
        first.sort_unstable();
        whole.sort_unstable();
        let worst = whole.last().copied().unwrap_or_default();
        Ok(Several { first: first[TIMES / 2], whole: whole[TIMES / 2], worst })
    }

    fn says(&self, line: &str, wanted: &str) -> Result<Timed> {
        let Stage { signing_secret, port, .. } = self.stage;
        let body = exchange::form(self.stage, line)?;
        let headers = exchange::signed(signing_secret, &body)?;
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let begun = Instant::now();
        let ack = http::post(*port, "/slack/commands", &headers, &body)?;
        ensure!(ack.status == 200, "the acknowledgement was {}", ack.start);
        let mut first = None;
        loop {
            let answer = self.replies.recv_timeout(PATIENCE).context("no answer came")?;
            let whole = begun.elapsed();
            if first.is_none() && answer.contains(wanted) {
                first = Some(whole);
            }
            if !NEWS.iter().any(|news| answer.contains(news)) {
                return Ok(Timed { first: first.unwrap_or(whole), whole, answer });
            }
        }
    }
}

fn configure(stage: &Stage) -> Result<()> {
    let Stage { port, slack_port, .. } = stage;
    let mut text = format!(
        "[server]\nlisten = \"127.0.0.1:{port}\"\n[slack]\nsigning_secret = \"env:SLACK_SIGNING_SECRET\"\n\
         response_url_base = \"http://127.0.0.1:{slack_port}/\"\n[store]\npath = \"bellhop.db\"\n\
         [[grants]]\nusers = [\"U0ALICE\"]\nlabels = {{ fleet = \"bench\" }}\nallow = [\"*\"]\nlevels = [\"list\", \"read\"]\n"
    );
    let regions = REGIONS.map(|region| format!("\"{region}\"")).join(", ");
    for number in 0..ACCOUNTS {
        write!(
            text,
            "[accounts.a{number:02}]\nrole_arn = \"arn:aws:iam::{}:role/Bellhop\"\nregions = [{regions}]\nlabels = {{ fleet = \"bench\" }}\n",
            digits(number)
        )?;
    }
    std::fs::write(stage.folder.join("bellhop.toml"), text).context("cannot write the configuration")
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
