//! A local AWS: moto, the one that the whole run shares or one of the test's own.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use crate::{Lifeline, get, post};

/// A running AWS on loopback.
#[derive(Debug)]
pub struct Aws {
    url: String,
    _server: Option<Lifeline>,
}

impl Aws {
    /// The one that `BELLHOP_TEST_AWS` names, or a moto of the environment that `cargo xtask test` makes.
    pub async fn start() -> Result<Aws> {
        if let Ok(url) = std::env::var("BELLHOP_TEST_AWS")
            && !url.is_empty()
        {
            return Ok(Aws { url, _server: None });
        }
        Aws::own(python_programs().join("moto_server")).await
    }

    /// One of the test's own that can enforce IAM: moto, or the program of the same command line that
    /// `BELLHOP_TEST_STRICT_AWS` names.
    pub async fn strict() -> Result<Aws> {
        match std::env::var("BELLHOP_TEST_STRICT_AWS") {
            Ok(program) if !program.is_empty() => Aws::own(PathBuf::from(program)).await,
            _ => Aws::own(python_programs().join("moto_server")).await,
        }
    }

    /// One of the test's own whose DynamoDB several clients can use at once: moto, answering one request after the other.
    /// Each query is held against what moto itself finds.
    pub async fn in_turn() -> Result<Aws> {
        let mut command = in_turn();
        command.env("MOTO_CHECKED", "1");
        Aws::run(command).await
    }

    /// The same without that, which would take moto seconds where there are many items.
    pub async fn in_turn_for_many() -> Result<Aws> {
        Aws::run(in_turn()).await
    }

    /// What one that answers in turn was asked, a line each: operation, how often, how often refused, seconds in all.
    pub async fn asked(&self) -> Result<String> {
        Ok(get(&format!("{}/asked", self.url)).await?.text())
    }

    /// From now on only what IAM allows is answered.
    pub async fn enforce(&self) -> Result<()> {
        let plain = [("content-type", "text/plain".to_owned())];
        let answer = post(&format!("{}/moto-api/reset-auth", self.url), &plain, "0").await?;
        ensure!(answer.status == 200, "moto answers {} to the wish to enforce IAM", answer.status);
        Ok(())
    }

    /// From now on functions answer with what they are given; nothing of theirs is run.
    pub async fn echo_functions(&self) -> Result<()> {
        let json = [("content-type", "application/json".to_owned())];
        let wish = r#"{"lambda": {"use_docker": false}}"#;
        let answer = post(&format!("{}/moto-api/config", self.url), &json, wish).await?;
        ensure!(answer.status == 201, "moto answers {} to the wish for plain functions", answer.status);
        Ok(())
    }

    async fn own(program: PathBuf) -> Result<Aws> {
        Aws::run(Command::new(program)).await
    }

    async fn run(mut command: Command) -> Result<Aws> {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let program = PathBuf::from(command.get_program());
        if !program.is_file() {
            bail!("{} is missing: run `cargo xtask test` once, which makes it", program.display());
        }
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        let mut server = Lifeline::start(&command, |shell| {
            shell.stdout(Stdio::null()).stderr(Stdio::null());
        })?;
        let url = format!("http://127.0.0.1:{port}");
        let begun = Instant::now();
        while get(&format!("{url}/moto-api/")).await.is_err() {
            if !server.is_running() || begun.elapsed() > Duration::from_secs(60) {
                bail!("moto does not start");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(Aws { url, _server: Some(server) })
    }

    /// Where it answers: `http://127.0.0.1:4566`.
    pub fn url(&self) -> &str {
        &self.url
    }
}

fn in_turn() -> Command {
    let mut command = Command::new(python_programs().join("python"));
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/moto_in_turn.py"));
    command
}

/// Programs of the Python environment under `target/venv`.
pub(crate) fn python_programs() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/venv/bin"))
}

/// The id of an account nobody else uses: moto makes an account when a role in it is assumed.
pub fn fresh_account() -> String {
    let hex = crate::random_hex();
    hex.bytes().filter(u8::is_ascii_digit).chain(std::iter::repeat(b'7')).take(12).map(char::from).collect()
}
