//! Files that only exist in memory: the empty folder that every recording was made in.
//!
//! The root and the current folder are folders; nothing else is there until the command line makes it. Standard input is empty.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use aws_cli::{FileFacts, FileKind, Files};

/// Where the command line runs.
const FOLDER: &str = "/tmp/work";

/// What a command line has written so far.
#[derive(Debug, Default)]
pub(crate) struct Written(Arc<Mutex<Contents>>);

/// Names and what they hold.
type Contents = Vec<(String, Vec<u8>)>;

impl Written {
    pub(crate) fn all(&self) -> Contents {
        self.0.lock().map(|files| files.clone()).unwrap_or_default()
    }

    fn find(&self, path: &Path) -> io::Result<Vec<u8>> {
        let name = path.to_string_lossy();
        let found = self.all().into_iter().rev().find(|(written, _)| *written == name);
        found.map(|(_, content)| content).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn change(&self, change: impl FnOnce(&mut Contents)) {
        if let Ok(mut files) = self.0.lock() {
            change(&mut files);
        }
    }
}

/// A file that is written piece by piece.
struct Growing {
    files: Arc<Mutex<Contents>>,
    name: String,
}

impl io::Write for Growing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Ok(mut files) = self.files.lock()
            && let Some((_, content)) = files.iter_mut().rev().find(|(name, _)| *name == self.name)
        {
            content.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether a path leads to the current folder or one above it.
fn is_folder(path: &Path) -> bool {
    path.as_os_str().is_empty() || path == Path::new(".") || Path::new(FOLDER).starts_with(path)
}

impl Files for Written {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.find(path)
    }

    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        self.change(|files| files.push((path.to_string_lossy().into_owned(), content.to_vec())));
        Ok(())
    }

    fn facts(&self, path: &Path, _follow: bool) -> io::Result<FileFacts> {
        if is_folder(path) {
            return Ok(FileFacts { kind: FileKind::Folder, size: 0, modified: None, is_executable: false });
        }
        let size = u64::try_from(self.find(path)?.len()).unwrap_or(u64::MAX);
        Ok(FileFacts { kind: FileKind::File, size, modified: None, is_executable: false })
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        let all = self.all();
        let inside = all.iter().map(|(name, _)| Path::new(name)).filter(|path| path.parent() == Some(folder));
        Ok(inside.filter_map(Path::file_name).map(OsString::from).collect())
    }

    fn read_part(&self, path: &Path, from: u64, length: usize) -> io::Result<Vec<u8>> {
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        Ok(self.find(path)?.into_iter().skip(from).take(length).collect())
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn io::Write + Send>> {
        self.write(path, &[])?;
        Ok(Box::new(Growing { files: Arc::clone(&self.0), name: path.to_string_lossy().into_owned() }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let content = self.find(from)?;
        self.remove(from)?;
        self.write(to, &content)
    }

    fn create_folder(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let name = path.to_string_lossy();
        self.change(|files| files.retain(|(written, _)| *written != name));
        Ok(())
    }

    fn set_modified(&self, _path: &Path, _time: jiff::Timestamp) -> io::Result<()> {
        Ok(())
    }

    fn current_folder(&self) -> io::Result<PathBuf> {
        Ok(PathBuf::from(FOLDER))
    }

    fn input(&self) -> io::Result<Box<dyn io::Read + Send>> {
        Ok(Box::new(io::empty()))
    }
}
