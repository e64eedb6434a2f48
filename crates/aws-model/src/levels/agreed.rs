//! What the name suggests, held against IAM's access level, the HTTP method and the answer's secrets.

use super::Level;
use super::rule;
use super::words::split;
use crate::iam::{Access, accesses};
use crate::{Operation, Service, ShapeKind};

/// Verbs that are believed without IAM.
const STRICT: &[&str] = &["Get", "List", "Describe", "Head"];

/// The level, where nobody has reviewed the operation.
pub(super) fn held_against_iam(service: &Service, operation: &Operation, suggested: Level) -> Level {
    let accesses = accesses(service, operation);
    if matches!(suggested, Level::Write) && accesses.contains(&Access::Permissions) {
        return Level::Permissions;
    }
    if !suggested.is_reading() {
        return if suggested == Level::Write && answers_with_secret(service, operation) {
            Level::Secret
        } else {
            suggested
        };
    }
    if !reads_by_method(operation) || !agrees(operation, &accesses) {
        return Level::Write;
    }
    if answers_with_secret(service, operation) { Level::Secret } else { suggested }
}

/// Most protocols send everything by POST; what changes things by its method does so whatever its name.
fn reads_by_method(operation: &Operation) -> bool {
    matches!(operation.method.as_str(), "GET" | "HEAD" | "POST" | "")
}

/// IAM calls it reading, or does not know it and the verb alone will do.
fn agrees(operation: &Operation, accesses: &[Access]) -> bool {
    if accesses.is_empty() {
        let words = split(&operation.name);
        return rule::verb_and_rest(&words).is_some_and(|(verb, _)| STRICT.contains(verb));
    }
    accesses.iter().all(|access| matches!(access, Access::List | Access::Read))
}

/// Whether the answer itself, not a thing that it describes, holds something sensitive that is named like a secret.
fn answers_with_secret(service: &Service, operation: &Operation) -> bool {
    let Some(output) = operation.output.map(|id| service.shape(id)) else { return false };
    let ShapeKind::Structure(members) = &output.kind else { return false };
    members.iter().any(|member| {
        let sensitive = member.traits.sensitive || service.shape(member.shape).traits.sensitive;
        sensitive && rule::names_secret(&member.name)
    })
}
