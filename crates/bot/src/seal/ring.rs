//! The keys that are known: the newest seals, all open.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock};

use aws_call::BoxFuture;
use store::UnixMillis;
use tokio::sync::Mutex;

use super::key::{SealedBy, sealed_by};
use super::{KeyId, Purpose, SealError, SealKey};

/// How many keys a ring holds.
const MOST: usize = 64;
/// How often keys are fetched at most because of a text that names none that is known: anybody who writes to the store
/// can make such texts.
const UNKNOWN_MS: i64 = 2_000;
/// How long fetched keys are used before they are fetched anew.
const RENEW_MS: i64 = 60 * 60_000;
/// How long they are used while their source does not answer.
const LONGEST_MS: i64 = 12 * 60 * 60_000;
/// How long after a failure they are fetched again.
const AGAIN_MS: i64 = 5_000;

/// Where keys are fetched.
pub trait KeySource: Send + Sync {
    /// The newest key last; before it all older ones if `all` are asked for, else as many as are at hand.
    fn keys(&self, all: bool) -> BoxFuture<'_, Result<Vec<Arc<SealKey>>, NoKeys>>;
}

/// Why no keys can be had.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{what}")]
pub struct NoKeys {
    /// What happened and what to do about it.
    pub what: String,
    /// Whether the source said no, as against nothing: then what was fetched before is not used any more.
    pub refused: bool,
}

/// The ring.
pub struct Keyring {
    /// Oldest first.
    keys: RwLock<Arc<Vec<Arc<SealKey>>>>,
    source: Option<Arc<dyn KeySource>>,
    fetched: Mutex<Fetched>,
    /// When the keys are due to be fetched, milliseconds; read without waiting.
    due: AtomicI64,
    /// Whether older keys are there too.
    whole: AtomicBool,
}

/// What must be fetched.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Missing {
    /// A key that is not known.
    unknown: Option<SealedBy>,
    now: UnixMillis,
}

#[derive(Debug, Default)]
struct Fetched {
    at: UnixMillis,
    /// When a text last asked for keys.
    tried: UnixMillis,
}

impl Keyring {
    /// Those keys, the newest last.
    ///
    /// # Errors
    /// There are none, or too many.
    pub fn of(keys: Vec<Arc<SealKey>>) -> Result<Keyring, SealError> {
        if keys.is_empty() || keys.len() > MOST {
            return Err(SealError::Key);
        }
        Ok(Keyring {
            keys: RwLock::new(Arc::new(keys)),
            source: None,
            fetched: Mutex::default(),
            due: i64::MAX.into(),
            whole: true.into(),
        })
    }

    /// Those keys, fetched now from there, and to be fetched again.
    ///
    /// # Errors
    /// There are none, or too many.
    pub fn fetched(
        keys: Vec<Arc<SealKey>>,
        source: Arc<dyn KeySource>,
        now: UnixMillis,
    ) -> Result<Keyring, SealError> {
        // Older keys may be wanted at once.
        let fetched = Mutex::new(Fetched { at: now, tried: UnixMillis::default() });
        let due = now.plus(RENEW_MS).0.into();
        Ok(Keyring { source: Some(source), fetched, due, whole: false.into(), ..Keyring::of(keys)? })
    }

    /// A ring of the keys that a file holds.
    ///
    /// # Errors
    /// The file holds something else.
    pub fn parse(content: &[u8]) -> Result<Keyring, SealError> {
        Keyring::of(SealKey::parse_all(content)?)
    }

    /// A ring of one new key, and the content of the file to keep it in.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn fresh() -> Result<(Keyring, String), SealError> {
        let (key, digits) = SealKey::fresh()?;
        Ok((Keyring::of(vec![Arc::new(key)])?, format!("{digits}\n")))
    }

    /// Names of the keys, oldest first.
    pub fn ids(&self) -> Vec<KeyId> {
        self.keys().iter().map(|key| key.id()).collect()
    }

    fn keys(&self) -> Arc<Vec<Arc<SealKey>>> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn set(&self, keys: Vec<Arc<SealKey>>) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
    }

    /// A hash that only this ring makes: the same texts give the same hash, and tell nobody else anything.
    pub(crate) fn hash(&self, parts: &[&str]) -> [u8; 32] {
        // Without a key nothing is sealed or opened either, so nothing can come of such a hash.
        self.keys().last().map_or([0; 32], |key| key.hash(parts))
    }

    /// Seals for one purpose and one record, which `record` names completely.
    pub(crate) fn seal(&self, purpose: Purpose, record: &[&str], plain: &[u8]) -> Result<Vec<u8>, SealError> {
        self.keys().last().ok_or(SealError::NoKey)?.seal(purpose, record, plain)
    }

    /// Whether that was sealed, and by an older key than the one that seals now.
    pub(super) fn is_older(&self, sealed: &[u8]) -> bool {
        let newest = self.keys().last().map(|key| SealedBy::Named(key.id()));
        sealed_by(sealed).is_some_and(|by| Some(by) != newest)
    }

    /// Opens what was sealed for that purpose and that record.
    pub(crate) fn open(
        &self,
        purpose: Purpose,
        record: &[&str],
        sealed: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        let keys = self.keys();
        let fitting = |key: &&Arc<SealKey>| match sealed_by(sealed) {
            Some(SealedBy::Named(id)) => key.id() == id,
            Some(SealedBy::Unnamed) => true,
            None => false,
        };
        let mut opened = keys.iter().rev().filter(fitting).map(|key| key.open(purpose, record, sealed));
        let refused = if keys.is_empty() { SealError::NoKey } else { SealError::Forged };
        opened.find(Result::is_ok).unwrap_or(Err(refused))
    }

    /// Whether there is a key for what is sealed so.
    fn knows(&self, by: SealedBy) -> bool {
        match by {
            SealedBy::Named(id) => self.keys().iter().any(|key| key.id() == id),
            SealedBy::Unnamed => self.whole.load(Relaxed),
        }
    }

    /// What must be fetched before these texts can be opened; `None` where nothing must.
    pub(crate) fn missing<'a>(
        &self,
        mut bodies: impl Iterator<Item = &'a [u8]>,
        now: UnixMillis,
    ) -> Option<Missing> {
        self.source.as_ref()?;
        let unknown = bodies.find_map(|body| sealed_by(body).filter(|by| !self.knows(*by)));
        (unknown.is_some() || self.is_due(now)).then_some(Missing { unknown, now })
    }

    fn is_due(&self, now: UnixMillis) -> bool {
        now.0 >= self.due.load(Relaxed)
    }

    /// Fetches keys again, unless somebody else just did.
    pub(crate) async fn fetch(&self, Missing { unknown, now }: Missing) {
        let Some(source) = &self.source else { return };
        let mut fetched = self.fetched.lock().await;
        let still = unknown.is_some_and(|by| !self.knows(by) && now.since(fetched.tried) >= UNKNOWN_MS);
        if !still && !self.is_due(now) {
            return;
        }
        fetched.tried = now;
        let keys = source.keys(unknown.is_some()).await;
        if unknown.is_some() && keys.is_ok() {
            self.whole.store(true, Relaxed);
        }
        let due = self.take(keys, &mut fetched, now);
        self.due.store(due.0, Relaxed);
    }

    /// Takes what was fetched; tells when to fetch again.
    fn take(
        &self,
        keys: Result<Vec<Arc<SealKey>>, NoKeys>,
        fetched: &mut Fetched,
        now: UnixMillis,
    ) -> UnixMillis {
        match keys {
            Ok(keys) if !keys.is_empty() && keys.len() <= MOST => {
                self.set(keys);
                fetched.at = now;
                now.plus(RENEW_MS)
            }
            Ok(_) => {
                tracing::error!(
                    "the store holds no keys, or too many, to seal with; those known before are used"
                );
                now.plus(AGAIN_MS)
            }
            Err(fault) => {
                let is_over = fault.refused || now.since(fetched.at) > LONGEST_MS;
                if is_over {
                    self.set(Vec::new());
                }
                tracing::error!(
                    fault = %fault,
                    works = !is_over,
                    "the keys that seal what is kept could not be fetched anew; they are asked for again"
                );
                now.plus(AGAIN_MS)
            }
        }
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Keyring").field(&self.ids()).finish()
    }
}
