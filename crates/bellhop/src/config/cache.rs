//! `[cache]`: a cache that several processes share.

use slack::Secret;

use crate::config::{Faults, Section, Source, secret};

/// Where it is.
#[derive(Debug, Clone)]
pub(crate) struct CacheSettings {
    /// Host and port.
    pub(crate) address: String,
    /// Its password.
    pub(crate) password: Option<Secret>,
}

/// Reads the table.
pub(super) fn read(
    mut section: Section<'_>,
    source: &Source<'_>,
    faults: &mut Faults,
) -> Option<CacheSettings> {
    let address = section.text("redis", faults);
    let password = secret::read(&mut section, "password", source, faults);
    let (path, at, is_there) = (section.path().to_owned(), section.at(), section.is_there());
    section.finish(faults);
    let Some(spot) = address else {
        if is_there {
            faults.at(at, format!("{path}.redis: missing"));
        }
        return None;
    };
    match spot.value.strip_prefix("redis://").filter(|address| is_address(address)) {
        Some(address) => Some(CacheSettings { address: address.to_owned(), password }),
        None => {
            faults.at(spot.at, format!("{path}.redis: `{}` is not redis://host:port", spot.value));
            faults.hint("a password has a key of its own; TLS is not spoken: what lies there is sealed");
            None
        }
    }
}

fn is_address(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._[]:".contains(c);
    !host.is_empty() && host.chars().all(plain) && port.parse::<u16>().is_ok_and(|port| port > 0)
}
