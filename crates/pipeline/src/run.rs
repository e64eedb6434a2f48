//! Running filters one behind the other.

use std::cell::{Cell, RefCell};

use crate::budget::Budget;
use crate::chart::Chart;
use crate::data::Data;
use crate::fault::FilterFault;
use crate::filter::Filter;
use crate::flow::{Flow, Running};
use crate::limits::{Limits, Ticks};

/// What came of running filters.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// What the last filter gave.
    pub data: Data,
    /// Whether the last filter succeeded, for `&&` and `||`: `grep` without a line found does not.
    pub success: bool,
    /// What `tee` kept, in order.
    pub copies: Vec<Copied>,
    /// What `graph` drew.
    pub chart: Option<Chart>,
}

/// What `tee` kept under a name: a file to upload, or a result for `last <name>`.
#[derive(Debug, Clone, PartialEq)]
pub struct Copied {
    /// The name.
    pub name: String,
    /// What flowed past.
    pub data: Data,
}

/// Runs filters one behind the other. Without filters the data comes back.
///
/// # Errors
///
/// A filter that cannot use what comes to it, and whatever goes beyond the limits or the time.
pub fn run(
    filters: &[Filter],
    data: Data,
    limits: &Limits,
    ticks: &dyn Ticks,
) -> Result<Output, FilterFault> {
    let running = Running {
        budget: Budget::new(*limits, ticks),
        last: Cell::new(false),
        success: Cell::new(true),
        copies: RefCell::default(),
        chart: RefCell::default(),
    };
    let data = through(filters, data, &running)?;
    Ok(Output {
        data,
        success: running.success.get(),
        copies: running.copies.into_inner(),
        chart: running.chart.into_inner(),
    })
}

/// The text that stands for data, as a filter would read it.
///
/// # Errors
///
/// Whatever goes beyond the limits or the time.
pub fn text(data: Data, limits: &Limits, ticks: &dyn Ticks) -> Result<String, FilterFault> {
    data.into_text(&Budget::new(*limits, ticks))
}

fn through(filters: &[Filter], data: Data, running: &Running<'_>) -> Result<Data, FilterFault> {
    let mut flow = Flow::Whole(data);
    for (index, filter) in filters.iter().enumerate() {
        running.last.set(index + 1 == filters.len());
        flow = filter.stage().apply(flow, running)?;
    }
    flow.into_whole(&running.budget)
}
