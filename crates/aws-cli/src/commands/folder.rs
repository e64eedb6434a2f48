//! The files below a folder.

use std::io;
use std::path::Path;

use crate::{FileKind, Files};

/// How deep folders may nest.
const DEEPEST: usize = 64;

/// The paths of all files below a folder, relative to it and with `/` between names; the files of a folder before
/// those of the folders in it, each in the order of their names. Links are followed.
pub(super) fn files_below(files: &dyn Files, root: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    walk(files, root, "", 0, &mut found)?;
    Ok(found)
}

fn walk(
    files: &dyn Files,
    folder: &Path,
    prefix: &str,
    depth: usize,
    found: &mut Vec<String>,
) -> io::Result<()> {
    if depth > DEEPEST {
        return Err(io::Error::other(format!("folders nest deeper than {DEEPEST} levels")));
    }
    let mut names: Vec<String> =
        files.names(folder)?.into_iter().map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    let mut folders = Vec::new();
    for name in names {
        match files.facts(&folder.join(&name), true).map(|facts| facts.kind) {
            Ok(FileKind::Folder) => folders.push(name),
            Ok(FileKind::File) => found.push(format!("{prefix}{name}")),
            _ => {}
        }
    }
    for name in folders {
        walk(files, &folder.join(&name), &format!("{prefix}{name}/"), depth + 1, found)?;
    }
    Ok(())
}
