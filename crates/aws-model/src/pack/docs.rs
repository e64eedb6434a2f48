//! Documentation, apart from the model so that it costs nothing until somebody asks for help.
//!
//! Only what help shows: the service, its operations, and what an input is made of. Absent on purpose: what answers and
//! errors are made of, half of all documentation, and the attributes of tags, where links lead.

use std::collections::{HashMap, HashSet};

use super::html::without_attributes;
use super::service::sorted;
use super::writer::Writer;
use super::{Json, Object, PackError, object, text, whole};
use crate::format::VERSION;

/// The documentation of a service: a slot for the service, for each operation, for each shape and its members, in the
/// order of their ids; then the texts, each once.
pub(crate) fn pack_docs(service: &Json) -> Result<Vec<u8>, PackError> {
    let model = whole(service, "the model")?;
    let operations = sorted(model, "operations")?;
    let shapes = sorted(model, "shapes")?;
    let inputs = Inputs::of(&operations, &shapes)?;
    let mut texts = Texts::default();
    texts.slot(model);
    texts.slots.number(operations.len() as u64);
    for (_, operation) in operations {
        texts.slot(operation);
    }
    texts.slots.number(shapes.len() as u64);
    for (name, shape) in shapes {
        let none = Object::new();
        texts.slot(if inputs.without_text.contains(name) { shape } else { &none });
        let members = if inputs.reached.contains(name) { object(shape, "members")? } else { None };
        let members = members.unwrap_or(&none);
        texts.slots.number(members.len() as u64);
        for member in members.values() {
            texts.slot(whole(member, "a member")?);
        }
    }
    let mut out = Writer::default();
    out.byte(VERSION);
    out.run(&texts.slots.bytes);
    out.bytes.extend_from_slice(&texts.bytes);
    Ok(out.bytes)
}

/// What inputs are made of.
#[derive(Default)]
struct Inputs<'a> {
    /// All shapes of inputs.
    reached: HashSet<&'a str>,
    /// Those of them whose own text stands in for that of a member, which has none.
    without_text: HashSet<&'a str>,
}

impl<'a> Inputs<'a> {
    fn of(
        operations: &[(&'a str, &'a Object)],
        shapes: &[(&'a str, &'a Object)],
    ) -> Result<Inputs<'a>, PackError> {
        let shapes: HashMap<&str, &Object> = shapes.iter().copied().collect();
        let mut inputs = Inputs::default();
        let mut waiting: Vec<&str> =
            operations.iter().filter_map(|(_, operation)| target(operation.get("input")?)).collect();
        while let Some(name) = waiting.pop() {
            let Some(shape) = shapes.get(name).filter(|_| inputs.reached.insert(name)) else { continue };
            waiting.extend(["member", "key", "value"].iter().filter_map(|part| target(shape.get(*part)?)));
            for member in object(shape, "members")?.into_iter().flat_map(Object::values) {
                let Some(name) = target(member) else { continue };
                waiting.push(name);
                if documentation(whole(member, "a member")?).is_empty() {
                    inputs.without_text.insert(name);
                }
            }
        }
        Ok(inputs)
    }
}

/// The shape that a reference names.
fn target(reference: &Json) -> Option<&str> {
    reference.as_object().and_then(|reference| text(reference, "shape"))
}

/// Texts, each once, and slots that refer to them.
#[derive(Default)]
struct Texts {
    /// 0 for no text, 1 for the next one, else 2 more than the index of one that was there already. So most are 1, which
    /// takes next to nothing when it is compressed.
    slots: Writer,
    /// Each ends with a zero byte.
    bytes: Vec<u8>,
    indices: HashMap<String, u64>,
}

impl Texts {
    fn slot(&mut self, json: &Object) {
        let html = documentation(json);
        if html.is_empty() {
            return self.slots.number(0);
        }
        let html = without_attributes(&html).unwrap_or(html);
        if let Some(index) = self.indices.get(&html) {
            return self.slots.number(index + 2);
        }
        self.slots.number(1);
        self.bytes.extend_from_slice(html.as_bytes());
        self.bytes.push(0);
        self.indices.insert(html, self.indices.len() as u64);
    }
}

/// The HTML with each run of white space as one space, for that is how HTML reads. Zero bytes, which end texts here, are
/// taken for white space.
fn documentation(json: &Object) -> String {
    let html = text(json, "documentation").unwrap_or("");
    let mut out = String::with_capacity(html.len());
    let words = html.split(|c: char| c.is_ascii_whitespace() || c == '\0').filter(|word| !word.is_empty());
    for word in words {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}
