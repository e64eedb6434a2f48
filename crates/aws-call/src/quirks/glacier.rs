//! Glacier: a version header, an account that may be left out, and two digests of what is uploaded.

use std::fmt::Write as _;

use aws_lc_rs::digest::{SHA256, digest};
use value::{Map, Value};

use super::Context;
use crate::message::RequestParts;

const MEBIBYTE: usize = 1024 * 1024;

/// `-` stands for the caller's own account.
pub(super) fn default_account(_: &Context<'_>, params: &mut Map) -> Result<(), String> {
    if params.get("accountId").is_none_or(Value::is_null) {
        params.insert("accountId", "-");
    }
    Ok(())
}

/// Names the version of the interface that is spoken.
pub(super) fn add_version(context: &Context<'_>, parts: &mut RequestParts) {
    parts.set_header("x-amz-glacier-version", context.service.metadata().api_version.as_str());
}

/// Adds the digest of the whole body, and the tree hash of its mebibytes.
pub(super) fn add_digests(_: &Context<'_>, parts: &mut RequestParts) {
    if parts.header("x-amz-content-sha256").is_none() {
        let whole = hex(digest(&SHA256, &parts.body).as_ref());
        parts.set_header("x-amz-content-sha256", whole);
    }
    if parts.header("x-amz-sha256-tree-hash").is_none() {
        let tree = tree_hash(&parts.body);
        parts.set_header("x-amz-sha256-tree-hash", tree);
    }
}

/// Digests each mebibyte, then pairs of digests, until one is left.
fn tree_hash(body: &[u8]) -> String {
    let mut level: Vec<Vec<u8>> =
        body.chunks(MEBIBYTE).map(|chunk| digest(&SHA256, chunk).as_ref().to_vec()).collect();
    if level.is_empty() {
        level.push(digest(&SHA256, b"").as_ref().to_vec());
    }
    while level.len() > 1 {
        let pair = |pair: &[Vec<u8>]| match pair {
            [left, right] => digest(&SHA256, &[left.as_slice(), right].concat()).as_ref().to_vec(),
            lone => lone.concat(),
        };
        level = level.chunks(2).map(pair).collect();
    }
    hex(&level[0])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_hash_pairs_mebibytes() {
        let one = digest(&SHA256, b"a");
        assert_eq!(tree_hash(b"a"), hex(one.as_ref()));
        let body = vec![b'a'; 2 * MEBIBYTE + 1];
        let leaf = digest(&SHA256, &body[..MEBIBYTE]);
        let pair = digest(&SHA256, &[leaf.as_ref(), leaf.as_ref()].concat());
        let expected = digest(&SHA256, &[pair.as_ref(), one.as_ref()].concat());
        assert_eq!(tree_hash(&body), hex(expected.as_ref()));
    }
}
