//! What a built program says of itself.

use std::io::Write as _;

use anyhow::Result;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use object::Endianness;
use object::elf::FileHeader64;
use object::read::elf::FileHeader as _;

/// The newest version of glibc that a program asks for; `None` if it asks for none.
pub(super) fn newest_glibc(program: &[u8]) -> Result<Option<(u32, u32)>> {
    let header = FileHeader64::<Endianness>::parse(program)?;
    let endian = header.endian()?;
    let sections = header.sections(endian, program)?;
    let Some((mut needs, link)) = sections.gnu_verneed(endian, program)? else { return Ok(None) };
    let names = sections.strings(endian, program, link)?;
    let mut newest = None;
    while let Some((_, mut versions)) = needs.next()? {
        while let Some(version) = versions.next()? {
            newest = newest.max(version_of(version.name(endian, names)?));
        }
    }
    Ok(newest)
}

/// `GLIBC_2.34`
fn version_of(name: &[u8]) -> Option<(u32, u32)> {
    let mut numbers = std::str::from_utf8(name).ok()?.strip_prefix("GLIBC_")?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// How large it is in an archive, as `bellhop deploy` packs it; the archive's own bytes are a few hundred more.
pub(super) fn packed_size(program: &[u8]) -> Result<usize> {
    let mut deflated = DeflateEncoder::new(Vec::new(), Compression::default());
    deflated.write_all(program)?;
    Ok(deflated.finish()?.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(version_of(b"GLIBC_2.2.5"), Some((2, 2)));
        assert_eq!(version_of(b"GCC_3.0"), None);
        assert!(version_of(b"GLIBC_2.4") < version_of(b"GLIBC_2.34"));
    }
}
