//! Files that hold keys.

use std::path::Path;

use super::{Seen, Subject};
use crate::keys::file;

pub(super) async fn files(subject: &Subject) -> Vec<Seen> {
    let facts = &subject.facts;
    let there = facts.database.as_ref().is_some_and(|path| path.exists());
    facts.key_files.iter().map(|path| one(path, there).about(name(path))).collect()
}

fn name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// A key file; `there` tells that there is something sealed or signed already.
fn one(path: &Path, there: bool) -> Seen {
    match path.metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !there => {
            Seen::ok("it is not there yet; the first start makes it")
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Seen::failure(
            "the database is there, and the key file beside it is not: what it sealed cannot be read",
            "Bring the key file back from the backup; a new one opens nothing that is stored.",
        ),
        Err(error) => Seen::failure(
            format!("it cannot be looked at: {error}"),
            "Let Bellhop's user, and nobody else, read it: chown and chmod 600.",
        ),
        Ok(_) => match file::exposure(path) {
            Some(warning) => Seen::failure(warning, format!("chmod 600 {}", path.display())),
            None => Seen::ok("only its owner can reach it"),
        },
    }
}
