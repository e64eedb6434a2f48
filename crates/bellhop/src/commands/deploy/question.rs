//! Whether somebody at the terminal agrees.

use std::io::{self, IsTerminal as _, Write as _};

use anyhow::{Result, bail};

/// An error where nobody can be asked and nobody has agreed beforehand.
pub(super) fn somebody_is_there(yes: bool) -> Result<()> {
    if !yes && !io::stdin().is_terminal() {
        bail!("nobody can be asked here: --yes agrees beforehand, --dry-run changes nothing");
    }
    Ok(())
}

/// Asks; `yes` has said so already.
///
/// # Errors
/// Nobody can be asked.
pub(super) fn agreed(yes: bool, question: &str) -> Result<bool> {
    if yes {
        return Ok(true);
    }
    somebody_is_there(yes)?;
    write!(io::stdout(), "{question} [y/N] ")?;
    io::stdout().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
