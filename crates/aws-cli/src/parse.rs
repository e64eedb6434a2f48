//! (stub)

use aws_model::Catalog;

use crate::{Environment, Parsed, Profile, UsageError};

/// Reads a command line. `words` come without the leading `aws`.
pub fn parse(
    _catalog: &Catalog,
    _words: &[String],
    _env: &Environment,
    _profile: Profile,
) -> Result<Parsed, UsageError> {
    Err(UsageError {
        text: String::new(),
        reason: "not yet".to_owned(),
        suggestions: Vec::new(),
        help: String::new(),
        exit_code: 252,
    })
}
