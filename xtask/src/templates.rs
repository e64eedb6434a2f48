//! The templates of `deploy/`, held against CloudFormation's own specification by `cfn-lint`.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::{paths, step};

/// An error that shows every finding.
pub(crate) fn check(programs: &Path) -> Result<()> {
    step::step("templates (cfn-lint)", || {
        let mut lint = Command::new(programs.join("cfn-lint"));
        lint.current_dir(paths::root()).args(["deploy/bellhop.yaml", "deploy/member-account.yaml"]);
        step::quiet(&mut lint).map(drop)
    })
}
