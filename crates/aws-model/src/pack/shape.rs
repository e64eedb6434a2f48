//! Shapes and their members.

use super::service::Packer;
use super::writer::Writer;
use super::{Json, Object, PackError, flag, object, text, texts, whole};
use crate::format::{error, kind, member, shape, traits};

/// Names of flags that shapes and members share.
const TRAIT_FLAGS: &[(&str, u64)] = &[
    ("flattened", traits::FLATTENED),
    ("streaming", traits::STREAMING),
    ("jsonvalue", traits::JSON_VALUE),
    ("sensitive", traits::SENSITIVE),
    ("union", traits::UNION),
    ("document", traits::DOCUMENT),
    ("eventstream", traits::EVENT_STREAM),
    ("event", traits::EVENT),
    ("xmlAttribute", traits::XML_ATTRIBUTE),
    ("box", traits::BOXED),
    ("requiresLength", traits::REQUIRES_LENGTH),
];

const MEMBER_FLAGS: &[(&str, u64)] = &[
    ("idempotencyToken", member::IDEMPOTENCY_TOKEN),
    ("idempotencytoken", member::IDEMPOTENCY_TOKEN),
    ("hostLabel", member::HOST_LABEL),
    ("deprecated", member::DEPRECATED),
    ("eventpayload", member::EVENT_PAYLOAD),
    ("eventheader", member::EVENT_HEADER),
];

fn flags(json: &Object, names: &[(&str, u64)]) -> u64 {
    names.iter().filter(|(name, _)| flag(json, name)).fold(0, |bits, (_, bit)| bits | bit)
}

impl Packer<'_> {
    /// One shape. `inline` are error traits that an operation gives it and it lacks itself.
    pub(super) fn shape_record(
        &mut self,
        name: &str,
        json: &Object,
        inline: Option<&Object>,
    ) -> Result<Vec<u8>, PackError> {
        let mut out = Writer::default();
        self.name(&mut out, name);
        let kind = kind_of(json)?;
        out.byte(kind);
        let (trait_bits, trait_bytes) = self.traits(json, true);
        let fault = fault_of(json, inline)?;
        let bit = |there: bool, bit: u64| if there { bit } else { 0 };
        let number = |name: &str| json.get(name).and_then(Json::as_f64);
        let pattern = text(json, "pattern");
        out.number(
            bit(trait_bits != 0, shape::TRAITS)
                | bit(number("min").is_some(), shape::MIN)
                | bit(number("max").is_some(), shape::MAX)
                | bit(pattern.is_some(), shape::PATTERN)
                | bit(fault.is_some(), shape::ERROR)
                | bit(flag(json, "deprecated"), shape::DEPRECATED),
        );
        if trait_bits != 0 {
            out.number(trait_bits);
            out.bytes.extend_from_slice(&trait_bytes);
        }
        for limit in ["min", "max"].into_iter().filter_map(number) {
            bound(&mut out, limit);
        }
        if let Some(pattern) = pattern {
            self.name(&mut out, pattern);
        }
        if let Some(fault) = fault {
            self.fault(&mut out, &fault);
        }
        self.contents(&mut out, kind, json)?;
        Ok(out.bytes)
    }

    fn contents(&mut self, out: &mut Writer, kind: u8, json: &Object) -> Result<(), PackError> {
        match kind {
            kind::STRUCTURE => self.members(out, json),
            kind::LIST => self.part(out, json, "member"),
            kind::MAP => {
                self.part(out, json, "key")?;
                self.part(out, json, "value")
            }
            _ => Ok(()),
        }
    }

    fn members(&mut self, out: &mut Writer, json: &Object) -> Result<(), PackError> {
        let required = texts(json, "required");
        let none = Object::new();
        let members = object(json, "members")?.unwrap_or(&none);
        out.number(members.len() as u64);
        for (name, member) in members {
            let member = whole(member, &format!("member `{name}`"))?;
            self.member(out, name, member, required.contains(&name.as_str()))?;
        }
        let positions: Vec<u64> = required
            .iter()
            .filter_map(|name| members.keys().position(|member| member == name))
            .map(|position| position as u64)
            .collect();
        out.number(positions.len() as u64);
        positions.iter().for_each(|position| out.number(*position));
        Ok(())
    }

    fn part(&mut self, out: &mut Writer, json: &Object, part: &str) -> Result<(), PackError> {
        let member = object(json, part)?.ok_or_else(|| PackError(format!("`{part}` is missing")))?;
        self.member(out, "", member, false)
    }

    fn member(
        &mut self,
        out: &mut Writer,
        name: &str,
        json: &Object,
        required: bool,
    ) -> Result<(), PackError> {
        self.name(out, name);
        out.number(self.shape(json)?);
        let (trait_bits, trait_bytes) = self.traits(json, false);
        let context = object(json, "contextParam")?.and_then(|param| text(param, "name"));
        let (wire, query) = (text(json, "locationName"), text(json, "queryName"));
        let bit = |there: bool, bit: u64| if there { bit } else { 0 };
        out.number(
            location(json)
                | flags(json, MEMBER_FLAGS)
                | bit(wire.is_some(), member::WIRE_NAME)
                | bit(query.is_some(), member::QUERY_NAME)
                | bit(required, member::REQUIRED)
                | bit(trait_bits != 0, member::TRAITS)
                | bit(context.is_some(), member::CONTEXT_PARAM),
        );
        for text in [wire, query].into_iter().flatten() {
            self.name(out, text);
        }
        if trait_bits != 0 {
            out.number(trait_bits);
            out.bytes.extend_from_slice(&trait_bytes);
        }
        if let Some(context) = context {
            self.name(out, context);
        }
        Ok(())
    }

    /// The bits of the traits, and what belongs to those bits that carry more. A member's `locationName` is no
    /// trait of this kind.
    fn traits(&mut self, json: &Object, is_shape: bool) -> (u64, Vec<u8>) {
        let (mut bits, mut out) = (flags(json, TRAIT_FLAGS), Writer::default());
        if let Some(format) = timestamp_format(json) {
            bits |= traits::TIMESTAMP;
            out.byte(format);
        }
        if namespace_uri(json.get("xmlNamespace")).is_some() {
            bits |= traits::NAMESPACE;
            namespace(self, &mut out, json.get("xmlNamespace"));
        }
        if let Some(name) = text(json, "locationName").filter(|_| is_shape) {
            bits |= traits::WIRE_NAME;
            self.name(&mut out, name);
        }
        let values = texts(json, "enum");
        if !values.is_empty() {
            bits |= traits::VALUES;
            self.names(&mut out, &values);
        }
        if let Some(payload) = text(json, "payload") {
            bits |= traits::PAYLOAD;
            self.name(&mut out, payload);
        }
        (bits, out.bytes)
    }

    fn fault(&mut self, out: &mut Writer, fault: &Fault<'_>) {
        let bit = |there: bool, bit: u64| if there { bit } else { 0 };
        out.number(
            bit(fault.code.is_some(), error::CODE)
                | bit(fault.status.is_some(), error::STATUS)
                | bit(fault.sender, error::SENDER)
                | bit(fault.retryable, error::RETRYABLE)
                | bit(fault.throttling, error::THROTTLING),
        );
        if let Some(code) = fault.code {
            self.name(out, code);
        }
        if let Some(status) = fault.status {
            out.number(status);
        }
    }
}

/// Error traits as the models write them.
struct Fault<'a> {
    code: Option<&'a str>,
    status: Option<u64>,
    sender: bool,
    retryable: bool,
    throttling: bool,
}

fn fault_of<'a>(json: &'a Object, inline: Option<&'a Object>) -> Result<Option<Fault<'a>>, PackError> {
    let error = object(json, "error")?.or(inline);
    let retryable = json.get("retryable").filter(|retryable| **retryable != Json::Bool(false));
    if error.is_none() && !flag(json, "exception") && !flag(json, "fault") {
        return Ok(None);
    }
    let status = error.and_then(|error| error.get("httpStatusCode")).and_then(Json::as_u64);
    Ok(Some(Fault {
        code: error.and_then(|error| text(error, "code")),
        status: status.filter(|status| *status <= u64::from(u16::MAX)),
        sender: error.is_some_and(|error| flag(error, "senderFault")),
        retryable: retryable.is_some(),
        throttling: retryable
            .and_then(Json::as_object)
            .is_some_and(|retryable| flag(retryable, "throttling")),
    }))
}

fn kind_of(json: &Object) -> Result<u8, PackError> {
    Ok(match text(json, "type").unwrap_or("") {
        "structure" => kind::STRUCTURE,
        "list" | "set" => kind::LIST,
        "map" => kind::MAP,
        "string" => kind::STRING,
        "character" => kind::CHARACTER,
        "byte" | "short" | "integer" | "int" => kind::INTEGER,
        "long" => kind::LONG,
        "float" => kind::FLOAT,
        "double" => kind::DOUBLE,
        "bigInteger" | "biginteger" => kind::BIG_INTEGER,
        "bigDecimal" | "bigdecimal" => kind::BIG_DECIMAL,
        "boolean" => kind::BOOLEAN,
        "timestamp" => kind::TIMESTAMP,
        "blob" => kind::BLOB,
        other => return Err(PackError(format!("unknown type `{other}`"))),
    })
}

/// By the place in `Location` of the library.
fn location(json: &Object) -> u64 {
    match text(json, "location") {
        Some("uri") => 1,
        Some("querystring") => 2,
        Some("header") => 3,
        Some("headers") => 4,
        Some("statusCode") => 5,
        _ => 0,
    }
}

/// By the place in `TimestampFormat` of the library.
fn timestamp_format(json: &Object) -> Option<u8> {
    Some(match text(json, "timestampFormat")?.to_ascii_lowercase().as_str() {
        "rfc822" => 1,
        "unixtimestamp" => 2,
        _ => 0,
    })
}

fn bound(out: &mut Writer, limit: f64) {
    let whole = limit as i64;
    if whole as f64 == limit && whole.unsigned_abs() < 1 << 53 {
        out.byte(0);
        out.signed(whole);
    } else {
        out.byte(1);
        out.float(limit);
    }
}

fn namespace_uri(json: Option<&Json>) -> Option<&str> {
    match json? {
        Json::String(uri) => Some(uri),
        Json::Object(namespace) => text(namespace, "uri"),
        _ => None,
    }
}

/// A namespace, as text or as an object with a prefix; nothing is written as an absent one.
pub(super) fn namespace(packer: &mut Packer<'_>, out: &mut Writer, json: Option<&Json>) {
    let Some(uri) = namespace_uri(json) else { return out.number(0) };
    out.number(packer.strings.index(uri) + 1);
    let prefix = json.and_then(Json::as_object).and_then(|namespace| text(namespace, "prefix"));
    out.number(prefix.map_or(0, |prefix| packer.strings.index(prefix) + 1));
}
