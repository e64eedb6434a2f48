//! How much one search may make and look at.
//!
//! Invariants: a search's memory is bounded by the values it makes, its time by the steps it takes; both limits grow with
//! the input, never with the expression alone. The input is measured only once a free allowance is used up.
//! Absent on purpose: clocks, so that the same search always ends the same way.

use std::cell::Cell;

use value::{Number, Value};

use crate::JmespathError;
use crate::found::Found;

/// How many values a search may always make; large inputs allow more.
const FREE_VALUES: u64 = 4_000_000;
/// How many times the input's own values a search may make beyond that.
const VALUES_PER_INPUT_VALUE: u64 = 8;
/// How many steps a search may always take: looking at one item, or at 64 bytes of text, is one.
pub(crate) const FREE_STEPS: u64 = 200_000_000;
/// How many steps a search may take for each of the input's own values beyond that.
const STEPS_PER_INPUT_VALUE: u64 = 32;
/// How many bytes of text, or names of a map, are looked at in one step.
const BYTES_PER_STEP: usize = 64;
const NAMES_PER_STEP: usize = 8;

/// What one search has used so far of what it may.
pub(crate) struct Budget<'a> {
    input: &'a Value,
    free_steps: u64,
    made: Cell<u64>,
    taken: Cell<u64>,
    /// The input's own values, once they were counted.
    measured: Cell<Option<u64>>,
}

impl<'a> Budget<'a> {
    /// For a search of that input, which may take so many steps, and more if the input is large.
    pub(crate) fn of(input: &'a Value, free_steps: u64) -> Budget<'a> {
        Budget { input, free_steps, made: Cell::new(0), taken: Cell::new(0), measured: Cell::new(None) }
    }

    /// Counts values about to be made, and refuses beyond the limit.
    pub(crate) fn spend(&self, values: usize) -> Result<(), JmespathError> {
        let made = self.made.get().saturating_add(values as u64);
        self.made.set(made);
        match self.exceeds(made, FREE_VALUES, VALUES_PER_INPUT_VALUE) {
            Some(limit) => Err(JmespathError::Exhausted(limit)),
            None => self.walk(values),
        }
    }

    /// Counts items about to be looked at, and refuses beyond the limit.
    pub(crate) fn walk(&self, steps: usize) -> Result<(), JmespathError> {
        let taken = self.taken.get().saturating_add(steps as u64);
        self.taken.set(taken);
        match self.exceeds(taken, self.free_steps, STEPS_PER_INPUT_VALUE) {
            Some(limit) => Err(JmespathError::TooMuchWork(limit)),
            None => Ok(()),
        }
    }

    /// Counts looking for a name among so many.
    pub(crate) fn look_up(&self, names: usize) -> Result<(), JmespathError> {
        self.walk(names / NAMES_PER_STEP)
    }

    /// The limit, if that much is beyond it.
    fn exceeds(&self, used: u64, free: u64, per_input_value: u64) -> Option<u64> {
        if used <= free {
            return None;
        }
        let measured = self.measured.get().unwrap_or_else(|| {
            let size = size_of_value(self.input);
            self.measured.set(Some(size));
            size
        });
        let limit = free.saturating_add(per_input_value.saturating_mul(measured));
        (used > limit).then_some(limit)
    }
}

/// How many steps it takes to look at a found value itself: its text or digits, not what it contains.
pub(crate) fn weight(found: &Found<'_>) -> usize {
    let bytes = match found.plain() {
        Some(Value::Text(text)) => text.len(),
        // Its base64 is made before it is looked at.
        Some(Value::Blob(bytes)) => bytes.len().saturating_mul(4),
        Some(Value::Number(Number::Big(digits))) => digits.len(),
        _ => 0,
    };
    1 + bytes / BYTES_PER_STEP
}

/// How many values a tree holds; long texts and names count for more.
pub(crate) fn size_of_value(value: &Value) -> u64 {
    match value {
        Value::Text(text) => 1 + text.len() as u64 / 64,
        Value::Blob(bytes) => 1 + bytes.len() as u64 / 64,
        Value::List(items) => 1 + items.iter().map(size_of_value).sum::<u64>(),
        Value::Map(map) => 1 + map.values().map(size_of_value).sum::<u64>(),
        _ => 1,
    }
}
