//! Carries what is committed from the WAL into the database, beside the thread that writes: whoever waits for a
//! commit does not wait for that. Durability is not its business: a commit is safe once the WAL is on the disk.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;

use crate::StoreError;

/// After how many calls there is enough to carry: about 4 MB.
const CALLS: usize = 256;

/// The WAL's length in pages (32 MB) from which the writer itself lends a hand. Under steady load only it can finish,
/// and let the WAL begin anew.
pub(super) const WRITER_HELPS: u32 = 8000;

/// A thread with a connection of its own, ended by dropping this.
pub(crate) struct Checkpointer {
    nudge: Option<SyncSender<()>>,
    handle: Option<JoinHandle<()>>,
    calls: usize,
}

impl Checkpointer {
    pub(super) fn start(connection: Connection) -> Result<Checkpointer, StoreError> {
        let (nudge, nudged) = sync_channel(1);
        let body = move || {
            while nudged.recv() == Ok(()) {
                // A fault leaves the WAL as it is: the next checkpoint does both, and a broken disk fails the writer.
                let _ = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
            }
        };
        let handle = std::thread::Builder::new().name("store-checkpoint".to_owned()).spawn(body)?;
        Ok(Checkpointer { nudge: Some(nudge), handle: Some(handle), calls: 0 })
    }

    /// So many calls more are committed.
    pub(super) fn committed(&mut self, calls: usize) {
        self.calls += calls;
        if self.calls >= CALLS && self.nudge.as_ref().is_some_and(|nudge| nudge.try_send(()).is_ok()) {
            self.calls = 0;
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        drop(self.nudge.take());
        if let Some(handle) = self.handle.take() {
            let _ = handle.join();
        }
    }
}
