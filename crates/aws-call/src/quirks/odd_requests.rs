//! Requests that a service wants in another form than its model says.

use super::Context;
use crate::message::RequestParts;

/// API Gateway answers in another dialect unless it is told.
pub(super) fn accept_json(_: &Context<'_>, parts: &mut RequestParts) {
    if parts.header("Accept").is_none() {
        parts.set_header("Accept", "application/json");
    }
}

/// A search may be longer than a URL can be: its query becomes the body.
pub(super) fn search_by_post(_: &Context<'_>, parts: &mut RequestParts) {
    let query = parts.encoded_query();
    if parts.method == "GET" && !query.is_empty() {
        parts.set_header("Content-Type", "application/x-www-form-urlencoded");
        parts.method = "POST".to_owned();
        parts.body = query.into_bytes();
        parts.literal_query.clear();
        parts.query.clear();
    }
}
