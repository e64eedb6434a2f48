//! The proxy that `https` addresses are reached through, by a tunnel (`CONNECT`): `HTTPS_PROXY` and `NO_PROXY`.
//!
//! Invariants: this machine and the link's own addresses (instance metadata, container credentials) are never asked for
//! through a proxy; a proxy's password stands in no message.
//! Absent on purpose: proxies for plain `http`, which nothing of AWS's speaks, and proxies that are reached by TLS.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Uri};
use percent_encoding::percent_decode_str;

/// No address is reached through a proxy, or all but some.
#[derive(Clone, Default)]
pub struct Proxies {
    proxy: Option<Proxy>,
    except: Vec<String>,
}

#[derive(Clone)]
pub(super) struct Proxy {
    pub(super) address: Uri,
    pub(super) authorization: Option<HeaderValue>,
}

/// Why a proxy's address is of no use. Does not repeat it, for it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProxyFault {
    /// It is no address.
    #[error("the address of the proxy cannot be read: http://host:port is expected")]
    Address,
    /// It is one that cannot be spoken to.
    #[error("only proxies whose address begins with http:// are supported")]
    Scheme,
}

impl Proxies {
    /// Reads `HTTPS_PROXY` (`http://user:password@host:port`; the scheme may be absent) and `NO_PROXY` (hosts and their
    /// subdomains, separated by commas, perhaps with a port; `*` for all).
    ///
    /// # Errors
    /// The first one is no address of a plain proxy.
    pub fn read(proxy: Option<&str>, except: Option<&str>) -> Result<Proxies, ProxyFault> {
        let proxy = proxy.map(str::trim).filter(|text| !text.is_empty()).map(Proxy::read).transpose()?;
        let entries = except.unwrap_or_default().split(',').map(str::trim).filter(|entry| !entry.is_empty());
        Ok(Proxies { proxy, except: entries.map(str::to_ascii_lowercase).collect() })
    }

    /// The proxy that an address is reached through.
    pub(super) fn of(&self, uri: &Uri) -> Option<&Proxy> {
        let proxy = self.proxy.as_ref().filter(|_| uri.scheme_str() == Some("https"))?;
        let host = uri.host()?.trim_matches(['[', ']']).to_ascii_lowercase();
        let port = uri.port_u16().unwrap_or(443);
        let near =
            host == "localhost" || host == "::1" || host.starts_with("127.") || host.starts_with("169.254.");
        let excepted = self.except.iter().any(|entry| matches(entry, &host, port));
        (!near && !excepted).then_some(proxy)
    }
}

/// Whether an entry of `NO_PROXY` names a host: itself or a domain above it.
fn matches(entry: &str, host: &str, port: u16) -> bool {
    let (name, wanted) = match entry.rsplit_once(':') {
        Some((name, digits)) if !name.contains(':') => (name, digits.parse().ok()),
        _ => (entry, None),
    };
    let name = name.trim_start_matches('.');
    let below = || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
    name == "*" || wanted.is_none_or(|wanted: u16| wanted == port) && (host == name || below())
}

impl Proxy {
    fn read(text: &str) -> Result<Proxy, ProxyFault> {
        let rest = match text.split_once("://") {
            None => text,
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => rest,
            Some(_) => return Err(ProxyFault::Scheme),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (user, place) = match authority.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, authority),
        };
        let address: Uri = format!("http://{place}").parse().map_err(|_| ProxyFault::Address)?;
        let authorization = user.map(basic).transpose()?;
        Ok(Proxy { address, authorization })
    }
}

fn basic(user: &str) -> Result<HeaderValue, ProxyFault> {
    let (name, password) = user.split_once(':').unwrap_or((user, ""));
    let decoded = |text: &str| percent_decode_str(text).collect::<Vec<u8>>();
    let both = [decoded(name), decoded(password)].join(&b':');
    let mut value =
        HeaderValue::try_from(format!("Basic {}", STANDARD.encode(both))).map_err(|_| ProxyFault::Address)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Shows the proxy without its password.
impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self.proxy.as_ref().map(|proxy| &proxy.address);
        f.debug_struct("Proxies").field("proxy", &address).field("except", &self.except).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_of_proxies_are_read() {
        for (text, expected) in [
            ("http://proxy:3128", Ok(("http://proxy:3128/", None))),
            ("proxy:3128", Ok(("http://proxy:3128/", None))),
            ("HTTP://b%40b:s%3A3@proxy:3128/x", Ok(("http://proxy:3128/", Some("Basic YkBiOnM6Mw==")))),
            ("http://[::1]:3128", Ok(("http://[::1]:3128/", None))),
            ("https://proxy:3128", Err(ProxyFault::Scheme)),
            ("socks5://proxy:1080", Err(ProxyFault::Scheme)),
            ("http://", Err(ProxyFault::Address)),
            ("http://a b", Err(ProxyFault::Address)),
        ] {
            let read = Proxies::read(Some(text), None).map(|proxies| proxies.proxy.expect("a proxy"));
            let shown = read.as_ref().map_err(|fault| *fault).map(|proxy| {
                (
                    proxy.address.to_string(),
                    proxy.authorization.as_ref().map(|value| value.to_str().expect("ASCII")),
                )
            });
            let shown =
                shown.as_ref().map(|(address, user)| (address.as_str(), *user)).map_err(|fault| *fault);
            assert_eq!(shown, expected, "{text}");
        }
        let shown = format!("{:?}", Proxies::read(Some("http://bob:hunter2@proxy"), None).expect("a proxy"));
        assert!(!shown.contains("hunter2") && shown.contains("proxy"), "{shown}");
    }

    #[test]
    fn some_addresses_are_reached_directly() {
        for (except, uri, through) in [
            ("", "https://sts.amazonaws.com/", true),
            ("", "http://sts.amazonaws.com/", false),
            ("", "https://localhost:8443/", false),
            ("", "https://127.0.0.1/", false),
            ("", "https://[::1]/", false),
            ("", "https://169.254.169.254/", false),
            ("*", "https://sts.amazonaws.com/", false),
            ("a.com, amazonaws.com", "https://sts.amazonaws.com/", false),
            (".AmazonAWS.com", "https://STS.amazonaws.com/", false),
            ("azonaws.com", "https://sts.amazonaws.com/", true),
            ("amazonaws.com:8443", "https://sts.amazonaws.com/", true),
            ("amazonaws.com:443", "https://sts.amazonaws.com/", false),
            ("10.0.0.1", "https://10.0.0.1:8443/", false),
        ] {
            let proxies = Proxies::read(Some("proxy:3128"), Some(except)).expect("a proxy");
            let uri = uri.parse().expect("an address");
            assert_eq!(proxies.of(&uri).is_some(), through, "{except} {uri}");
        }
        assert!(Proxies::read(Some(" "), None).expect("none").of(&Uri::from_static("https://x/")).is_none());
    }

    proptest! {
        #[test]
        fn nothing_panics(proxy in "\\PC{0,40}", except in "\\PC{0,40}") {
            if let Ok(proxies) = Proxies::read(Some(&proxy), Some(&except)) {
                let _ = proxies.of(&Uri::from_static("https://sts.amazonaws.com/"));
            }
        }
    }
}
