//! The caller's grants held against the question, one condition after another.
//!
//! Where none is left, those that got furthest tell what is missing.

use crate::decide::Asked;
use crate::pattern::Action;
use crate::set::Bits;
use crate::{Policy, Question};

/// How far grants got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Of nobody.
    Nobody,
    /// Not here.
    Place,
    /// Not this action.
    Action,
    /// Not at this level.
    Level,
    /// Not below the ceiling.
    Ceiling,
    /// Not with these options.
    Arguments,
    /// Not unless asked for.
    Request,
    /// All of it, the account aside.
    All,
}

/// What is left, and where it stopped.
pub(crate) struct Sifted {
    /// What the grants that are left lack.
    pub(crate) stage: Stage,
    pub(crate) left: Bits,
}

/// Leaves the grants that meet a condition.
type Keep = fn(&Policy, &mut Bits, &Asked<'_, '_>);

/// The conditions, in the order in which a reason tells what is missing.
const STAGES: [(Stage, Keep); 6] = [
    (Stage::Place, |policy, left, asked| {
        let Question { actor, place, .. } = asked.question;
        policy.grant_sieve.keep_both_workspaces(left, actor, place);
        policy.grant_sieve.keep_place(left, place);
    }),
    (Stage::Action, |policy, left, asked| policy.grant_sieve.keep_action(left, asked.question.action)),
    (Stage::Level, |policy, left, asked| left.keep(policy.grant_sieve.of_level(asked.level))),
    (Stage::Ceiling, |policy, left, asked| {
        if !under_ceiling(policy, asked) {
            left.drop_all(&policy.rights.from_store);
        }
    }),
    (Stage::Arguments, |policy, left, asked| {
        policy.rights.keep_fitting(left, &policy.grants, |argument| argument.fits(asked.question));
    }),
    (Stage::Request, |policy, left, asked| policy.rights.keep_given(left, &asked.question.actor)),
];

impl Sifted {
    /// Sifts these grants.
    pub(crate) fn of(policy: &Policy, asked: &Asked<'_, '_>, mut left: Bits) -> Sifted {
        if left.is_empty() {
            return Sifted { stage: Stage::Nobody, left };
        }
        let mut before = left.clone();
        for (stage, keep) in STAGES {
            before.copy(&left);
            keep(policy, &mut left, asked);
            if left.is_empty() {
                return Sifted { stage, left: before };
            }
        }
        Sifted { stage: Stage::All, left }
    }

    /// Those that fit in all but the account.
    pub(crate) fn matching(&self) -> Option<&Bits> {
        (self.stage == Stage::All).then_some(&self.left)
    }

    /// Of these, those that reach an account in a region.
    pub(crate) fn reaching(&self, policy: &Policy, position: usize, region: &str) -> Bits {
        let Some(matching) = self.matching() else { return policy.grant_sieve.none() };
        let mut left = matching.clone();
        policy.grant_sieve.keep_account(&mut left, position);
        policy.rights.keep_fitting(&mut left, &policy.grants, |argument| argument.fits_region(region));
        left
    }
}

/// Whether the ceiling lets grants of the store count here.
fn under_ceiling(policy: &Policy, asked: &Asked<'_, '_>) -> bool {
    policy.lid.as_ref().is_some_and(|lid| {
        lid.rule.covers(&Action::new(asked.question.action)) && lid.rule.holds_in(&asked.question.place)
    })
}
