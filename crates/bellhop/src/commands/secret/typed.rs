//! A secret that is handed in: by a pipe, or typed without being shown.

use std::io::{self, IsTerminal as _, Read as _, Write as _};

use anyhow::{Result, bail};
use nix::sys::termios::{self, LocalFlags, SetArg, Termios};
use slack::Secret;
use zeroize::Zeroizing;

/// The most that is read, in bytes.
const MOST: u64 = 64 * 1024;

/// Reads it from standard input: asked for on a terminal, to its end otherwise. White space around it does not count.
pub(super) fn secret(prompt: &str) -> Result<Secret> {
    let input = io::stdin();
    let mut text = Zeroizing::new(String::new());
    if input.is_terminal() {
        write!(io::stderr(), "{prompt}")?;
        let _hidden = Hidden::now()?;
        input.read_line(&mut text)?;
        writeln!(io::stderr())?;
    } else {
        input.lock().take(MOST + 1).read_to_string(&mut text)?;
    }
    if text.len() as u64 > MOST {
        bail!("that has more than {MOST} bytes");
    }
    if text.trim().is_empty() {
        bail!("nothing was handed in: pipe the secret into standard input, or type it when asked");
    }
    Ok(Secret::new(text.trim()))
}

/// A terminal that shows nothing of what is typed, until this is dropped.
struct Hidden(Termios);

impl Hidden {
    fn now() -> Result<Hidden> {
        let before = termios::tcgetattr(io::stdin())?;
        let mut quiet = before.clone();
        quiet.local_flags.remove(LocalFlags::ECHO);
        termios::tcsetattr(io::stdin(), SetArg::TCSAFLUSH, &quiet)?;
        Ok(Hidden(before))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // A terminal that is gone needs no care.
        let _ = termios::tcsetattr(io::stdin(), SetArg::TCSAFLUSH, &self.0);
    }
}
