//! A service whose model is open.

use std::sync::{Arc, OnceLock};

use value::{Key, Value};

use crate::archive::Blob;
use crate::pack::{self, Parts};
use crate::unpack::{self, Damage, Names, Table, Tables};
use crate::{Metadata, ModelError, Operation, Paginator, ServiceDocs, Shape, ShapeId, Waiter};

/// A service whose model is open. Shapes and operations decode when they are first asked for.
pub struct Service {
    name: String,
    bytes: Vec<u8>,
    names: Names,
    metadata: Metadata,
    client_context_params: Vec<Key>,
    tables: Tables,
    operation_names: OnceLock<Vec<Key>>,
    operations: Cells<Operation>,
    shapes: Cells<Shape>,
    paginators: Cells<Paginator>,
    waiters: OnceLock<Vec<Waiter>>,
    rules: OnceLock<Value>,
    docs: Docs,
    /// Gives what this model's folder lacks: the same version of the service as the binary carries it.
    base: Option<Arc<Service>>,
}

type Cells<T> = Box<[OnceLock<Box<T>>]>;

/// Where a service's documentation is.
pub(crate) enum Docs {
    Embedded(Blob<'static>),
    Packed(Vec<u8>),
}

fn cells<T>(count: usize) -> Cells<T> {
    (0..count).map(|_| OnceLock::new()).collect()
}

impl Service {
    /// Opens packed bytes.
    pub(crate) fn open(
        name: &str,
        bytes: Vec<u8>,
        docs: Docs,
        base: Option<Arc<Service>>,
    ) -> Result<Service, ModelError> {
        let head = unpack::head(&bytes).map_err(|damage| ModelError::corrupt(name, damage))?;
        Ok(Service {
            name: name.to_owned(),
            names: head.names,
            metadata: head.metadata,
            client_context_params: head.client_context_params,
            operation_names: OnceLock::new(),
            operations: cells(head.tables.operations.len()),
            shapes: cells(head.tables.shapes.len()),
            paginators: cells(head.tables.paginators.len()),
            waiters: OnceLock::new(),
            rules: OnceLock::new(),
            tables: head.tables,
            bytes,
            docs,
            base,
        })
    }

    /// A service from the text of a `service-2.json` alone: no pages, no waiters, no endpoint rules. Metadata may
    /// lack anything but a protocol. For tests, and for tools that carry a model of their own.
    pub fn from_json(name: &str, model: &[u8]) -> Result<Service, ModelError> {
        let json: pack::Json =
            serde_json::from_slice(model).map_err(|fault| ModelError::corrupt(name, fault))?;
        let parts = Parts { service: &json, paginators: None, waiters: None, endpoint_rules: None };
        Service::compile(name, &parts, None)
    }

    /// A service from what [`Service::packed`] gave; no documentation. What does not add up is a fault here or, where
    /// a record is lazy, in [`Service::verify`]; asked for all the same, such a record is empty. For tools that keep or
    /// check packed models.
    pub fn from_packed(name: &str, bytes: Vec<u8>) -> Result<Service, ModelError> {
        Service::open(name, bytes, Docs::Packed(Vec::new()), None)
    }

    /// The model in its packed form, which only this version of the crate reads.
    pub fn packed(&self) -> &[u8] {
        &self.bytes
    }

    /// Packs and opens a model in its JSON form.
    pub(crate) fn compile(
        name: &str,
        parts: &Parts<'_>,
        base: Option<Arc<Service>>,
    ) -> Result<Service, ModelError> {
        let corrupt = |fault: pack::PackError| ModelError::corrupt(name, fault);
        let bytes = pack::pack_service(parts).map_err(corrupt)?;
        let docs = pack::pack_docs(parts.service).map_err(corrupt)?;
        Service::open(name, bytes, Docs::Packed(docs), base)
    }

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
        self.operation_names.get_or_init(|| {
            let keys = (0..self.operations.len())
                .map(|index| self.names.key(self.name_index(&self.tables.operations, index)?));
            keys.collect::<Result<Vec<Key>, Damage>>().unwrap_or_default()
        })
    }

    /// The operation of that name (`DescribeInstances`).
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        let index = self.find(&self.tables.operations, name)?;
        let decode = |bytes: &[u8]| unpack::operation(bytes, &self.names, self.shapes.len());
        Some(self.cell(&self.operations, &self.tables.operations, index, decode))
    }

    /// How many shapes there are; their ids count from 0.
    pub fn shape_count(&self) -> usize {
        self.shapes.len()
    }

    /// A shape of this service. Panics on an id of another service, which is a programming error.
    pub fn shape(&self, id: ShapeId) -> &Shape {
        let decode = |bytes: &[u8]| unpack::shape(bytes, &self.names, self.shapes.len());
        self.cell(&self.shapes, &self.tables.shapes, id.0 as usize, decode)
    }

    /// The shape of that name, for tests and tools.
    pub fn shape_named(&self, name: &str) -> Option<&Shape> {
        self.shape_id_named(name).map(|id| self.shape(id))
    }

    /// The id of the shape of that name.
    pub fn shape_id_named(&self, name: &str) -> Option<ShapeId> {
        let index = self.find(&self.tables.shapes, name)?;
        u32::try_from(index).ok().map(ShapeId)
    }

    /// How an operation's pages follow each other, where it has pages.
    pub fn paginator(&self, operation: &str) -> Option<&Paginator> {
        if let (false, Some(base)) = (self.tables.has_paginators(), &self.base) {
            return base.paginator(operation);
        }
        let index = self.find(&self.tables.paginators, operation)?;
        let decode = |bytes: &[u8]| unpack::paginator(bytes, &self.names);
        Some(self.cell(&self.paginators, &self.tables.paginators, index, decode))
    }

    /// The service's waiters, sorted by name.
    pub fn waiters(&self) -> &[Waiter] {
        if let (false, Some(base)) = (self.tables.has_waiters(), &self.base) {
            return base.waiters();
        }
        self.waiters.get_or_init(|| {
            let bytes = self.bytes.get(self.tables.waiters.clone()).unwrap_or(&[]);
            unpack::waiters(bytes, &self.names).unwrap_or_default()
        })
    }

    /// `endpoint-rule-set-1.json` as a tree; `Null` where the service has none.
    pub fn endpoint_rules(&self) -> &Value {
        if let (false, Some(base)) = (self.tables.has_rules(), &self.base) {
            return base.endpoint_rules();
        }
        self.rules.get_or_init(|| {
            let mut cursor = unpack::Cursor::over(&self.bytes, self.tables.rules.clone());
            if !self.tables.has_rules() {
                return Value::Null;
            }
            unpack::tree(&mut cursor, &self.names, 0).unwrap_or_default()
        })
    }

    /// `clientContextParams` by name.
    pub fn client_context_params(&self) -> &[Key] {
        &self.client_context_params
    }

    /// The service's documentation, decompressed by this call.
    pub fn documentation(&self) -> Result<ServiceDocs, ModelError> {
        let corrupt = |reason: &dyn std::fmt::Display| ModelError::corrupt(&self.name, reason);
        let bytes = match &self.docs {
            Docs::Embedded(blob) => blob.decompress().map_err(|damage| corrupt(&damage))?,
            Docs::Packed(bytes) => bytes.clone(),
        };
        ServiceDocs::read(bytes, self.operation_names().to_vec()).map_err(|damage| corrupt(&damage))
    }

    /// Decodes every record, which nothing does in daily use: what is lazy elsewhere shows its faults here.
    pub fn verify(&self) -> Result<(), ModelError> {
        self.decode_all().map_err(|damage| ModelError::corrupt(&self.name, damage))
    }

    fn decode_all(&self) -> Result<(), Damage> {
        let shapes = self.shapes.len();
        for index in 0..shapes {
            unpack::shape(self.record(&self.tables.shapes, index)?, &self.names, shapes)?;
        }
        for index in 0..self.operations.len() {
            unpack::operation(self.record(&self.tables.operations, index)?, &self.names, shapes)?;
        }
        for index in 0..self.paginators.len() {
            unpack::paginator(self.record(&self.tables.paginators, index)?, &self.names)?;
        }
        unpack::waiters(self.bytes.get(self.tables.waiters.clone()).unwrap_or(&[]), &self.names)?;
        if self.tables.has_rules() {
            unpack::tree(&mut unpack::Cursor::over(&self.bytes, self.tables.rules.clone()), &self.names, 0)?;
        }
        Ok(())
    }

    /// A record, decoded once. What was packed by this very build and passed its checksum decodes; an empty value
    /// stands in where it does not.
    fn cell<'a, T: Default>(
        &'a self,
        cells: &'a Cells<T>,
        table: &Table,
        index: usize,
        decode: impl Fn(&[u8]) -> Result<T, Damage>,
    ) -> &'a T {
        cells[index].get_or_init(|| {
            let decoded = self.record(table, index).and_then(decode);
            Box::new(decoded.unwrap_or_default())
        })
    }

    fn record(&self, table: &Table, index: usize) -> Result<&[u8], Damage> {
        table.range(index).and_then(|range| self.bytes.get(range)).ok_or(Damage::Index)
    }

    fn name_index(&self, table: &Table, index: usize) -> Result<u32, Damage> {
        unpack::Cursor::new(self.record(table, index)?).index()
    }

    /// The index of the record of that name.
    fn find(&self, table: &Table, name: &str) -> Option<usize> {
        let (mut low, mut high) = (0, table.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let found = self.name_index(table, middle).and_then(|index| self.names.text(index)).ok()?;
            match found.cmp(name) {
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("name", &self.name).finish_non_exhaustive()
    }
}
