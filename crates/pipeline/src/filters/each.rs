//! Stages that make one line, or none, of each.

use crate::budget::Budget;
use crate::fault::FilterFault;
use crate::flow::{Flow, Line, Lines, Running, Stream};

/// A flow in which each line is what `change` makes of it; nothing is left of a line for which it gives `None`.
pub(super) fn each<'a>(
    flow: Flow<'a>,
    running: &'a Running<'a>,
    change: impl FnMut(&str) -> Option<String> + 'a,
) -> Result<Flow<'a>, FilterFault> {
    let lines = flow.into_plain_lines(&running.budget)?;
    Ok(Flow::lines(Each { lines, change }))
}

struct Each<'a, F> {
    lines: Stream<'a>,
    change: F,
}

impl<F: FnMut(&str) -> Option<String>> Lines for Each<'_, F> {
    fn next_line(&mut self, budget: &Budget<'_>) -> Result<Option<Line>, FilterFault> {
        while let Some(line) = self.lines.next_line(budget)? {
            if let Some(text) = (self.change)(&line.text) {
                budget.text(text.len())?;
                return Ok(Some(Line::new(text)));
            }
        }
        Ok(None)
    }
}
