//! Recordings of AWS CLI v2: the words of a command, the requests it made, the answers it was served, what it printed.
//!
//! They are replayed by `crates/aws-cli/examples/conformance`, within one process; see there how requests are compared. It is
//! built with the models that the recorded AWS CLI had, in a folder of its own, so that no other build is touched.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::{paths, step};

/// The models of AWS CLI 2.36.7, which made the recordings.
const VERSION: &str = "1.43.55";
const SHA256: &str = "b7ceb3070dffb64cc1cfdda3c32db538eb143c46ad9e9e781b0d8f90c9246f37";

/// The option whose count of recordings runs through the real program.
const THROUGH_PROCESS: &str = "--through-process";

/// Replays the recordings of a folder. `words` go on to the replay: `--suite`, `--match`, `--show`, `--through-process`.
pub(crate) fn run(folder: &Path, words: &[&str]) -> Result<()> {
    let folder = folder.canonicalize().with_context(|| format!("cannot find {}", folder.display()))?;
    let wheel = wheel()?;
    let program = target().join("debug/bellhop");
    let mut words: Vec<&OsStr> = words.iter().map(OsStr::new).collect();
    if let Some(at) = words.iter().position(|word| *word == THROUGH_PROCESS) {
        step::step("Building bellhop with those models", || {
            step::quiet(with_models(step::cargo().args(["build", "--quiet", "--package", "bellhop"]), &wheel))
        })?;
        // The replay takes the program behind the count.
        words.insert((at + 2).min(words.len()), program.as_os_str());
    }
    let mut command = step::cargo();
    command
        .args(["run", "--quiet", "--package", "aws-cli", "--example", "conformance", "--"])
        .arg(&folder)
        .args(words);
    with_models(&mut command, &wheel);
    step::say(&format!("==> Replaying {} with the models of botocore {VERSION}", folder.display()));
    step::show(&mut command)
}

/// A build with the models of that wheel, in its own folder.
fn with_models<'a>(command: &'a mut Command, wheel: &Path) -> &'a mut Command {
    command.env("BELLHOP_BOTOCORE_WHEEL", wheel).env("CARGO_TARGET_DIR", target())
}

/// Apart from other builds: a change of models would build them all again.
fn target() -> PathBuf {
    std::env::var_os("BELLHOP_CONFORMANCE_TARGET").map_or_else(|| paths::cache("conformance"), PathBuf::from)
}

/// The wheel with those models, fetched if need be; pip compares its hash.
fn wheel() -> Result<PathBuf> {
    let folder = paths::cache("models-43");
    let file = folder.join(format!("botocore-{VERSION}-py3-none-any.whl"));
    if file.is_file() {
        return Ok(file);
    }
    step::step(&format!("Downloading the models of botocore {VERSION}"), || {
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let pin = folder.join("requirements.txt");
        std::fs::write(&pin, format!("botocore=={VERSION} --hash=sha256:{SHA256}\n"))?;
        step::quiet(
            Command::new("python3")
                .args([
                    "-m",
                    "pip",
                    "download",
                    "--quiet",
                    "--no-deps",
                    "--only-binary",
                    ":all:",
                    "--require-hashes",
                ])
                .args(["--dest".as_ref(), folder.as_os_str(), "--requirement".as_ref(), pin.as_os_str()]),
        )
        .map(|_| ())
    })?;
    Ok(file)
}
