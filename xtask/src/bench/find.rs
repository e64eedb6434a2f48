//! `find` over a hundred accounts in seventeen regions, from the slash command to its answer; beside it boto3, one call
//! after the other and with 64 threads.

use std::fmt::Write as _;
use std::process::Command;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::bench::Build;
use crate::bench::fleet::{ACCOUNTS, Fleet, INSTANCE, LATENCY, REGIONS, digits};
use crate::demo::exchange::{self, Replies};
use crate::demo::{Stage, http};
use crate::{children, paths, step, venv};

/// Calls at a time, as `bot::reach` limits them.
const AT_A_TIME: usize = 256;
/// An id that no account has, so that all are asked.
const NOBODY: &str = "i-0123456789abcdef0";
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
    let replies = replies.receive();
    let places = ACCOUNTS * REGIONS.len();
    let bound = LATENCY * u32::try_from(places.div_ceil(AT_A_TIME))?;
    step::say(&format!(
        "{places} places, {} ms each, {AT_A_TIME} at a time: at least {} for the reads alone, {} with one AssumeRole before",
        LATENCY.as_millis(),
        seconds(bound),
        seconds(bound + LATENCY)
    ));
    let (cold, _) = timed(&stage, &replies, NOBODY)?;
    step::say(&format!("first of all, roles assumed and regions asked for on the way: {}", seconds(cold)));
    let mut found = times(&stage, &replies, NOBODY, "Nothing fits")?;
    let middle = found[found.len() / 2];
    step::say(&format!(
        "all places asked, nothing there: median {}, worst {}: {:.2} times the bound of the reads",
        seconds(middle),
        seconds(*found.last().unwrap_or(&middle)),
        middle.as_secs_f64() / bound.as_secs_f64()
    ));
    found = times(&stage, &replies, INSTANCE, "is one such thing at most")?;
    step::say(&format!("the one instance found and shown: median {}", seconds(found[found.len() / 2])));
    fleet.be_rough();
    for _ in 0..3 {
        let before = fleet.calls();
        let (took, answer) = timed(&stage, &replies, NOBODY)?;
        let after = fleet.calls();
        step::say(&format!(
            "one call in ten throttled ({} of {}), one account silent: {}: {}",
            after.1 - before.1,
            after.0 - before.0,
            seconds(took),
            sentence(&answer)
        ));
    }
    drop(serve);
    peers(&Fleet::start()?)
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

fn times(stage: &Stage, replies: &mpsc::Receiver<String>, id: &str, says: &str) -> Result<Vec<Duration>> {
    let mut all = Vec::new();
    for _ in 0..TIMES {
        let (took, answer) = timed(stage, replies, id)?;
        ensure!(answer.contains(says), "an answer that was not looked for: {answer}");
        all.push(took);
    }
    all.sort_unstable();
    Ok(all)
}

/// From the slash command to its answer.
fn timed(stage: &Stage, replies: &mpsc::Receiver<String>, id: &str) -> Result<(Duration, String)> {
    let body = exchange::form(stage, &format!("find {id}"))?;
    let headers = exchange::signed(&stage.signing_secret, &body)?;
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let begun = Instant::now();
    let ack = http::post(stage.port, "/slack/commands", &headers, &body)?;
    ensure!(ack.status == 200, "the acknowledgement was {}", ack.start);
    loop {
        let answer = replies.recv_timeout(PATIENCE).context("no answer came")?;
        if !answer.contains("Still looking") {
            return Ok((begun.elapsed(), answer));
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
