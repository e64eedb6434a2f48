//! Runs a built program once: its version, a call of a local AWS, and as a function of Lambda that answers one event. One for
//! other processors runs under `qemu`.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::Kind;
use crate::{bench, children, paths, programs, step, venv};

/// The C library of the other processors, where Debian's package puts it.
const OTHER_LIBRARY: &str = "/usr/aarch64-linux-gnu";

/// Runs it.
pub(super) fn run(kind: Kind, program: &Path) -> Result<()> {
    let words = words(kind, program)?;
    let start = || {
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]);
        command
    };
    let version = step::quiet(start().arg("--version"))?;
    step::say(&format!("    {}", version.trim()));
    let log = paths::cache("moto-package.log");
    let (_moto, aws) = children::moto(&venv::ensure()?, &log)?;
    let mut call = start();
    call.args(["aws", "sts", "get-caller-identity", "--output", "text"]);
    call.env("AWS_ENDPOINT_URL", aws).env("AWS_REGION", "us-east-1").env("AWS_EC2_METADATA_DISABLED", "true");
    call.env("AWS_ACCESS_KEY_ID", "AKIDTEST").env("AWS_SECRET_ACCESS_KEY", "test-secret-key");
    let told = step::quiet(&mut call).context("sts get-caller-identity")?;
    step::say(&format!("    {}", told.trim()));
    ensure!(told.contains("123456789012"), "it does not say who it is: {told}");
    let took = bench::first_answer(&words).context("as a function of Lambda")?;
    step::say(&format!("    a slash command answered as a function of Lambda, {took:.0} ms after its start"));
    Ok(())
}

/// The words that start it.
fn words(kind: Kind, program: &Path) -> Result<Vec<String>> {
    let program = program.to_str().context("its path is no text")?.to_owned();
    if kind.target == std::env::consts::ARCH {
        return Ok(vec![program]);
    }
    let qemu = format!("qemu-{}", kind.target);
    programs::see_to(&qemu, &["qemu-user", "libc6-arm64-cross"])?;
    Ok(vec![qemu, "-L".to_owned(), OTHER_LIBRARY.to_owned(), program])
}
