//! This machine, as command lines and the chain of credentials ask for it.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_call::credentials::Surroundings;
use aws_call::{BoxFuture, Clock as _, SystemClock};
use aws_cli::Environment;

use crate::files::RealFiles;

/// What a command line of the terminal sees.
pub(super) fn environment(vars: BTreeMap<String, String>) -> Environment {
    let columns = vars.get("COLUMNS").and_then(|columns| columns.parse().ok()).unwrap_or(80);
    Environment {
        home: home(&vars),
        vars,
        files: Arc::new(RealFiles),
        is_terminal: io::stdout().is_terminal(),
        columns,
        now: SystemClock.now(),
        chance: chance(),
    }
}

/// A random number, though not one for secrets: a cryptographic generator takes 20 ms to start, more than all the rest.
fn chance() -> u32 {
    RandomState::new().build_hasher().finish() as u32
}

/// The home directory.
pub(super) fn home(vars: &BTreeMap<String, String>) -> Option<PathBuf> {
    vars.get("HOME").filter(|home| !home.is_empty()).map(PathBuf::from)
}

/// The machine of this process.
pub(super) struct Machine(pub(super) Environment);

impl fmt::Debug for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Environments hold secrets.
        f.write_str("Machine")
    }
}

impl Surroundings for Machine {
    fn var(&self, name: &str) -> Option<String> {
        self.0.var(name).map(str::to_owned)
    }

    fn home(&self) -> Option<PathBuf> {
        self.0.home.clone()
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0.files.read(path)
    }

    fn write_private(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.0.files.write_private(path, content)
    }

    fn run(&self, command: &str) -> BoxFuture<'_, io::Result<Vec<u8>>> {
        let words = aws_cli::words::split(command);
        Box::pin(async move {
            let words = words.map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
            let words: Vec<String> = words.into_iter().map(|word| word.text).collect();
            let [program, arguments @ ..] = words.as_slice() else {
                return Err(io::ErrorKind::InvalidInput.into());
            };
            run_program(program.clone(), arguments.to_vec()).await
        })
    }

    fn ask(&self, prompt: &str) -> io::Result<String> {
        write!(io::stderr(), "{prompt}")?;
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        Ok(answer.trim().to_owned())
    }
}

/// A `credential_process`, which the operator has configured for this machine.
#[expect(
    clippy::disallowed_methods,
    reason = "the shared configuration names a program that yields credentials"
)]
async fn run_program(program: String, arguments: Vec<String>) -> io::Result<Vec<u8>> {
    let run = move || {
        std::process::Command::new(program).args(arguments).stderr(std::process::Stdio::inherit()).output()
    };
    let output = tokio::task::spawn_blocking(run).await.map_err(io::Error::other)??;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(io::Error::other(format!("it ended with {}", output.status)))
    }
}
