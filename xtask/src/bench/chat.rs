//! Slack's side of a bench before the fleet: a slash command, and what is posted to its `response_url`.

use std::fmt::Write as _;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::bench::Build;
use crate::bench::fleet::{ACCOUNTS, Fleet, REGIONS, digits};
use crate::demo::exchange::{self, Replies};
use crate::demo::{Stage, http};
use crate::{children, paths};

/// What posts say that are no answer yet.
const NEWS: [&str; 2] = ["Still looking", "answered so far"];
const PATIENCE: Duration = Duration::from_secs(60);

/// Slack's side.
pub(super) struct Slack<'a> {
    pub(super) stage: &'a Stage,
    pub(super) replies: mpsc::Receiver<String>,
}

/// From the slash command to what came of it.
pub(super) struct Timed {
    /// To the first post that has what was looked for, or the end.
    pub(super) first: Duration,
    pub(super) whole: Duration,
    pub(super) answer: String,
}

impl Slack<'_> {
    /// Sends a line, and waits for its answer; `wanted` is in what is shown first.
    pub(super) fn says(&self, line: &str, wanted: &str) -> Result<Timed> {
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

/// An empty folder of that name, and what a server before the fleet needs in it.
pub(super) fn stage(name: &str, build: Build, fleet: &Fleet, replies: &Replies) -> Result<Stage> {
    let folder = paths::cache(name);
    crate::demo::clear(&folder)?;
    let stage = Stage {
        binary: build.binary()?,
        aws: fleet.address.clone(),
        folder,
        port: children::free_port()?,
        slack_port: replies.port()?,
        signing_secret: exchange::random_hex()?,
    };
    configure(&stage)?;
    Ok(stage)
}

/// Writes a configuration of the fleet's accounts, all of which Alice may read.
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
