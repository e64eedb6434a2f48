//! What credentials may be looked for in: handed in, so that chat hands in nothing.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::BoxFuture;

/// The environment, files and processes that a chain of sources may use.
pub trait Surroundings: Send + Sync + fmt::Debug {
    /// An environment variable; an empty one counts as absent.
    fn var(&self, name: &str) -> Option<String>;

    /// The home directory.
    fn home(&self) -> Option<PathBuf>;

    /// A file's content.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// Writes a file that only its owner may read (a renewed token). Refused unless a terminal implements it.
    fn write_private(&self, _path: &Path, _content: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Runs a command line as a shell's words and yields what it prints (`credential_process`). Refused unless a terminal
    /// implements it.
    fn run(&self, _command: &str) -> BoxFuture<'_, io::Result<Vec<u8>>> {
        Box::pin(std::future::ready(Err(io::ErrorKind::Unsupported.into())))
    }

    /// Asks the user (a code of an MFA device). Refused unless a terminal implements it.
    fn ask(&self, _prompt: &str) -> io::Result<String> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// A path with `~` at its start replaced by the home directory.
pub(crate) fn expand(path: &str, surroundings: &dyn Surroundings) -> PathBuf {
    match (path.strip_prefix('~'), surroundings.home()) {
        (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => {
            home.join(rest.trim_start_matches('/'))
        }
        _ => PathBuf::from(path),
    }
}
