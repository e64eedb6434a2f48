//! What the flow tells whoever measures it, and how a trace goes on where a job is taken up.
//!
//! Invariant: nothing that somebody typed is told, no name of a person, no address: only kinds, outcomes and times.

use std::time::Duration;

use tracing::Span;

/// Is told how things go. Every method returns at once.
pub trait Telemetry: Send + Sync {
    /// A job was run; `outcome` as in the record, `write` whether it may have changed something.
    fn ran(&self, _outcome: &'static str, _write: bool, _took: Duration) {}

    /// The store was asked.
    fn stored(&self, _call: &'static str, _failed: bool, _took: Duration) {}

    /// Where the trace of this moment stands, as W3C's `traceparent`; kept in jobs. `None` where nothing is traced.
    /// Source: <https://www.w3.org/TR/trace-context/#traceparent-header>.
    fn traceparent(&self) -> Option<String> {
        None
    }

    /// A span is part of that trace.
    fn continues(&self, _span: &Span, _traceparent: &str) {}
}

/// Measures nothing.
#[derive(Debug, Clone, Copy)]
pub struct Unmeasured;

impl Telemetry for Unmeasured {}
