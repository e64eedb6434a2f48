//! Requests of AWS CLI v1 for the same words: whether they agree, and where v2, which is followed here, is known to differ.

use aws_model::Catalog;

use crate::compare::Difference;
use crate::recording::{Message, Recording};
use crate::replay::{self, Outcome, Part};

/// Words that give v1's meaning to the same line: v1 takes blobs as they are.
const LIKE_VERSION_1: [&str; 3] = ["--cli-binary-format", "raw-in-base64-out", "--print-request"];

/// A way in which v2's request differs from v1's.
struct Known {
    reason: &'static str,
    holds: fn(&Message, &Difference) -> bool,
}

const KNOWN: &[Known] = &[
    Known {
        reason: "v1 asks RDS at its old address for us-east-1, v2 at the region's",
        holds: |request, difference| {
            difference.class == "host" && request.url.starts_with("https://rds.amazonaws.com/")
        },
    },
    Known {
        reason: "v1 sums what goes to S3 with CRC32, v2 with CRC64NVME; v2's transfers ask for the sum of what comes",
        holds: |_, difference| {
            difference.class.starts_with("header x-amz-checksum")
                || difference.class.starts_with("header x-amz-sdk-checksum")
        },
    },
    Known {
        reason: "the request bears the time, which does not stand in v1",
        holds: |request, difference| {
            difference.class == "body"
                && String::from_utf8_lossy(&request.body).contains("<CallerReference>cli-")
        },
    },
    Known {
        reason: "the command is not built, or starts another program; `docs/cli-commands.md` lists it",
        holds: |_, difference| difference.detail.contains("is not available here"),
    },
];

/// Compares the first request with what `--print-request` prints.
pub(crate) fn replay(recording: &Recording, catalog: &Catalog) -> Outcome {
    let Some(first) = recording.exchanges.first() else {
        return Outcome::Skipped("v1 makes no request of it");
    };
    let words: Vec<String> =
        recording.words.iter().cloned().chain(LIKE_VERSION_1.map(str::to_owned)).collect();
    match replay::print_request(recording, &words, &first.request, catalog) {
        Err(difference) => match KNOWN.iter().find(|known| (known.holds)(&first.request, &difference)) {
            Some(known) => Outcome::Skipped(known.reason),
            None => Outcome::Compared(vec![(Part::Printed, Err(difference))]),
        },
        Ok(()) => Outcome::Compared(vec![(Part::Printed, Ok(()))]),
    }
}
