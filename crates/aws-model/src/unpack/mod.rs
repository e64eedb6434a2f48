//! Reads the packed form: one record at a time, each when it is first asked for.
//!
//! Invariants: any bytes may come; what does not add up is [`Damage`], never a panic, and memory taken stays in
//! proportion to the bytes given.

mod cursor;
mod names;
mod operation;
mod pages;
mod service;
mod shape;
mod tree;

pub(crate) use cursor::{Cursor, Damage, Table};
pub(crate) use names::Names;
pub(crate) use operation::operation;
pub(crate) use pages::{paginator, waiters};
pub(crate) use service::{Tables, head};
pub(crate) use shape::shape;
pub(crate) use tree::{standalone_tree, tree};
