//! The canonical form of a request, which is what is signed.

use crate::encoding::{PATH_SAFE, percent_encode};
use crate::endpoint::remove_dot_segments;
use crate::outgoing::Outgoing;

/// Headers that proxies and connections may change, so nobody signs them.
const UNSIGNED: [&str; 11] = [
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-amzn-trace-id",
];

/// The headers that are signed, in lower case, sorted by name; equal names are joined by commas in their order.
pub(super) fn signed_headers(request: &Outgoing) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> = Vec::with_capacity(request.headers.len() + 1);
    for (name, value) in &request.headers {
        let name = name.trim().to_ascii_lowercase();
        if !UNSIGNED.contains(&name.as_str()) && name != "authorization" {
            headers.push((name, single_spaced(value)));
        }
    }
    if !headers.iter().any(|(name, _)| name == "host") {
        headers.push(("host".to_owned(), request.host()));
    }
    headers.sort_by(|a, b| a.0.cmp(&b.0));
    headers.dedup_by(|later, earlier| {
        let same = later.0 == earlier.0;
        if same {
            earlier.1.push(',');
            earlier.1.push_str(&later.1);
        }
        same
    });
    headers
}

/// The names of signed headers as signatures list them.
pub(super) fn names(headers: &[(String, String)]) -> String {
    let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
    names.join(";")
}

fn single_spaced(value: &str) -> String {
    let words: Vec<&str> = value.split_whitespace().collect();
    words.join(" ")
}

/// The canonical request. With `raw_path` the path stays as it is sent; else it is normalised and encoded once more.
pub(super) fn request(
    request: &Outgoing,
    headers: &[(String, String)],
    payload: &str,
    raw_path: bool,
) -> String {
    let mut out = String::with_capacity(512);
    out.push_str(&request.method.to_ascii_uppercase());
    out.push('\n');
    if raw_path {
        out.push_str(&request.path);
    } else {
        percent_encode(&mut out, &remove_dot_segments(&request.path), PATH_SAFE);
    }
    out.push('\n');
    push_query(&request.query, &mut out);
    out.push('\n');
    for (name, value) in headers {
        out.push_str(name);
        out.push(':');
        out.push_str(value);
        out.push('\n');
    }
    out.push('\n');
    out.push_str(&names(headers));
    out.push('\n');
    out.push_str(payload);
    out
}

/// Sorts by name, then by value: not by the joined text, in which `a=` and `a-b=` would change places.
fn push_query(query: &str, out: &mut String) {
    if query.is_empty() {
        return;
    }
    let mut pairs: Vec<(&str, &str)> =
        query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
    pairs.sort_unstable();
    for (index, (name, value)) in pairs.iter().enumerate() {
        if index > 0 {
            out.push('&');
        }
        out.push_str(name);
        out.push('=');
        out.push_str(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_sort_by_name_then_value() {
        for (query, expected) in [
            ("", ""),
            ("select", "select="),
            ("b=2&a=1", "a=1&b=2"),
            ("a-b=1&a=2", "a=2&a-b=1"),
            ("a=b&a=B&a", "a=&a=B&a=b"),
        ] {
            let mut out = String::new();
            push_query(query, &mut out);
            assert_eq!(out, expected);
        }
    }
}
