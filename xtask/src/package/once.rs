//! Runs a built program once: its version, and a call of a local AWS. One for other processors runs under `qemu`.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::Kind;
use crate::{children, paths, programs, step, venv};

/// The C library of the other processors, where Debian's package puts it.
const OTHER_LIBRARY: &str = "/usr/aarch64-linux-gnu";

/// Runs it.
pub(super) fn run(kind: Kind, program: &Path) -> Result<()> {
    let start = || -> Result<Command> {
        if kind.target == std::env::consts::ARCH {
            return Ok(Command::new(program));
        }
        let qemu = format!("qemu-{}", kind.target);
        programs::see_to(&qemu, &["qemu-user", "libc6-arm64-cross"])?;
        let mut command = Command::new(qemu);
        command.args(["-L", OTHER_LIBRARY]).arg(program);
        Ok(command)
    };
    let version = step::quiet(start()?.arg("--version"))?;
    step::say(&format!("    {}", version.trim()));
    let log = paths::cache("moto-package.log");
    let (_moto, aws) = children::moto(&venv::ensure()?, &log)?;
    let mut call = start()?;
    call.args(["aws", "sts", "get-caller-identity", "--output", "text"]);
    call.env("AWS_ENDPOINT_URL", aws).env("AWS_REGION", "us-east-1").env("AWS_EC2_METADATA_DISABLED", "true");
    call.env("AWS_ACCESS_KEY_ID", "AKIDTEST").env("AWS_SECRET_ACCESS_KEY", "test-secret-key");
    let told = step::quiet(&mut call).context("sts get-caller-identity")?;
    step::say(&format!("    {}", told.trim()));
    ensure!(told.contains("123456789012"), "it does not say who it is: {told}");
    Ok(())
}
