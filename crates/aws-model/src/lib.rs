//! The service models of AWS: a packed archive inside the binary, opened lazily one service at a time.
//!
//! Invariants: nothing here calls a network; nothing but the loader of `AWS_DATA_PATH` directories reads a file;
//! opening one service decodes no other.

mod archive;
mod catalog;
mod directories;
mod docs;
mod format;
#[cfg(test)]
mod hostile;
mod iam;
mod levels;
mod opened;
mod pack;
mod service;
mod shape;
mod unpack;

pub use catalog::{Catalog, ModelError, verify_archive};
pub use docs::ServiceDocs;
pub use iam::{Access, IamAction, Resource, iam_action, iam_actions, iam_prefix};
pub use levels::{Level, level, level_of_call};
pub use opened::Service;
pub use service::{Acceptor, ChecksumTraits, Metadata, Operation, Paginator, Protocol, Waiter};
pub use shape::{
    Bounds, ErrorTraits, Location, Member, Shape, ShapeId, ShapeKind, ShapeTraits, TimestampFormat,
    XmlNamespace,
};
