//! What was found out about a command before anybody is asked: the things that it touches, and what AWS says of it.
//!
//! What could not be found out is as much a finding as what could: it is said.

use serde::{Deserialize, Serialize};

use crate::asking::things::LISTED;

/// All of it. Bounded: see [`crate::asking::things::LISTED`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Findings {
    /// The things that the command names, in the order of its parameters.
    pub(crate) things: Vec<Thing>,
    /// How many more it names.
    pub(crate) more: usize,
    /// What AWS answered to the same call as a dry run; `None` where the operation has none.
    pub(crate) dry_run: Option<DryRun>,
    /// What could not be found out, and why, as sentences.
    pub(crate) unknown: Vec<String>,
}

/// One thing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Thing {
    /// `instance`, `bucket`.
    pub(crate) noun: String,
    /// As the command names it.
    pub(crate) id: String,
    /// The tag `Name`.
    pub(crate) name: Option<String>,
    pub(crate) state: Option<String>,
    /// Its type, size or address.
    pub(crate) detail: Option<String>,
    /// The tag `Owner`.
    pub(crate) owner: Option<String>,
}

/// AWS's answer to a dry run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum DryRun {
    /// It would do it.
    WouldWork,
    /// The role may not.
    Denied(String),
    /// It would not do it, for another reason.
    WouldFail(String),
}

impl Findings {
    /// Adds what was found out about another call of the same line. A dry run that says no weighs more than one that says
    /// yes.
    pub(crate) fn add(&mut self, other: Findings) {
        let room = LISTED.saturating_sub(self.things.len());
        self.more += other.more + other.things.len().saturating_sub(room);
        self.things.extend(other.things.into_iter().take(room));
        self.dry_run = match (self.dry_run.take(), other.dry_run) {
            (Some(DryRun::WouldWork), Some(no)) => Some(no),
            (known, further) => known.or(further),
        };
        self.unknown.extend(other.unknown);
    }

    /// How many things the command names.
    pub(crate) fn touched(&self) -> usize {
        self.things.len() + self.more
    }
}

impl DryRun {
    /// By the error that AWS answers to a dry run with.
    /// Source: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/CommonParameters.html>.
    pub(crate) fn of(code: &str, message: &str) -> DryRun {
        let said = if message.is_empty() { code.to_owned() } else { format!("{code}: {message}") };
        match code {
            "DryRunOperation" => DryRun::WouldWork,
            "UnauthorizedOperation" | "AccessDenied" | "AccessDeniedException" => DryRun::Denied(said),
            _ => DryRun::WouldFail(said),
        }
    }

    /// As a sentence.
    pub(crate) fn sentence(&self) -> String {
        match self {
            DryRun::WouldWork => "Dry run: AWS would do it.".to_owned(),
            DryRun::Denied(said) => format!("Dry run: the role may not do this. AWS: {said}"),
            DryRun::WouldFail(said) => format!("Dry run: it would fail. AWS: {said}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dry_runs_are_read_by_their_code() {
        let cases = [
            ("DryRunOperation", "Request would have succeeded.", "Dry run: AWS would do it."),
            (
                "UnauthorizedOperation",
                "No.",
                "Dry run: the role may not do this. AWS: UnauthorizedOperation: No.",
            ),
            ("InvalidInstanceID.NotFound", "", "Dry run: it would fail. AWS: InvalidInstanceID.NotFound"),
        ];
        for (code, message, expected) in cases {
            assert_eq!(DryRun::of(code, message).sentence(), expected);
        }
    }
}
