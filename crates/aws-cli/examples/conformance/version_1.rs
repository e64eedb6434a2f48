//! Requests of AWS CLI v1 for the same words: where they agree, and where v2 is known to differ.

use aws_model::Catalog;

use crate::recording::Recording;
use crate::replay::{self, Outcome, Part};

/// Words that give v1's meaning to the same line: v1 takes blobs as they are.
const LIKE_VERSION_1: [&str; 3] = ["--cli-binary-format", "raw-in-base64-out", "--print-request"];

/// Compares the first request with what `--print-request` prints.
pub(crate) fn replay(recording: &Recording, catalog: &Catalog) -> Outcome {
    let Some(first) = recording.exchanges.first() else {
        return Outcome::Skipped("v1 makes no request of it");
    };
    let words: Vec<String> =
        recording.words.iter().cloned().chain(LIKE_VERSION_1.map(str::to_owned)).collect();
    let compared = replay::print_request(recording, &words, &first.request, catalog);
    Outcome::Compared(vec![(Part::Printed, compared)])
}
