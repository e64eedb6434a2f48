//! `[workers]`: how much work runs at once.

use std::time::Duration;

use crate::config::{Faults, Section};

/// The worker pool's settings.
#[derive(Debug, Clone)]
pub(crate) struct Workers {
    /// Commands that run at once.
    pub(crate) count: usize,
    /// How long one command may take.
    pub(crate) deadline: Duration,
    /// How long results are kept for `last`.
    pub(crate) keep_results: Duration,
}

/// Reads the table.
pub(super) fn read(mut section: Section<'_>, faults: &mut Faults) -> Workers {
    let count = section.number("count", 1..=1024, faults).unwrap_or(16);
    let deadline = section.number("deadline_seconds", 1..=1800, faults).unwrap_or(300);
    let keep_results = section.number("keep_results_hours", 1..=7 * 24, faults).unwrap_or(24);
    section.finish(faults);
    Workers {
        count: usize::try_from(count).unwrap_or(1),
        deadline: Duration::from_secs(deadline.unsigned_abs()),
        keep_results: Duration::from_secs(keep_results.unsigned_abs() * 3600),
    }
}
