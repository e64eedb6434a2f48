//! Entries as bytes: a count, then each field behind its length, as little-endian numbers of four bytes.

use crate::StoreError;

/// The longest field that is kept, in bytes; longer texts are cut at a character.
const MAX_FIELD: usize = 64 * 1024;
/// The most texts of one sort that an entry keeps.
const MAX_TEXTS: usize = 256;

/// One thing that can be found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its id within its scope.
    pub id: String,
    /// What else it is called.
    pub names: Vec<String>,
    /// Addresses and host names.
    pub addresses: Vec<String>,
    /// Tags: key and value.
    pub tags: Vec<(String, String)>,
    /// What is known of it besides.
    pub body: Vec<u8>,
}

/// The entries as bytes.
pub fn write_chunk(entries: &[Entry]) -> Vec<u8> {
    let mut out = Vec::new();
    number(&mut out, entries.len());
    for entry in entries {
        text(&mut out, &entry.id);
        texts(&mut out, entry.names.iter().map(String::as_str));
        texts(&mut out, entry.addresses.iter().map(String::as_str));
        let tags = &entry.tags[..entry.tags.len().min(MAX_TEXTS / 2)];
        texts(&mut out, tags.iter().flat_map(|(key, value)| [key.as_str(), value.as_str()]));
        let body = &entry.body[..entry.body.len().min(MAX_FIELD)];
        number(&mut out, body.len());
        out.extend_from_slice(body);
    }
    out
}

/// The entries again.
///
/// # Errors
/// The bytes are not what [`write_chunk`] makes.
pub fn read_chunk(mut bytes: &[u8]) -> Result<Vec<Entry>, StoreError> {
    let entries = read(&mut bytes).filter(|_| bytes.is_empty());
    entries.ok_or_else(|| StoreError::Failed("a part of the index cannot be read".to_owned()))
}

fn number(out: &mut Vec<u8>, number: usize) {
    out.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
}

fn text(out: &mut Vec<u8>, text: &str) {
    let end = (0..=text.len().min(MAX_FIELD)).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    number(out, end);
    out.extend_from_slice(&text.as_bytes()[..end]);
}

fn texts<'a>(out: &mut Vec<u8>, all: impl Iterator<Item = &'a str> + Clone) {
    number(out, all.clone().take(MAX_TEXTS).count());
    all.take(MAX_TEXTS).for_each(|one| text(out, one));
}

fn read(bytes: &mut &[u8]) -> Option<Vec<Entry>> {
    let count = take_number(bytes)?;
    // Nothing is reserved by a number alone: each entry takes at least twenty bytes.
    let mut entries = Vec::with_capacity(count.min(bytes.len() / 20));
    for _ in 0..count {
        let id = take_text(bytes)?;
        let names = take_texts(bytes)?;
        let addresses = take_texts(bytes)?;
        let pairs = take_texts(bytes)?;
        if pairs.len() % 2 != 0 {
            return None;
        }
        let mut pairs = pairs.into_iter();
        let tags = std::iter::from_fn(|| Some((pairs.next()?, pairs.next()?))).collect();
        let length = take_number(bytes)?;
        let body = take(bytes, length)?.to_vec();
        entries.push(Entry { id, names, addresses, tags, body });
    }
    Some(entries)
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}

fn take_number(bytes: &mut &[u8]) -> Option<usize> {
    let (taken, rest) = bytes.split_first_chunk::<4>()?;
    *bytes = rest;
    usize::try_from(u32::from_le_bytes(*taken)).ok()
}

fn take_text(bytes: &mut &[u8]) -> Option<String> {
    let length = take_number(bytes)?;
    String::from_utf8(take(bytes, length)?.to_vec()).ok()
}

fn take_texts(bytes: &mut &[u8]) -> Option<Vec<String>> {
    let count = take_number(bytes).filter(|count| *count <= MAX_TEXTS)?;
    (0..count).map(|_| take_text(bytes)).collect()
}
