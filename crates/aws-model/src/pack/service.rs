//! A whole service: its facts, and the order of its parts.

use std::collections::HashMap;

use super::writer::{Interner, Writer};
use super::{Json, Object, PackError, object, pages, rules, text, texts, whole};
use crate::format::{VERSION, parts};

/// The protocols that can be spoken, the preferred one first (botocore's order), by their place in
/// `Protocol` of the library.
const PROTOCOLS: &[(&str, u8)] =
    &[("json", 2), ("rest-json", 3), ("rest-xml", 4), ("smithy-rpc-v2-cbor", 5), ("query", 0), ("ec2", 1)];

/// The files of one service, extras merged.
pub(crate) struct Parts<'a> {
    pub(crate) service: &'a Json,
    pub(crate) paginators: Option<&'a Json>,
    pub(crate) waiters: Option<&'a Json>,
    pub(crate) endpoint_rules: Option<&'a Json>,
}

/// What records need to know of their service while they are packed.
pub(super) struct Packer<'a> {
    pub(super) strings: Interner,
    pub(super) shapes: HashMap<&'a str, u64>,
}

impl Packer<'_> {
    pub(super) fn name(&mut self, out: &mut Writer, text: &str) {
        out.number(self.strings.index(text));
    }

    pub(super) fn names(&mut self, out: &mut Writer, texts: &[&str]) {
        out.number(texts.len() as u64);
        for text in texts {
            self.name(out, text);
        }
    }

    /// The index of the shape that a reference names.
    pub(super) fn shape(&self, reference: &Object) -> Result<u64, PackError> {
        let name = text(reference, "shape").ok_or_else(|| PackError("a reference names no shape".into()))?;
        self.shapes.get(name).copied().ok_or_else(|| PackError(format!("there is no shape `{name}`")))
    }
}

/// A part of a model by name, sorted: the order of ids.
pub(super) fn sorted<'a>(model: &'a Object, part: &str) -> Result<Vec<(&'a str, &'a Object)>, PackError> {
    let Some(entries) = object(model, part)? else { return Ok(Vec::new()) };
    let mut list = Vec::with_capacity(entries.len());
    for (name, entry) in entries {
        list.push((name.as_str(), whole(entry, &format!("`{part}.{name}`"))?));
    }
    list.sort_by_key(|(name, _)| *name);
    Ok(list)
}

/// The packed form of a service, not yet compressed.
pub(crate) fn pack_service(files: &Parts<'_>) -> Result<Vec<u8>, PackError> {
    let model = whole(files.service, "the model")?;
    let shapes = sorted(model, "shapes")?;
    let operations = sorted(model, "operations")?;
    let indices = shapes.iter().enumerate().map(|(index, (name, _))| (*name, index as u64)).collect();
    let mut packer = Packer { strings: Interner::default(), shapes: indices };

    let inline_errors = super::operation::inline_errors(&operations);
    let mut body = Writer::default();
    body.run(&packer.metadata(model)?);
    let mut records = Vec::with_capacity(shapes.len());
    for (name, shape) in &shapes {
        let record = packer.shape_record(name, shape, inline_errors.get(name).copied());
        records.push(record.map_err(|fault| PackError(format!("shape `{name}`: {fault}")))?);
    }
    body.table(&records);
    records.clear();
    for (name, operation) in &operations {
        let record = packer.operation_record(name, operation);
        records.push(record.map_err(|fault| PackError(format!("operation `{name}`: {fault}")))?);
    }
    body.table(&records);
    body.table(&pages::paginators(&mut packer, files.paginators)?);
    body.run(&pages::waiters(&mut packer, files.waiters)?);
    let mut tree = Writer::default();
    if let Some(json) = files.endpoint_rules {
        rules::write_tree(json, &mut packer.strings, &mut tree, 0)?;
    }
    body.run(&tree.bytes);

    let mut out = Writer::default();
    out.byte(VERSION);
    out.byte(which_parts(files));
    packer.strings.write(&mut out);
    out.bytes.extend_from_slice(&body.bytes);
    Ok(out.bytes)
}

fn which_parts(files: &Parts<'_>) -> u8 {
    let bit = |there: bool, bit: u8| if there { bit } else { 0 };
    bit(files.paginators.is_some(), parts::PAGINATORS)
        | bit(files.waiters.is_some(), parts::WAITERS)
        | bit(files.endpoint_rules.is_some(), parts::RULES)
}

impl Packer<'_> {
    fn metadata(&mut self, model: &Object) -> Result<Vec<u8>, PackError> {
        let none = Object::new();
        let facts = object(model, "metadata")?.unwrap_or(&none);
        let mut out = Writer::default();
        out.byte(protocol(facts)?);
        out.byte(u8::from(facts.contains_key("awsQueryCompatible")));
        for name in ["apiVersion", "endpointPrefix", "serviceId", "serviceFullName", "signatureVersion"] {
            self.name(&mut out, text(facts, name).unwrap_or(""));
        }
        for name in OPTIONAL_FACTS {
            self.optional(&mut out, text(facts, name));
        }
        let settings = object(facts, "protocolSettings")?;
        self.optional(&mut out, settings.and_then(|settings| text(settings, "h2")));
        super::shape::namespace(self, &mut out, facts.get("xmlNamespace"));
        self.names(&mut out, &texts(facts, "auth"));
        let client = object(model, "clientContextParams")?.unwrap_or(&none);
        let client: Vec<&str> = client.keys().map(String::as_str).collect();
        self.names(&mut out, &client);
        Ok(out.bytes)
    }

    fn optional(&mut self, out: &mut Writer, text: Option<&str>) {
        match text {
            None => out.number(0),
            Some(text) => out.number(self.strings.index(text) + 1),
        }
    }
}

const OPTIONAL_FACTS: [&str; 6] =
    ["signingName", "serviceAbbreviation", "jsonVersion", "targetPrefix", "globalEndpoint", "uid"];

fn protocol(facts: &Object) -> Result<u8, PackError> {
    let listed = texts(facts, "protocols");
    let number = |name: &str| PROTOCOLS.iter().find(|(known, _)| *known == name).map(|(_, number)| *number);
    if listed.is_empty() {
        let name = text(facts, "protocol").unwrap_or("");
        return number(name).ok_or_else(|| PackError(format!("unknown protocol `{name}`")));
    }
    PROTOCOLS
        .iter()
        .find(|(known, _)| listed.contains(known))
        .map(|(_, number)| *number)
        .ok_or_else(|| PackError(format!("none of the protocols {} is known", listed.join(", "))))
}
