//! A request with its endpoint: what is signed, and then sent.

use bytes::Bytes;

use crate::message::RequestParts;

/// A request on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outgoing {
    pub(crate) method: String,
    /// `https` or `http`
    pub(crate) scheme: String,
    /// Host and, where there is one, port.
    pub(crate) authority: String,
    /// Percent-encoded, starts with a slash.
    pub(crate) path: String,
    /// Percent-encoded; empty if none.
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
}

impl Outgoing {
    /// Puts a request behind an endpoint; `None` if that is no URL. The endpoint's path precedes the request's own.
    pub(crate) fn new(parts: RequestParts, endpoint: &str, host_prefix: bool) -> Option<Outgoing> {
        let (scheme, rest) = endpoint.split_once("://")?;
        let rest = rest.split_once(['?', '#']).map_or(rest, |(before, _)| before);
        let (authority, base) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        if authority.is_empty()
            || !(scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http"))
        {
            return None;
        }
        let authority = match &parts.host_prefix {
            Some(prefix) if host_prefix => format!("{prefix}{authority}"),
            _ => authority.to_owned(),
        };
        let query = parts.encoded_query();
        let path = match base.trim_end_matches('/') {
            "" => parts.path,
            base => format!("{base}{}", parts.path),
        };
        Some(Outgoing {
            method: parts.method,
            scheme: scheme.to_ascii_lowercase(),
            authority,
            path: if path.is_empty() { "/".to_owned() } else { path },
            query,
            headers: parts.headers,
            body: parts.body.into(),
        })
    }

    /// The whole URL.
    pub(crate) fn url(&self) -> String {
        let Outgoing { scheme, authority, path, query, .. } = self;
        if query.is_empty() {
            format!("{scheme}://{authority}{path}")
        } else {
            format!("{scheme}://{authority}{path}?{query}")
        }
    }

    /// Whether it travels encrypted.
    pub(crate) fn is_https(&self) -> bool {
        self.scheme == "https"
    }

    /// The `Host` header: in lower case, without the scheme's own port.
    pub(crate) fn host(&self) -> String {
        let host = self.authority.to_ascii_lowercase();
        let own_port = if self.is_https() { ":443" } else { ":80" };
        match host.strip_suffix(own_port) {
            Some(name) if !name.ends_with(':') => name.to_owned(),
            _ => host,
        }
    }

    /// The header of that name, whatever its case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Sets a header, replacing those of the same name in any case.
    pub(crate) fn set_header(&mut self, name: &str, value: impl Into<String>) {
        self.remove_header(name);
        self.headers.push((name.to_owned(), value.into()));
    }

    /// Drops the headers of that name.
    pub(crate) fn remove_header(&mut self, name: &str) {
        self.headers.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_and_requests_join() {
        for (endpoint, prefix, path, expected, host) in [
            ("https://a.com", None, "/x", "https://a.com/x", "a.com"),
            ("https://A.com:443/", None, "/", "https://A.com:443/", "a.com"),
            ("http://127.0.0.1:5000", Some("p."), "/", "http://p.127.0.0.1:5000/", "p.127.0.0.1:5000"),
            ("https://a.com/base/", None, "/x/", "https://a.com/base/x/", "a.com"),
        ] {
            let parts = RequestParts {
                path: path.to_owned(),
                host_prefix: prefix.map(str::to_owned),
                ..RequestParts::default()
            };
            let outgoing = Outgoing::new(parts, endpoint, true).expect("an endpoint");
            assert_eq!((outgoing.url().as_str(), outgoing.host().as_str()), (expected, host));
        }
        for endpoint in ["", "a.com", "https://", "ftp://a.com", "file:///etc/passwd"] {
            assert_eq!(Outgoing::new(RequestParts::default(), endpoint, true), None, "{endpoint}");
        }
    }
}
