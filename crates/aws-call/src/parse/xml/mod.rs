//! XML by the model, piece by piece, without a document in between.
//!
//! A structure's children are matched against its members as they come and sorted into the model's order at its end.
//! Names are compared without their prefixes. Text is an element's text before its first child.

use std::io::BufRead;
use std::rc::Rc;

use aws_model::ShapeKind;
use value::{Map, Value};

use self::plan::{Attributes, Plan};
use self::scanner::Scanner;
use super::count::Count;
use super::{ParseError, ShownBody, malformed};
use crate::message::ParseOptions;
use crate::view::View;

mod diagnosis;
mod plan;
mod scanner;
mod tokens;
mod values;

/// The longest body that is shown with its fault, in bytes.
const LONGEST_SHOWN: usize = 64 * 1024;

/// Reads an answer of the query and ec2 protocols: its value and its request id.
pub(super) fn query_answer(
    body: &mut dyn BufRead,
    output: Option<View<'_>>,
    wrapper: Option<&str>,
    options: &ParseOptions,
) -> Result<(Value, Option<String>), ParseError> {
    let mut reader = XmlReader::new(body, options);
    let plan = output.filter(|_| wrapper.is_none()).map(|output| reader.plan(output));
    let Some((_, attributes)) = reader.root(plan.as_deref())? else {
        return match output.filter(|output| !output.shape.members().is_empty()) {
            None => Ok((Value::Map(Map::new()), None)),
            Some(_) => Err(malformed("XML", "no element found")),
        };
    };
    let value = match (output, wrapper) {
        (Some(output), Some(wrapper)) => {
            let found = reader.wrapped(output, wrapper)?;
            found.ok_or_else(|| malformed("XML", format!("no element `{wrapper}`")))?
        }
        (Some(output), None) => reader.structure(output, attributes, 1)?,
        (None, _) => {
            reader.wrapped_nothing()?;
            Value::Map(Map::new())
        }
    };
    reader.end()?;
    Ok((value, reader.request_id))
}

/// Reads a body whose root is a value of that shape. Nothing if the body is empty.
pub(super) fn body(view: View<'_>, body: &[u8], options: &ParseOptions) -> Result<Option<Value>, ParseError> {
    let mut bytes = body;
    let mut reader = XmlReader::new(&mut bytes, options);
    let plan = matches!(view.kind(), ShapeKind::Structure(_)).then(|| reader.plan(view));
    let Some((_, attributes)) = reader.root(plan.as_deref())? else { return Ok(None) };
    let value = reader.value(view, attributes, 1)?;
    reader.end()?;
    Ok(Some(value))
}

/// Reads a value of that shape from the element that `path` leads to below the root.
pub(super) fn body_at(
    view: View<'_>,
    body: &[u8],
    path: &[&str],
    options: &ParseOptions,
) -> Result<Option<Value>, ParseError> {
    let mut bytes = body;
    let mut reader = XmlReader::new(&mut bytes, options);
    if reader.root(None)?.is_none() {
        return Ok(None);
    }
    for step in path {
        if !reader.descend(step)? {
            return Ok(None);
        }
    }
    reader.structure(view, Vec::new(), 1).map(Some)
}

/// Reads a body without a model: the root's name and its content, where an element with children is a map (the first of
/// several of one name counts) and any other is its text, or null if it has none.
pub(super) fn tree(body: &[u8]) -> Result<(String, Value), ParseError> {
    let options = ParseOptions::default();
    let mut bytes = body;
    let mut reader = XmlReader::new(&mut bytes, &options);
    let Some((name, _)) = reader.root(None)? else { return Err(malformed("XML", "no element found")) };
    let value = reader.untyped(1)?;
    reader.end()?;
    Ok((name, value))
}

/// What the AWS CLI says of a body that is no XML; the error as it was where that is not known.
pub(super) fn diagnosed(error: ParseError, body: &[u8]) -> ParseError {
    let text = std::str::from_utf8(body).ok().filter(|text| text.len() <= LONGEST_SHOWN);
    let Some(text) = text.filter(|_| matches!(error, ParseError::Malformed { .. })) else { return error };
    match diagnosis::of(text) {
        Some(fault) => ParseError::Xml { fault, body: ShownBody(text.to_owned()) },
        None => error,
    }
}

/// What comes next inside an element.
enum Step {
    /// The element of a member.
    Member(usize, Attributes),
    /// Another element.
    Other(String),
    /// The element's end.
    End,
}

struct XmlReader<'a, 'r> {
    scanner: Scanner<'r>,
    text: String,
    /// By the shapes' places in their service.
    plans: Vec<Option<Rc<Plan<'a>>>>,
    /// Members of all open structures with their places, and items of all open lists.
    stack: Vec<(u32, Value)>,
    /// Where above its first member each member of the structure that ends is.
    places: Vec<u32>,
    request_id: Option<String>,
    options: &'r ParseOptions,
    count: Count,
}

impl<'a, 'r> XmlReader<'a, 'r> {
    fn new(body: &'r mut dyn BufRead, options: &'r ParseOptions) -> XmlReader<'a, 'r> {
        XmlReader {
            scanner: Scanner::new(body),
            text: String::new(),
            plans: Vec::new(),
            stack: Vec::new(),
            places: Vec::new(),
            request_id: None,
            options,
            count: Count::of(options),
        }
    }

    /// Reads the root's children where one of them holds the output.
    fn wrapped(&mut self, output: View<'a>, wrapper: &str) -> Result<Option<Value>, ParseError> {
        let mut found = None;
        loop {
            match self.step(None, 0)? {
                Step::Other(name) if name == wrapper && found.is_none() => {
                    found = Some(self.structure(output, Vec::new(), 2)?);
                }
                Step::Other(name) => self.aside(&name)?,
                Step::Member(..) => {}
                Step::End => return Ok(found),
            }
        }
    }

    fn wrapped_nothing(&mut self) -> Result<(), ParseError> {
        loop {
            match self.step(None, 0)? {
                Step::Other(name) => self.aside(&name)?,
                Step::Member(..) => {}
                Step::End => return Ok(()),
            }
        }
    }

    /// Reads a child of the root that is no part of the output: perhaps the request id.
    fn aside(&mut self, name: &str) -> Result<(), ParseError> {
        let id = match name {
            "requestId" | "RequestId" | "ResponseMetadata" => self.untyped(2)?,
            _ => return self.skip(),
        };
        let id = if name == "ResponseMetadata" { id.get("RequestId").cloned() } else { Some(id) };
        if let Some(Value::Text(id)) = id {
            self.request_id = Some(id.into());
        }
        Ok(())
    }

    fn plan(&mut self, view: View<'a>) -> Rc<Plan<'a>> {
        let at = view.id.0 as usize;
        if let Some(Some(plan)) = self.plans.get(at) {
            return Rc::clone(plan);
        }
        let plan = Rc::new(Plan::of(view));
        if self.plans.len() <= at {
            self.plans.resize(at + 1, None);
        }
        self.plans[at] = Some(Rc::clone(&plan));
        plan
    }
}
