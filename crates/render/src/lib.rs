//! What Bellhop says, and the forms it takes: a Slack message, text on a terminal.
//!
//! A [`Reply`] knows nothing of Slack. [`to_slack`] makes any reply into a message within Slack's limits, and says
//! what it had to leave out; [`to_terminal`] leaves out nothing.
//! Invariants: no reply fails to render; text from outside is shown and never acted upon; what is cut is cut at a line's
//! end, counted, and said.
//! Absent on purpose: files and pictures, and the words of the answers themselves, which come from those who know them.

mod console_text;
mod cut;
mod grid;
mod headline;
mod reply;
mod slack_form;
mod terminal;

pub use console_text::{LONGEST_LINE, console_lines};
pub use reply::{Audience, Body, Button, ButtonLook, Card, Facts, Problem, Reply, Span, Status};
pub use slack_form::to_slack;
pub use terminal::to_terminal;
