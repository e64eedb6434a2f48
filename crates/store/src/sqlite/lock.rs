//! Files that must not be shared: the owner's lock, and the database's mode.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use crate::StoreError;

/// Held for as long as this process owns the jobs; the system releases it when the process is gone, however it went.
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock or says who has it.
    pub(crate) fn take(path: &Path) -> Result<Lock, StoreError> {
        let file = private().create(true).write(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: path.display().to_string() }),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }
}

/// Creates the file with a mode that keeps others out, before SQLite would create it with the usual one. SQLite
/// gives its `-wal` and `-shm` files the mode of the database.
pub(crate) fn make_private(path: &Path) -> Result<(), StoreError> {
    private().create(true).append(true).open(path)?;
    Ok(())
}

fn private() -> OpenOptions {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
