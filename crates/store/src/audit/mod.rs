//! The audit chain: rows whose hashes each cover everything before them.
//!
//! A row's hash is SHA-256 over the previous row's hash (32 bytes; zeros before the first) followed by the row's
//! canonical line: one JSON object without white space, its keys sorted. Whoever changes, removes or reorders a
//! row breaks the chain there; [`verify`] names the place. Whoever can write the database can also compute hashes, so
//! from time to time the chain's head is signed ([`SigningKey`]) by a key that lies elsewhere, and the signature becomes a
//! row of the chain: what stands before it cannot be rewritten without that key.

mod canonical;
mod signing;
mod verify;

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

/// The version of the canonical line.
const VERSION: u32 = 1;

/// The bound of a row's body.
const MAX_BODY: usize = 64 * 1024;

/// Makes the row that goes behind a chain of so many rows, the last of which has that hash.
pub type HeadSigner = Box<dyn Fn(u64, &Hash) -> NewAuditRow + Send>;

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

/// A row of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
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
        let AuditRow { seq, at: UnixMillis(at), body, .. } = self;
        format!(r#"{{"at":{at},"body":{body},"job":{job},"kind":{kind},"seq":{seq},"v":{VERSION}}}"#)
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
    }

    #[test]
    fn a_body_has_a_bound() {
        let body = json!({"line": "x".repeat(MAX_BODY)});
        let row = NewAuditRow { at: UnixMillis(0), kind: "x", job: String::new(), body };
        assert!(matches!(row.canonical_body(), Err(StoreError::TooLarge { .. })));
    }
}
