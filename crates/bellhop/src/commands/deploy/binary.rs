//! The program that is shipped: for which machines it was built, and the archive that Lambda takes.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use aws_cli::{Archive, ArchivedFile, Files as _};
use aws_lc_rs::digest;
use object::Endianness;
use object::elf::{EM_AARCH64, EM_X86_64, FileHeader64};
use object::read::elf::FileHeader as _;

use crate::files::RealFiles;

/// What a function may have unpacked, in bytes.
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
const MAX_UNPACKED: usize = 262_144_000;
/// How large a program is that is built for shipping, at most, in bytes.
const SHIPPED: usize = 40_000_000;
/// The C library of Amazon Linux 2023, on which `provided.al2023` runs.
const GLIBC_THERE: Version = Version(2, 34);

/// For which processors a program was built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Architecture {
    #[value(name = "arm64")]
    Arm64,
    #[value(name = "x86_64")]
    X86,
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Architecture::Arm64 => "arm64",
            Architecture::X86 => "x86_64",
        })
    }
}

/// For which this program was built.
const HERE: Architecture =
    if cfg!(target_arch = "aarch64") { Architecture::Arm64 } else { Architecture::X86 };

/// A version of the C library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(u32, u32);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// What a program says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Built {
    /// For which processors.
    pub(super) architecture: Architecture,
    /// The newest version of glibc that it asks for; `None` if it asks for none.
    pub(super) glibc: Option<Version>,
}

/// A program, packed.
pub(super) struct Package {
    /// Where it was found.
    pub(super) path: PathBuf,
    /// What it says of itself.
    pub(super) built: Built,
    /// How large it is, in bytes.
    pub(super) unpacked: usize,
    /// The archive.
    pub(super) archive: Vec<u8>,
    /// The beginning of the archive's SHA-256 in hexadecimal digits.
    pub(super) fingerprint: String,
}

impl Package {
    /// Reads a program and packs it: the one that is named, else this very one, else the one for `wanted` that
    /// `cargo xtask package` put beside it.
    ///
    /// # Errors
    /// It cannot be read, is no program for Linux, not for `wanted`, or larger than Lambda takes.
    pub(super) fn of(path: Option<&Path>, wanted: Option<Architecture>) -> Result<Package> {
        let path = path.map_or_else(|| own(wanted), |path| Ok(path.to_owned()))?;
        let bytes = RealFiles.read(&path).with_context(|| unreadable(&path, wanted))?;
        if bytes.len() > MAX_UNPACKED {
            let (is, most) = (bytes.len() / 1_000_000, MAX_UNPACKED / 1_000_000);
            bail!(
                "{} has {is} MB, and Lambda takes {most} MB: build it with `cargo xtask package`",
                path.display()
            );
        }
        let built = inspect(&bytes)
            .with_context(|| format!("{} is no program that Lambda can run", path.display()))?;
        if let Some(wanted) = wanted.filter(|wanted| *wanted != built.architecture) {
            bail!(
                "{} is built for {}, and would not start on {wanted}: name another by --binary (`cargo xtask package \
                 {wanted}` builds target/package/bellhop-{wanted}), or leave --architecture out",
                path.display(),
                built.architecture
            );
        }
        let archive = packed(&bytes)?;
        let fingerprint = digest::digest(&digest::SHA256, &archive);
        let fingerprint = fingerprint.as_ref().iter().take(12).map(|byte| format!("{byte:02x}")).collect();
        Ok(Package { path, built, unpacked: bytes.len(), archive, fingerprint })
    }

    /// What speaks against shipping it.
    pub(super) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if let Some(glibc) = self.built.glibc.filter(|glibc| *glibc > GLIBC_THERE) {
            warnings.push(format!(
                "the program wants glibc {glibc} and Lambda has {GLIBC_THERE}: it would not start; `cargo xtask package` \
                 builds one that does"
            ));
        }
        if self.unpacked > SHIPPED {
            warnings.push(format!(
                "the program has {} MB, and one that is built for shipping {} at most: functions start faster with one that \
                 `cargo xtask package` builds",
                self.unpacked / 1_000_000,
                SHIPPED / 1_000_000
            ));
        }
        warnings
    }
}

/// This program, or the one beside it for other processors.
fn own(wanted: Option<Architecture>) -> Result<PathBuf> {
    let own = std::env::current_exe().context("this program does not know where it is")?;
    Ok(match wanted.filter(|wanted| *wanted != HERE) {
        Some(other) => own.with_file_name(format!("bellhop-{other}")),
        None => own,
    })
}

fn unreadable(path: &Path, wanted: Option<Architecture>) -> String {
    match wanted.filter(|wanted| *wanted != HERE) {
        Some(other) => format!(
            "this program is built for {HERE}, and {} cannot be read: name a program for {other} by --binary (`cargo xtask \
             package {other}` builds target/package/bellhop-{other})",
            path.display()
        ),
        None => format!("{} cannot be read", path.display()),
    }
}

/// The archive: one file, whose name the runtime knows. The same program gives the same archive.
fn packed(program: &[u8]) -> Result<Vec<u8>> {
    let mut archive = Archive::new(Vec::new());
    archive.add("bootstrap", program, ArchivedFile { changed: None, is_program: true })?;
    Ok(archive.finish()?)
}

/// Reads the headers of a program.
///
/// # Errors
/// It is none for Linux on one of the two kinds of processors.
pub(super) fn inspect(program: &[u8]) -> Result<Built> {
    let header = FileHeader64::<Endianness>::parse(program).context("it has no ELF header of 64 bits")?;
    let endian = header.endian()?;
    let architecture = match header.e_machine(endian) {
        EM_AARCH64 => Architecture::Arm64,
        EM_X86_64 => Architecture::X86,
        other => bail!("it is built for processors of the kind {other}, neither x86-64 nor arm64"),
    };
    let sections = header.sections(endian, program)?;
    let mut glibc = None;
    if let Some((mut needs, link)) = sections.gnu_verneed(endian, program)? {
        let names = sections.strings(endian, program, link)?;
        while let Some((_, mut versions)) = needs.next()? {
            while let Some(version) = versions.next()? {
                glibc = glibc.max(glibc_version(version.name(endian, names)?));
            }
        }
    }
    Ok(Built { architecture, glibc })
}

/// `GLIBC_2.34`; `None` for other names.
fn glibc_version(name: &[u8]) -> Option<Version> {
    let numbers = std::str::from_utf8(name).ok()?.strip_prefix("GLIBC_")?;
    let mut numbers = numbers.split('.').map(str::parse);
    Some(Version(numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

    use super::*;

    #[test]
    fn names_of_versions_are_read() {
        let cases = [
            ("GLIBC_2.34", Some(Version(2, 34))),
            ("GLIBC_2.2.5", Some(Version(2, 2))),
            ("GLIBC_PRIVATE", None),
            ("GCC_3.0", None),
            ("", None),
        ];
        for (name, expected) in cases {
            assert_eq!(glibc_version(name.as_bytes()), expected, "{name}");
        }
        assert!(Version(2, 4) < Version(2, 34));
    }

    #[test]
    fn this_test_is_a_program_and_other_files_are_none() {
        let own = RealFiles.read(&std::env::current_exe().unwrap()).unwrap();
        let built = inspect(&own).unwrap();
        assert_eq!(built.architecture, HERE);
        assert_eq!(built.glibc.is_some(), cfg!(target_env = "gnu"));
        for cut in [&own[..0], &own[..64], &own[..4096], b"#!/bin/sh\n", &[0x7f; 200]] {
            assert!(inspect(cut).is_err());
        }
    }

    #[test]
    fn a_program_for_other_processors_is_refused() {
        let other = if HERE == Architecture::X86 { Architecture::Arm64 } else { Architecture::X86 };
        let own = std::env::current_exe().unwrap();
        for path in [None, Some(own.as_path())] {
            let told = format!("{:#}", Package::of(path, Some(other)).err().unwrap());
            assert!(told.contains(&format!("target/package/bellhop-{other}")), "{told}");
        }
    }

    #[test]
    fn the_same_program_gives_the_same_archive() {
        assert_eq!(packed(b"program").unwrap(), packed(b"program").unwrap());
    }
}
