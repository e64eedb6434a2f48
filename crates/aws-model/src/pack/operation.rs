//! Operations.

use std::collections::HashMap;

use super::service::Packer;
use super::writer::Writer;
use super::{Json, Object, PackError, flag, object, rules, text, texts, whole};
use crate::format::{checksum, operation};

const FLAGS: &[(&str, u64)] = &[
    ("unsignedPayload", operation::UNSIGNED_PAYLOAD),
    ("idempotent", operation::IDEMPOTENT),
    ("readonly", operation::READ_ONLY),
    ("deprecated", operation::DEPRECATED),
    ("httpChecksumRequired", operation::CHECKSUM_REQUIRED),
    ("endpointoperation", operation::ENDPOINT_OPERATION),
];

/// Error traits that operations give where they name an error, by the error's shape.
pub(super) fn inline_errors<'a>(operations: &[(&'a str, &'a Object)]) -> HashMap<&'a str, &'a Object> {
    let mut found = HashMap::new();
    for (_, operation) in operations {
        let errors = operation.get("errors").and_then(Json::as_array).into_iter().flatten();
        for reference in errors.filter_map(Json::as_object) {
            let error = reference.get("error").and_then(Json::as_object);
            if let (Some(name), Some(error)) = (text(reference, "shape"), error) {
                found.entry(name).or_insert(error);
            }
        }
    }
    found
}

/// One operation while it is written: bits come first on the wire and are known last.
struct Record {
    bits: u64,
    out: Writer,
}

impl Packer<'_> {
    pub(super) fn operation_record(&mut self, name: &str, json: &Object) -> Result<Vec<u8>, PackError> {
        let none = Object::new();
        let http = object(json, "http")?.unwrap_or(&none);
        let mut head = Writer::default();
        self.name(&mut head, name);
        self.name(&mut head, text(http, "method").unwrap_or("POST"));
        self.name(&mut head, text(http, "requestUri").unwrap_or("/"));
        let bits = FLAGS.iter().filter(|(name, _)| flag(json, name)).fold(0, |bits, (_, bit)| bits | bit);
        let mut record = Record { bits, out: Writer::default() };
        if let Some(code) = http.get("responseCode").and_then(Json::as_u64).filter(|code| *code < 1000) {
            record.bits |= operation::RESPONSE_CODE;
            record.out.number(code);
        }
        self.message(&mut record, json)?;
        self.sending(&mut record, json)?;
        self.endpoint(&mut record, json)?;
        head.number(record.bits);
        head.bytes.extend_from_slice(&record.out.bytes);
        Ok(head.bytes)
    }

    fn message(&mut self, record: &mut Record, json: &Object) -> Result<(), PackError> {
        if let Some(input) = object(json, "input")? {
            record.bits |= operation::INPUT;
            record.out.number(self.shape(input)?);
            if let Some(wrapper) = text(input, "locationName") {
                record.bits |= operation::INPUT_WRAPPER;
                self.name(&mut record.out, wrapper);
                super::shape::namespace(self, &mut record.out, input.get("xmlNamespace"));
            }
        }
        if let Some(output) = object(json, "output")? {
            record.bits |= operation::OUTPUT;
            record.out.number(self.shape(output)?);
            if let Some(wrapper) = text(output, "resultWrapper") {
                record.bits |= operation::RESULT_WRAPPER;
                self.name(&mut record.out, wrapper);
            }
        }
        let errors: &[Json] = json.get("errors").and_then(Json::as_array).map_or(&[], Vec::as_slice);
        record.out.number(errors.len() as u64);
        for error in errors {
            record.out.number(self.shape(whole(error, "an error")?)?);
        }
        Ok(())
    }

    fn sending(&mut self, record: &mut Record, json: &Object) -> Result<(), PackError> {
        if let Some(auth_type) = text(json, "authtype") {
            record.bits |= operation::AUTH_TYPE;
            self.name(&mut record.out, auth_type);
        }
        let auth = texts(json, "auth");
        if !auth.is_empty() {
            record.bits |= operation::AUTH;
            self.names(&mut record.out, &auth);
        }
        if let Some(traits) = object(json, "httpChecksum")? {
            record.bits |= operation::CHECKSUM;
            self.checksum(&mut record.out, traits);
        }
        if let Some(compression) = object(json, "requestcompression")? {
            record.bits |= operation::COMPRESSION;
            self.names(&mut record.out, &texts(compression, "encodings"));
        }
        Ok(())
    }

    fn checksum(&mut self, out: &mut Writer, traits: &Object) {
        let algorithm = text(traits, "requestAlgorithmMember");
        let validation = text(traits, "requestValidationModeMember");
        let bit = |there: bool, bit: u64| if there { bit } else { 0 };
        out.number(
            bit(flag(traits, "requestChecksumRequired"), checksum::REQUIRED)
                | bit(algorithm.is_some(), checksum::ALGORITHM)
                | bit(validation.is_some(), checksum::VALIDATION),
        );
        for text in [algorithm, validation].into_iter().flatten() {
            self.name(out, text);
        }
        self.names(out, &texts(traits, "responseAlgorithms"));
    }

    fn endpoint(&mut self, record: &mut Record, json: &Object) -> Result<(), PackError> {
        if let Some(prefix) = object(json, "endpoint")?.and_then(|endpoint| text(endpoint, "hostPrefix")) {
            record.bits |= operation::HOST_PREFIX;
            self.name(&mut record.out, prefix);
        }
        if let Some(discovery) = object(json, "endpointdiscovery")? {
            record.bits |= operation::DISCOVERY;
            if flag(discovery, "required") {
                record.bits |= operation::DISCOVERY_REQUIRED;
            }
        }
        if let Some(params) = object(json, "staticContextParams")? {
            record.bits |= operation::STATIC_PARAMS;
            record.out.number(params.len() as u64);
            for (name, param) in params {
                self.name(&mut record.out, name);
                rules::write_tree(&param["value"], &mut self.strings, &mut record.out, 0)?;
            }
        }
        if let Some(params) = object(json, "operationContextParams")? {
            record.bits |= operation::CONTEXT_PARAMS;
            record.out.number(params.len() as u64);
            for (name, param) in params {
                self.name(&mut record.out, name);
                self.name(&mut record.out, param["path"].as_str().unwrap_or(""));
            }
        }
        Ok(())
    }
}
