//! Freezes as records: what is frozen, by whom, until when, and why.

use policy::Freeze;
use serde::{Deserialize, Serialize};
use store::{Change, Expect, UnixMillis};

use crate::asking::lasting::moment;
use crate::asking::pending::PendingFault;
use crate::seal::{Keyring, Purpose};

/// The kind of these records in the store.
pub(crate) const KIND: &str = "freeze";
/// The key of the freeze of everything; accounts' keys begin with [`ACCOUNT`].
pub(crate) const ALL: &str = "all";
const ACCOUNT: &str = "account:";
/// The version of [`Frozen`].
const VERSION: u32 = 1;

/// A freeze as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Frozen {
    version: u32,
    pub(crate) by: String,
    pub(crate) at: i64,
    pub(crate) until: Option<i64>,
    pub(crate) reason: Option<String>,
}

/// The key for an account, or for all.
pub(crate) fn key(account: Option<&str>) -> String {
    account.map_or_else(|| ALL.to_owned(), |name| format!("{ACCOUNT}{name}"))
}

impl Frozen {
    pub(crate) fn new(by: &str, at: UnixMillis, until: Option<UnixMillis>, reason: Option<String>) -> Frozen {
        Frozen { version: VERSION, by: by.to_owned(), at: at.0, until: until.map(|until| until.0), reason }
    }

    /// Who, until when and why, as a phrase.
    pub(crate) fn why(&self) -> String {
        let until = self.until.map_or_else(
            || "until somebody thaws it".to_owned(),
            |until| format!("until {}", moment(UnixMillis(until))),
        );
        let reason = self.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
        format!("by {} {until}{reason}", self.by)
    }

    /// The change that makes it so.
    pub(crate) fn change(&self, seal: &Keyring, key: &str) -> Result<Change, PendingFault> {
        let body = seal.seal(Purpose::Freeze, &[KIND, key], &serde_json::to_vec(self)?)?;
        Ok(Change::put(KIND, key, Expect::Any, body, self.until.map(UnixMillis)))
    }
}

/// What a record freezes. One that was not made here freezes what its key names.
pub(crate) fn read(seal: &Keyring, key: &str, body: &[u8]) -> Freeze {
    let plain = seal.open(Purpose::Freeze, &[KIND, key], body).ok();
    let frozen = plain.and_then(|plain| serde_json::from_slice::<Frozen>(&plain).ok());
    let why = frozen.map_or_else(|| "by a record that cannot be read".to_owned(), |frozen| frozen.why());
    Freeze { account: key.strip_prefix(ACCOUNT).map(str::to_owned), why }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn what_cannot_be_read_freezes() {
        let seal = Keyring::fresh().expect("a key").0;
        let frozen = Frozen::new("U1", UnixMillis(0), None, Some("release".to_owned()));
        let store::To::Put(put) = frozen.change(&seal, "account:dev").expect("seals").to else {
            panic!("a put")
        };
        let dev = read(&seal, "account:dev", &put.body);
        assert_eq!(dev.account.as_deref(), Some("dev"));
        assert_eq!(dev.why, "by U1 until somebody thaws it (release)");
        let moved = read(&seal, ALL, &put.body);
        assert!(moved.account.is_none() && moved.why.contains("cannot be read"), "{moved:?}");
    }
}
