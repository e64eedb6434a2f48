//! The real `bellhop serve` with a folder of its own.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::{BOT_TOKEN, Lifeline, SIGNING_SECRET, get, random_hex};

/// `bellhop serve`, and everything it wrote.
#[derive(Debug)]
pub struct Bellhop {
    binary: PathBuf,
    aws: String,
    /// Holds `bellhop.toml`, the database and the log.
    folder: PathBuf,
    port: u16,
    /// Set besides the tests' environment, over it.
    vars: Vec<(String, String)>,
    /// What `--config` says.
    config: String,
    starts: u32,
    running: Option<Lifeline>,
}

impl Bellhop {
    /// A folder with that configuration; nothing runs yet. `{listen}` in it becomes a free address.
    pub fn new(binary: &str, aws: &str, config: &str) -> Result<Bellhop> {
        let folder = std::env::temp_dir().join(format!("bellhop-test-{}", random_hex()));
        fs::create_dir_all(&folder)?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        fs::write(folder.join("bellhop.toml"), config.replace("{listen}", &format!("127.0.0.1:{port}")))?;
        let (binary, aws) = (PathBuf::from(binary), aws.to_owned());
        let config = "bellhop.toml".to_owned();
        Ok(Bellhop { binary, aws, folder, port, vars: Vec::new(), config, starts: 0, running: None })
    }

    /// The same, started.
    pub async fn start(binary: &str, aws: &str, config: &str) -> Result<Bellhop> {
        let mut bellhop = Bellhop::new(binary, aws, config)?;
        bellhop.serve().await?;
        Ok(bellhop)
    }

    /// `bellhop` with the tests' environment and nothing of the machine's own.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command.env_clear().current_dir(&self.folder);
        command.env("SLACK_SIGNING_SECRET", SIGNING_SECRET).env("SLACK_BOT_TOKEN", BOT_TOKEN);
        command.env("AWS_ENDPOINT_URL", &self.aws).env("AWS_REGION", "us-east-1");
        command.env("AWS_ACCESS_KEY_ID", "AKIDTEST").env("AWS_SECRET_ACCESS_KEY", "test-secret-key");
        command.env("AWS_EC2_METADATA_DISABLED", "true");
        for name in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
            command.env(name, self.folder.join("no-such-file"));
        }
        command.envs(self.vars.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Sets a variable for whatever is started from now on.
    pub fn set_var(&mut self, name: &str, value: &str) {
        self.vars.push((name.to_owned(), value.to_owned()));
    }

    /// Has whatever is started from now on read its configuration there.
    pub fn set_config(&mut self, place: &str) {
        place.clone_into(&mut self.config);
    }

    /// Runs `bellhop` with those words to its end.
    pub fn run(&self, words: &[&str]) -> Result<Output> {
        Ok(self.command().args(words).output()?)
    }

    /// Starts `bellhop serve` (again) and waits until it is ready.
    pub async fn serve(&mut self) -> Result<()> {
        self.starts += 1;
        let log = File::create(self.folder.join(format!("log.{}", self.starts)))?;
        let mut command = self.command();
        command.env("BELLHOP_LOG", "debug").args(["serve", "--config", &self.config]);
        let mut running = Lifeline::start(&command, |shell| {
            shell.stderr(log.try_clone().expect("a second handle of the log")).stdout(log);
        })?;
        let begun = Instant::now();
        while !get(&format!("{}/readyz", self.url())).await.is_ok_and(|answer| answer.status == 200) {
            if !running.is_running() || begun.elapsed() > Duration::from_secs(30) {
                bail!("bellhop serve does not get ready:\n{}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.running = Some(running);
        Ok(())
    }

    /// The running server.
    pub fn server(&mut self) -> Result<&mut Lifeline> {
        self.running.as_mut().context("bellhop serve is not running")
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.running = None;
    }

    /// Where it listens: `http://127.0.0.1:8080`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The logs of all its starts.
    pub fn log(&self) -> String {
        let logs = (1..=self.starts).map(|start| fs::read(self.folder.join(format!("log.{start}"))));
        logs.map(|log| String::from_utf8_lossy(&log.unwrap_or_default()).into_owned()).collect()
    }
}

impl Drop for Bellhop {
    fn drop(&mut self) {
        self.running = None;
        // A folder that stays in the temporary directory harms nobody.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Fails if `text` holds one of the `secrets`.
///
/// # Panics
/// When it does; the message does not repeat the secret.
pub fn assert_keeps_secrets(what: &str, text: &str, secrets: &[&str]) {
    for (number, secret) in secrets.iter().enumerate() {
        assert!(!text.contains(secret), "{what} holds secret number {}", number + 1);
    }
}
