//! What an alias may be called, and what its line may be.

use aws_model::Catalog;

use super::{Alias, expand, parameters};
use crate::commands;
use crate::line::names_bellhop;

/// The longest name, in bytes.
const MAX_NAME: usize = 32;
/// The longest line, in bytes.
const MAX_LINE: usize = 4_000;
/// The longest description, in bytes.
const MAX_DESCRIPTION: usize = 200;

/// Why something is no alias.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DefinitionFault {
    #[error(
        "an alias's name begins with a lower-case letter, and has letters, digits, `-` and `_`, {MAX_NAME} at most"
    )]
    Name,
    #[error("`{0}` is {1} already, and an alias would hide it")]
    Taken(String, &'static str),
    #[error("an alias's line is {MAX_LINE} bytes long at most")]
    Long,
    #[error("a description is one line of {MAX_DESCRIPTION} bytes at most")]
    Description,
    #[error("the line of `{0}` cannot be read: {1}")]
    Line(String, String),
    #[error("`{0}` has no line")]
    Empty(String),
    #[error("`{0}` would use itself")]
    Itself(String),
    #[error("`${0}` is no parameter: they begin with $1")]
    Zero(String),
    #[error(
        "an alias keeps no credentials, and something in the line of `{0}` looks like one: make it a parameter"
    )]
    Credential(String),
}

/// Whether a word is formed as a name.
pub(super) fn shape(name: &str) -> Result<(), DefinitionFault> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    let fits = name.len() <= MAX_NAME
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(plain);
    if fits { Ok(()) } else { Err(DefinitionFault::Name) }
}

/// What a word means already, as the first of a command.
pub(super) fn taken(word: &str, catalog: &Catalog) -> Option<&'static str> {
    if names_bellhop(word) || commands::ALL.iter().any(|entry| entry.name.split(' ').next() == Some(word)) {
        return Some("a command of Bellhop's");
    }
    if aws_cli::is_command(catalog, word) {
        return Some("a command of the AWS CLI's");
    }
    if word == "xargs" || pipeline::names().any(|(name, _)| name == word) {
        return Some("a filter");
    }
    // Words that begin what only a shell has are refused where lines are read.
    pipeline::parse(word).is_err().then_some("a word of shells")
}

/// Whether something may become an alias.
///
/// # Errors
/// Why not.
pub(crate) fn check(alias: &Alias, catalog: &Catalog) -> Result<(), DefinitionFault> {
    let Alias { name, line, description, .. } = alias;
    shape(name)?;
    if let Some(what) = taken(name, catalog) {
        return Err(DefinitionFault::Taken(name.clone(), what));
    }
    if line.len() > MAX_LINE {
        return Err(DefinitionFault::Long);
    }
    if description.iter().any(|text| text.len() > MAX_DESCRIPTION || text.contains(char::is_control)) {
        return Err(DefinitionFault::Description);
    }
    let script =
        pipeline::parse(line).map_err(|fault| DefinitionFault::Line(name.clone(), fault.to_string()))?;
    if script.statements.is_empty() {
        return Err(DefinitionFault::Empty(name.clone()));
    }
    if expand::first_words(&script).contains(name) {
        return Err(DefinitionFault::Itself(name.clone()));
    }
    if let Some(zero) = parameters::Parameters::of(&script).zero {
        return Err(DefinitionFault::Zero(zero));
    }
    if aws_cli::redact_text(line).is_some() {
        return Err(DefinitionFault::Credential(name.clone()));
    }
    Ok(())
}
