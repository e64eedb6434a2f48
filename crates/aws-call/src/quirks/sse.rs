//! S3 objects encrypted with a key of the caller's: the key travels as base64, with its MD5.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use value::{Map, Value};

use super::Context;

/// The key of the object.
pub(super) fn digest_key(_: &Context<'_>, params: &mut Map) -> Result<(), String> {
    digest(params, "SSECustomerKey", "SSECustomerKeyMD5");
    Ok(())
}

/// The key of a copy's source.
pub(super) fn digest_source_key(_: &Context<'_>, params: &mut Map) -> Result<(), String> {
    digest(params, "CopySourceSSECustomerKey", "CopySourceSSECustomerKeyMD5");
    Ok(())
}

fn digest(params: &mut Map, key_member: &str, md5_member: &str) {
    let key = match params.get(key_member) {
        Some(Value::Text(text)) => text.as_bytes().to_vec(),
        Some(Value::Blob(bytes)) => bytes.to_vec(),
        _ => return,
    };
    if !params.contains(md5_member) {
        params.insert(key_member, STANDARD.encode(&key));
        params.insert(md5_member, STANDARD.encode(Md5::digest(&key)));
    }
}
