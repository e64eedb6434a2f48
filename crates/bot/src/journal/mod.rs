//! The record as a whole: the heads of its chains are signed from time to time, they are copied elsewhere if that is configured, and it can
//! be searched.
//!
//! What stands in a row is `record`'s business; how rows are chained is the store's. Absent on purpose: any way to change
//! or remove a row.

mod aws_copy;
mod backlog;
mod entry;
mod filter;
mod merged;
mod moment;
mod search;
mod sign;

pub(crate) use moment::{duration, shown};
pub(crate) use sign::now as sign_now;

pub use aws_copy::{AwsCopy, CopyTarget};
pub use backlog::{AuditCopy, CopyFault};
pub use entry::Entry;
pub use filter::{Filter, FilterFault};
pub use merged::{Newest, Oldest, Position, PositionFault};
pub use search::{Found, search};

use crate::bot::Inner;
use store::StoreError;

/// Keeps the record signed and copied, for ever.
pub(crate) async fn keep(inner: &Inner) {
    tokio::join!(sign::keep(inner), backlog::keep(inner));
}

/// Signs what came since, and copies what waits.
pub(crate) async fn once(inner: &Inner) {
    sign::now(inner).await;
    backlog::catch_up(inner).await;
}

/// Signs and copies what came last, when nothing more will come.
pub(crate) async fn finish(inner: &Inner) {
    sign::now(inner).await;
    backlog::last(inner).await;
}

/// How many rows are not copied elsewhere yet; `None` where they are not to be.
///
/// # Errors
/// The store does not answer.
pub(crate) async fn uncopied(inner: &Inner) -> Result<Option<u64>, StoreError> {
    match &inner.copy {
        Some(copy) => Ok(Some(backlog::waiting(inner, &**copy).await?)),
        None => Ok(None),
    }
}
