//! The archive that the build script wrote: which services there are, and where each one's bytes lie.

use crate::format::MAGIC;
use crate::unpack::{Cursor, Damage};

/// No service is larger when decompressed, by far; a damaged index may claim anything.
const MAX_RAW: usize = 64 << 20;

/// An archive in memory, its index read.
#[derive(Debug, Clone)]
pub(crate) struct Archive<'a> {
    pub(crate) version: &'a str,
    pub(crate) partitions: Blob<'a>,
    pub(crate) retry: Blob<'a>,
    /// Sorted by name.
    pub(crate) services: Vec<Entry<'a>>,
}

/// A service in the archive.
#[derive(Debug, Clone)]
pub(crate) struct Entry<'a> {
    pub(crate) name: &'a str,
    /// The version's folder, `2016-11-15`.
    pub(crate) version: &'a str,
    /// `signingName`, or `endpointPrefix` where there is none.
    pub(crate) signing_name: &'a str,
    pub(crate) model: Blob<'a>,
    pub(crate) docs: Blob<'a>,
}

/// Compressed bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Blob<'a> {
    pub(crate) compressed: &'a [u8],
    raw: usize,
}

/// Why a blob cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BlobFault {
    #[error("it claims {0} bytes")]
    Size(usize),
    #[error("it does not decompress: {0}")]
    Zstd(std::io::Error),
}

impl Blob<'_> {
    pub(crate) fn decompress(&self) -> Result<Vec<u8>, BlobFault> {
        if self.raw > MAX_RAW {
            return Err(BlobFault::Size(self.raw));
        }
        zstd::bulk::decompress(self.compressed, self.raw).map_err(BlobFault::Zstd)
    }
}

#[cfg(test)]
impl<'a> Blob<'a> {
    /// The same claim about other bytes.
    pub(crate) fn with_bytes(&self, compressed: &'a [u8]) -> Blob<'a> {
        Blob { compressed, raw: self.raw }
    }
}

impl<'a> Archive<'a> {
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Archive<'a>, Damage> {
        let rest = bytes.strip_prefix(MAGIC.as_slice()).ok_or(Damage::Version)?;
        let (length, rest) = rest.split_first_chunk::<4>().ok_or(Damage::Short)?;
        let length = u32::from_le_bytes(*length) as usize;
        let (index, blobs) = rest.split_at_checked(length).ok_or(Damage::Short)?;
        let mut reader = Reader { cursor: Cursor::new(index), index, blobs };
        let version = reader.text()?;
        let (partitions, retry) = (reader.blob()?, reader.blob()?);
        let count = reader.cursor.count()?;
        let services = (0..count).map(|_| reader.entry()).collect::<Result<_, Damage>>()?;
        Ok(Archive { version, partitions, retry, services })
    }

    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.services.binary_search_by(|entry| entry.name.cmp(name)).ok()
    }
}

struct Reader<'a> {
    cursor: Cursor<'a>,
    index: &'a [u8],
    blobs: &'a [u8],
}

impl<'a> Reader<'a> {
    fn text(&mut self) -> Result<&'a str, Damage> {
        let range = self.cursor.run()?;
        std::str::from_utf8(self.index.get(range).ok_or(Damage::Short)?).map_err(|_| Damage::Text)
    }

    fn size(&mut self) -> Result<usize, Damage> {
        Ok(self.cursor.index()? as usize)
    }

    fn blob(&mut self) -> Result<Blob<'a>, Damage> {
        let (begin, length, raw) = (self.size()?, self.size()?, self.size()?);
        let end = begin.checked_add(length).ok_or(Damage::Index)?;
        let compressed = self.blobs.get(begin..end).ok_or(Damage::Short)?;
        Ok(Blob { compressed, raw })
    }

    fn entry(&mut self) -> Result<Entry<'a>, Damage> {
        Ok(Entry {
            name: self.text()?,
            version: self.text()?,
            signing_name: self.text()?,
            model: self.blob()?,
            docs: self.blob()?,
        })
    }
}
