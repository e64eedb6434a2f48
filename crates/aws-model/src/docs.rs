//! Documentation of a service: HTML fragments as the model has them, white space squeezed.

use value::Key;

use crate::ShapeId;
use crate::format::VERSION;
use crate::unpack::{Cursor, Damage, Table};

/// Documentation of a service, of its operations, shapes and members, as HTML fragments. What a model does not
/// document reads as an empty text.
pub struct ServiceDocs {
    bytes: Vec<u8>,
    texts: Table,
    service: u32,
    operation_names: Vec<Key>,
    operations: Vec<u32>,
    shapes: Vec<ShapeDocs>,
}

struct ShapeDocs {
    own: u32,
    members: Vec<u32>,
}

impl ServiceDocs {
    pub(crate) fn read(bytes: Vec<u8>, operation_names: Vec<Key>) -> Result<ServiceDocs, Damage> {
        let mut cursor = Cursor::new(&bytes);
        if cursor.byte()? != VERSION {
            return Err(Damage::Version);
        }
        let texts = cursor.table()?;
        let service = cursor.index()?;
        let operations = indices(&mut cursor)?;
        let count = cursor.count()?;
        let mut shapes = Vec::with_capacity(count);
        for _ in 0..count {
            shapes.push(ShapeDocs { own: cursor.index()?, members: indices(&mut cursor)? });
        }
        Ok(ServiceDocs { texts, service, operation_names, operations, shapes, bytes })
    }

    /// What the service is.
    pub fn service(&self) -> &str {
        self.text(self.service)
    }

    /// What an operation does.
    pub fn operation(&self, name: &str) -> &str {
        let index = self.operation_names.binary_search_by(|known| known.as_str().cmp(name)).ok();
        index.and_then(|index| self.operations.get(index)).map_or("", |text| self.text(*text))
    }

    /// What a shape is, wherever it is used.
    pub fn shape(&self, id: ShapeId) -> &str {
        self.shapes.get(id.0 as usize).map_or("", |shape| self.text(shape.own))
    }

    /// What the member at a position of a structure is (positions as in [`crate::Shape::members`]). Where a member
    /// has no text, its own shape's text serves: `docs.shape(member.shape)`.
    pub fn member(&self, structure: ShapeId, position: usize) -> &str {
        let shape = self.shapes.get(structure.0 as usize);
        shape.and_then(|shape| shape.members.get(position)).map_or("", |text| self.text(*text))
    }

    fn text(&self, index: u32) -> &str {
        let bytes = self.texts.range(index as usize).and_then(|range| self.bytes.get(range));
        bytes.and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or("")
    }
}

fn indices(cursor: &mut Cursor<'_>) -> Result<Vec<u32>, Damage> {
    (0..cursor.count()?).map(|_| cursor.index()).collect()
}

impl std::fmt::Debug for ServiceDocs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServiceDocs").field("texts", &self.texts.len()).finish_non_exhaustive()
    }
}
