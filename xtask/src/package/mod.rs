//! What is shipped: the binary of the `dist` profile for both kinds of processors, linked against an old C library, held
//! against its bounds, packed for Lambda, and run once each.
//!
//! Absent on purpose: signing and publishing, which belong to whoever releases.

mod archive;
mod elf;
mod once;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::{models, paths, step, venv};

pub(crate) use archive::zip;

/// The C library that programs are linked against: that of RHEL 8 and Debian 10; Lambda's (Amazon Linux 2023) has 2.34.
const GLIBC: (u32, u32) = (2, 28);
/// How large a program may be, and how large packed, in bytes.
const MOST: u64 = 40_000_000;
const MOST_PACKED: u64 = 20_000_000;

/// A kind of processors.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    /// As Lambda calls it.
    name: &'static str,
    /// As Rust and the kernel call it.
    target: &'static str,
}

const KINDS: [Kind; 2] =
    [Kind { name: "x86_64", target: "x86_64" }, Kind { name: "arm64", target: "aarch64" }];

/// Builds for the kinds that the words name, without words for all.
pub(crate) fn run(words: &[&str]) -> Result<()> {
    if let Some(word) = words.iter().find(|word| KINDS.iter().all(|kind| kind.name != **word)) {
        bail!("`{word}` is no kind of processors: x86_64, arm64");
    }
    models::run()?;
    let tools = venv::tools("package-venv", "xtask/package-requirements.txt", "cargo-zigbuild and zig")?;
    for kind in KINDS.iter().filter(|kind| words.is_empty() || words.contains(&kind.name)) {
        let program = build(*kind, &tools)?;
        check(*kind, &program, &tools)?;
        step::step(&format!("running it once ({})", kind.name), || once::run(*kind, &program))?;
    }
    archive::write_checksums(&paths::cache("package"))
}

/// The program, under its name in `target/package`.
fn build(kind: Kind, tools: &Path) -> Result<PathBuf> {
    let triple = format!("{}-unknown-linux-gnu", kind.target);
    step::quiet(std::process::Command::new("rustup").args(["target", "add", &triple]))?;
    let (major, minor) = GLIBC;
    step::step(&format!("building bellhop for shipping ({})", kind.name), || {
        let mut build = step::cargo();
        build.args(["zigbuild", "--package", "bellhop", "--profile", "dist", "--locked", "--target"]);
        build.arg(format!("{triple}.{major}.{minor}")).env("PATH", with_first(tools)?);
        step::show(&mut build)
    })?;
    let folder = paths::cache("package");
    std::fs::create_dir_all(&folder)?;
    let program = folder.join(format!("bellhop-{}", kind.name));
    let built = paths::build(&triple).join("dist/bellhop");
    std::fs::copy(&built, &program).with_context(|| format!("{} was not built", built.display()))?;
    Ok(program)
}

fn with_first(folder: &Path) -> Result<std::ffi::OsString> {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(folder.to_owned()).chain(std::env::split_paths(&paths));
    std::env::join_paths(all).context("PATH")
}

/// Its size, packed and not, and the C library that it asks for. The archive stays beside it.
fn check(kind: Kind, program: &Path, tools: &Path) -> Result<()> {
    let archive = program.with_file_name(format!("bellhop-lambda-{}.zip", kind.name));
    let packed = zip(&tools.join("python"), program, &archive)?;
    let bytes = std::fs::read(program)?;
    let whole = bytes.len() as u64;
    let newest = elf::newest_glibc(&bytes)?;
    let mb = |size: u64| size as f64 / 1e6;
    let told = newest.map_or("none".to_owned(), |(major, minor)| format!("{major}.{minor}"));
    step::say(&format!(
        "{}: {:.1} MB (at most {:.0}), packed {:.1} MB (at most {:.0}), wants glibc {told}",
        program.display(),
        mb(whole),
        mb(MOST),
        mb(packed),
        mb(MOST_PACKED)
    ));
    if whole > MOST || packed > MOST_PACKED {
        bail!("the program for {} is larger than it may be", kind.name);
    }
    if newest > Some(GLIBC) {
        bail!("the program for {} wants glibc {told}, newer than {}.{}", kind.name, GLIBC.0, GLIBC.1);
    }
    Ok(())
}
