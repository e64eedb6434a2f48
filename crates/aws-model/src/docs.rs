//! Documentation of a service: HTML fragments as the model has them, white space squeezed, tags without attributes.

use value::Key;

use crate::ShapeId;
use crate::format::VERSION;
use crate::unpack::{Cursor, Damage};

/// Documentation of a service, of its operations, and of what their inputs are made of, as HTML fragments. What a model
/// does not document, and what is part of answers alone, reads as an empty text.
pub struct ServiceDocs {
    /// The texts, each with a zero byte behind it.
    texts: String,
    /// Where each text ends.
    ends: Vec<usize>,
    service: Slot,
    operation_names: Vec<Key>,
    operations: Vec<Slot>,
    shapes: Vec<ShapeDocs>,
}

struct ShapeDocs {
    own: Slot,
    members: Vec<Slot>,
}

/// The index of a text.
type Slot = Option<u32>;

impl ServiceDocs {
    pub(crate) fn read(mut bytes: Vec<u8>, operation_names: Vec<Key>) -> Result<ServiceDocs, Damage> {
        let mut cursor = Cursor::new(&bytes);
        if cursor.byte()? != VERSION {
            return Err(Damage::Version);
        }
        let range = cursor.run()?;
        let texts = bytes.split_off(range.end);
        let mut slots = Slots { cursor: Cursor::over(&bytes, range), seen: 0 };
        let service = slots.one()?;
        let operations = slots.many()?;
        let count = slots.cursor.count()?;
        let mut shapes = Vec::with_capacity(count);
        for _ in 0..count {
            shapes.push(ShapeDocs { own: slots.one()?, members: slots.many()? });
        }
        let texts = String::from_utf8(texts).map_err(|_| Damage::Text)?;
        let ends: Vec<usize> = texts.match_indices('\0').map(|(at, _)| at).collect();
        if ends.len() != slots.seen as usize {
            return Err(Damage::Index);
        }
        Ok(ServiceDocs { texts, ends, service, operation_names, operations, shapes })
    }

    /// What the service is.
    pub fn service(&self) -> &str {
        self.text(self.service)
    }

    /// What an operation does.
    pub fn operation(&self, name: &str) -> &str {
        let index = self.operation_names.binary_search_by(|known| known.as_str().cmp(name)).ok();
        index.and_then(|index| self.operations.get(index)).map_or("", |slot| self.text(*slot))
    }

    /// What a shape is, where a member of an input refers to it and has no text of its own.
    pub fn shape(&self, id: ShapeId) -> &str {
        self.shapes.get(id.0 as usize).map_or("", |shape| self.text(shape.own))
    }

    /// What the member at a position of a structure is (positions as in [`crate::Shape::members`]). Where a member
    /// has no text, its own shape's text serves: `docs.shape(member.shape)`.
    pub fn member(&self, structure: ShapeId, position: usize) -> &str {
        let shape = self.shapes.get(structure.0 as usize);
        shape.and_then(|shape| shape.members.get(position)).map_or("", |slot| self.text(*slot))
    }

    fn text(&self, slot: Slot) -> &str {
        let text = slot.and_then(|index| {
            let index = index as usize;
            let begin = if index == 0 { 0 } else { self.ends.get(index - 1)? + 1 };
            self.texts.get(begin..*self.ends.get(index)?)
        });
        text.unwrap_or("")
    }
}

/// Reads slots, and counts the texts that they brought.
struct Slots<'a> {
    cursor: Cursor<'a>,
    seen: u32,
}

impl Slots<'_> {
    fn one(&mut self) -> Result<Slot, Damage> {
        match self.cursor.index()? {
            0 => Ok(None),
            1 => {
                self.seen += 1;
                Ok(Some(self.seen - 1))
            }
            earlier if earlier - 2 < self.seen => Ok(Some(earlier - 2)),
            _ => Err(Damage::Index),
        }
    }

    fn many(&mut self) -> Result<Vec<Slot>, Damage> {
        (0..self.cursor.count()?).map(|_| self.one()).collect()
    }
}

impl std::fmt::Debug for ServiceDocs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServiceDocs").field("texts", &self.ends.len()).finish_non_exhaustive()
    }
}
