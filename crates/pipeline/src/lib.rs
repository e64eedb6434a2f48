//! The chat shell: reads `a | b | c`, and runs filters over bounded streams, in this process.
pub mod limits;
pub mod line;
