//! Seals what waits in the store: whoever can write there can neither forge nor read it.
//!
//! AES-256-GCM by the newest key of a [`Keyring`]; a sealed text names its key, and older keys still open. What is sealed
//! is bound to its purpose and to the record it stands in: a payload copied to another job, or made a read that was a
//! write, does not open. Absent on purpose: where keys come from; whoever starts the bot brings them, as a file's content
//! or by a [`KeySource`] that is asked again when a text names a key that is not known, and from time to time.

mod anew;
mod kept;
mod key;
mod ring;
#[cfg(test)]
mod tests;

pub use anew::{SealedAnew, seal_anew};
pub use kept::{KeptKeyFault, kept_key};
pub use key::{KeyId, SealKey};
pub use ring::{KeySource, Keyring, NoKeys};

/// What a sealed text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A job's payload.
    Payload,
    /// A job's reply.
    Reply,
    /// A question that waits for somebody's word.
    Pending,
    /// A grant given for a while.
    Elevation,
    /// A freeze.
    Freeze,
    /// Who is in a group, or what kind of user somebody is.
    Members,
    /// A grant made from Slack, or a change of one that waits for its confirmation.
    Grant,
    /// An alias.
    Alias,
    /// A user's last lines, and their results.
    History,
    /// What hashes are made with.
    HashKey,
    /// A key of Bellhop's own that is kept in the store.
    Kept,
    /// What lies in a shared cache.
    Cache,
}

impl Purpose {
    fn name(self) -> &'static [u8] {
        match self {
            Purpose::Payload => b"bellhop job payload",
            Purpose::Reply => b"bellhop job reply",
            Purpose::Pending => b"bellhop pending question",
            Purpose::Elevation => b"bellhop elevation",
            Purpose::Freeze => b"bellhop freeze",
            Purpose::Members => b"bellhop members",
            Purpose::Grant => b"bellhop grant",
            Purpose::Alias => b"bellhop alias",
            Purpose::History => b"bellhop history",
            Purpose::HashKey => b"bellhop hash key",
            Purpose::Kept => b"bellhop kept key",
            Purpose::Cache => b"bellhop cache",
        }
    }
}

/// Why something cannot be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It does not hold 64 hexadecimal digits a key.
    #[error("a key is 64 hexadecimal digits, one key a line")]
    Key,
    /// The system gives no randomness, or the cipher failed.
    #[error("the cipher failed")]
    Cipher,
    /// There is no key at this moment: they could not be had anew in time.
    #[error("there is no key to seal or open with")]
    NoKey,
    /// It was not sealed by a key of this ring for this record.
    #[error("not sealed by a known key for this record")]
    Forged,
}
