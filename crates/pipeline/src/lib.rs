//! The chat shell: reads `a | b | c`, and runs filters in this process over what flows between them.
//!
//! [`parse`] reads a line as a [`Script`]. Whoever runs it goes statement by statement: runs the scripts of each `$(…)`,
//! makes a [`Plan`] of a pipeline by [`Pipeline::plan`], runs its source, and [`run`]s the filters of each leg over what
//! came of it.
//!
//! Invariants: everything is bounded, by constants for a line and by [`Limits`] for what flows; a run asks [`Ticks`] at
//! least every few thousand steps. No stage starts a process, touches a file or a network, or reads a clock.
//! Absent on purpose: knowledge of AWS, and running a source.

mod budget;
mod chart;
mod data;
mod fault;
mod filter;
mod filters;
mod flow;
mod jq;
pub mod limits;
mod line;
mod options;
mod pattern;
mod plan;
mod rows;
mod run;
mod suggest;
mod values_text;
pub mod xargs;

pub use chart::Chart;
pub use data::{Data, Form, Indent, Table, cell_text};
pub use fault::FilterFault;
pub use filter::{Filter, help, names};
pub use jq::JqFault;
pub use limits::{Limits, Ticks, Untimed};
pub use line::{
    Action, Connector, ExpandFault, Part, Pipeline, Reason, Script, ScriptFault, Sink, SinkForm, Statement,
    Variables, Word, Words, parse, quote,
};
pub use plan::{Leg, Plan, PlanFault};
pub use run::{Copied, Output, run, text};
pub use xargs::Xargs;
