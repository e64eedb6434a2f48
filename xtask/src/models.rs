//! Fetches what `crates/aws-model/botocore.pin` names: the wheel whose models the build embeds and, for tests alone,
//! the source package with its vectors.
//!
//! Invariants: nothing is used before its sha256 has been compared with the pin; a file is either whole or absent,
//! for downloads happen beside their place and are then moved into it; nothing is fetched twice.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use aws_lc_rs::digest;

use crate::{paths, step};

/// Names a wheel to use instead of the pinned one; also read by the build script of `aws-model`.
const OVERRIDE: &str = "BELLHOP_BOTOCORE_WHEEL";
/// Names an unpacked source package to use instead of the pinned one.
const SDIST_OVERRIDE: &str = "BELLHOP_BOTOCORE_SDIST";

/// One line of the pin.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pin {
    version: String,
    file: String,
    sha256: String,
}

/// Sees to it that the models are there, and says where.
pub(crate) fn run() -> Result<()> {
    let wheel = wheel()?;
    step::say(&format!("service models: {}", wheel.display()));
    Ok(())
}

/// The wheel, fetched first if need be.
pub(crate) fn wheel() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os(OVERRIDE).filter(|path| !path.is_empty()).map(PathBuf::from) {
        if !path.is_file() {
            bail!("{OVERRIDE} names {}, which is no file", path.display());
        }
        return Ok(path);
    }
    fetch(&read_pin("wheel")?, &["--only-binary", ":all:"])
}

/// botocore's source package, unpacked: `tests/` lies directly below. For tests alone, nothing of it is built in.
pub(crate) fn sdist() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os(SDIST_OVERRIDE).filter(|path| !path.is_empty()).map(PathBuf::from) {
        return Ok(path);
    }
    let pin = read_pin("sdist")?;
    let folder = paths::cache("models").join("sdist");
    let mark = folder.join(".unpacked-from");
    if std::fs::read_to_string(&mark).is_ok_and(|sha256| sha256 == pin.sha256) {
        return Ok(folder);
    }
    let archive = fetch(&pin, &["--no-binary", "botocore"])?;
    step::step(&format!("Unpacking {}", pin.file), || unpack(&pin, &archive, &folder, &mark))?;
    Ok(folder)
}

/// Sees to it that models and test vectors are there, and says where.
pub(crate) fn run_with_vectors() -> Result<()> {
    run()?;
    step::say(&format!("test vectors: {}", sdist()?.display()));
    Ok(())
}

/// Unpacks beside the place, then moves: what has no mark is replaced.
fn unpack(pin: &Pin, archive: &Path, folder: &Path, mark: &Path) -> Result<()> {
    let scratch = folder.with_file_name(format!("unpack-{}", std::process::id()));
    std::fs::create_dir_all(&scratch).with_context(|| format!("cannot make {}", scratch.display()))?;
    let outcome =
        step::quiet(Command::new("python3").args(["-m", "tarfile", "-e"]).arg(archive).arg(&scratch))
            .and_then(|_| {
                if folder.exists() {
                    std::fs::remove_dir_all(folder)
                        .with_context(|| format!("cannot remove {}", folder.display()))?;
                }
                let unpacked = scratch.join(format!("botocore-{}", pin.version));
                std::fs::rename(&unpacked, folder)
                    .with_context(|| format!("{} holds something else", pin.file))?;
                std::fs::write(mark, &pin.sha256).with_context(|| format!("cannot write {}", mark.display()))
            });
    let _ = std::fs::remove_dir_all(&scratch);
    outcome
}

fn read_pin(kind: &str) -> Result<Pin> {
    let path = paths::root().join("crates/aws-model/botocore.pin");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    parse_pin(&text, kind).with_context(|| format!("{} pins no {kind}", path.display()))
}

/// The line of that kind: kind, version, file name, sha256.
fn parse_pin(text: &str, kind: &str) -> Option<Pin> {
    text.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [found, version, file, sha256] = words[..] else { return None };
        let usable = found == kind && sha256.len() == 64 && !file.contains(['/', '\\']);
        usable.then(|| Pin { version: version.to_owned(), file: file.to_owned(), sha256: sha256.to_owned() })
    })
}

/// The pinned file under `target/models`; downloaded when it is absent or not what the pin says.
fn fetch(pin: &Pin, kind: &[&str]) -> Result<PathBuf> {
    let folder = paths::cache("models");
    let path = folder.join(&pin.file);
    if path.is_file() {
        if sha256_of(&path)? == pin.sha256 {
            return Ok(path);
        }
        step::complain(&format!("{} is not what the pin says: fetching it again", path.display()));
    }
    step::step(&format!("Downloading {}", pin.file), || {
        let scratch = folder.join(format!("download-{}", std::process::id()));
        let outcome = download(pin, kind, &scratch).and_then(|found| {
            std::fs::rename(&found, &path).with_context(|| format!("cannot write {}", path.display()))
        });
        let _ = std::fs::remove_dir_all(&scratch);
        outcome
    })?;
    Ok(path)
}

fn download(pin: &Pin, kind: &[&str], scratch: &Path) -> Result<PathBuf> {
    std::fs::create_dir_all(scratch).with_context(|| format!("cannot make {}", scratch.display()))?;
    let requirements = scratch.join("requirements.txt");
    std::fs::write(&requirements, format!("botocore=={} --hash=sha256:{}\n", pin.version, pin.sha256))?;
    let mut pip = Command::new("python3");
    pip.args([
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--require-hashes",
    ]);
    pip.args(kind).arg("--dest").arg(scratch).arg("-r").arg(&requirements);
    step::quiet(&mut pip).with_context(|| {
        format!("python3 with pip and a network are needed once; without them set {OVERRIDE} to the path of a wheel")
    })?;
    let found = scratch.join(&pin.file);
    let sha256 = sha256_of(&found)?;
    if sha256 != pin.sha256 {
        bail!("{} came with sha256 {sha256}, the pin says {}", pin.file, pin.sha256);
    }
    Ok(found)
}

pub(crate) fn sha256_of(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let digest = digest::digest(&digest::SHA256, &bytes);
    Ok(digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_pin() {
        let hash = "a".repeat(64);
        let text = format!(
            "# a comment\nwheel 1.2 botocore-1.2.whl {hash}\nsdist 1.2 ../escape {hash}\ncounts a=1\n"
        );
        let pin = parse_pin(&text, "wheel").expect("it is there");
        assert_eq!((pin.version.as_str(), pin.file.as_str()), ("1.2", "botocore-1.2.whl"));
        for kind in ["sdist", "counts", "#", ""] {
            assert_eq!(parse_pin(&text, kind), None, "{kind}");
        }
    }

    #[test]
    #[ignore = "needs a network when nothing is there yet"]
    fn the_source_package_has_vectors() {
        let folder = sdist().expect("it can be fetched");
        assert!(folder.join("tests/unit/protocols").is_dir());
        assert!(folder.join("tests/functional/endpoint-rules").is_dir());
    }

    #[test]
    fn the_committed_pin_names_both_packages() {
        let pin = include_str!("../../crates/aws-model/botocore.pin");
        for kind in ["wheel", "sdist"] {
            assert!(parse_pin(pin, kind).is_some(), "{kind}");
        }
    }
}
