//! `find`: what somebody looks for, wherever it is.
//!
//! [`query`] tells what a text is by its shape; [`plan`] what it is looked up by; [`kinds`] is the table of what can be
//! found; [`search`] asks AWS in all places at once and reads the index; [`answer`] puts it into words.
//! Invariants: a hit is from an account that its caller may list it in; an answer says what did not answer, and how old
//! is what was not asked for anew; an access key id never shows whole.
//! Absent on purpose: writing of any sort. What a button does is a line of its own.

mod answer;
mod attached;
mod command;
mod key;
mod kinds;
mod links;
mod plan;
mod query;
mod record;
mod search;
pub(crate) mod sweep;
mod thing;

pub(crate) use command::FIND;

/// The kinds that are indexed unless others are named, and all that can be.
pub(crate) fn indexed_kinds() -> (Vec<&'static str>, Vec<&'static str>) {
    // What only tells tags, and what holds keys, is asked for and not kept.
    let kept = |name: &&str| !matches!(*name, "resource" | "vpn-connection");
    (sweep::KINDS.to_vec(), kinds::all().map(|kind| kind.name).filter(kept).collect())
}

/// A built-in's words as they may be shown: access key ids masked.
pub(crate) fn shown(words: &[String]) -> Vec<String> {
    words.iter().map(|word| query::shown(word)).collect()
}

/// Whether a line's answer is for its caller alone.
pub(crate) fn is_private(words: &[String]) -> bool {
    command::is_private(words)
}
