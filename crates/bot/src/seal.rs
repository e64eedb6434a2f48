//! Seals what waits in the store: whoever can write there can neither forge nor read it.
//!
//! AES-256-GCM with a key that lies beside the database. What is sealed is bound to its purpose and to the record it
//! stands in: a payload copied to another job, or made a read that was a write, does not open.
//! Absent on purpose: the file. Whoever starts the bot reads it, or writes what [`SealKey::fresh`] gives (mode 0600).

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::{hmac, rand};

/// The version of the sealed form.
const VERSION: u8 = 1;
/// Length of the key.
const KEY_LEN: usize = 32;
/// Length of GCM's tag.
const TAG_LEN: usize = 16;

/// The key. It cannot be printed.
pub struct SealKey {
    aead: LessSafeKey,
    mac: hmac::Key,
}

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
}

/// Why something cannot be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The key file does not hold 64 hexadecimal digits.
    #[error("the key file does not hold 64 hexadecimal digits")]
    Key,
    /// The system gives no randomness, or the cipher failed.
    #[error("the cipher failed")]
    Cipher,
    /// It was not sealed by this key for this record.
    #[error("not sealed by this key for this record")]
    Forged,
}

impl SealKey {
    /// A new key, and the content of the file to keep it in.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn fresh() -> Result<(SealKey, String), SealError> {
        let mut bytes = [0; KEY_LEN];
        rand::fill(&mut bytes).map_err(|_| SealError::Cipher)?;
        let mut text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        text.push('\n');
        Ok((SealKey::from_bytes(&bytes)?, text))
    }

    /// The key that a file holds.
    ///
    /// # Errors
    /// The file holds something else.
    pub fn parse(content: &[u8]) -> Result<SealKey, SealError> {
        let digits = content.trim_ascii();
        if digits.len() != 2 * KEY_LEN {
            return Err(SealError::Key);
        }
        let mut bytes = [0; KEY_LEN];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let digit = |digit: u8| char::from(digit).to_digit(16).ok_or(SealError::Key);
            *byte = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).map_err(|_| SealError::Key)?;
        }
        SealKey::from_bytes(&bytes)
    }

    /// The key of those bytes.
    ///
    /// # Errors
    /// The cipher does not take them, which does not happen.
    pub fn from_bytes(bytes: &[u8; KEY_LEN]) -> Result<SealKey, SealError> {
        // Two keys from one, so that no key serves two algorithms.
        let master = hmac::Key::new(hmac::HMAC_SHA256, bytes);
        let aead = hmac::sign(&master, b"bellhop seal 1");
        let mac = hmac::sign(&master, b"bellhop hash 1");
        let aead = UnboundKey::new(&AES_256_GCM, aead.as_ref()).map_err(|_| SealError::Key)?;
        Ok(SealKey { aead: LessSafeKey::new(aead), mac: hmac::Key::new(hmac::HMAC_SHA256, mac.as_ref()) })
    }

    /// A hash that only this key makes: the same texts give the same hash, and tell nobody else anything.
    pub(crate) fn hash(&self, parts: &[&str]) -> [u8; 32] {
        let mut hash = [0; 32];
        hash.copy_from_slice(hmac::sign(&self.mac, &framed(parts)).as_ref());
        hash
    }

    /// Seals for one purpose and one record, which `record` names completely.
    pub(crate) fn seal(&self, purpose: Purpose, record: &[&str], plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; NONCE_LEN];
        rand::fill(&mut nonce).map_err(|_| SealError::Cipher)?;
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + plain.len() + TAG_LEN);
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        let mut body = plain.to_vec();
        let nonce = Nonce::assume_unique_for_key(nonce);
        self.aead
            .seal_in_place_append_tag(nonce, bound_to(purpose, record), &mut body)
            .map_err(|_| SealError::Cipher)?;
        sealed.append(&mut body);
        Ok(sealed)
    }

    /// Opens what was sealed for that purpose and that record.
    pub(crate) fn open(
        &self,
        purpose: Purpose,
        record: &[&str],
        sealed: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        let (version, rest) = sealed.split_first().ok_or(SealError::Forged)?;
        if *version != VERSION || rest.len() < NONCE_LEN + TAG_LEN {
            return Err(SealError::Forged);
        }
        let (nonce, body) = rest.split_at(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Forged)?;
        let mut body = body.to_vec();
        let opened = self.aead.open_in_place(nonce, bound_to(purpose, record), &mut body);
        let length = opened.map_err(|_| SealError::Forged)?.len();
        body.truncate(length);
        Ok(body)
    }
}

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealKey(hidden)")
    }
}

fn bound_to(purpose: Purpose, record: &[&str]) -> Aad<Vec<u8>> {
    let purpose: &[u8] = match purpose {
        Purpose::Payload => b"bellhop job payload",
        Purpose::Reply => b"bellhop job reply",
        Purpose::Pending => b"bellhop pending question",
        Purpose::Elevation => b"bellhop elevation",
        Purpose::Freeze => b"bellhop freeze",
        Purpose::Members => b"bellhop members",
        Purpose::Grant => b"bellhop grant",
        Purpose::Alias => b"bellhop alias",
        Purpose::History => b"bellhop history",
    };
    let mut bytes = vec![VERSION];
    bytes.extend_from_slice(purpose);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_where_it_was_sealed_for() {
        let (key, file) = SealKey::fresh().expect("a key");
        let again = SealKey::parse(file.as_bytes()).expect("the same key");
        let (other, _) = SealKey::fresh().expect("another key");
        let record = ["id", "key"];
        let sealed = key.seal(Purpose::Payload, &record, b"hello").expect("seals");
        assert_eq!(again.open(Purpose::Payload, &record, &sealed).expect("opens"), b"hello");
        assert!(!sealed.windows(5).any(|window| window == b"hello"));
        let forged = Err(SealError::Forged);
        assert_eq!(other.open(Purpose::Payload, &record, &sealed), forged);
        assert_eq!(key.open(Purpose::Reply, &record, &sealed), forged);
        for record in [["id", "other"], ["i", "dkey"], ["idkey", ""]] {
            assert_eq!(key.open(Purpose::Payload, &record, &sealed), forged, "{record:?}");
        }
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert_eq!(key.open(Purpose::Payload, &record, &altered), forged, "byte {at}");
            assert_eq!(key.open(Purpose::Payload, &record, &sealed[..at]), forged, "cut at {at}");
        }
    }

    #[test]
    fn keys_are_read_strictly() {
        let digits = "0f".repeat(32);
        assert!(SealKey::parse(format!(" {digits}\n").as_bytes()).is_ok());
        for bad in ["", "0f", &"0g".repeat(32), &"0f".repeat(33), &"+f".repeat(32)] {
            assert_eq!(SealKey::parse(bad.as_bytes()).err(), Some(SealError::Key), "{bad}");
        }
    }

    #[test]
    fn hashes_are_the_keys_own() {
        let (key, other) = (SealKey::fresh().expect("a key").0, SealKey::fresh().expect("a key").0);
        assert_eq!(key.hash(&["a", "b"]), key.hash(&["a", "b"]));
        assert_ne!(key.hash(&["a", "b"]), key.hash(&["ab", ""]));
        assert_ne!(key.hash(&["a"]), other.hash(&["a"]));
    }
}
