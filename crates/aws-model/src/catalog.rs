//! All services by name, and one service opened.

use std::path::PathBuf;
use std::sync::Arc;

use value::{Key, Value};

use crate::{Metadata, Operation, Paginator, Shape, ShapeId, Waiter};

/// Why a model cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// No service of that name.
    #[error("unknown service `{0}`")]
    UnknownService(String),
    /// The archive, or a model file, is not what it should be.
    #[error("unusable model of `{service}`: {reason}")]
    Corrupt {
        /// The service whose model it is.
        service: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// All services by their AWS CLI name (botocore's directory name: `ec2`, `s3`, `logs`).
#[derive(Debug, Clone)]
pub struct Catalog {}

impl Catalog {
    /// The services that the binary carries.
    pub fn embedded() -> Catalog {
        Catalog {}
    }

    /// The same, with directories in botocore's layout (`<dir>/<service>/<version>/service-2.json`) that add or
    /// replace services; later ones yield to earlier ones.
    pub fn with_directories(self, _directories: Vec<PathBuf>) -> Catalog {
        self
    }

    /// The names of all services, sorted.
    pub fn names(&self) -> Vec<String> {
        Vec::new()
    }

    /// Opens a service. Opening it again is free.
    pub fn open(&self, name: &str) -> Result<Arc<Service>, ModelError> {
        Err(ModelError::UnknownService(name.to_owned()))
    }

    /// botocore's `partitions.json` as a tree.
    pub fn partitions(&self) -> &Value {
        &Value::Null
    }
}

/// A service whose model is open. Shapes and operations decode when they are first asked for.
#[derive(Debug)]
pub struct Service {
    name: String,
    metadata: Metadata,
}

impl Service {
    /// The AWS CLI's name for it, `ec2`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The service's own facts.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The names of all operations, sorted.
    pub fn operation_names(&self) -> &[Key] {
        &[]
    }

    /// The operation of that name (`DescribeInstances`).
    pub fn operation(&self, _name: &str) -> Option<&Operation> {
        None
    }

    /// A shape of this service. Panics on an id of another service, which is a programming error.
    pub fn shape(&self, _id: ShapeId) -> &Shape {
        unreachable!()
    }

    /// The shape of that name, for tests and tools.
    pub fn shape_named(&self, _name: &str) -> Option<&Shape> {
        None
    }

    /// How an operation's pages follow each other, where it has pages.
    pub fn paginator(&self, _operation: &str) -> Option<&Paginator> {
        None
    }

    /// The service's waiters, sorted by name.
    pub fn waiters(&self) -> &[Waiter] {
        &[]
    }

    /// `endpoint-rule-set-1.json` as a tree; `Null` where the service has none.
    pub fn endpoint_rules(&self) -> &Value {
        &Value::Null
    }

    /// `clientContextParams` by name.
    pub fn client_context_params(&self) -> &[Key] {
        &[]
    }

    /// The service's documentation, decompressed by this call.
    pub fn documentation(&self) -> Result<ServiceDocs, ModelError> {
        Ok(ServiceDocs::default())
    }
}

/// Documentation of a service, HTML fragments as the model has them.
#[derive(Debug, Clone, Default)]
pub struct ServiceDocs {
    /// What the service is.
    pub service: String,
}

/// Documentation of an operation and of the members it reaches.
#[derive(Debug, Clone, Default)]
pub struct OperationDocs {
    /// What the operation does.
    pub operation: String,
}
