//! The keys that seal and sign what Bellhop keeps: in files beside the database, or as data keys of KMS in the store.

pub(crate) mod file;
mod kms;

use std::sync::Arc;

use anyhow::{Context as _, Result};
use bot::{KeySource, Keyring, kept_key};
use store::{SigningKey, Store, UnixMillis};
use zeroize::Zeroizing;

use crate::config::{self, Config};
use crate::own_aws::OwnAws;

pub(crate) use kms::{KmsKey, KmsKeys};

/// The name under which the key that signs the record is kept in the store.
const SIGNING: &str = "audit";

/// The ring that seals what that store keeps.
///
/// # Errors
/// KMS, the store or the file does not give a key; the text says what to do.
pub(crate) async fn ring(config: &config::Store, store: &Arc<dyn Store>, aws: &OwnAws) -> Result<Keyring> {
    let source: Arc<dyn KeySource> = match &config.key {
        Some(key) => Arc::new(KmsKeys::new(aws.clone(), Arc::clone(store), key.clone())),
        None => {
            file::load_or_make::<file::SealKeys>(&config.key_file)?;
            Arc::new(file::KeyFile(config.key_file.clone()))
        }
    };
    let keys = source.keys(false).await?;
    Ok(Keyring::fetched(keys, source, now(aws))?)
}

/// The key that signs the record.
///
/// # Errors
/// The store or the file does not give it.
pub(crate) async fn signing(
    config: &Config,
    store: &Arc<dyn Store>,
    ring: &Keyring,
    aws: &OwnAws,
) -> Result<SigningKey> {
    if !config.audit.key_in_store {
        return file::load_or_make(&config.audit.key_file);
    }
    let fresh = Zeroizing::new(SigningKey::fresh()?.1);
    let kept = kept_key(store.as_ref(), ring, SIGNING, fresh, now(aws)).await;
    let kept = kept.context("the key that signs the record")?;
    SigningKey::parse(&kept).context("the key that signs the record")
}

fn now(aws: &OwnAws) -> UnixMillis {
    UnixMillis(aws.clock().now().as_millisecond())
}

/// Makes a new key that seals from now on; older ones still open. Its name.
///
/// # Errors
/// KMS, the store or the file does not do it.
pub(crate) async fn rotate(config: &config::Store, store: &Arc<dyn Store>, aws: &OwnAws) -> Result<String> {
    let Some(key) = &config.key else { return Ok(file::rotate(&config.key_file)?.to_string()) };
    let keys = KmsKeys::new(aws.clone(), Arc::clone(store), key.clone());
    keys.rotate("somebody asked for it").await.map_err(|fault| fault.as_no_keys(&key.id).into())
}
