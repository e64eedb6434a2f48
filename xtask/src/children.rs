//! Programs that must not outlive this one, however it ends.

use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

/// Ends the program when our end of the pipe closes, which the kernel sees to even after `kill -9`.
const LIFELINE: &str =
    r#"exec 3<&0; (read _ <&3; kill -TERM $$) >/dev/null 2>&1 & exec "$@" 3<&- </dev/null"#;

/// A running program, ended when this is dropped.
pub(crate) struct Running {
    child: Child,
    name: String,
}

impl Running {
    /// Starts `command`, with its output in `log`.
    pub(crate) fn start(name: &str, command: &Command, log: &Path) -> Result<Running> {
        let out = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut shell = Command::new("sh");
        shell.args(["-c", LIFELINE, "sh"]).arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        shell.stdin(Stdio::piped()).stdout(out.try_clone()?).stderr(out);
        let child = shell.spawn().with_context(|| format!("cannot start {name}"))?;
        Ok(Running { child, name: name.to_owned() })
    }

    /// Waits until `ready` holds; an error when the program ends first or the time runs out.
    pub(crate) fn wait_until(&mut self, limit: Duration, mut ready: impl FnMut() -> bool) -> Result<()> {
        let begun = Instant::now();
        while !ready() {
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended with {status} before it was ready", self.name);
            }
            if begun.elapsed() > limit {
                bail!("{} was not ready after {} s", self.name, limit.as_secs());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// The program's id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the program to end by itself.
    pub(crate) fn wait(&mut self) -> Result<()> {
        // The child's own `wait` would close the pipe first, which ends the program.
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended with {status}", self.name);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Closing the pipe asks it to end; then it has a moment to drain before it is made to.
        drop(self.child.stdin.take());
        for _ in 0..250 {
            if matches!(self.child.try_wait(), Ok(Some(_)) | Err(_)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port on loopback that nobody listens on right now.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0)).context("no free port")?.local_addr()?.port())
}

/// Starts moto on a free port and waits until it answers; also returns its address.
pub(crate) fn moto(programs: &Path, log: &Path) -> Result<(Running, String)> {
    let port = free_port()?;
    let mut command = Command::new(programs.join("moto_server"));
    command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
    let mut running = Running::start("moto", &command, log)?;
    running.wait_until(Duration::from_secs(60), || {
        crate::demo::http::get(port, "/moto-api/").is_ok_and(|answer| answer.status == 200)
    })?;
    Ok((running, format!("http://127.0.0.1:{port}")))
}
