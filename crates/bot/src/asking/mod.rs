//! Words that are asked for before something runs: the caller's confirmation, others' approval, a right for a while;
//! and the stop to everything, a freeze.
//!
//! The way: `ask` writes down a question ([`pending`]) and a job; the job's worker looks at what the command would
//! touch (`preview`) and shows a card (`card`, `posts`); a press of one of its buttons (`pressed`) goes through
//! [`transition`], is authorised by the rules of its moment, and turns the question into a job in one step; the
//! worker authorises once more with the word that is sealed in the job ([`given`]).
//!
//! Invariants: a question is left once, so its command runs once; it is bound to what was shown, by hash; nobody's own
//! word approves what they asked for; a card shows the whole command or there is none.
//! Absent on purpose: approving by typing, which shows nobody what they approve.

mod approvers;
mod ask;
mod card;
pub(crate) mod elevation;
mod findings;
pub(crate) mod freeze;
mod given;
mod kept;
pub(crate) mod lasting;
pub(crate) mod pending;
mod posts;
mod pressed;
mod preview;
mod reason;
mod request;
mod standing;
pub(crate) mod tags;
mod tasks;
mod things;
mod transition;
mod undo;

pub(crate) use approvers::may_approve;
pub(crate) use ask::{Asking, Question, ask, ask_about, ask_instead, meaning, needed};
pub(crate) use given::Given;
pub(crate) use kept::{KeptFault, settle};
pub(crate) use pending::{AskedCommand, Needed, State};
pub(crate) use posts::post_to as post;
pub(crate) use pressed::press;
pub(crate) use request::request;
pub(crate) use standing::LiveStanding;
pub(crate) use tasks::{later, perform, progress, stale};
