//! What a command line sees of the world around it. Everything is given; nothing is looked up.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The files that a command line may read and write.
pub trait Files: Send + Sync {
    /// The whole content of a file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// Creates or replaces a file.
    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()>;
}

/// No files at all: each read says "not found" and each write is refused.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _path: &Path) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn write(&self, _path: &Path, _content: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::PermissionDenied.into())
    }
}

/// The world around a command line.
#[derive(Clone)]
pub struct Environment {
    /// Environment variables.
    pub vars: BTreeMap<String, String>,
    /// The caller's home directory, for `~` and `~/.aws`.
    pub home: Option<PathBuf>,
    /// Files; [`NoFiles`] in chat.
    pub files: Arc<dyn Files>,
    /// Whether standard output is a terminal.
    pub is_terminal: bool,
    /// The width of the terminal in columns.
    pub columns: usize,
}

impl Environment {
    /// A world without variables and files, as chat has it.
    pub fn empty() -> Environment {
        Environment {
            vars: BTreeMap::new(),
            home: None,
            files: Arc::new(NoFiles),
            is_terminal: false,
            columns: 80,
        }
    }

    /// The variable of that name, unless it is absent or empty.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.vars.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }
}
