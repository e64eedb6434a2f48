//! This machine's files and programs, for command lines of the terminal.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use aws_cli::{FileFacts, FileKind, Files, Finished, Timestamp};

/// The machine's files.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RealFiles;

#[expect(
    clippy::disallowed_methods,
    reason = "the rim: a terminal's command line may use files and programs"
)]
impl Files for RealFiles {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        fs::write(path, content)
    }

    fn write_private(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        use std::os::unix::fs::OpenOptionsExt as _;
        let mut file = fs::File::options().write(true).create(true).truncate(true).mode(0o600).open(path)?;
        file.write_all(content)
    }

    fn facts(&self, path: &Path, follow: bool) -> io::Result<FileFacts> {
        use std::os::unix::fs::PermissionsExt as _;
        let found = if follow { fs::metadata(path)? } else { fs::symlink_metadata(path)? };
        let kind = found.file_type();
        let kind = if kind.is_symlink() {
            FileKind::Link
        } else if kind.is_dir() {
            FileKind::Folder
        } else if kind.is_file() {
            FileKind::File
        } else {
            FileKind::Special
        };
        let modified = found.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
        let is_executable = found.permissions().mode() & 0o100 != 0;
        Ok(FileFacts { kind, size: found.len(), modified, is_executable })
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect()
    }

    fn read_part(&self, path: &Path, from: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut file = fs::File::open(path)?;
        file.seek(SeekFrom::Start(from))?;
        let mut part = Vec::with_capacity(length);
        file.take(length as u64).read_to_end(&mut part)?;
        Ok(part)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn Write + Send>> {
        Ok(Box::new(io::BufWriter::new(fs::File::create(path)?)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn set_modified(&self, path: &Path, time: Timestamp) -> io::Result<()> {
        fs::File::options().write(true).open(path)?.set_modified(SystemTime::from(time))
    }

    fn current_folder(&self) -> io::Result<PathBuf> {
        std::env::current_dir()
    }

    fn run_program(&self, program: &str, arguments: &[String]) -> io::Result<Finished> {
        let ended = std::process::Command::new(program).args(arguments).output()?;
        Ok(Finished { code: ended.status.code(), out: ended.stdout, err: ended.stderr })
    }

    fn run_attached(&self, program: &str, arguments: &[String]) -> io::Result<Option<i32>> {
        Ok(std::process::Command::new(program).args(arguments).status()?.code())
    }

    fn input(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(io::stdin()))
    }
}
