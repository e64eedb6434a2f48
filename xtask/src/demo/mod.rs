//! Bellhop as its users meet it, with nothing but this machine: a local AWS (moto) with two accounts' worth of
//! things, `bellhop serve` with the console page, and one slash command end to end.

pub(crate) mod config;
pub(crate) mod exchange;
pub(crate) mod http;
mod operations;
mod seed;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::children::{Running, free_port, moto};
use crate::{models, paths, step, venv};

/// How long the demo lasts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stay {
    /// One exchange.
    Once,
    /// The exchange, then the page until Ctrl-C.
    UntilInterrupted,
}

/// What the parts of the demo must know of each other.
pub(crate) struct Stage {
    /// `bellhop`.
    pub(crate) binary: PathBuf,
    /// The local AWS.
    pub(crate) aws: String,
    /// Holds configuration, database and logs of this run.
    pub(crate) folder: PathBuf,
    /// Where `serve` listens.
    pub(crate) port: u16,
    /// Where the stand-in for Slack's `response_url` listens.
    pub(crate) slack_port: u16,
    /// What requests are signed with.
    pub(crate) signing_secret: String,
}

impl Stage {
    /// `bellhop` with the local AWS as its world, and nothing of this machine's own AWS settings.
    pub(crate) fn bellhop(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command.env_clear();
        for kept in ["PATH", "HOME", "TMPDIR"] {
            command.envs(std::env::var_os(kept).map(|value| (kept, value)));
        }
        command.env("AWS_ENDPOINT_URL", &self.aws).env("AWS_REGION", "us-east-1");
        command.env("AWS_ACCESS_KEY_ID", "demo").env("AWS_SECRET_ACCESS_KEY", "demo");
        command.env("AWS_EC2_METADATA_DISABLED", "true");
        command.env("AWS_CONFIG_FILE", self.folder.join("no-such-file"));
        command.env("AWS_SHARED_CREDENTIALS_FILE", self.folder.join("no-such-file"));
        command
    }
}

/// Runs the demo.
pub(crate) fn run(stay: Stay) -> Result<()> {
    models::run()?;
    let programs = venv::ensure()?;
    let binary = build()?;
    let folder = paths::cache("demo");
    clear(&folder)?;
    let (_moto, aws) = step::step("a local AWS (moto)", || moto(&programs, &folder.join("moto.log")))?;
    let replies = exchange::Replies::listen()?;
    let stage = Stage {
        binary,
        aws,
        folder,
        port: free_port()?,
        slack_port: replies.port()?,
        signing_secret: exchange::random_hex()?,
    };
    let instances = step::step("two accounts with things in them", || seed::run(&stage))?;
    config::write(&stage)?;
    let mut serve = step::step("bellhop serve", || serve(&stage))?;
    exchange::run(&stage, replies, &instances)?;
    if stay == Stay::Once {
        return Ok(());
    }
    step::say(&format!("\nThe console: {}\nCtrl-C ends it.", console_address(&stage)?));
    serve.wait()
}

fn build() -> Result<PathBuf> {
    step::step("building bellhop (the first time takes a few minutes)", || {
        step::show(step::cargo().args(["build", "--package", "bellhop"]))
    })?;
    Ok(paths::build("debug").join("bellhop"))
}

/// An empty folder in that place.
pub(crate) fn clear(folder: &Path) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

/// `bellhop serve`, ready.
pub(crate) fn serve(stage: &Stage) -> Result<Running> {
    let mut command = stage.bellhop();
    command.env("SLACK_SIGNING_SECRET", &stage.signing_secret).args(["serve", "--config"]);
    command.arg(stage.folder.join("bellhop.toml"));
    let log = stage.folder.join("serve.log");
    let mut running = Running::start("bellhop serve", &command, &log)?;
    running
        .wait_until(Duration::from_secs(20), || {
            http::get(stage.port, "/readyz").is_ok_and(|answer| answer.status == 200)
        })
        .with_context(|| format!("its log:\n{}", std::fs::read_to_string(&log).unwrap_or_default()))?;
    Ok(running)
}

/// `serve` prints the page's address, with the secret that opens it.
fn console_address(stage: &Stage) -> Result<String> {
    let log = std::fs::read_to_string(stage.folder.join("serve.log"))?;
    let address = log.split_whitespace().find(|word| word.contains("/console?"));
    Ok(address.context("bellhop serve printed no address of the console")?.to_owned())
}
