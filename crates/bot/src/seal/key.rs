//! One key: AES-256-GCM, and a name that says which key it was.

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{hmac, rand};
use zeroize::Zeroizing;

use super::{Purpose, SealError};

/// The version of the sealed form that names no key.
const UNNAMED: u8 = 1;
/// The version that does.
const NAMED: u8 = 2;
/// Length of a key.
pub(super) const KEY_LEN: usize = 32;
/// Length of a key's name.
const ID_LEN: usize = 8;
/// Length of GCM's tag.
const TAG_LEN: usize = 16;

/// A key's name: it follows from the key and tells nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; ID_LEN]);

/// A key. It cannot be printed.
pub struct SealKey {
    id: KeyId,
    aead: LessSafeKey,
    /// What hashes are made with; keys of one ring share it.
    mac: Zeroizing<[u8; KEY_LEN]>,
}

/// Which key opens a sealed text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SealedBy {
    /// The one of that name.
    Named(KeyId),
    /// It does not say: it is older than names.
    Unnamed,
}

impl SealKey {
    /// The key of those bytes.
    ///
    /// # Errors
    /// The cipher does not take them, which does not happen.
    pub fn from_bytes(bytes: &[u8; KEY_LEN]) -> Result<SealKey, SealError> {
        // Several keys from one, so that none serves two algorithms.
        let master = hmac::Key::new(hmac::HMAC_SHA256, bytes);
        let aead = hmac::sign(&master, b"bellhop seal 1");
        let mut mac = Zeroizing::new([0; KEY_LEN]);
        mac.copy_from_slice(hmac::sign(&master, b"bellhop hash 1").as_ref());
        let mut id = [0; ID_LEN];
        id.copy_from_slice(&hmac::sign(&master, b"bellhop name 1").as_ref()[..ID_LEN]);
        let aead = UnboundKey::new(&AES_256_GCM, aead.as_ref()).map_err(|_| SealError::Key)?;
        Ok(SealKey { id: KeyId(id), aead: LessSafeKey::new(aead), mac })
    }

    /// A new key, and what it is made from as 64 hexadecimal digits.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn fresh() -> Result<(SealKey, String), SealError> {
        let mut bytes = Zeroizing::new([0; KEY_LEN]);
        rand::fill(bytes.as_mut()).map_err(|_| SealError::Cipher)?;
        let text = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok((SealKey::from_bytes(&bytes)?, text))
    }

    /// The key that 64 hexadecimal digits stand for.
    ///
    /// # Errors
    /// They are something else.
    pub fn parse(digits: &[u8]) -> Result<SealKey, SealError> {
        SealKey::from_bytes(&*bytes_of(digits)?)
    }

    /// What the keys that a file holds are made from, the newest last.
    ///
    /// # Errors
    /// The file holds something else.
    pub fn bytes_in(content: &[u8]) -> Result<Vec<Zeroizing<[u8; KEY_LEN]>>, SealError> {
        lines(content).map(bytes_of).collect()
    }

    /// The keys that a file holds: 64 hexadecimal digits a line, the newest last.
    ///
    /// # Errors
    /// The file holds something else.
    pub fn parse_all(content: &[u8]) -> Result<Vec<Arc<SealKey>>, SealError> {
        let mut keys: Vec<Arc<SealKey>> = Vec::new();
        for line in lines(content) {
            let key = SealKey::parse(line)?;
            // Hashes are those of the first key, so that they stay the same when keys change.
            keys.push(Arc::new(match keys.first() {
                Some(first) => key.hashing_like(first),
                None => key,
            }));
        }
        Ok(keys)
    }

    /// Its name.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// What this key hashes with, sealed by its successor, so that hashes stay the same when keys change.
    ///
    /// # Errors
    /// The cipher failed.
    pub fn pass_on(&self, successor: &SealKey) -> Result<Vec<u8>, SealError> {
        successor.seal(Purpose::HashKey, &[], self.mac.as_ref())
    }

    /// The same key, hashing as its predecessor did.
    ///
    /// # Errors
    /// That was not passed on to this key.
    pub fn inherit(mut self, passed: &[u8]) -> Result<SealKey, SealError> {
        let mac = Zeroizing::new(self.open(Purpose::HashKey, &[], passed)?);
        let mac: [u8; KEY_LEN] = mac.as_slice().try_into().map_err(|_| SealError::Forged)?;
        self.mac = Zeroizing::new(mac);
        Ok(self)
    }

    fn hashing_like(mut self, other: &SealKey) -> SealKey {
        self.mac = other.mac.clone();
        self
    }

    pub(super) fn hash(&self, parts: &[&str]) -> [u8; 32] {
        let mut hash = [0; 32];
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.mac.as_ref());
        hash.copy_from_slice(hmac::sign(&key, &framed(parts)).as_ref());
        hash
    }

    /// `2`, the key's name, the nonce, what is sealed, its tag.
    pub(super) fn seal(&self, purpose: Purpose, record: &[&str], plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; NONCE_LEN];
        rand::fill(&mut nonce).map_err(|_| SealError::Cipher)?;
        let mut sealed = Vec::with_capacity(1 + ID_LEN + NONCE_LEN + plain.len() + TAG_LEN);
        sealed.push(NAMED);
        sealed.extend_from_slice(&self.id.0);
        sealed.extend_from_slice(&nonce);
        let mut body = plain.to_vec();
        let bound = bound_to(NAMED, purpose, record);
        self.aead
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), bound, &mut body)
            .map_err(|_| SealError::Cipher)?;
        sealed.append(&mut body);
        Ok(sealed)
    }

    pub(super) fn open(
        &self,
        purpose: Purpose,
        record: &[&str],
        sealed: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        let (version, rest) = match (sealed_by(sealed).ok_or(SealError::Forged)?, sealed) {
            (SealedBy::Named(id), [_, rest @ ..]) if id == self.id => (NAMED, &rest[ID_LEN..]),
            (SealedBy::Unnamed, [_, rest @ ..]) => (UNNAMED, rest),
            _ => return Err(SealError::Forged),
        };
        let (nonce, body) = rest.split_at_checked(NONCE_LEN).ok_or(SealError::Forged)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Forged)?;
        let mut body = body.to_vec();
        let opened = self.aead.open_in_place(nonce, bound_to(version, purpose, record), &mut body);
        let length = opened.map_err(|_| SealError::Forged)?.len();
        body.truncate(length);
        Ok(body)
    }
}

fn lines(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    content.trim_ascii().split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii)
}

fn bytes_of(digits: &[u8]) -> Result<Zeroizing<[u8; KEY_LEN]>, SealError> {
    if digits.len() != 2 * KEY_LEN {
        return Err(SealError::Key);
    }
    let mut bytes = Zeroizing::new([0; KEY_LEN]);
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |digit: u8| char::from(digit).to_digit(16).ok_or(SealError::Key);
        *byte = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).map_err(|_| SealError::Key)?;
    }
    Ok(bytes)
}

/// Which key opens it; `None` if it is nothing sealed.
pub(super) fn sealed_by(sealed: &[u8]) -> Option<SealedBy> {
    let (version, rest) = sealed.split_first()?;
    match *version {
        UNNAMED if rest.len() >= NONCE_LEN + TAG_LEN => Some(SealedBy::Unnamed),
        NAMED if rest.len() >= ID_LEN + NONCE_LEN + TAG_LEN => {
            Some(SealedBy::Named(KeyId(rest[..ID_LEN].try_into().ok()?)))
        }
        _ => None,
    }
}

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealKey({}, hidden)", self.id)
    }
}

impl std::fmt::Display for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

fn bound_to(version: u8, purpose: Purpose, record: &[&str]) -> Aad<Vec<u8>> {
    let mut bytes = vec![version];
    bytes.extend_from_slice(purpose.name());
    bytes.extend(framed(record));
    Aad::from(bytes)
}

/// Each part behind its length, so that no two lists of parts read the same.
fn framed(parts: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum());
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}
