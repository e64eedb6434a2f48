//! The service models of AWS: a packed archive inside the binary, opened lazily one service at a time.
//!
//! Invariants: nothing here calls a network; nothing but the loader of `AWS_DATA_PATH` directories reads a file;
//! opening one service decodes no other.

mod catalog;
mod service;
mod shape;

pub use catalog::{Catalog, ModelError, OperationDocs, Service, ServiceDocs};
pub use service::{Acceptor, ChecksumTraits, Metadata, Operation, Paginator, Protocol, Waiter};
pub use shape::{
    Bounds, ErrorTraits, Location, Member, Shape, ShapeId, ShapeKind, ShapeTraits, TimestampFormat, XmlNamespace,
};
