//! Signatures of the chain's head, and their keys: Ed25519.
//!
//! A checkpoint is a row of kind [`Checkpoint::KIND`] right behind the head that it signs. What is signed: a line that
//! says what it is, the time, how many rows stand before, and the hash of the last of them; where there are several chains
//! also which it is, and how the others ended.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest;
use aws_lc_rs::encoding::{AsBigEndian as _, Curve25519SeedBin};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use serde_json::json;

use super::{AuditRow, Hash, Head, NewAuditRow, Place};
use crate::UnixMillis;

/// Length of a key's bytes, the secret's and the public's.
const KEY_LEN: usize = 32;
/// Length of a signature.
const SIGNATURE_LEN: usize = 64;

/// Why a key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// It is not 64 hexadecimal digits.
    #[error("a key is 64 hexadecimal digits")]
    Form,
    /// The system gives no randomness, or the digits are no key.
    #[error("the cipher failed")]
    Cipher,
}

/// What the chain's head is signed with. It cannot be printed.
pub struct SigningKey(Ed25519KeyPair);

/// What signatures are checked with. Its text is 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; KEY_LEN]);

/// A signature in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The row that holds it.
    pub place: Place,
    /// When it was made.
    pub at: UnixMillis,
    /// How many rows it covers.
    pub rows: u64,
    /// The hash of the last of them.
    pub head: Hash,
    /// How the other chains ended at that time, those with rows.
    pub others: Vec<Head>,
    /// [`PublicKey::id`] of its key.
    pub key: String,
    signature: Vec<u8>,
}

impl SigningKey {
    /// A new key, and the content of the file to keep it in.
    ///
    /// # Errors
    /// The system gives no randomness.
    pub fn fresh() -> Result<(SigningKey, String), KeyFault> {
        let pair = Ed25519KeyPair::generate().map_err(|_| KeyFault::Cipher)?;
        let seed: Curve25519SeedBin<'_> =
            pair.seed().and_then(|seed| seed.as_be_bytes()).map_err(|_| KeyFault::Cipher)?;
        let text = hex(seed.as_ref()) + "\n";
        Ok((SigningKey(pair), text))
    }

    /// The key that a file holds.
    ///
    /// # Errors
    /// The file holds something else.
    pub fn parse(content: &[u8]) -> Result<SigningKey, KeyFault> {
        let seed: [u8; KEY_LEN] = unhex(content.trim_ascii()).ok_or(KeyFault::Form)?;
        Ed25519KeyPair::from_seed_unchecked(&seed).map(SigningKey).map_err(|_| KeyFault::Cipher)
    }

    /// What its signatures are checked with.
    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; KEY_LEN];
        bytes.copy_from_slice(self.0.public_key().as_ref());
        PublicKey(bytes)
    }

    /// The row that signs a chain which ends so, while the others end so.
    pub fn row(&self, at: UnixMillis, head: &Head, others: &[Head]) -> NewAuditRow {
        let others: Vec<Head> = others.iter().filter(|other| other.rows > 0).copied().collect();
        let signature = self.0.sign(&message(at, head, &others));
        let mut body = json!({
            "head": hex(&head.hash),
            "key": self.public().id(),
            "rows": head.rows,
            "signature": hex(signature.as_ref()),
        });
        if !others.is_empty() {
            body["others"] = others.iter().map(told).collect();
        }
        NewAuditRow { at, kind: Checkpoint::KIND, job: String::new(), body }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(hidden)")
    }
}

impl PublicKey {
    /// A short name: the first 16 hexadecimal digits of its SHA-256.
    pub fn id(&self) -> String {
        hex(&digest::digest(&digest::SHA256, &self.0).as_ref()[..8])
    }
}

impl FromStr for PublicKey {
    type Err = KeyFault;

    fn from_str(text: &str) -> Result<PublicKey, KeyFault> {
        unhex(text.trim().as_bytes()).map(PublicKey).ok_or(KeyFault::Form)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl Checkpoint {
    /// The kind of the rows that are checkpoints.
    pub const KIND: &'static str = "checkpoint";

    /// What a row of that kind says; `None` if it is not a checkpoint's.
    pub fn read(row: &AuditRow) -> Option<Checkpoint> {
        let body: serde_json::Value = serde_json::from_str(&row.body).ok()?;
        let text = |name: &str| body.get(name)?.as_str();
        let others = match body.get("others") {
            None => Vec::new(),
            Some(others) => {
                others.as_array()?.iter().map(|one| heard(one.as_str()?)).collect::<Option<_>>()?
            }
        };
        Some(Checkpoint {
            place: row.place(),
            at: row.at,
            rows: body.get("rows")?.as_u64()?,
            head: unhex(text("head")?.as_bytes())?,
            others,
            key: text("key")?.to_owned(),
            signature: unhex::<SIGNATURE_LEN>(text("signature")?.as_bytes())?.to_vec(),
        })
    }

    /// Whether that key made it, for what it says.
    pub fn is_by(&self, key: &PublicKey) -> bool {
        let head = Head { chain: self.place.chain, rows: self.rows, hash: self.head };
        let signed = message(self.at, &head, &self.others);
        UnparsedPublicKey::new(&ED25519, &key.0).verify(&signed, &self.signature).is_ok()
    }
}

fn message(at: UnixMillis, head: &Head, others: &[Head]) -> Vec<u8> {
    let Head { chain, rows, hash } = head;
    let mut text = match (chain, others) {
        // As it was before there were several.
        (0, []) => "bellhop audit checkpoint 1\n".to_owned(),
        _ => format!("bellhop audit checkpoint 2\n{chain}\n"),
    };
    text += &format!("{}\n{rows}\n{}\n", at.0, hex(hash));
    for other in others {
        text += &format!("{}\n", told(other));
    }
    text.into_bytes()
}

/// `3:120:5f0c…`
fn told(head: &Head) -> String {
    format!("{}:{}:{}", head.chain, head.rows, hex(&head.hash))
}

fn heard(text: &str) -> Option<Head> {
    let mut parts = text.splitn(3, ':');
    let (chain, rows) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Some(Head { chain, rows, hash: unhex(parts.next()?.as_bytes())? })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Exactly so many bytes, in hexadecimal digits.
fn unhex<const LEN: usize>(digits: &[u8]) -> Option<[u8; LEN]> {
    if digits.len() != 2 * LEN {
        return None;
    }
    let digit = |digit: u8| char::from(digit).to_digit(16);
    let mut bytes = [0; LEN];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

    use super::*;
    use crate::FIRST_HASH;

    const ENDS: Head = Head { chain: 0, rows: 7, hash: [3; 32] };

    fn row_of(new: &NewAuditRow) -> AuditRow {
        AuditRow {
            chain: 0,
            seq: 8,
            at: new.at,
            kind: new.kind.to_owned(),
            job: String::new(),
            body: new.canonical_body().expect("a body"),
            hash: FIRST_HASH,
        }
    }

    #[test]
    fn a_checkpoint_is_its_keys_own() {
        let (key, file) = SigningKey::fresh().expect("a key");
        let again = SigningKey::parse(file.as_bytes()).expect("the same key");
        let (other, _) = SigningKey::fresh().expect("another key");
        let row = row_of(&key.row(UnixMillis(5), &ENDS, &[]));
        let checkpoint = Checkpoint::read(&row).expect("reads");
        assert_eq!((checkpoint.rows, checkpoint.head, checkpoint.at), (7, [3; 32], UnixMillis(5)));
        assert_eq!(checkpoint.key, again.public().id());
        let public: PublicKey = again.public().to_string().parse().expect("reads");
        assert!(checkpoint.is_by(&public));
        assert!(!checkpoint.is_by(&other.public()));
        for changed in [
            Checkpoint { rows: 8, ..checkpoint.clone() },
            Checkpoint { head: [4; 32], ..checkpoint.clone() },
            Checkpoint { at: UnixMillis(6), ..checkpoint.clone() },
        ] {
            assert!(!changed.is_by(&public));
        }
        for at in 0..SIGNATURE_LEN {
            let mut changed = checkpoint.clone();
            changed.signature[at] ^= 1;
            assert!(!changed.is_by(&public), "byte {at}");
        }
    }

    #[test]
    fn a_checkpoint_of_several_chains_is_for_its_own() {
        let (key, _) = SigningKey::fresh().expect("a key");
        let public = key.public();
        let others = [Head { chain: 2, rows: 9, hash: [4; 32] }, Head::of_nothing(3)];
        let ends = Head { chain: 1, ..ENDS };
        let row = AuditRow { chain: 1, ..row_of(&key.row(UnixMillis(5), &ends, &others)) };
        let checkpoint = Checkpoint::read(&row).expect("reads");
        assert_eq!(checkpoint.others, others[..1], "what has no rows is not spoken of");
        assert!(checkpoint.is_by(&public));
        let place = Place { chain: 2, seq: 8 };
        assert!(!Checkpoint { place, ..checkpoint.clone() }.is_by(&public), "moved to another chain");
        assert!(!Checkpoint { others: Vec::new(), ..checkpoint }.is_by(&public));
        let old = row_of(&key.row(UnixMillis(5), &ENDS, &[Head::of_nothing(1)]));
        let moved = Checkpoint::read(&AuditRow { chain: 1, ..old }).expect("reads");
        assert!(!moved.is_by(&public), "the first form is for the first chain");
    }

    #[test]
    fn keys_and_checkpoints_are_read_strictly() {
        for bad in ["", "0f", &"0g".repeat(32), &"0f".repeat(33)] {
            assert_eq!(SigningKey::parse(bad.as_bytes()).err(), Some(KeyFault::Form), "{bad}");
            assert_eq!(bad.parse::<PublicKey>().err(), Some(KeyFault::Form), "{bad}");
        }
        let (key, _) = SigningKey::fresh().expect("a key");
        let row = row_of(&key.row(UnixMillis(5), &ENDS, &[]));
        for (part, other) in [("\"rows\":7", "\"rows\":-7"), ("\"head\":\"03", "\"head\":\""), ("}", "")] {
            let row = AuditRow { body: row.body.replace(part, other), ..row.clone() };
            assert_eq!(Checkpoint::read(&row), None, "{}", row.body);
        }
    }
}
