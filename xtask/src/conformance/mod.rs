//! `cargo xtask conformance`: the engine against published vectors, and against recordings of AWS CLI v2.
//!
//! This crate builds without the service models, so it does not replay anything itself: it fetches what a suite needs, then has
//! cargo run the suite in the crate it belongs to, and gathers the counts into one table.

mod examples;
mod published;
mod recorded;

use std::path::Path;

use anyhow::Result;

/// Runs the published suites whose title holds that text.
pub(crate) fn run(wanted: &str) -> Result<()> {
    published::run(wanted)
}

/// The documentation examples as AWS CLI v1 sends them: a slice, or with `--all` all of them. Further words go on to the
/// replay.
pub(crate) fn run_examples(words: &[&str]) -> Result<()> {
    let further: Vec<&str> = words.iter().copied().filter(|word| *word != "--all").collect();
    examples::run(further.len() < words.len(), &further)
}

/// Replays the recordings of a folder. `words` go on to the replay: `--suite NAME`, `--match TEXT`, `--show N`.
pub(crate) fn run_recorded(folder: &Path, words: &[&str]) -> Result<()> {
    recorded::run(folder, words)
}
