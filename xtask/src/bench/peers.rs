//! The programs that are measured beside `bellhop aws`.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::bench::measured::Program;
use crate::step;

/// Where the AWS CLI v2 is, if it is not the `aws` on the PATH.
const V2: &str = "BELLHOP_BENCH_AWS_V2";

/// AWS CLI v2, if it is here. It is no package of Python's, so nothing of this project fetches it.
pub(super) fn aws_cli_v2() -> Option<Program> {
    let named = std::env::var_os(V2).map(PathBuf::from);
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let on_path =
        || std::env::split_paths(&paths).map(|folder| folder.join("aws")).find(|file| file.is_file());
    let Some(found) = named.or_else(on_path) else {
        step::say(&format!(
            "AWS CLI v2 is not measured: {V2} does not name it, and there is no `aws` on the PATH"
        ));
        return None;
    };
    match version(&found) {
        Ok(version) if version.starts_with("aws-cli/2.") => {
            step::say(&format!("beside it: {}", version.split_whitespace().next().unwrap_or_default()));
            Some(Program::new(found, &[]))
        }
        Ok(version) => {
            step::say(&format!("AWS CLI v2 is not measured: {} is {}", found.display(), version.trim()));
            None
        }
        Err(error) => {
            step::say(&format!("AWS CLI v2 is not measured: {error:#}"));
            None
        }
    }
}

/// What the program says of its own version.
pub(super) fn version(program: &Path) -> Result<String> {
    step::quiet(std::process::Command::new(program).arg("--version"))
}
