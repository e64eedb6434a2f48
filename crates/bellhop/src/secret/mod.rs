//! Secrets: where they are found, and how they follow when they change there.
//!
//! The way: a [`Reference`] is what the configuration says; [`Finder`] follows one to its value; [`live`] keeps values
//! that change while Bellhop runs.
//!
//! Invariants: a value lives in [`slack::Secret`], which cannot print; a fault says what happened and what to do, and
//! holds nothing of a value. Absent on purpose: a way to write a secret into the configuration itself.

mod aws;
mod explain;
mod find;
mod live;
mod reference;
#[cfg(test)]
mod tests;

pub(crate) use explain::kms_remedy;
pub(crate) use find::{Finder, Problem, here};
pub(crate) use live::Live;
pub(crate) use reference::{Reference, region_of};
