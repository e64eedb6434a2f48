//! The audit chain: rows whose hashes each cover everything before them.
//!
//! A row's hash is SHA-256 over the previous row's hash (32 bytes; zeros before the first) followed by the row's
//! canonical line: one JSON object without white space, its keys sorted. Whoever changes, removes or reorders a
//! row breaks the chain there; [`verify`] names the place.

use aws_lc_rs::digest;
use serde_json::Value;

use crate::{Store, StoreError, UnixMillis};

/// A row's place in the chain.
pub type Hash = [u8; 32];

/// What stands before the first row.
pub const FIRST_HASH: Hash = [0; 32];

/// The version of the canonical line.
const VERSION: u32 = 1;

/// The bound of a row's body.
const MAX_BODY: usize = 64 * 1024;

/// How many rows [`verify`] reads at a time.
const PAGE: u32 = 500;

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

/// What a walk over the chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verification {
    /// Every row is as it was written.
    Whole {
        /// How many rows there are.
        rows: u64,
    },
    /// Something was changed.
    Broken {
        /// The first row that is not as it should be.
        seq: u64,
        /// In which way.
        what: Break,
    },
}

/// In which way a chain is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// The row, or one before it, is not what was hashed.
    Altered,
    /// The row is missing.
    Missing,
    /// The row stands behind the recorded end of the chain.
    Unrecorded,
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

/// Walks the whole chain. Rows appended meanwhile are not looked at.
pub async fn verify(store: &dyn Store) -> Result<Verification, StoreError> {
    let (last, last_hash) = store.audit_head().await?;
    let (mut seq, mut hash) = (0, FIRST_HASH);
    loop {
        let rows = store.audit_rows(seq, PAGE).await?;
        let end = rows.len() < PAGE as usize;
        for row in rows {
            if row.seq > last {
                // Appended since the head was read, or slipped in behind it.
                return finish(store, seq, last, &hash, &last_hash).await;
            }
            if row.seq != seq + 1 {
                return Ok(Verification::Broken { seq: seq + 1, what: Break::Missing });
            }
            if row.hash_after(&hash) != row.hash {
                return Ok(Verification::Broken { seq: row.seq, what: Break::Altered });
            }
            (seq, hash) = (row.seq, row.hash);
        }
        if end {
            return finish(store, seq, last, &hash, &last_hash).await;
        }
    }
}

async fn finish(
    store: &dyn Store,
    seq: u64,
    last: u64,
    hash: &Hash,
    last_hash: &Hash,
) -> Result<Verification, StoreError> {
    let broken = |seq, what| Ok(Verification::Broken { seq, what });
    if seq < last {
        return broken(seq + 1, Break::Missing);
    }
    if hash != last_hash {
        return broken(last, Break::Altered);
    }
    let (now_last, _) = store.audit_head().await?;
    let beyond = store.audit_rows(now_last, 1).await?;
    match beyond.first() {
        // A row behind the end may be one just appended: only one behind the newest end is not.
        Some(row) if row.seq > store.audit_head().await?.0 => broken(row.seq, Break::Unrecorded),
        _ => Ok(Verification::Whole { rows: seq }),
    }
}

/// JSON without white space, keys sorted by their code points.
fn write_canonical(value: &Value, out: &mut Vec<u8>) -> serde_json::Result<()> {
    match value {
        Value::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_canonical(item, out)?;
            }
            out.push(b']');
        }
        Value::Object(entries) => {
            let mut sorted: Vec<_> = entries.iter().collect();
            sorted.sort_unstable_by_key(|(key, _)| key.as_str());
            out.push(b'{');
            for (index, (key, item)) in sorted.into_iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                serde_json::to_writer(&mut *out, key)?;
                out.push(b':');
                write_canonical(item, out)?;
            }
            out.push(b'}');
        }
        plain => serde_json::to_writer(out, plain)?,
    }
    Ok(())
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
    fn the_canonical_form_sorts_keys_and_has_no_white_space() {
        let cases = [
            (
                json!({"b": 1, "a": [true, null, {"d": "x y", "c": 1.5}]}),
                r#"{"a":[true,null,{"c":1.5,"d":"x y"}],"b":1}"#,
            ),
            (json!({}), "{}"),
            (json!({"q": "\"\n"}), r#"{"q":"\"\n"}"#),
        ];
        for (value, expected) in cases {
            let mut text = Vec::new();
            write_canonical(&value, &mut text).expect("a tree is written");
            assert_eq!(String::from_utf8_lossy(&text), expected);
        }
    }

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
