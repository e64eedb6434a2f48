//! How many cells the rows of a table, or of text, may have.
//!
//! Rows of maps share their columns: thousands of maps that have no name in common make millions of empty cells of a value
//! that holds a few thousand. Invariant: what is drawn stays in proportion to what is held.

use super::OutputError;

/// How many cells there may always be.
const FREE_CELLS: usize = 1_000_000;
/// How many cells there may be beyond that for each value that stands in one.
const CELLS_PER_VALUE: usize = 16;
/// How many columns of the terminal all lines of a table may have together.
const MAX_DRAWN: usize = 256 * 1024 * 1024;

/// The cells so far, and the values in them.
#[derive(Debug, Default)]
pub(super) struct Cells {
    cells: usize,
    values: usize,
}

impl Cells {
    /// Counts rows about to be laid out, which hold so many values.
    pub(super) fn add(&mut self, rows: usize, columns: usize, values: usize) -> Result<(), OutputError> {
        self.cells = self.cells.saturating_add(rows.saturating_mul(columns));
        self.values = self.values.saturating_add(values);
        let limit = FREE_CELLS.saturating_add(self.values.saturating_mul(CELLS_PER_VALUE));
        if self.cells > limit { Err(OutputError::TooManyCells(self.cells)) } else { Ok(()) }
    }
}

/// Refuses a table whose lines, all of one width, are unreasonably much together.
pub(super) fn check_drawn(lines: usize, width: usize) -> Result<(), OutputError> {
    let fits = lines.saturating_mul(width) <= MAX_DRAWN;
    if fits { Ok(()) } else { Err(OutputError::TooWide { width, lines }) }
}
