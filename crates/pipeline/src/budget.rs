//! What a run has used of what it may.
//!
//! Invariants: whoever loops over outside data counts steps here, so that a run ends by its limits or when its time is
//! over, whatever flows through it. Absent on purpose: clocks.

use std::cell::Cell;

use crate::fault::FilterFault;
use crate::limits::{Limits, Ticks};

/// After so many steps it is asked whether the time is over.
const STEPS_PER_TICK: u64 = 2048;
/// How many bytes of text are looked at in one step.
const BYTES_PER_STEP: usize = 64;

/// What a run has used of what it may.
pub(crate) struct Budget<'a> {
    limits: Limits,
    ticks: &'a dyn Ticks,
    taken: Cell<u64>,
    next_tick: Cell<u64>,
    held: Cell<usize>,
}

impl<'a> Budget<'a> {
    pub(crate) fn new(limits: Limits, ticks: &'a dyn Ticks) -> Budget<'a> {
        Budget { limits, ticks, taken: Cell::new(0), next_tick: Cell::new(0), held: Cell::new(0) }
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Counts steps of work.
    pub(crate) fn step(&self, steps: u64) -> Result<(), FilterFault> {
        let taken = self.taken.get().saturating_add(steps);
        self.taken.set(taken);
        if taken > self.limits.steps {
            return Err(FilterFault::TooMuchWork);
        }
        if taken >= self.next_tick.get() {
            self.next_tick.set(taken + STEPS_PER_TICK);
            if self.ticks.is_over() {
                return Err(FilterFault::TimeOver);
            }
        }
        Ok(())
    }

    /// Counts looking at that many bytes of text.
    pub(crate) fn text(&self, bytes: usize) -> Result<(), FilterFault> {
        self.step(1 + (bytes / BYTES_PER_STEP) as u64)
    }

    /// Counts bytes that a stage keeps. Those are never given back: stages that keep something keep it to the end.
    pub(crate) fn hold(&self, bytes: usize) -> Result<(), FilterFault> {
        let held = self.held.get().saturating_add(bytes);
        self.held.set(held);
        if held > self.limits.bytes.saturating_mul(HELD_PER_BYTES) {
            Err(self.too_many_bytes())
        } else {
            Ok(())
        }
    }

    /// Refuses a text or a collection of more bytes than may be in flight.
    pub(crate) fn within(&self, bytes: usize) -> Result<(), FilterFault> {
        if bytes > self.limits.bytes { Err(self.too_many_bytes()) } else { Ok(()) }
    }

    /// Refuses more lines, rows or values than there may be.
    pub(crate) fn count(&self, lines: usize) -> Result<(), FilterFault> {
        if lines > self.limits.lines {
            return Err(FilterFault::TooManyLines(self.limits.lines));
        }
        self.step(1)
    }

    pub(crate) fn too_many_bytes(&self) -> FilterFault {
        FilterFault::TooManyBytes(self.limits.bytes)
    }
}

/// Several stages of one run may each keep what flows through them.
const HELD_PER_BYTES: usize = 3;
