//! What came back → an [`Answer`] by the model's names, or the service's error.
//!
//! Invariants: members come in the model's order, maps in the wire's; absent members and nulls are left out; names are
//! shared with the model. Whatever the bytes, the result is an answer or a typed error: nesting is bounded by
//! [`value::MAX_DEPTH`], length by [`ParseOptions::max_body`], memory by
//! [`ParseOptions::max_values`], and XML entities beyond the predefined are refused.
//! Absent on purpose: service quirks, retries, and writing bodies to files.

use std::io::{BufRead, Read};

use aws_model::{Operation, Protocol, Service, ShapeKind};
use http::HeaderMap;
use value::{Key, Map, Value};

use crate::message::{Answer, ParseOptions, ServiceError};
use crate::view::View;

pub mod cbor;
mod count;
mod error;
pub mod event_stream;
mod json;
mod rest;
mod scalar;
mod shaped;
mod xml;

pub use count::values_in;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AnswerFault {
    /// The service said no.
    #[error("service error")]
    Service(#[source] Box<ServiceError>),
    /// What came back is not what the model promises.
    #[error("unreadable answer")]
    Unreadable(#[source] ParseError),
}

impl From<ParseError> for AnswerFault {
    fn from(error: ParseError) -> AnswerFault {
        AnswerFault::Unreadable(error)
    }
}

/// Why an answer cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// The body, or a header, is malformed or does not fit the model.
    #[error("malformed {what}: {reason}")]
    Malformed {
        /// Which part of the answer.
        what: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// An error's body that is no XML.
    #[error("malformed XML: {fault}")]
    Xml {
        /// What is wrong, and where: `no element found: line 1, column 0`.
        fault: String,
        /// The body, for a terminal.
        body: ShownBody,
    },
    /// A union that holds no member or several; the text is the AWS CLI's.
    #[error("Invalid service response: {0} must have one and only one member set.")]
    Union(String),
    /// Nested beyond [`value::MAX_DEPTH`].
    #[error("nested too deeply")]
    TooDeep,
    /// Longer than the limit, in bytes.
    #[error("longer than {0} bytes; narrow the question, by a filter or a smaller page")]
    TooLong(usize),
    /// More values than the limit.
    #[error("more than {0} values; narrow the question, by a filter or a smaller page")]
    TooMany(usize),
    /// Other answers take the memory, of so many megabytes, that there is for all.
    #[error("other answers take all {0} MB of memory that there is for them; try again in a moment")]
    Crowded(usize),
    /// A streamed body that is not as long as its head says.
    #[error("{read} read, but total bytes expected is {expected}.")]
    Short {
        /// The bytes that came.
        read: u64,
        /// The bytes that were announced.
        expected: u64,
    },
    /// The body ended early or could not be read.
    #[error("the body could not be read to its end")]
    Io(#[from] std::io::Error),
}

/// A body that only a terminal is shown: a service may repeat in it what it was given.
#[derive(Clone, PartialEq, Eq)]
pub struct ShownBody(String);

impl ShownBody {
    /// The text.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for ShownBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "texts and errors are handed over alike")]
fn malformed(what: &'static str, reason: impl ToString) -> ParseError {
    let reason = reason.to_string();
    match reason.split_once(UNION_RULE) {
        Some((shape, _)) => ParseError::Union(shape.to_owned()),
        None => ParseError::Malformed { what, reason },
    }
}

/// What stands behind a union's name where it breaks the rule; a JSON reader's errors are only texts.
const UNION_RULE: &str = " must have one and only one member set";

/// Reads an answer whose body is at hand.
pub fn parse(
    service: &Service,
    operation: &Operation,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
    options: &ParseOptions,
) -> Result<Answer, AnswerFault> {
    if body.len() > options.max_body {
        return Err(ParseError::TooLong(options.max_body).into());
    }
    let context = Context { service, operation, status, headers, options };
    if status > 300 {
        return Err(error::read(&context, body)?);
    }
    if service.metadata().protocol == Protocol::RestXml && is_hidden_error(service, operation, body) {
        let context = Context { status: 500, ..context };
        return Err(error::read(&context, body)?);
    }
    context.answer(&mut &*body, body)
}

/// Reads an answer while its body arrives: successful XML is parsed piece by piece, everything else is collected first.
pub fn parse_stream(
    service: &Service,
    operation: &Operation,
    status: u16,
    headers: &HeaderMap,
    body: &mut dyn BufRead,
    options: &ParseOptions,
) -> Result<Answer, AnswerFault> {
    let context = Context { service, operation, status, headers, options };
    if status <= 300 && matches!(service.metadata().protocol, Protocol::Query | Protocol::Ec2) {
        let mut limited = Limited { inner: body, left: options.max_body };
        return context.answer(&mut limited, &[]);
    }
    let mut bytes = Vec::new();
    body.take(options.max_body as u64 + 1).read_to_end(&mut bytes).map_err(ParseError::Io)?;
    parse(service, operation, status, headers, &bytes, options)
}

/// The output member that is the whole body, where it is a blob that the AWS CLI writes to a file; its value in a
/// parsed [`Answer`] is a blob, and a caller that streams passes an empty body and sends the bytes elsewhere.
pub fn streaming_output<'a>(service: &'a Service, operation: &Operation) -> Option<&'a aws_model::Member> {
    let shape = service.shape(operation.output?);
    let member = shape.member(shape.traits.payload.as_ref()?)?;
    matches!(service.shape(member.shape).kind, ShapeKind::Blob).then_some(member)
}

/// S3 reports some failures under status 200, once it has begun to answer.
fn is_hidden_error(service: &Service, operation: &Operation, body: &[u8]) -> bool {
    if service.metadata().service_id != "S3" || streaming_output(service, operation).is_some() {
        return false;
    }
    let mut rest = body.trim_ascii_start();
    if rest.starts_with(b"<?xml") {
        let end = rest.iter().position(|&byte| byte == b'>').map_or(rest.len(), |at| at + 1);
        rest = rest[end..].trim_ascii_start();
    }
    rest.strip_prefix(b"<Error")
        .is_some_and(|rest| matches!(rest.first(), Some(b'>' | b' ' | b'\n' | b'\r' | b'\t' | b'/')))
}

/// What every stage of reading one answer needs.
struct Context<'a> {
    service: &'a Service,
    operation: &'a Operation,
    status: u16,
    headers: &'a HeaderMap,
    options: &'a ParseOptions,
}

impl<'a> Context<'a> {
    fn protocol(&self) -> Protocol {
        self.service.metadata().protocol
    }

    fn output(&self) -> Option<View<'a>> {
        self.operation.output.map(|id| View::of(self.service, id))
    }

    /// A header as text; bytes outside ASCII are read as Latin-1, as Python does.
    fn header(&self, name: &str) -> Option<String> {
        let mut values = self.headers.get_all(name).iter().map(|value| latin1(value.as_bytes()));
        let first = values.next()?;
        // One that comes several times counts as a list.
        Some(values.fold(first, |all, value| format!("{all}, {value}")))
    }

    /// Reads a successful answer. `reader` is read for XML forms, `bytes` otherwise.
    fn answer(&self, reader: &mut dyn BufRead, bytes: &[u8]) -> Result<Answer, AnswerFault> {
        let mut request_id = self.header("x-amzn-requestid").or_else(|| self.header("x-amz-request-id"));
        let value = match (self.protocol(), self.output()) {
            (Protocol::Query | Protocol::Ec2, output) => {
                let wrapper = self.operation.result_wrapper.as_deref();
                let (value, id) = xml::query_answer(reader, output, wrapper, self.options)?;
                request_id = id.or(request_id);
                value
            }
            (_, None) => Value::Map(Map::new()),
            (_, Some(output)) if output.event_stream_member().is_some() => {
                event_stream::answer(self, output, bytes)?
            }
            (Protocol::Json, Some(output)) => json::body(output, bytes, json::Scalars::AsIs, self.options)?,
            (Protocol::RpcV2Cbor, Some(output)) => shaped::cbor_body(output, bytes, self.options)?,
            (Protocol::RestJson | Protocol::RestXml, Some(output)) => {
                Value::Map(rest::answer(self, output, bytes)?)
            }
        };
        let value = if value.is_null() { Value::Map(Map::new()) } else { value };
        Ok(Answer { value, status: self.status, request_id })
    }
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

/// A map of entries in the order of their first names, with their last values.
fn map_of(entries: Vec<(Key, Value)>) -> Map {
    let mut places =
        std::collections::HashMap::with_capacity(if entries.len() > 1 { entries.len() } else { 0 });
    let mut distinct: Vec<(Key, Value)> = Vec::with_capacity(entries.len());
    let single = entries.len() < 2;
    for (key, value) in entries {
        if single {
            distinct.push((key, value));
            continue;
        }
        match places.entry(key.clone()) {
            std::collections::hash_map::Entry::Occupied(place) => {
                let place: &usize = place.get();
                distinct[*place].1 = value;
            }
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(distinct.len());
                distinct.push((key, value));
            }
        }
    }
    Map::from_unique(distinct)
}

/// What the AWS CLI shows where a union holds a member that the model does not know.
fn unknown_union_member(tag: &str) -> Value {
    let name: Map = [("name", Value::text(tag))].into_iter().collect();
    Value::Map([("SDK_UNKNOWN_MEMBER", name)].into_iter().collect())
}

/// A reader that fails once it has given as many bytes as it may.
struct Limited<'a> {
    inner: &'a mut dyn BufRead,
    left: usize,
}

impl Read for Limited<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(out.len());
        out[..count].copy_from_slice(&available[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Limited<'_> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        let available = self.inner.fill_buf()?;
        if self.left == 0 && !available.is_empty() {
            return Err(std::io::Error::from(std::io::ErrorKind::FileTooLarge));
        }
        Ok(&available[..available.len().min(self.left)])
    }

    fn consume(&mut self, count: usize) {
        self.left = self.left.saturating_sub(count);
        self.inner.consume(count);
    }
}

#[cfg(test)]
mod tests;
