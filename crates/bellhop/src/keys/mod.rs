//! The keys that seal and sign what Bellhop keeps: in files beside the database, or as data keys of KMS in the store.

pub(crate) mod file;
mod kms;

use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use bot::{KeySource, Keyring, SealKey, SealedAnew, kept_key};
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
        Some(key) => {
            let keys = KmsKeys::new(aws.clone(), Arc::clone(store), key.clone());
            if !left_in_file(config, &keys).await?.is_empty() {
                let file = config.key_file.display();
                bail!(
                    "the keys in {file} are not among those that KMS keeps: what they have sealed could not be read. \
                     `bellhop secret rotate` takes them over; if they have sealed nothing here, remove {file}"
                );
            }
            Arc::new(keys)
        }
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
    // Who comes from a file goes on signing with the same key.
    let fresh = match file::content(&config.audit.key_file)? {
        Some(content) => Zeroizing::new(String::from_utf8_lossy(&content).trim().to_owned()),
        None => Zeroizing::new(SigningKey::fresh()?.1),
    };
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

/// Gives the keys of the key file to KMS, where KMS shall keep them and does not yet; how many.
///
/// # Errors
/// KMS, the store or the file does not do it. It can be done again.
pub(crate) async fn take_over(config: &config::Store, store: &Arc<dyn Store>, aws: &OwnAws) -> Result<usize> {
    let Some(key) = &config.key else { return Ok(0) };
    let keys = KmsKeys::new(aws.clone(), Arc::clone(store), key.clone());
    let left = left_in_file(config, &keys).await?;
    for bytes in &left {
        keys.take_over(bytes).await.map_err(|fault| fault.as_no_keys(&key.id))?;
    }
    Ok(left.len())
}

/// Seals by the newest key what older ones have sealed.
///
/// # Errors
/// There is no key, or the store does not do it.
pub(crate) async fn seal_anew(
    config: &config::Store,
    store: &Arc<dyn Store>,
    aws: &OwnAws,
) -> Result<SealedAnew> {
    let ring = ring(config, store, aws).await?;
    Ok(bot::seal_anew(store.as_ref(), &ring, now(aws)).await?)
}

/// The keys of the key file that KMS does not keep.
async fn left_in_file(config: &config::Store, keys: &KmsKeys) -> Result<Vec<Zeroizing<[u8; 32]>>> {
    let Some(content) = file::content(&config.key_file)? else { return Ok(Vec::new()) };
    let found = SealKey::bytes_in(&content);
    let found = found.with_context(|| format!("{} is not a key", config.key_file.display()))?;
    let known = keys.names().await?;
    let mut left = Vec::new();
    for bytes in found {
        if !known.contains(&SealKey::from_bytes(&bytes)?.id().to_string()) {
            left.push(bytes);
        }
    }
    Ok(left)
}
