//! What a built program says of itself.

use anyhow::Result;
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
