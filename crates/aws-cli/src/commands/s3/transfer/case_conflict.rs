//! Downloads whose names differ by case only: on file systems that take both for the same, one would replace the other
//! (`--case-conflict`).
//!
//! Within one command each name counts until its end. (The AWS CLI forgets a name once its download has ended, so that what
//! it says depends on who is faster.)

use std::collections::HashSet;
use std::path::Path;

use super::listing::Item;
use crate::Files;
use crate::commands::task::{Fault, World};

const MORE: &str = "https://docs.aws.amazon.com/cli/latest/topic/s3-case-insensitivity.html";

/// What becomes of such a download.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CaseConflict {
    /// It is left out.
    Skip,
    /// It is said, and done.
    Warn,
    /// The command ends.
    Error,
}

impl CaseConflict {
    /// What the option says; nothing where conflicts are ignored.
    pub(super) fn read(text: Option<&str>) -> Option<CaseConflict> {
        match text? {
            "skip" => Some(CaseConflict::Skip),
            "warn" => Some(CaseConflict::Warn),
            "error" => Some(CaseConflict::Error),
            _ => None,
        }
    }
}

/// The names that a command has taken so far.
#[derive(Debug)]
pub(super) struct Names {
    on_conflict: CaseConflict,
    taken: HashSet<String>,
}

impl Names {
    pub(super) fn new(on_conflict: CaseConflict) -> Names {
        Names { on_conflict, taken: HashSet::new() }
    }

    /// Whether a download is to be made.
    pub(super) fn may_take(&mut self, item: &Item, world: &mut World<'_>) -> Result<bool, Fault> {
        let files = world.env.files.clone();
        let path = Path::new(&item.target);
        if is_there(files.as_ref(), path) {
            return Ok(true);
        }
        let name = item.name.to_lowercase();
        let differs = self.taken.contains(&name) || files.facts(path, true).is_ok();
        if !differs {
            self.taken.insert(name);
            return Ok(true);
        }
        let way = format!("{} -> {}", item.source, item.target);
        let why = "because a file whose name differs only by case either exists or is being downloaded.";
        match self.on_conflict {
            CaseConflict::Skip => world.complain(&format!("warning: Skipping {way} {why}\n")),
            CaseConflict::Warn => world.complain(&format!(
                "warning: Downloading {way} despite a file whose name differs only by case either existing or being \
                 downloaded. This behavior is not defined on case-insensitive filesystems and may result in overwriting \
                 existing files or race conditions between concurrent downloads. For more information, see {MORE}.\n"
            )),
            CaseConflict::Error => return Err(Fault::General(format!("Failed to download {way} {why}"))),
        }
        Ok(self.on_conflict == CaseConflict::Warn)
    }
}

/// Whether there is a file of exactly that name.
fn is_there(files: &dyn Files, path: &Path) -> bool {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return false };
    files.facts(path, true).is_ok()
        && files.names(folder).is_ok_and(|names| names.iter().any(|one| one == name))
}

/// What is said where names come in no order, so that conflicts cannot be told.
pub(super) fn of_directory_bucket() -> String {
    format!(
        "warning: Recursive copies/moves from an S3 Express directory bucket to a case-insensitive local filesystem may \
         result in undefined behavior if there are S3 object key names that differ only by case. To disable this warning, \
         set the `--case-conflict` parameter to `ignore`. For more information, see {MORE}."
    )
}
