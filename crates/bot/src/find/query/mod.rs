//! What somebody looks for: the words behind `find`, told apart by their shape.
//!
//! Invariants: at most [`MAX_QUERY`] bytes in at most [`MAX_WORDS`] words are read, in time that grows with their
//! length; an access key id never shows whole. Absent on purpose: AWS, and which questions find a thing; that no
//! shape decides between a bucket's name and any other name, so a name is looked for among all that have names.

mod arn;
mod host;
mod id;

use std::fmt;
use std::net::IpAddr;

pub(crate) use arn::Arn;
pub(crate) use host::{Database, Host};
#[cfg(test)]
pub(crate) use id::ID_KINDS;
pub(crate) use id::Id;

/// The most bytes of a query: an ARN has at most 2,048.
pub(crate) const MAX_QUERY: usize = 2_048;
/// The most words of one.
pub(crate) const MAX_WORDS: usize = 12;
/// The fewest characters of a name part: fewer fit nearly everything.
pub(crate) const MIN_PART: usize = 2;

/// What somebody looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Query {
    /// Something of EC2's kind of ids, `vpc-0123456789abcdef0`.
    Id(Id),
    /// An address.
    Address {
        /// The address.
        ip: IpAddr,
        /// Where it is, if its spelling told.
        region: Option<String>,
    },
    /// A range of addresses, as networks and subnets have it.
    Range(String),
    /// A DNS name.
    Host(Host),
    /// Anything with an ARN.
    Arn(Arn),
    /// An access key.
    AccessKey(AccessKey),
    /// An account, by its twelve digits.
    Account(String),
    /// A bucket that was named as such.
    Bucket(String),
    /// Names, parts of names and tags; all of them must fit.
    Terms(Vec<Term>),
}

/// One of several things that must fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Term {
    /// A part of a name, id, or tag; in lower case.
    Part(String),
    /// A tag.
    Tag {
        /// Its key, as written.
        key: String,
        /// Its value, as written; `None` is any.
        value: Option<String>,
    },
}

/// An access key id. It shows masked.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct AccessKey(String);

/// Why nothing can be looked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum QueryFault {
    #[error("there is nothing to look for")]
    Empty,
    #[error("a query has at most {MAX_QUERY} bytes")]
    TooLong,
    #[error("a query has at most {MAX_WORDS} words")]
    TooMany,
    #[error("`{0}` fits nearly everything: type at least {MIN_PART} characters")]
    TooShort(String),
    #[error("a query cannot hold control characters")]
    Control,
    #[error("behind `{prefix}-` stand 8 or 17 hexadecimal digits, and this has {digits}")]
    Digits {
        /// What stands before the dash.
        prefix: String,
        /// How many digits stand behind it.
        digits: usize,
    },
    #[error("a tag is looked for by `tag:key=value`, or `tag:key` whatever its value")]
    Tag,
    #[error("`{0}` is the same on every machine")]
    EveryMachine(IpAddr),
    #[error("an ARN has six parts, `arn:aws:service:region:account:resource`")]
    Arn,
}

/// Tells what the words look for.
///
/// # Errors
/// They cannot be looked for.
pub(crate) fn read(words: &[String]) -> Result<Query, QueryFault> {
    let words: Vec<&str> = words.iter().map(|word| word.trim()).filter(|word| !word.is_empty()).collect();
    if words.iter().map(|word| word.len() + 1).sum::<usize>() > MAX_QUERY + 1 {
        return Err(QueryFault::TooLong);
    }
    if words.iter().any(|word| word.chars().any(char::is_control)) {
        return Err(QueryFault::Control);
    }
    match words.as_slice() {
        [] => Err(QueryFault::Empty),
        [one] => read_one(one),
        several => terms(several),
    }
}

fn read_one(word: &str) -> Result<Query, QueryFault> {
    if let Some(query) = whole(word)? {
        return Ok(query);
    }
    // `https://name/path`, `name:443`: whatever stands around a name or an address.
    let bare = host::without_surroundings(word);
    if bare != word
        && let Some(query) = whole(bare)?
    {
        return Ok(query);
    }
    if let Some(host) = host::read(bare) {
        return Ok(host);
    }
    terms(&[word])
}

/// What a word is by its whole shape, if it is more than a name.
fn whole(word: &str) -> Result<Option<Query>, QueryFault> {
    if word.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("arn:")) {
        return Arn::read(word).map(|arn| Some(Query::Arn(arn))).ok_or(QueryFault::Arn);
    }
    if let Some(path) = word.strip_prefix("s3://") {
        let bucket = path.split('/').next().unwrap_or_default();
        return match is_bucket_name(bucket) {
            true => Ok(Some(Query::Bucket(bucket.to_owned()))),
            false => Err(QueryFault::TooShort(word.to_owned())),
        };
    }
    if let Some(key) = AccessKey::read(word) {
        return Ok(Some(Query::AccessKey(key)));
    }
    if word.len() == 12 && word.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(Some(Query::Account(word.to_owned())));
    }
    if let Some(query) = address(word)? {
        return Ok(Some(query));
    }
    Id::read(word).map(|id| id.map(Query::Id))
}

fn address(word: &str) -> Result<Option<Query>, QueryFault> {
    let (text, length) = word.split_once('/').map_or((word, None), |(text, length)| (text, Some(length)));
    let text = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let Ok(ip) = text.parse::<IpAddr>() else { return Ok(None) };
    let bits = if ip.is_ipv4() { 32 } else { 128 };
    match length.map(str::parse::<u8>) {
        Some(Ok(length)) if length < bits => Ok(Some(Query::Range(format!("{ip}/{length}")))),
        Some(Err(_)) => Ok(None),
        Some(Ok(length)) if length > bits => Ok(None),
        _ => of_address(ip, None).map(Some),
    }
}

/// The query for an address, unless every machine has it.
fn of_address(ip: IpAddr, region: Option<String>) -> Result<Query, QueryFault> {
    let ip = ip.to_canonical();
    let link_local = match ip {
        IpAddr::V4(ip) => ip.is_link_local() || ip.is_broadcast(),
        IpAddr::V6(ip) => ip.segments()[0] & 0xffc0 == 0xfe80,
    };
    if ip.is_loopback() || ip.is_unspecified() || ip.is_multicast() || link_local {
        return Err(QueryFault::EveryMachine(ip));
    }
    Ok(Query::Address { ip, region })
}

fn terms(words: &[&str]) -> Result<Query, QueryFault> {
    if words.len() > MAX_WORDS {
        return Err(QueryFault::TooMany);
    }
    words.iter().map(|word| term(word)).collect::<Result<Vec<Term>, QueryFault>>().map(Query::Terms)
}

fn term(word: &str) -> Result<Term, QueryFault> {
    if word.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("tag:")) {
        let (key, value) = match word[4..].split_once('=') {
            Some((key, value)) => (key, Some(value)),
            None => (&word[4..], None),
        };
        let value = value.filter(|value| *value != "*").map(str::to_owned);
        return match key {
            "" => Err(QueryFault::Tag),
            key => Ok(Term::Tag { key: key.to_owned(), value }),
        };
    }
    let part = word.trim_matches('*');
    if part.chars().count() < MIN_PART {
        return Err(QueryFault::TooShort(word.to_owned()));
    }
    Ok(Term::Part(part.to_lowercase()))
}

/// Whether a bucket may be called so.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>.
pub(crate) fn is_bucket_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
    let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = name.as_bytes();
    (3..=63).contains(&bytes.len())
        && bytes.iter().copied().all(allowed)
        && ends(bytes.first())
        && ends(bytes.last())
}

impl AccessKey {
    /// `AKIA` or `ASIA` and at least sixteen more of base 32's characters.
    /// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>.
    fn read(word: &str) -> Option<AccessKey> {
        let rest = word.strip_prefix("AKIA").or_else(|| word.strip_prefix("ASIA"))?;
        let fits = (12..=124).contains(&rest.len())
            && rest.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        fits.then(|| AccessKey(word.to_owned()))
    }

    /// The id itself, for AWS alone.
    pub(crate) fn id(&self) -> &str {
        &self.0
    }

    /// Whether the key ends by itself: it belongs to a session.
    pub(crate) fn is_temporary(&self) -> bool {
        self.0.starts_with("ASIA")
    }

    /// The id as it may be shown.
    pub(crate) fn masked(&self) -> String {
        masked(&self.0)
    }
}

/// Whether a word is an access key id.
pub(crate) fn is_access_key(word: &str) -> bool {
    AccessKey::read(word.trim()).is_some()
}

/// A word as it may be shown.
pub(crate) fn shown(word: &str) -> String {
    AccessKey::read(word.trim()).map_or_else(|| word.to_owned(), |key| key.masked())
}

/// An access key id as it may be shown: its kind and its last four characters.
pub(crate) fn masked(id: &str) -> String {
    let end = id.get(id.len().saturating_sub(4)..).unwrap_or_default();
    format!("{}…{end}", id.get(..4).unwrap_or_default())
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

/// As it may be shown and recorded.
impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Query::Id(id) => f.write_str(&id.id),
            Query::Address { ip, .. } => write!(f, "{ip}"),
            Query::Range(range) => f.write_str(range),
            Query::Host(host) => f.write_str(host.name()),
            Query::Arn(arn) => f.write_str(&arn.text),
            Query::AccessKey(key) => f.write_str(&key.masked()),
            Query::Account(id) => f.write_str(id),
            Query::Bucket(name) => write!(f, "s3://{name}"),
            Query::Terms(terms) => {
                for (index, term) in terms.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { " " })?;
                    match term {
                        Term::Part(part) => f.write_str(part)?,
                        Term::Tag { key, value: Some(value) } => write!(f, "tag:{key}={value}")?,
                        Term::Tag { key, value: None } => write!(f, "tag:{key}")?,
                    }
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests;
