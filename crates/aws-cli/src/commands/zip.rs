//! Archives of folders: the files in their order, deflated.
//!
//! Invariant: what does not fit the format's plain form (4 GiB, 65,535 files) is refused, not cut. Absent on purpose:
//! folders as entries of their own, links, and rights but whether a file may be run.

use std::io::{self, Write};

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::FileFacts;

/// The format's version that deflated entries need.
const VERSION: u16 = 20;
/// Names are UTF-8.
const UTF8: u16 = 0x0800;
const DEFLATED: u16 = 8;
/// A regular file that its owner may write and all may read, as Unix systems say it.
const RIGHTS: u32 = 0o100_644 << 16;
/// One that all may run besides.
const PROGRAM_RIGHTS: u32 = 0o100_755 << 16;
/// Made on Unix.
const MADE_BY: u16 = 3 << 8 | VERSION;

/// What an archive keeps of a file besides its name and content.
#[derive(Debug, Clone, Copy, Default)]
pub struct Facts {
    /// When it was last changed.
    pub changed: Option<Timestamp>,
    /// Whether it may be run.
    pub is_program: bool,
}

impl From<FileFacts> for Facts {
    fn from(facts: FileFacts) -> Facts {
        Facts { changed: facts.modified, is_program: facts.is_executable }
    }
}

/// An archive on its way to a writer.
#[derive(Debug)]
pub struct Archive<W: Write> {
    out: W,
    written: u64,
    directory: Vec<u8>,
    entries: u16,
}

impl<W: Write> Archive<W> {
    /// An empty one.
    pub fn new(out: W) -> Archive<W> {
        Archive { out, written: 0, directory: Vec::new(), entries: 0 }
    }

    /// Adds a file.
    ///
    /// # Errors
    /// The writer fails, or the format has no place for it.
    pub fn add(&mut self, name: &str, content: &[u8], facts: Facts) -> io::Result<()> {
        let mut crc = Crc::new();
        crc.update(content);
        let mut deflated = DeflateEncoder::new(Vec::new(), Compression::default());
        deflated.write_all(content)?;
        let deflated = deflated.finish()?;
        let mut header = Vec::with_capacity(32);
        for number in [VERSION, UTF8, DEFLATED] {
            header.extend_from_slice(&number.to_le_bytes());
        }
        header.extend_from_slice(&dos_time(facts.changed).to_le_bytes());
        for number in [crc.sum(), small(deflated.len())?, small(content.len())?] {
            header.extend_from_slice(&number.to_le_bytes());
        }
        let length = u16::try_from(name.len()).map_err(|_| too_large())?;
        header.extend_from_slice(&length.to_le_bytes());
        header.extend_from_slice(&0u16.to_le_bytes());
        let place = u32::try_from(self.written).map_err(|_| too_large())?;
        let rights = if facts.is_program { PROGRAM_RIGHTS } else { RIGHTS };
        self.directory.extend_from_slice(b"PK\x01\x02");
        self.directory.extend_from_slice(&MADE_BY.to_le_bytes());
        self.directory.extend_from_slice(&header);
        // No comment, first disk, no attributes of its own.
        self.directory.extend_from_slice(&[0; 6]);
        self.directory.extend_from_slice(&rights.to_le_bytes());
        self.directory.extend_from_slice(&place.to_le_bytes());
        self.directory.extend_from_slice(name.as_bytes());
        self.entries = self.entries.checked_add(1).ok_or_else(too_large)?;
        for part in [b"PK\x03\x04".as_slice(), &header, name.as_bytes(), &deflated] {
            self.put(part)?;
        }
        Ok(())
    }

    /// Ends the archive; its writer comes back.
    ///
    /// # Errors
    /// The writer fails, or the format has no place for so much.
    pub fn finish(mut self) -> io::Result<W> {
        let place = u32::try_from(self.written).map_err(|_| too_large())?;
        let directory = std::mem::take(&mut self.directory);
        self.put(&directory)?;
        let mut end = b"PK\x05\x06\0\0\0\0".to_vec();
        end.extend_from_slice(&self.entries.to_le_bytes());
        end.extend_from_slice(&self.entries.to_le_bytes());
        end.extend_from_slice(&small(directory.len())?.to_le_bytes());
        end.extend_from_slice(&place.to_le_bytes());
        end.extend_from_slice(&[0; 2]);
        self.put(&end)?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.written += bytes.len() as u64;
        self.out.write_all(bytes)
    }
}

fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, "the archive would be larger than a zip file can be (4 GiB)")
}

fn small(length: usize) -> io::Result<u32> {
    u32::try_from(length).map_err(|_| too_large())
}

/// Date and time as the format counts them: since 1980, in steps of two seconds.
fn dos_time(time: Option<Timestamp>) -> u32 {
    const FIRST: u32 = 1 << 21 | 1 << 16;
    let Some(time) = time.map(|time| time.to_zoned(TimeZone::UTC).datetime()) else { return FIRST };
    let number = |part: i8| u32::try_from(part).unwrap_or_default();
    let Ok(year @ 0..=127) = u32::try_from(i32::from(time.year()) - 1980) else { return FIRST };
    let date = year << 9 | number(time.month()) << 5 | number(time.day());
    let steps = number(time.second()) / 2;
    date << 16 | number(time.hour()) << 11 | number(time.minute()) << 5 | steps
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use std::io::Read as _;

    use super::*;

    fn number(bytes: &[u8], at: usize) -> usize {
        u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
    }

    #[test]
    fn an_archive_can_be_read_again() {
        let mut archive = Archive::new(Vec::new());
        let changed = "2024-03-04T05:06:07Z".parse().ok();
        archive.add("a/é.txt", b"hello hello hello", Facts { changed, is_program: true }).unwrap();
        archive.add("b", b"", Facts::default()).unwrap();
        let bytes = archive.finish().unwrap();
        let end = bytes.len() - 22;
        assert_eq!(&bytes[end..end + 4], b"PK\x05\x06");
        assert_eq!(bytes[end + 8..end + 12], [2, 0, 2, 0]);
        let directory = number(&bytes, end + 16);
        assert_eq!(directory + number(&bytes, end + 12), end);
        assert_eq!(&bytes[directory..directory + 4], b"PK\x01\x02");
        assert_eq!(number(&bytes, 10), (44 << 9 | 3 << 5 | 4) << 16 | 5 << 11 | 6 << 5 | 3);
        let (packed, whole) = (number(&bytes, 18), number(&bytes, 22));
        let start = 30 + "a/é.txt".len();
        let mut text = String::new();
        flate2::read::DeflateDecoder::new(&bytes[start..start + packed]).read_to_string(&mut text).unwrap();
        assert_eq!((text.as_str(), text.len()), ("hello hello hello", whole));
    }
}
