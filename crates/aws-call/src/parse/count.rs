//! How many values an answer may hold: a value takes some 32 bytes of memory, and as little as one on the wire.

use std::cell::Cell;

use value::Value;

use super::ParseError;
use crate::message::ParseOptions;

/// The values of one body so far.
pub(super) struct Count {
    limit: usize,
    left: Cell<usize>,
    exceeded: Cell<bool>,
}

impl Count {
    pub(super) fn of(options: &ParseOptions) -> Count {
        Count { limit: options.max_values, left: Cell::new(options.max_values), exceeded: Cell::new(false) }
    }

    /// Counts one more value.
    pub(super) fn one(&self) -> Result<(), ParseError> {
        match self.left.get().checked_sub(1) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => {
                self.exceeded.set(true);
                Err(ParseError::TooMany(self.limit))
            }
        }
    }

    /// That there were too many, where a fault on the way could not say so; else the fault that was seen.
    pub(super) fn explain(&self, fault: impl FnOnce() -> ParseError) -> ParseError {
        if self.exceeded.get() { ParseError::TooMany(self.limit) } else { fault() }
    }
}

/// How many values a tree holds, itself among them.
pub fn values_in(value: &Value) -> usize {
    match value {
        Value::List(items) => 1 + items.iter().map(values_in).sum::<usize>(),
        Value::Map(map) => 1 + map.values().map(values_in).sum::<usize>(),
        _ => 1,
    }
}
