//! The archive that Lambda takes, and checksums of what is shipped.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use aws_lc_rs::digest;

use crate::step;

/// One file under the name that the runtime starts, which all may run; the same program gives the same archive.
const ZIP: &str = "\
import sys, zipfile
entry = zipfile.ZipInfo('bootstrap')
entry.create_system, entry.external_attr, entry.compress_type = 3, 0o100755 << 16, zipfile.ZIP_DEFLATED
with zipfile.ZipFile(sys.argv[2], 'w') as archive, open(sys.argv[1], 'rb') as program:
    archive.writestr(entry, program.read(), compresslevel=9)
";

/// Packs a program, and says how large the archive is in bytes.
pub(crate) fn zip(python: &Path, program: &Path, archive: &Path) -> Result<u64> {
    step::quiet(Command::new(python).args(["-c", ZIP]).arg(program).arg(archive))?;
    Ok(std::fs::metadata(archive)?.len())
}

/// Writes `SHA256SUMS` for all other files of a folder, as `sha256sum --check` reads it.
pub(super) fn write_checksums(folder: &Path) -> Result<()> {
    const NAME: &str = "SHA256SUMS";
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name().into_string().ok().context("a name is no text")?;
        names.extend((name != NAME).then_some(name));
    }
    names.sort_unstable();
    let mut text = String::new();
    for name in names {
        let digest = digest::digest(&digest::SHA256, &std::fs::read(folder.join(&name))?);
        for byte in digest.as_ref() {
            write!(text, "{byte:02x}")?;
        }
        writeln!(text, "  {name}")?;
    }
    std::fs::write(folder.join(NAME), text).context("the checksums cannot be written")
}
