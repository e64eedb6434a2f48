//! What can go wrong with a store.

/// Why a call of a store failed. Unless the variant says otherwise, nothing was changed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The job is held by somebody else by now, or closed. What this holder did must not be recorded as the result.
    #[error("the job is no longer held by this worker")]
    Lost,
    /// Another process owns the jobs of this store.
    #[error("another process is using the store at {path}")]
    InUse {
        /// The lock file.
        path: String,
    },
    /// Only the process that owns the jobs may do that.
    #[error("this process does not own the jobs of the store")]
    NotOwner,
    /// The store was written by a newer Bellhop.
    #[error(
        "the store has format {found}, and this version knows formats up to {known}: a newer Bellhop has made it, which is \
         the one to use"
    )]
    TooNew {
        /// The format of the store.
        found: i64,
        /// The newest format known here.
        known: i64,
    },
    /// A record is larger than a store takes.
    #[error("a record of {size} bytes is larger than the {limit} that a store takes")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
        /// The bound in bytes.
        limit: usize,
    },
    /// What was asked makes no sense.
    #[error("a store cannot do that: {0}")]
    Unfit(String),
    /// A stored record cannot be read back.
    #[error("a stored record cannot be read: {0}")]
    Unreadable(String),
    /// The database or the file system failed. Whether the change was made is unknown only if the commit itself
    /// failed, which the text then says.
    #[error("the store failed: {0}")]
    Failed(String),
    /// The store has been shut down.
    #[error("the store is closed")]
    Closed,
}
