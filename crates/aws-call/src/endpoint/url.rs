//! URLs as far as endpoint rules look into them.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::encoding::{PATH_SAFE, percent_encode};

/// The parts of an endpoint's URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Url {
    pub(super) scheme: String,
    /// Host and, where there is one, port.
    pub(super) authority: String,
    pub(super) path: String,
    /// The path without dot segments, with a slash at its end.
    pub(super) normalized_path: String,
    /// Whether the host is an address rather than a name.
    pub(super) is_ip: bool,
}

impl Url {
    /// Takes a URL apart; `None` unless it is http or https, without a query, with a usable port.
    pub(super) fn parse(text: &str) -> Option<Url> {
        let (scheme, rest) = text.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        if scheme != "http" && scheme != "https" {
            return None;
        }
        let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        if !query.is_empty() {
            return None;
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let host = host_of(authority)?;
        let is_ip = host.parse::<Ipv4Addr>().is_ok()
            || host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).is_some_and(is_ipv6);
        let mut normalized_path = String::with_capacity(path.len() + 1);
        percent_encode(&mut normalized_path, &remove_dot_segments(path), PATH_SAFE);
        if !normalized_path.ends_with('/') {
            normalized_path.push('/');
        }
        Some(Url { scheme, authority: authority.to_owned(), path: path.to_owned(), normalized_path, is_ip })
    }
}

fn is_ipv6(host: &str) -> bool {
    let host = host.split_once('%').map_or(host, |(address, _)| address);
    host.parse::<Ipv6Addr>().is_ok()
}

/// The host without its port; `None` if the port is none.
fn host_of(authority: &str) -> Option<&str> {
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let after_brackets = authority.rfind(']').map_or(0, |index| index + 1);
    match authority[after_brackets..].find(':') {
        None => Some(authority),
        Some(colon) => {
            let (host, port) = authority.split_at(after_brackets + colon);
            let port = &port[1..];
            (port.is_empty() || port.parse::<u16>().is_ok()).then_some(host)
        }
    }
}

/// Drops `.` and empty segments, and `..` with the segment before it. The result starts with a slash.
pub(crate) fn remove_dot_segments(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            _ => kept.push(segment),
        }
    }
    let mut out = String::with_capacity(path.len() + 1);
    for segment in &kept {
        out.push('/');
        out.push_str(segment);
    }
    if out.is_empty() || path.ends_with('/') {
        out.push('/');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_urls_apart() {
        for (text, expected) in [
            ("https://example.com", Some(("example.com", "", "/", false))),
            ("http://127.0.0.1:80/a/../b", Some(("127.0.0.1:80", "/a/../b", "/b/", true))),
            ("http://[::1]:8080/", Some(("[::1]:8080", "/", "/", true))),
            ("https://example.com:port", None),
            ("https://example.com/?q=1", None),
            ("ftp://example.com", None),
            ("example.com", None),
        ] {
            let url = Url::parse(text);
            let parts = url.as_ref().map(|url| {
                (url.authority.as_str(), url.path.as_str(), url.normalized_path.as_str(), url.is_ip)
            });
            assert_eq!(parts, expected, "{text}");
        }
    }

    #[test]
    fn dot_segments_go() {
        for (path, expected) in
            [("", "/"), ("/", "/"), ("//", "/"), ("/a//b/", "/a/b/"), ("/a/./../b", "/b"), ("/..", "/")]
        {
            assert_eq!(remove_dot_segments(path), expected, "{path}");
        }
    }
}
