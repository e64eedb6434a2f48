//! Where answers may be posted.
//!
//! A `response_url` is a bearer secret: whoever knows it can post. It comes with a request, so it is posted to only
//! when it lies under a configured base, by default Slack's. Both are taken apart and compared part by part: text that
//! merely begins like the base is not under it.

use crate::Secret;

/// Longest address that is looked at, in bytes.
const MAX_LENGTH: usize = 2048;

/// An address under an allowed base. It cannot be printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseUrl(Secret);

/// The bases under which addresses are allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseUrlBases(Vec<Address>);

/// Why an address is not posted to. It names no part of the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Not an absolute http or https address in plain characters.
    #[error("the response_url is malformed")]
    Malformed,
    /// Not under any base.
    #[error("the response_url is not under an allowed base")]
    Foreign,
}

/// Why a base cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaseError {
    /// Not an absolute http or https address in plain characters, or one with a query.
    #[error("\"{0}\" is no base address such as https://hooks.slack.com/")]
    Malformed(String),
    /// Plain http to another machine would show every answer on the way.
    #[error("\"{0}\" uses plain http, which is allowed to loopback addresses only")]
    Plain(String),
}

impl ResponseUrl {
    /// The address, for the one who posts.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl ResponseUrlBases {
    /// The bases, such as `https://hooks.slack.com/`.
    ///
    /// # Errors
    /// The first base that cannot be one.
    pub fn new<'a>(bases: impl IntoIterator<Item = &'a str>) -> Result<ResponseUrlBases, BaseError> {
        let checked = bases.into_iter().map(base).collect::<Result<Vec<Address>, BaseError>>()?;
        Ok(ResponseUrlBases(checked))
    }

    /// Slack's own.
    pub fn slack() -> ResponseUrlBases {
        let (host, path) = ("hooks.slack.com".to_owned(), "/".to_owned());
        ResponseUrlBases(vec![Address { https: true, host, port: 443, path, query: false }])
    }

    /// Lets an address through that lies under one of the bases.
    ///
    /// # Errors
    /// The address is malformed or lies elsewhere.
    pub fn check(&self, url: &Secret) -> Result<ResponseUrl, UrlError> {
        let address = Address::parse(url.expose()).ok_or(UrlError::Malformed)?;
        let under = self.0.iter().any(|base| address.is_under(base));
        if under { Ok(ResponseUrl(url.clone())) } else { Err(UrlError::Foreign) }
    }
}

fn base(text: &str) -> Result<Address, BaseError> {
    let malformed = || BaseError::Malformed(text.chars().take(80).collect());
    let address = Address::parse(text).filter(|address| !address.query).ok_or_else(malformed)?;
    if !address.https && !is_loopback(&address.host) {
        return Err(BaseError::Plain(text.chars().take(80).collect()));
    }
    Ok(address)
}

/// Whether what is sent to an address can be read by nobody else on the way: it is encrypted, or stays on this machine.
pub(crate) fn is_safe(url: &str) -> bool {
    Address::parse(url).is_some_and(|address| address.https || is_loopback(&address.host))
}

fn is_loopback(host: &str) -> bool {
    let v4 = host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback());
    host == "localhost" || host == "[::1]" || v4
}

/// The parts of an address that decide where a request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Address {
    https: bool,
    host: String,
    port: u16,
    /// Begins with `/`, has no `.` or `..` segments.
    path: String,
    query: bool,
}

impl Address {
    fn parse(text: &str) -> Option<Address> {
        // Backslashes, blanks and fragments are read differently by different readers.
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"\\#<>\"^`{|}".contains(&byte);
        if text.len() > MAX_LENGTH || !text.bytes().all(plain) {
            return None;
        }
        let (scheme, rest) = text.split_once("://")?;
        let https = match scheme {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let (path, query) = rest.split_once('?').map_or((rest, false), |(path, _)| (path, true));
        let (host, port) = host_and_port(authority, if https { 443 } else { 80 })?;
        let path = if path.is_empty() { "/" } else { path };
        if path.split('/').any(is_dots) {
            return None;
        }
        Some(Address { https, host, port, path: path.to_owned(), query })
    }

    fn is_under(&self, base: &Address) -> bool {
        let below = match self.path.strip_prefix(base.path.as_str()) {
            Some(rest) => base.path.ends_with('/') || rest.is_empty() || rest.starts_with('/'),
            None => false,
        };
        self.https == base.https && self.host == base.host && self.port == base.port && below
    }
}

fn host_and_port(authority: &str, default: u16) -> Option<(String, u16)> {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => {
            // `0443` is no way to write a port.
            let digits = !port.starts_with('0') && port.bytes().all(|byte| byte.is_ascii_digit());
            (host, port.parse().ok().filter(|_| digits)?)
        }
        _ => (authority, default),
    };
    let name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    let is_v6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let good = match is_v6 {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(name),
    };
    good.then(|| (host.to_ascii_lowercase(), port))
}

/// `.` and `..`, however they are escaped.
fn is_dots(segment: &str) -> bool {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
    plain == "." || plain == ".."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_under_a_base_pass() {
        let bases = ResponseUrlBases::new([
            "https://hooks.slack.com/",
            "http://127.0.0.1:9000/hooks",
            "http://[::1]:9001/",
            "https://proxy.example/slack/",
        ])
        .expect("bases");
        let cases = [
            ("https://hooks.slack.com/commands/T1/2/3", Ok(())),
            ("https://HOOKS.slack.com:443/commands/T1", Ok(())),
            ("https://hooks.slack.com", Ok(())),
            ("https://hooks.slack.com/a?b=c", Ok(())),
            ("http://127.0.0.1:9000/hooks", Ok(())),
            ("http://127.0.0.1:9000/hooks/1", Ok(())),
            ("http://[::1]:9001/x", Ok(())),
            ("https://proxy.example/slack/commands", Ok(())),
            ("https://proxy.example/slack", Err(UrlError::Foreign)),
            ("http://127.0.0.1:9000/hooksx", Err(UrlError::Foreign)),
            ("http://127.0.0.1:9000/", Err(UrlError::Foreign)),
            ("http://127.0.0.1/hooks", Err(UrlError::Foreign)),
            ("http://hooks.slack.com/commands", Err(UrlError::Foreign)),
            ("https://hooks.slack.com:8443/commands", Err(UrlError::Foreign)),
            ("https://hooks.slack.com.evil.example/", Err(UrlError::Foreign)),
            ("https://evilhooks.slack.com/", Err(UrlError::Foreign)),
            ("https://hooks.slack.com./x", Err(UrlError::Foreign)),
            ("https://evil.example/https://hooks.slack.com/", Err(UrlError::Foreign)),
            ("https://evil.example?https://hooks.slack.com/", Err(UrlError::Foreign)),
            ("https://hooks.slack.com@evil.example/", Err(UrlError::Malformed)),
            ("https://hooks.slack.com:pw@evil.example/", Err(UrlError::Malformed)),
            ("https://evil.example\\@hooks.slack.com/", Err(UrlError::Malformed)),
            ("https://evil.example#@hooks.slack.com/", Err(UrlError::Malformed)),
            ("https://hooks.slack.com/../x", Err(UrlError::Malformed)),
            ("https://proxy.example/slack/%2E./x", Err(UrlError::Malformed)),
            ("https://hooks.slack.com/a b", Err(UrlError::Malformed)),
            ("https://hooks.slack.com/\n", Err(UrlError::Malformed)),
            ("https://hooks.slack.com:/", Err(UrlError::Malformed)),
            ("https://hooks.slack.com:+443/", Err(UrlError::Malformed)),
            ("https://hooks.slack.com:99999/", Err(UrlError::Malformed)),
            ("https:///x", Err(UrlError::Malformed)),
            ("https://höoks.slack.com/", Err(UrlError::Malformed)),
            ("file:///etc/passwd", Err(UrlError::Malformed)),
            ("HTTPS://hooks.slack.com/", Err(UrlError::Malformed)),
            ("hooks.slack.com/x", Err(UrlError::Malformed)),
            ("", Err(UrlError::Malformed)),
        ];
        for (url, expected) in cases {
            assert_eq!(bases.check(&Secret::new(url)).map(|_| ()), expected, "{url}");
        }
        let slack = ResponseUrlBases::slack();
        assert!(slack.check(&Secret::new("https://hooks.slack.com/commands/T1/2/3")).is_ok());
        assert!(slack.check(&Secret::new("http://127.0.0.1:9000/hooks")).is_err());
    }

    /// A port with leading zeros passed for 443.
    #[test]
    fn a_port_has_no_leading_zeros() {
        let check = |url: &str| ResponseUrlBases::slack().check(&Secret::new(url)).is_ok();
        assert!(check("https://hooks.slack.com:443/commands/x"));
        assert!(
            !check("https://hooks.slack.com:0443/commands/x")
                && !check("https://hooks.slack.com:/commands/x")
        );
    }

    #[test]
    fn a_base_over_plain_http_is_loopback() {
        for base in [
            "http://127.0.0.1:1/",
            "http://127.9.9.9/",
            "http://localhost:3000",
            "http://[::1]/",
            "https://a.b/",
        ] {
            assert!(ResponseUrlBases::new([base]).is_ok(), "{base}");
        }
        for base in [
            "http://hooks.slack.com/",
            "http://10.0.0.1/",
            "http://127.0.0.1.evil.example/",
            "https://a/?q",
            "",
            "x",
        ] {
            assert!(ResponseUrlBases::new([base]).is_err(), "{base}");
        }
    }

    #[test]
    fn an_address_is_not_printed() {
        let url = ResponseUrlBases::slack().check(&Secret::new("https://hooks.slack.com/commands/secret"));
        assert!(!format!("{url:?}").contains("commands"));
    }
}
