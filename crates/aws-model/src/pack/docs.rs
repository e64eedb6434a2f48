//! Documentation, apart from the model so that it costs nothing until somebody asks for help.

use super::service::sorted;
use super::writer::{Interner, Writer};
use super::{Json, Object, PackError, object, text, whole};
use crate::format::VERSION;

/// The documentation of a service: each text once, then which text belongs to the service, to each operation, to
/// each shape and its members, in the order of their ids.
pub(crate) fn pack_docs(service: &Json) -> Result<Vec<u8>, PackError> {
    let model = whole(service, "the model")?;
    let (mut strings, mut body, mut out) = (Interner::default(), Writer::default(), Writer::default());
    body.number(index(&mut strings, model));
    let operations = sorted(model, "operations")?;
    body.number(operations.len() as u64);
    for (_, operation) in operations {
        body.number(index(&mut strings, operation));
    }
    let shapes = sorted(model, "shapes")?;
    body.number(shapes.len() as u64);
    for (_, shape) in shapes {
        body.number(index(&mut strings, shape));
        let none = Object::new();
        let members = object(shape, "members")?.unwrap_or(&none);
        body.number(members.len() as u64);
        for member in members.values() {
            body.number(index(&mut strings, whole(member, "a member")?));
        }
    }
    out.byte(VERSION);
    strings.write(&mut out);
    out.bytes.extend_from_slice(&body.bytes);
    Ok(out.bytes)
}

fn index(strings: &mut Interner, json: &Object) -> u64 {
    strings.index(&squeezed(text(json, "documentation").unwrap_or("")))
}

/// The same HTML with each run of white space as one space, for that is how HTML reads.
fn squeezed(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    for word in html.split_ascii_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}
