//! The form in which an approver says why not.

use slack::blocks::{Block, ElementFault, Input, TextInput, View};

use crate::asking::pending::Pending;

/// What kind of form it is.
pub(crate) const CALLBACK: &str = "reject";
/// The input.
pub(crate) const INPUT: &str = "reason";
/// How much of a reason is kept, in characters.
const LONGEST: usize = 300;

/// The form; the question's id goes with it and comes back.
pub(crate) fn form(id: &str, pending: &Pending) -> Result<View, ElementFault> {
    let input = TextInput::new(INPUT)?.multiline().at_most(LONGEST);
    let mut view = View::new(CALLBACK, "Reject", "Back")?.submit("Reject").private_metadata(id)?;
    let about = pending.command().map_or("", |command| command.shown.as_str());
    if !about.is_empty() {
        // A long command stands on the card; here it only reminds.
        let _ = view.push(Block::context(&about.chars().take(LONGEST).collect::<String>()));
    }
    let asked = view.ask(Input::text("Why not?", input).optional());
    asked.map(|()| view).map_err(|_| ElementFault("size"))
}

/// What was said, within bounds, in one line; nothing said is no reason.
pub(crate) fn bounded(said: &str) -> Option<String> {
    let words: Vec<&str> = said.split_whitespace().collect();
    Some(words.join(" ").chars().take(LONGEST).collect()).filter(|said: &String| !said.is_empty())
}
