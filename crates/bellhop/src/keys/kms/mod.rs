//! The keys that seal what is kept, as records of the store that only KMS can open: data keys, made by GenerateDataKey.
//!
//! `seal-key/000001` and so on, the newest last; a new one is put only where there is none of its number, so processes that
//! start together agree. A ciphertext is bound by its encryption context to its number and the time at which it was made,
//! and Decrypt names the configured key: a record that was copied, or made with somebody else's key, opens nothing.
//! Invariants: a start asks KMS once; a key is used for an hour before KMS is asked for it again.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_call::BoxFuture;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bot::{KeySource, NoKeys, SealKey};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Batch, Change, Committed, Expect, NewAuditRow, Page, Record, Store, StoreError, UnixMillis};
use tokio::sync::Mutex;
use value::{Map, Value};
use zeroize::Zeroizing;

use crate::own_aws::{OwnAws, OwnFault};

/// The kind of the records.
const KIND: &str = "seal-key";
/// The version of [`Stored`].
const VERSION: u32 = 1;
/// How many keys are read; as many as a ring holds.
const MOST: u32 = 64;
/// How long a key that KMS has opened is used, in milliseconds: a little less than rings wait until they ask again.
const KEPT_MS: i64 = 55 * 60_000;
/// How often a record is put where another process was quicker.
const ATTEMPTS: u32 = 4;

/// Which key of KMS, and how long a data key seals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KmsKey {
    /// Its id, ARN or alias (`alias/bellhop`).
    pub(crate) id: String,
    /// How long one data key seals until the next is made.
    pub(crate) rotate_after: Duration,
}

/// The keys.
pub(crate) struct KmsKeys {
    aws: OwnAws,
    store: Arc<dyn Store>,
    key: KmsKey,
    opened: Mutex<BTreeMap<String, (UnixMillis, Arc<SealKey>)>>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    /// The data key's name, as [`bot::KeyId`] writes it.
    id: String,
    /// When it was made, milliseconds.
    made: i64,
    /// As KMS gave it, base64.
    ciphertext: String,
    /// What hashes are made with, sealed by this key, base64; empty for the first.
    hash: String,
}

/// Why a key cannot be had or made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyFault {
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// KMS did not do it.
    #[error("{0}")]
    Kms(OwnFault),
    /// A record is not what was kept, or KMS's answer is no key.
    #[error("the key {0} in the store is not one that was made here: it was changed, or belongs to another")]
    Odd(String),
    /// There are as many as a ring takes.
    #[error("the store holds {MOST} keys, and there is no room for another")]
    Full,
    /// Other processes were quicker, again and again.
    #[error("other processes make keys at the same time; try again")]
    Busy,
}

impl KmsKeys {
    /// Those of that store, under that key.
    pub(crate) fn new(aws: OwnAws, store: Arc<dyn Store>, key: KmsKey) -> KmsKeys {
        KmsKeys { aws, store, key, opened: Mutex::default() }
    }

    /// The keys, the newest last; makes the first, or the next where the newest is too old.
    async fn fetch(&self, all: bool) -> Result<Vec<Arc<SealKey>>, KeyFault> {
        let now = self.now();
        let mut records = self.records(now).await?;
        if records.is_empty() {
            self.make(None, "").await?;
            records = self.records(now).await?;
        }
        let mut keys = self.open_all(&records, all, now).await?;
        let newest = records.last().and_then(read).map_or(now.0, |stored| stored.made);
        let rotate_after = i64::try_from(self.key.rotate_after.as_millis()).unwrap_or(i64::MAX);
        if now.0.saturating_sub(newest) > rotate_after {
            match self.make(records.last().zip(keys.last()), "its time was over").await {
                Ok(()) => keys = self.open_all(&self.records(now).await?, all, now).await?,
                // The older one goes on sealing.
                Err(fault) => tracing::warn!(fault = %fault, "the next key to seal with could not be made"),
            }
        }
        Ok(keys)
    }

    /// Makes the next key, whatever the age of the newest; its name.
    ///
    /// # Errors
    /// KMS or the store does not do it.
    pub(crate) async fn rotate(&self, why: &str) -> Result<String, KeyFault> {
        self.fetch(false).await?;
        let records = self.records(self.now()).await?;
        let keys = self.open_all(&records, false, self.now()).await?;
        self.make(records.last().zip(keys.last()), why).await?;
        let newest = self.fetch(false).await?;
        newest.last().map(|key| key.id().to_string()).ok_or(KeyFault::Busy)
    }

    /// The names of all keys that are kept.
    ///
    /// # Errors
    /// The store failed.
    pub(crate) async fn names(&self) -> Result<Vec<String>, KeyFault> {
        let records = self.records(self.now()).await?;
        Ok(records.iter().filter_map(read).map(|stored| stored.id).collect())
    }

    /// Keeps a key that was made elsewhere, encrypted by KMS, behind those that are kept. It seals until the next is made.
    ///
    /// # Errors
    /// KMS or the store does not do it.
    pub(crate) async fn take_over(&self, bytes: &Zeroizing<[u8; 32]>) -> Result<(), KeyFault> {
        for _ in 0..ATTEMPTS {
            let (now, fresh) = (
                self.now(),
                SealKey::from_bytes(bytes).map_err(|_| KeyFault::Odd("in the file".to_owned()))?,
            );
            let name = fresh.id().to_string();
            let records = self.records(now).await?;
            if records.iter().filter_map(read).any(|stored| stored.id == name) {
                return Ok(());
            }
            let keys = self.open_all(&records, false, now).await?;
            let last = records.last().zip(keys.last());
            let key = behind(last.map(|(record, _)| record));
            let mut params: Map = [("KeyId", self.key.id.as_str())].into_iter().collect();
            params.insert("Plaintext", Value::Blob(bytes.to_vec().into()));
            params.insert("EncryptionContext", Value::Map(context(&key, now.0)));
            let answer =
                self.aws.call("kms", "Encrypt", params, self.region()).await.map_err(KeyFault::Kms)?;
            self.keep(&key, &fresh, last.map(|(_, last)| last), &answer, now, "it came from a file").await?;
        }
        Err(KeyFault::Busy)
    }

    fn now(&self) -> UnixMillis {
        let now = self.aws.clock().now();
        UnixMillis(now.as_millisecond())
    }

    async fn records(&self, now: UnixMillis) -> Result<Vec<Record>, StoreError> {
        let page = Page { kind: KIND, prefix: String::new(), after: None, limit: MOST };
        self.store.records(page, now).await
    }

    /// Opens the newest; the others where all are asked for, or they were opened before.
    async fn open_all(
        &self,
        records: &[Record],
        all: bool,
        now: UnixMillis,
    ) -> Result<Vec<Arc<SealKey>>, KeyFault> {
        let mut opened = self.opened.lock().await;
        let last = records.len().saturating_sub(1);
        let mut keys = Vec::new();
        for (number, record) in records.iter().enumerate() {
            let known = opened.get(&record.key);
            if !all && number != last && known.is_none() {
                continue;
            }
            let fresh = known.filter(|(at, _)| now.since(*at).abs() < KEPT_MS);
            let key = match fresh {
                Some((_, key)) => Arc::clone(key),
                None => match self.open(record).await {
                    Ok(key) => Arc::new(key),
                    // An older key that does not open must not keep the newest from sealing.
                    Err(fault) if number != last => {
                        tracing::error!(fault = %fault, key = record.key, "an older key cannot be opened");
                        continue;
                    }
                    Err(fault) => return Err(fault),
                },
            };
            opened.insert(record.key.clone(), (now, Arc::clone(&key)));
            keys.push(key);
        }
        Ok(keys)
    }

    async fn open(&self, record: &Record) -> Result<SealKey, KeyFault> {
        let odd = || KeyFault::Odd(record.key.clone());
        let stored = read(record).ok_or_else(odd)?;
        let mut params: Map = [("KeyId", self.key.id.as_str())].into_iter().collect();
        params.insert(
            "CiphertextBlob",
            Value::Blob(STANDARD.decode(&stored.ciphertext).map_err(|_| odd())?.into()),
        );
        params.insert("EncryptionContext", Value::Map(context(&record.key, stored.made)));
        let answer = self.aws.call("kms", "Decrypt", params, self.region()).await.map_err(KeyFault::Kms)?;
        let key = key_in(&answer).ok_or_else(odd)?;
        if key.id().to_string() != stored.id {
            return Err(odd());
        }
        if stored.hash.is_empty() {
            // Only the first key has nobody to take that over from.
            return if record.key == number(1) { Ok(key) } else { Err(odd()) };
        }
        let passed = STANDARD.decode(&stored.hash).map_err(|_| odd())?;
        key.inherit(&passed).map_err(|_| odd())
    }

    /// Makes the key behind that one, or the first, unless another process has.
    async fn make(&self, last: Option<(&Record, &Arc<SealKey>)>, why: &str) -> Result<(), KeyFault> {
        let (now, key) = (self.now(), behind(last.map(|(record, _)| record)));
        let mut params: Map = [("KeyId", self.key.id.as_str()), ("KeySpec", "AES_256")].into_iter().collect();
        params.insert("EncryptionContext", Value::Map(context(&key, now.0)));
        let answer =
            self.aws.call("kms", "GenerateDataKey", params, self.region()).await.map_err(KeyFault::Kms)?;
        let fresh = key_in(&answer).ok_or_else(|| KeyFault::Odd(key.clone()))?;
        self.keep(&key, &fresh, last.map(|(_, last)| last), &answer, now, why).await
    }

    /// Keeps a key under that number, with what KMS answered when it encrypted it, unless another process was quicker.
    async fn keep(
        &self,
        key: &str,
        fresh: &SealKey,
        last: Option<&Arc<SealKey>>,
        answer: &Value,
        now: UnixMillis,
        why: &str,
    ) -> Result<(), KeyFault> {
        if key > number(MOST).as_str() {
            return Err(KeyFault::Full);
        }
        let odd = || KeyFault::Odd(key.to_owned());
        let Some(Value::Blob(ciphertext)) = answer.get("CiphertextBlob") else { return Err(odd()) };
        let passed = last.map(|last| last.pass_on(fresh)).transpose().map_err(|_| odd())?;
        let stored = Stored {
            version: VERSION,
            id: fresh.id().to_string(),
            made: now.0,
            ciphertext: STANDARD.encode(ciphertext),
            hash: passed.map(|passed| STANDARD.encode(passed)).unwrap_or_default(),
        };
        self.put(key, &stored, now, why).await
    }

    async fn put(&self, key: &str, stored: &Stored, now: UnixMillis, why: &str) -> Result<(), KeyFault> {
        // It holds nothing that JSON cannot.
        let body = serde_json::to_vec(stored).unwrap_or_default();
        for _ in 0..ATTEMPTS {
            let changes = vec![Change::put(KIND, key, Expect::Absent, body.clone(), None)];
            let said = json!({"key": stored.id, "number": key, "kms": self.key.id, "why": why});
            let rows = vec![NewAuditRow { at: now, kind: "seal key made", job: String::new(), body: said }];
            match self.store.commit(Batch { now, changes, job: None, rows }).await? {
                // A conflict: another process has made it, and that one counts.
                Committed::Done(_) | Committed::Conflict { .. } => return Ok(()),
                Committed::Duplicate | Committed::Repeated(_) => {}
            }
        }
        Err(KeyFault::Busy)
    }

    /// The region of a key that is named by its ARN.
    fn region(&self) -> Option<&str> {
        crate::secret::region_of(&self.key.id)
    }
}

impl KeySource for KmsKeys {
    fn keys(&self, all: bool) -> BoxFuture<'_, Result<Vec<Arc<SealKey>>, NoKeys>> {
        Box::pin(async move { self.fetch(all).await.map_err(|fault| fault.as_no_keys(&self.key.id)) })
    }
}

impl KeyFault {
    /// With what to do about it.
    pub(crate) fn as_no_keys(&self, key: &str) -> NoKeys {
        let (remedy, refused) = match self {
            KeyFault::Kms(fault) => (crate::secret::kms_remedy(fault), fault.is_final()),
            KeyFault::Odd(_) => ("restore the record from a backup of the store".to_owned(), true),
            KeyFault::Full => ("the newest of them goes on sealing".to_owned(), false),
            KeyFault::Store(_) | KeyFault::Busy => ("it is tried again by itself".to_owned(), false),
        };
        NoKeys { what: format!("the sealing key {key}: {self}; {remedy}"), refused }
    }
}

/// The key of a record.
fn number(number: u32) -> String {
    format!("{number:06}")
}

/// The key of the record behind that one, or of the first.
fn behind(last: Option<&Record>) -> String {
    let before = last.and_then(|record| record.key.parse::<u32>().ok()).unwrap_or(0);
    number(before.saturating_add(1))
}

fn read(record: &Record) -> Option<Stored> {
    serde_json::from_slice(&record.body).ok().filter(|stored: &Stored| stored.version == VERSION)
}

fn context(key: &str, made: i64) -> Map {
    let made = made.to_string();
    [("bellhop", KIND), ("number", key), ("made", made.as_str())].into_iter().collect()
}

fn key_in(answer: &Value) -> Option<SealKey> {
    let Some(Value::Blob(plain)) = answer.get("Plaintext") else { return None };
    let bytes: Zeroizing<[u8; 32]> = Zeroizing::new(plain[..].try_into().ok()?);
    SealKey::from_bytes(&bytes).ok()
}
