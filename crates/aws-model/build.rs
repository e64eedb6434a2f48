//! Packs the service models of the pinned botocore wheel into one archive that the library embeds.
//!
//! Reads the wheel that `BELLHOP_BOTOCORE_WHEEL` names, else the one that `cargo xtask models` keeps under the
//! workspace's `target/`. Uses no network.

#![expect(
    clippy::disallowed_methods,
    reason = "a build script is the rim: it reads a wheel and writes an archive"
)]

#[path = "build/archive.rs"]
mod archive;
#[path = "src/format.rs"]
mod format;
#[path = "src/pack/mod.rs"]
mod pack;
#[path = "src/pin.rs"]
mod pin;
#[path = "build/wheel.rs"]
mod wheel;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            use std::io::Write as _;
            let _ = writeln!(std::io::stderr(), "error: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let here = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo sets no manifest folder")?);
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets no output folder")?);
    directive("rerun-if-env-changed=BELLHOP_BOTOCORE_WHEEL");
    for path in ["build.rs", "build", "src/pack", "src/format.rs", "src/pin.rs", "botocore.pin"] {
        directive(&format!("rerun-if-changed={path}"));
    }
    let path = wheel_path(&here)?;
    directive(&format!("rerun-if-changed={}", path.display()));
    let bytes = std::fs::read(&path).map_err(|_| missing(&path))?;
    let wheel = wheel::Wheel::open(bytes).map_err(|reason| format!("{}: {reason}", path.display()))?;
    let archive = archive::pack(&wheel).map_err(|reason| format!("{}: {reason}", path.display()))?;
    std::fs::write(out.join("models.bin"), archive)
        .map_err(|fault| format!("cannot write the archive: {fault}"))
}

fn wheel_path(here: &Path) -> Result<PathBuf, String> {
    if let Some(path) = std::env::var_os("BELLHOP_BOTOCORE_WHEEL").filter(|path| !path.is_empty()) {
        return Ok(PathBuf::from(path));
    }
    let pin = std::fs::read_to_string(here.join("botocore.pin"))
        .map_err(|fault| format!("botocore.pin: {fault}"))?;
    let pin = pin::find(&pin, "wheel").ok_or("botocore.pin names no wheel")?;
    let root = here.ancestors().nth(2).ok_or("the crate lies in no workspace")?;
    Ok(root.join("target/models").join(pin.file))
}

fn missing(path: &Path) -> String {
    format!(
        "the service models are not at {}.\nhint: run `cargo xtask models` once, or set BELLHOP_BOTOCORE_WHEEL to a botocore wheel",
        path.display()
    )
}

fn directive(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stdout(), "cargo:{text}");
}
