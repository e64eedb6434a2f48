//! Who may do what: a pure decision over accounts, grants and denies.
//!
//! [`Policy::new`] checks and indexes a [`Rulebook`] once; [`decide`] answers one [`Question`] in microseconds;
//! [`Memberships`] knows who is in which group.
//!
//! Invariants: nothing granted, nothing runs; a deny wins over every grant; adding a deny or removing a grant never
//! gives anybody anything that no other grant gives; grants of the store stay under the ceiling; a question of any
//! content yields a decision and never a panic.
//! Absent on purpose: IO, clocks, and everything that knows AWS or Slack beyond the shape of an id. What a
//! confirmation or an approval looks like is the caller's business too.

mod account;
mod actions;
mod arguments;
mod ceiling;
mod check;
mod compile;
mod decide;
#[cfg(test)]
mod definition;
mod diff;
mod explain;
mod fault;
mod hash;
mod index;
mod level;
mod memberships;
mod overlap;
mod pattern;
mod question;
mod reason;
mod rule;
mod set;
mod sieve;
mod sift;
mod standing;

pub use account::Account;
pub use arguments::{ArgumentFault, TagCondition};
pub use compile::Policy;
pub use decide::{Decision, Permit, decide};
pub use diff::{Difference, difference};
pub use fault::{Fault, Problem, RuleName};
pub use level::{Level, Levels, UnknownLevel};
pub use memberships::{GroupState, Groups, Limits, Memberships};
pub use pattern::{Pattern, PatternFault, glob};
pub use question::{Actor, ActorKind, Argument, Freeze, Place, PlaceKind, Question};
pub use reason::{Missing, NotGranted, Reason};
pub use rule::{Approval, CONFIRMED_BY_DEFAULT, Ceiling, Deny, Elevation, Grant, Need, Rulebook, Subjects};
pub use standing::{Right, Standing};
