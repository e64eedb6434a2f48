//! Where secrets are found: `env:NAME`, `file:PATH`. Absent on purpose: a way to write one into the file itself.

use std::path::Path;

use slack::Secret;
use zeroize::Zeroizing;

use crate::config::faults::Faults;
use crate::config::section::Section;
use crate::config::{Source, read_bounded};

/// The largest file that is taken for a secret, in bytes.
const MAX_SECRET: u64 = 64 * 1024;

/// Reads a key that holds a reference and follows it. An absent key is `None`; everything else that yields no
/// secret is a fault.
pub(crate) fn read(
    section: &mut Section<'_>,
    key: &'static str,
    source: &Source<'_>,
    faults: &mut Faults,
) -> Option<Secret> {
    let reference = section.text(key, faults)?;
    let path = format!("{}.{key}", section.path());
    let found = match reference.value.split_once(':') {
        Some(("env", name)) if !name.is_empty() => from_environment(name, source),
        Some(("file", file)) if !file.is_empty() => from_file(file, source),
        _ => Err(Problem {
            what: "is not a reference to a secret".to_owned(),
            hint: "write env:NAME or file:PATH; a secret itself does not belong in this file".to_owned(),
        }),
    };
    match found {
        Ok(secret) => Some(secret),
        Err(problem) => {
            faults.at(reference.at, format!("{path}: {}", problem.what));
            faults.hint(problem.hint);
            None
        }
    }
}

struct Problem {
    what: String,
    hint: String,
}

fn from_environment(name: &str, source: &Source<'_>) -> Result<Secret, Problem> {
    match source.vars.get(name).map(|value| value.trim()) {
        None => Err(Problem {
            what: format!("the environment variable {name} is not set"),
            hint: format!("set {name} before the start, or refer to a file with file:PATH"),
        }),
        Some("") => Err(Problem {
            what: format!("the environment variable {name} is empty"),
            hint: "an empty secret protects nothing".to_owned(),
        }),
        Some(value) => Ok(Secret::new(value)),
    }
}

fn from_file(file: &str, source: &Source<'_>) -> Result<Secret, Problem> {
    let path = source.folder.join(Path::new(file));
    let text = read_bounded(&path, MAX_SECRET).map(Zeroizing::new).map_err(|error| Problem {
        what: format!("the file {file} cannot be read: {error}"),
        hint: "a relative path starts at the configuration file's folder".to_owned(),
    })?;
    if text.trim().is_empty() {
        return Err(Problem {
            what: format!("the file {file} is empty"),
            hint: "an empty secret protects nothing".to_owned(),
        });
    }
    Ok(Secret::new(text.trim()))
}
