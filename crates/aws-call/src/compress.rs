//! Bodies that travel compressed, where an operation allows it (`requestcompression`).

use std::io::Write as _;

use aws_model::Operation;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::message::RequestParts;

/// Compresses the body if the operation allows gzip and the body is long enough.
pub(crate) fn compress(operation: &Operation, parts: &mut RequestParts, from: Option<usize>) {
    let allowed = operation.request_compression.iter().any(|encoding| encoding == "gzip");
    if !allowed || from.is_none_or(|from| parts.body.len() < from) {
        return;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // Writing to memory cannot fail.
    let Ok(body) = encoder.write_all(&parts.body).and_then(|()| encoder.finish()) else { return };
    parts.body = body;
    let encoding = match parts.header("Content-Encoding") {
        Some(before) => format!("{before},gzip"),
        None => "gzip".to_owned(),
    };
    parts.set_header("Content-Encoding", encoding);
}
