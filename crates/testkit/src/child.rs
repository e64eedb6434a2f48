//! Programs that end with the test, however it ends.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};

/// Ends the program when our end of the pipe closes, which the kernel sees to even when the test is killed.
const SCRIPT: &str = r#"exec 3<&0; (read _ <&3; kill -KILL $$) >/dev/null 2>&1 & exec "$@" 3<&- </dev/null"#;

/// A child process, killed when this is dropped.
#[derive(Debug)]
pub struct Lifeline {
    child: Child,
}

impl Lifeline {
    /// Starts `command` with its environment; `prepare` may redirect its output.
    pub fn start(command: &Command, prepare: impl FnOnce(&mut Command)) -> Result<Lifeline> {
        let mut shell = Command::new("sh");
        shell.args(["-c", SCRIPT, "sh"]).arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        if let Some(folder) = command.get_current_dir() {
            shell.current_dir(folder);
        }
        prepare(&mut shell);
        shell.stdin(Stdio::piped());
        let child = shell.spawn().with_context(|| format!("cannot start {:?}", command.get_program()))?;
        Ok(Lifeline { child })
    }

    /// The program's id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Sends it a signal by name: `TERM`, `INT`.
    pub fn signal(&self, name: &str) -> Result<()> {
        let status = Command::new("kill").args([format!("-{name}"), self.id().to_string()]).status()?;
        anyhow::ensure!(status.success(), "kill -{name} failed");
        Ok(())
    }

    /// `kill -9`, and waits until it is gone.
    pub fn kill(&mut self) {
        // An error means that it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Waits for its end; the exit code, if it ended by itself.
    pub fn wait(&mut self) -> Result<Option<i32>> {
        // The child's own `wait` would close the pipe first, which ends the program.
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status.code());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Lifeline {
    fn drop(&mut self) {
        self.kill();
    }
}
