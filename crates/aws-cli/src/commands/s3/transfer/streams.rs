//! `s3 cp - s3://…` and `s3 cp s3://… -`: standard input and output.

use super::work::Tools;
use super::{Transfer, Way, download, upload};
use crate::commands::task::{Fault, World};

/// Does it; returns the exit code.
pub(super) async fn run(transfer: &Transfer, tools: &Tools, world: &mut World<'_>) -> Result<u8, Fault> {
    let path = |path: &str| path.strip_prefix("s3://").unwrap_or(path).to_owned();
    if transfer.dry {
        return Ok(0);
    }
    let (what, done) = if transfer.way == Way::Upload {
        let mut input = world.env.files.input().map_err(|error| Fault::General(error.to_string()))?;
        let target = path(&transfer.target);
        let done = upload::stream(tools, &target, input.as_mut(), transfer.expected_size).await;
        (format!("upload failed: - to {}", transfer.target), done)
    } else {
        let done = download::to_output(tools, &path(&transfer.source), world).await;
        (format!("download failed: {} to -", transfer.source), done)
    };
    match done {
        Ok(()) => Ok(0),
        Err(fault) => {
            world.complain(&format!("{what} {}\n", fault.sentence()));
            Ok(1)
        }
    }
}
