//! The audit chains: rows whose hashes each cover everything before them.
//!
//! A store that one process writes has one chain, number 0. Where many write, there are several, so that they do not wait
//! for each other; each row is in one of them, and what happened is told by all of them together, in the order of time.
//!
//! A row's hash is SHA-256 over the previous row's hash (32 bytes; zeros before the first) followed by the row's
//! canonical line: one JSON object without white space, its keys sorted. Whoever changes, removes or reorders a
//! row breaks the chain there; [`verify`] names the place. Whoever can write the database can also compute hashes, so
//! from time to time the chain's head is signed ([`SigningKey`]) by a key that lies elsewhere, and the signature becomes a
//! row of the chain: what stands before it cannot be rewritten without that key. A signature also says how far the other
//! chains were: none of them can vanish.

mod canonical;
mod signing;
mod verify;

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest;
use serde_json::Value;

use crate::{StoreError, UnixMillis};
use canonical::write_canonical;

pub use signing::{Checkpoint, KeyFault, PublicKey, SigningKey};
pub use verify::{Break, Signed, Verification, verify, verify_signed};

/// A row's place in the chain.
pub type Hash = [u8; 32];

/// What stands before the first row.
pub const FIRST_HASH: Hash = [0; 32];

/// Where a row stands. Its text is its number, with its chain before it unless that is 0: `120`, `3/120`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The chain.
    pub chain: u16,
    /// The row's number in it.
    pub seq: u64,
}

/// The recorded end of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The chain.
    pub chain: u16,
    /// How many rows it has.
    pub rows: u64,
    /// The hash of the last of them.
    pub hash: Hash,
}

/// The version of the canonical line.
const VERSION: u32 = 1;

/// The bound of a row's body.
const MAX_BODY: usize = 64 * 1024;

/// Makes the row that goes behind a chain which ends so, while the others end so.
pub type HeadSigner = Box<dyn Fn(&Head, &[Head]) -> NewAuditRow + Send + Sync>;

/// A row to append.
#[derive(Debug, Clone, PartialEq)]
pub struct NewAuditRow {
    /// When it happened.
    pub at: UnixMillis,
    /// What happened: `denied`, `accepted`, `intent`, `outcome` …
    pub kind: &'static str,
    /// The job that it belongs to; empty if none.
    pub job: String,
    /// The facts, as a flat JSON object without secrets.
    pub body: Value,
}

/// A row of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Its chain.
    pub chain: u16,
    /// 1, 2, 3 … without gaps.
    pub seq: u64,
    /// When it happened.
    pub at: UnixMillis,
    /// What happened.
    pub kind: String,
    /// The job; empty if none.
    pub job: String,
    /// The facts: canonical JSON, exactly as hashed.
    pub body: String,
    /// The hash recorded for this row.
    pub hash: Hash,
}

impl NewAuditRow {
    /// The body in canonical form.
    pub(crate) fn canonical_body(&self) -> Result<String, StoreError> {
        let mut text = Vec::with_capacity(512);
        write_canonical(&self.body, &mut text).map_err(unwritable)?;
        let text = String::from_utf8(text).map_err(unwritable)?;
        if text.len() > MAX_BODY {
            return Err(StoreError::TooLarge { size: text.len(), limit: MAX_BODY });
        }
        Ok(text)
    }
}

impl AuditRow {
    /// The line that is hashed, and that an export writes.
    pub fn line(&self) -> String {
        let (kind, job) = (Value::from(self.kind.as_str()), Value::from(self.job.as_str()));
        let AuditRow { chain, seq, at: UnixMillis(at), body, .. } = self;
        // As it was before there were several.
        let chain = if *chain == 0 { String::new() } else { format!(r#""chain":{chain},"#) };
        format!(r#"{{"at":{at},"body":{body},{chain}"job":{job},"kind":{kind},"seq":{seq},"v":{VERSION}}}"#)
    }

    /// Where it stands.
    pub fn place(&self) -> Place {
        Place { chain: self.chain, seq: self.seq }
    }

    /// The hash that this row must have after a row with the hash `previous`.
    pub fn hash_after(&self, previous: &Hash) -> Hash {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(previous);
        context.update(self.line().as_bytes());
        let mut hash = FIRST_HASH;
        hash.copy_from_slice(context.finish().as_ref());
        hash
    }
}

impl Head {
    /// The end of a chain without rows.
    pub fn of_nothing(chain: u16) -> Head {
        Head { chain, rows: 0, hash: FIRST_HASH }
    }

    /// The row that goes next into the chain, hashed.
    pub(crate) fn next(&self, new: &NewAuditRow) -> Result<AuditRow, StoreError> {
        let (kind, job, body) = (new.kind.to_owned(), new.job.clone(), new.canonical_body()?);
        let (chain, seq) = (self.chain, self.rows + 1);
        let mut row = AuditRow { chain, seq, at: new.at, kind, job, body, hash: FIRST_HASH };
        row.hash = row.hash_after(&self.hash);
        Ok(row)
    }

    /// The end of the chain once that row is its last.
    pub(crate) fn behind(row: &AuditRow) -> Head {
        Head { chain: row.chain, rows: row.seq, hash: row.hash }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.chain {
            0 => write!(f, "{}", self.seq),
            chain => write!(f, "{chain}/{}", self.seq),
        }
    }
}

/// A text names no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a row is named by its number, as 120 or 3/120")]
pub struct PlaceFault;

impl FromStr for Place {
    type Err = PlaceFault;

    fn from_str(text: &str) -> Result<Place, PlaceFault> {
        let (chain, seq) = text.split_once('/').unwrap_or(("0", text));
        let chain = chain.parse().map_err(|_| PlaceFault)?;
        Ok(Place { chain, seq: seq.parse().map_err(|_| PlaceFault)? })
    }
}

/// A tree in memory becomes text without fail; what the types allow must still be said.
fn unwritable(error: impl std::fmt::Display) -> StoreError {
    StoreError::Failed(format!("an audit row cannot be written as JSON: {error}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_cannot_be_faked_by_its_fields() {
        let row = |kind: &str, job: &str| AuditRow {
            chain: 0,
            seq: 1,
            at: UnixMillis(5),
            kind: kind.to_owned(),
            job: job.to_owned(),
            body: "{}".to_owned(),
            hash: FIRST_HASH,
        };
        let plain = row("intent", "j");
        assert_eq!(plain.line(), r#"{"at":5,"body":{},"job":"j","kind":"intent","seq":1,"v":1}"#);
        assert_ne!(row("a\",\"seq\":2", "j").line(), row("a", "j").line());
        assert_ne!(plain.hash_after(&FIRST_HASH), plain.hash_after(&[1; 32]));
        let other = AuditRow { chain: 3, ..plain };
        assert_eq!(other.line(), r#"{"at":5,"body":{},"chain":3,"job":"j","kind":"intent","seq":1,"v":1}"#);
    }

    #[test]
    fn places_are_read_as_they_are_written() {
        for (text, chain, seq) in [("120", 0, 120), ("3/120", 3, 120)] {
            let place = Place { chain, seq };
            assert_eq!((place.to_string().as_str(), text.parse()), (text, Ok(place)));
        }
        for bad in ["", "/", "3/", "/3", "a", "1/2/3", "70000/1"] {
            assert_eq!(bad.parse::<Place>(), Err(PlaceFault), "{bad}");
        }
    }

    #[test]
    fn a_body_has_a_bound() {
        let body = json!({"line": "x".repeat(MAX_BODY)});
        let row = NewAuditRow { at: UnixMillis(0), kind: "x", job: String::new(), body };
        assert!(matches!(row.canonical_body(), Err(StoreError::TooLarge { .. })));
    }
}
