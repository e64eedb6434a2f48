//! What a command line sees of the world around it. Everything is given; nothing is looked up.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The files that a command line may read and write, and the programs that it may run. What an implementation leaves out says that it is not supported.
pub trait Files: Send + Sync {
    /// The whole content of a file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// Creates or replaces a file.
    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()>;

    /// The same for a file that only its owner may read, if it is created.
    fn write_private(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.write(path, content)
    }

    /// What is known of a path; `follow` looks behind a symbolic link.
    fn facts(&self, _path: &Path, _follow: bool) -> io::Result<FileFacts> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// The names in a folder, in any order.
    fn names(&self, _folder: &Path) -> io::Result<Vec<OsString>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Up to `length` bytes of a file from that position on.
    fn read_part(&self, _path: &Path, _from: u64, _length: usize) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Creates or empties a file, to be written piece by piece.
    fn create(&self, _path: &Path) -> io::Result<Box<dyn Write + Send>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Gives a file another name, replacing what has that name.
    fn rename(&self, _from: &Path, _to: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Creates a folder and those above it, unless they are there.
    fn create_folder(&self, _path: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Removes a file.
    fn remove(&self, _path: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Sets when a file was last changed.
    fn set_modified(&self, _path: &Path, _time: jiff::Timestamp) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// The folder that relative paths start from.
    fn current_folder(&self) -> io::Result<PathBuf> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Runs a program without a shell and waits for its end. Only a terminal's commands ask for it.
    fn run_program(&self, _program: &str, _arguments: &[String]) -> io::Result<Finished> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// The same for a program that shares this terminal; its exit code, unless a signal ended it.
    fn run_attached(&self, _program: &str, _arguments: &[String]) -> io::Result<Option<i32>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Standard input.
    fn input(&self) -> io::Result<Box<dyn Read + Send>> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Its exit code, unless a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to standard output.
    pub out: Vec<u8>,
    /// What it wrote to standard error.
    pub err: Vec<u8>,
}

/// What is known of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileFacts {
    /// What it is.
    pub kind: FileKind,
    /// Its length in bytes.
    pub size: u64,
    /// When it was last changed, where that can be said.
    pub modified: Option<jiff::Timestamp>,
    /// Whether its owner may run it.
    pub is_executable: bool,
}

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link that was not followed.
    Link,
    /// A device, a pipe, a socket.
    Special,
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
    /// When the line was written.
    pub now: jiff::Timestamp,
    /// A random number, for the names that some commands make up.
    pub chance: u32,
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
            now: jiff::Timestamp::UNIX_EPOCH,
            chance: 0,
        }
    }

    /// The variable of that name, unless it is absent or empty.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.vars.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// A path for a file that is removed again.
    pub(crate) fn temporary(&self, name: &str) -> PathBuf {
        PathBuf::from(self.var("TMPDIR").unwrap_or("/tmp")).join(name)
    }

    /// A path with `~` and `$NAME` or `${NAME}` filled in; what is unknown stays as it is.
    pub fn expand_path(&self, path: &str) -> PathBuf {
        let path = self.expand_variables(path);
        match (path.strip_prefix('~'), &self.home) {
            (Some(""), Some(home)) => home.clone(),
            (Some(rest), Some(home)) if rest.starts_with('/') => home.join(rest.trim_start_matches('/')),
            _ => PathBuf::from(path),
        }
    }

    fn expand_variables(&self, path: &str) -> String {
        let mut out = String::with_capacity(path.len());
        let mut rest = path;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            let after = &rest[at + 1..];
            let (name, length) = match after.strip_prefix('{').and_then(|braced| braced.split_once('}')) {
                Some((name, _)) => (name, name.len() + 2),
                None => {
                    let end =
                        after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(after.len());
                    (&after[..end], end)
                }
            };
            match self.vars.get(name) {
                Some(value) => out.push_str(value),
                None => out.push_str(&rest[at..at + 1 + length]),
            }
            rest = &after[length..];
        }
        out.push_str(rest);
        out
    }
}
