//! Who may do what: a pure decision over accounts, grants and denies.
//!
//! [`Policy::new`] checks and indexes the rules once; [`decide`] answers one [`Question`] in microseconds.
//!
//! Invariants: nothing granted, nothing runs; a deny wins over every grant; adding a deny or removing a grant never
//! gives anybody anything; a question of any content yields a decision and never a panic.
//! Absent on purpose: IO, clocks, memberships (the question brings the caller's), and everything that knows AWS or
//! Slack beyond the shape of an id. What a confirmation or an approval looks like is the caller's business too.

mod account;
mod check;
mod compile;
mod decide;
mod fault;
mod level;
mod pattern;
mod question;
mod reason;
mod rule;

pub use account::Account;
pub use compile::Policy;
pub use decide::{Decision, Permit, decide};
pub use fault::{Fault, Problem, RuleName};
pub use level::{Level, Levels, UnknownLevel};
pub use pattern::{Pattern, PatternFault};
pub use question::{Actor, ActorKind, Place, PlaceKind, Question};
pub use reason::{Missing, Reason};
pub use rule::{Approval, Deny, Grant, Need, Subjects};
